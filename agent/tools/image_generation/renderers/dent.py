"""Dents and bumps: smooth relief that only the shading shows."""

from __future__ import annotations

import cv2
import numpy as np

from ....imaging.noise import fractal_noise
from .optics import relief, smoothstep
from .window import Layer, Window


def render_dent(window: Window, rng: np.random.Generator) -> Layer:
    """A hollow (variant "bump": a rise) shaded from its height map; a highlight where the slope faces the light, the
    surface's texture drawn together a little as the slope tilts it."""
    half = window.size / 2
    stretch = float(rng.uniform(0.6, 1.0))
    along, across = window.axes
    warp = 0.16 * fractal_noise(window.shape, rng, half * 1.2, 2)
    reach = np.sqrt((along / half) ** 2 + (across / (half * stretch)) ** 2) * (1 + warp)
    # A flat floor and a steep wall for a blow, a bowl for a push.
    power = float(rng.uniform(2.0, 3.6))
    bowl = np.exp(-((reach * 1.55) ** power)).astype(np.float32)
    sign = 1.0 if window.edit.variant == "bump" else -1.0
    height = cv2.GaussianBlur(sign * bowl * 0.5 * half, (0, 0), max(0.06 * half, 0.6))
    amount = window.step(22, 105)
    shading = relief(height, window.light, 1.0)
    shading /= max(float(np.abs(shading).max()), 1e-3)
    glint = np.clip(shading - 0.45, 0, 1) ** 2 * (1.2 if window.local_luma > 40 else 0.6)
    floor = (0.14 * amount) * (-bowl if sign < 0 else bowl)
    change = amount * (0.62 * shading + glint) + floor
    # Matter tilted away shows compressed: the picture moves with the slope.
    slope_x, slope_y = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=0.125)
    dx, dy = window.offsets
    map_x = (dx + window.centre[0] + 0.8 * slope_x * window.unit).astype(np.float32)
    map_y = (dy + window.centre[1] + 0.8 * slope_y * window.unit).astype(np.float32)
    moved = cv2.remap(window.pixels, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    pixels = moved + change[..., None] * (0.55 + 0.45 * np.clip(window.base / 140.0, 0.2, 1.4))
    coverage = smoothstep(bowl, 0.012, 0.12)
    return Layer(pixels, coverage, smoothstep(bowl, 0.02, 0.16))
