"""Deposits: foreign or displaced matter that settled on the surface in ragged islands or streaks."""

from __future__ import annotations

import cv2
import numpy as np

from ...imaging.channels import per_channel
from ...imaging.noise import fractal_noise, log_uniform
from ..drawing.optics import enlarged_piece, grain, relief, smoothstep, soften, tint
from ..drawing.shapes import blob
from ..drawing.window import Layer, Window


def render_deposit(window: Window, rng: np.random.Generator) -> Layer:
    """Islands, (h, w) px, of a fractal outline, from one broad cake to a spray of specks, streaked or not. They are of the
    product's own matter from elsewhere, as swarf, dust and splashes are, or coat the surface; the size is that of the whole
    scatter, and severity how far its tone is off.
    """
    half = window.size / 2
    scatter = blob(window, rng, 0.3, float(rng.uniform(0.4, 1.0)), 4, int(rng.integers(1, 4)))
    if rng.random() < 0.5:
        # One cake or a few: denser towards the middle.
        islands = _streaked(window, rng, window.size * log_uniform(rng, 0.08, 0.6))
        field = islands + 2.2 * np.clip(scatter, -1.0, 0.6) - float(rng.uniform(-0.6, 0.5))
    else:
        # A spray: specks of one grain all over, the sparser the finer they lie.
        islands = _streaked(window, rng, window.unit * log_uniform(rng, 4.0, 40.0))
        field = islands - float(rng.uniform(0.7, 2.0)) - 4.0 * np.clip(-scatter, 0.0, 1.0)
    border = max(0.12, 1.5 * window.unit / max(half, 1.0)) * float(rng.choice([1.0, 1.0, 4.0]))
    body = soften(smoothstep(field, -0.5 * border, 0.5 * border), window)
    opacity = per_channel(np.clip(float(rng.uniform(0.45, 1.0)) * (0.5 + 0.5 * window.severity), 0, 1) * body)
    sign = -1.0 if window.darker(rng, 0.6) else 1.0
    offset = sign * window.step(4, 70)
    matter = _own_matter(window, rng, offset) if rng.random() < 0.7 else _coat(window, rng, offset)
    if window.edit.colour is not None:
        matter = tint(window, (0, 0, 0)) + matter - matter.mean(axis=(0, 1))
    height = body * float(rng.uniform(0.0, 1.2)) * window.unit
    shading = relief(height.astype(np.float32), window.light, window.step(4, 24))
    pixels = window.pixels * (1 - opacity) + matter * opacity + per_channel(shading)
    return Layer(pixels, smoothstep(body, 0.02, 0.2), body)


def _streaked(window: Window, rng: np.random.Generator, scale: float) -> np.ndarray:
    """Fractal noise, (h, w) float32, drawn out up to eightfold along the defect's axis in one case of two."""
    noise = fractal_noise(window.shape, rng, max(scale, 2.0 * window.unit), int(rng.integers(2, 6)), 0.55)
    if rng.random() < 0.5:
        return noise
    along = cv2.getRotationMatrix2D(window.centre, float(np.rad2deg(-window.angle)), 1.0)
    stretch = np.array([[log_uniform(rng, 0.12, 0.6), 0, 0], [0, 1, 0], [0, 0, 1]])
    there = np.vstack([along, [0, 0, 1]])
    middle = np.eye(3)
    middle[:2, 2] = window.centre
    matrix = (np.linalg.inv(there) @ middle @ stretch @ np.linalg.inv(middle) @ there)[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (window.shape[1], window.shape[0])
    return cv2.warpAffine(noise, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT)


def _own_matter(window: Window, rng: np.random.Generator, offset: float) -> np.ndarray:
    """The product's own surface, turned, at another scale and of another tone, (h, w, 3)."""
    source = np.rot90(window.pixels, int(rng.integers(4)))
    source = source[:, ::-1] if rng.random() < 0.5 else source
    other = enlarged_piece(source, window.shape, rng, 0.4)
    middle = other.mean(axis=(0, 1))
    contrast = float(rng.choice([-1.0, 0.6, 1.0, 1.8]))  # a print of it may be inverted, as wet and dry are
    return np.clip(middle + contrast * (other - middle) + offset, 4.0, 251.0)


def _coat(window: Window, rng: np.random.Generator, offset: float) -> np.ndarray:
    """A coat of uneven thickness that hides the surface's texture, (h, w, 3)."""
    uneven = fractal_noise(window.shape, rng, max(0.3 * window.size, 3.0 * window.unit), 4, 0.6)
    fine = grain(window, rng) * float(rng.uniform(0.1, 0.6))
    return np.clip(window.base + per_channel(offset * (1 + 0.25 * uneven)) + fine, 4.0, 251.0)
