"""Wear and uneven finish: the surface itself is there, polished, roughened or bared in a patch."""

from __future__ import annotations

import cv2
import numpy as np

from ...imaging.channels import per_channel
from ...imaging.noise import fractal_noise, smooth_walk
from ..drawing.optics import smoothstep, soften
from ..drawing.shapes import blob
from ..drawing.window import Layer, Window


def render_wear(window: Window, rng: np.random.Generator) -> Layer:
    """A patch, (h, w) px, of another finish: its texture is weaker, stronger or rubbed along one direction, and another part
    of the light comes back from it, evenly up to its border, which is sharp, worn or gradual. Its outline is a patch's, or
    that of a stroke of a tool: straight sides, and ends that run out. Severity sets how far the finish is off.
    """
    half = window.size / 2
    field = _stroke(window, rng) if rng.random() < 0.5 else blob(
        window, rng, float(rng.uniform(0.05, 0.3)), float(rng.uniform(0.35, 1.0)), 5, int(rng.integers(1, 4))
    )  # fmt: skip
    border = max(float(rng.choice([0.06, 0.2, 0.5])), 1.2 * window.unit / max(half, 1.0))
    patch = soften(smoothstep(field, -0.5 * border, 0.5 * border), window)
    texture = window.texture * float(np.exp(rng.choice([-1.0, 1.0]) * rng.uniform(0.2, 0.5 + 0.7 * window.severity)))
    if rng.random() < 0.4:
        texture = _rubbed(window, rng)
    change = window.step(2, 24) * (-1.0 if window.darker(rng, 0.5) else 1.0)
    cloudy = 1 + 0.15 * fractal_noise(window.shape, rng, max(window.size, 4.0), 4, 0.6)
    if window.edit.colour is not None:
        base = 0.4 * window.base + 0.6 * np.asarray(window.edit.colour, np.float32)
    else:
        # Light from the finish on top of the surface's own colour: gloss is neutral.
        base = window.base * np.clip(1 + 0.6 * change / max(window.local_luma, 40.0), 0.2, 2.0) + 0.4 * change
    pixels = base + texture + per_channel(0.25 * change * (cloudy - 1))
    return Layer(pixels, patch, patch)


def _stroke(window: Window, rng: np.random.Generator) -> np.ndarray:
    """A broad band along the long axis, (h, w) float32: positive inside, in units of half the extent."""
    half = window.size / 2
    along, across = window.axes
    reach = int(np.hypot(*window.shape)) + 4
    at = np.clip((along + reach).astype(int), 0, 2 * reach - 1)
    sway = 0.06 * smooth_walk(2 * reach, rng, window.size)[at]
    width = float(rng.uniform(0.25, 0.8))
    sides = width - np.abs(across / half - sway)
    lanes = np.clip((across + reach).astype(int), 0, 2 * reach - 1)
    ragged = float(rng.uniform(0.0, 0.08)) * smooth_walk(2 * reach, rng, 1.5 * window.unit)[lanes]
    # The tool lifts off: ends run out over a third of the length.
    ends = 0.4 * (1.0 - np.abs(along / half) + ragged)
    return np.minimum(sides, ends).astype(np.float32)


def _rubbed(window: Window, rng: np.random.Generator) -> np.ndarray:
    """The fine texture drawn out along the long axis, as by rubbing, (h, w, 3) float32."""
    length = max(3, round(float(rng.uniform(3, 12)) * window.unit)) | 1
    middle = length // 2
    kernel = np.zeros((length, length), np.float32)
    x, y = (np.array([np.cos(window.angle), np.sin(window.angle)]) * middle).round().astype(int)
    cv2.line(kernel, (int(middle - x), int(middle - y)), (int(middle + x), int(middle + y)), 1.0)
    drawn = cv2.filter2D(window.texture, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)
    # Averaging along a line weakens noise by the root of its length.
    return drawn * float(np.sqrt(length) * rng.uniform(0.5, 1.2))
