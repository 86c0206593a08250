"""Bends and misplacements: the product's own pixels, moved."""

from __future__ import annotations

import cv2
import numpy as np

from ....imaging.noise import fractal_noise
from .optics import relief, smoothstep
from .window import Layer, Window


def render_bend(window: Window, rng: np.random.Generator) -> Layer:
    """A local warp: by default a kink that pushes matter sideways and springs back; variant "shift": a piece moved and
    turned as a whole. Where the surface shows no lines to move, the kink's slope is shaded by the light."""
    half = window.size / 2
    along, across = window.axes
    stretch = float(rng.uniform(0.6, 0.95))
    reach = np.sqrt((along / half) ** 2 + (across / (half * stretch)) ** 2)
    reach = reach * (1 + 0.08 * fractal_noise(window.shape, rng, window.size, 2))
    rigid = window.edit.variant == "shift"
    weight = smoothstep(reach, 1.0, 0.82 if rigid else 0.12)
    push = half * (0.22 + 0.4 * window.severity) * (1 if rng.random() < 0.5 else -1)
    turn = float(rng.uniform(-0.5, 0.5)) * (0.4 + window.severity) if rigid else 0.35 * float(rng.choice([-1, 1])) * window.severity
    dx, dy = window.offsets
    cosine, sine = np.cos(turn * weight), np.sin(turn * weight)
    direction = (-np.sin(window.angle), np.cos(window.angle))
    map_x = window.centre[0] + dx * cosine - dy * sine - direction[0] * push * weight
    map_y = window.centre[1] + dx * sine + dy * cosine - direction[1] * push * weight
    moved = cv2.remap(
        window.pixels, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    slope = relief(weight * half * 0.35, window.light, window.step(10, 46))
    if rigid:
        slope = 0.6 * slope
    pixels = moved + slope[..., None]
    changed = cv2.blur(np.abs(pixels - window.pixels).max(axis=2), (5, 5))
    seen = smoothstep(changed, 2.0, max(6.0, 0.25 * float(np.percentile(changed[reach < 1], 90))))
    core = cv2.morphologyEx((seen * weight > 0.12).astype(np.float32), cv2.MORPH_CLOSE, _disc(0.12 * window.size))
    return Layer(pixels, smoothstep(weight, 0.0, 0.1), core)


def _disc(radius: float) -> np.ndarray:
    side = 2 * max(1, int(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
