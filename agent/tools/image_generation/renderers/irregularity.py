"""Irregularities of no known kind: the product's own texture where it does not belong, in islands of any grain and direction."""

from __future__ import annotations

import cv2
import numpy as np

from ....imaging.noise import fractal_noise
from .optics import enlarged_piece, smoothstep
from .shapes import blob
from .window import Layer, Window


def render_irregularity(window: Window, rng: np.random.Generator) -> Layer:
    """Islands, (h, w) px, of thresholded noise whose grain differs along two axes, after the anomaly simulation of DRAEM
    (arXiv 2108.07610), filled with another part of the surface that is changed in tone, contrast or colour and blended in.
    It shows a detector what it has not been told of. Severity is its opacity.
    """
    noise = _anisotropic(window, rng)
    scatter = blob(window, rng, 0.3, float(rng.uniform(0.5, 1.0)), 4, int(rng.integers(1, 4)))
    # Of a standard deviation each: 1.1-2.2 leaves 14 to 1 % of the surface.
    field = noise - float(rng.uniform(1.1, 2.2)) - 4.0 * np.clip(-scatter, 0.0, 1.0)
    body = smoothstep(field, -0.04, 0.04)
    opacity = body * float(np.clip(rng.uniform(0.2, 0.8) + 0.4 * window.severity, 0.0, 1.0))
    matter = _foreign(window, rng)
    pixels = window.pixels * (1 - opacity[..., None]) + matter * opacity[..., None]
    return Layer(pixels, body, body)


def _anisotropic(window: Window, rng: np.random.Generator) -> np.ndarray:
    """Noise of unit deviation, (h, w) float32, of 4 to 64 units along either axis, turned."""
    height, width = window.shape
    along, across = (float(np.exp(rng.uniform(np.log(4.0), np.log(64.0)))) * window.unit for _ in range(2))
    side = int(np.ceil(np.hypot(height, width)))
    # Round noise on a lattice that is then drawn out along one axis.
    drawn = fractal_noise((side, max(8, round(side * across / along))), rng, across, int(rng.integers(1, 4)), 0.4)
    drawn = cv2.resize(drawn, (side, side), interpolation=cv2.INTER_CUBIC)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(0, 180)), 1.0)
    turned = cv2.warpAffine(drawn, turn, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    top, left = (side - height) // 2, (side - width) // 2
    cut = turned[top : top + height, left : left + width]
    return (cut - cut.mean()) / max(float(cut.std()), 1e-6)


def _foreign(window: Window, rng: np.random.Generator) -> np.ndarray:
    """The surface from elsewhere, mirrored or turned, at another scale, and changed in two ways of four, (h, w, 3)."""
    height, width = window.shape
    source = np.rot90(window.pixels, int(rng.integers(4)))[:: int(rng.choice([-1, 1]))]
    matter = enlarged_piece(source, window.shape, rng, 0.3)
    matter = np.roll(matter, (int(rng.integers(height)), int(rng.integers(width))), axis=(0, 1))
    for change in rng.choice(4, 2, replace=False):
        if change == 0:  # tone
            matter = matter + float(rng.choice([-1.0, 1.0])) * window.step(8, 90)
        elif change == 1:  # contrast, inverted in one case of three
            middle = matter.mean(axis=(0, 1))
            matter = middle + float(rng.choice([-1.0, 0.4, 2.2])) * (matter - middle)
        elif change == 2:  # gamma
            matter = 255.0 * (np.clip(matter, 0, 255) / 255.0) ** float(rng.choice([0.5, 2.0]))
        elif np.ptp(np.asarray(window.scene.mean_rgb)) > 3.0:  # colour
            matter = matter * rng.uniform(0.6, 1.4, 3)
    return np.clip(matter, 0.0, 255.0).astype(np.float32)
