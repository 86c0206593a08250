"""Holes and pores: cavities whose inside the light does not reach."""

from __future__ import annotations

import numpy as np

from .optics import grain, relief, smoothstep, soften
from .shapes import blob
from .window import Layer, Window


def render_hole(window: Window, rng: np.random.Generator) -> Layer:
    """A dark cavity with an irregular rim: deepest shadow under the rim on the light's side, the far wall a little lit,
    and a thin highlight where the far rim turns to the light."""
    half = window.size / 2
    field = blob(window, rng, 0.14, float(rng.uniform(0.6, 1.0)), 3)
    # Steepness so that the rim is about a pixel wide before the lens.
    rim = 0.9 * window.unit / max(half, 1.0)
    inside = soften(smoothstep(field, -rim * 0.5, rim * 0.5), window)
    depth = np.clip(field / 0.9, 0, 1) ** 0.5
    dx, dy = window.offsets
    towards = (dx * window.light[0] + dy * window.light[1]) / max(half, 1.0)
    lit_wall = np.clip(-towards, 0, 1) * (1 - depth)
    dark = 0.5 - 0.36 * window.severity
    cavity = window.base * np.clip(dark * (1 - 0.35 * depth) + 0.35 * lit_wall, 0.05, 0.9)[..., None] - 3.0
    cavity = cavity + 0.35 * grain(window, rng)
    if window.local_luma < 30:
        cavity = window.base + window.step(12, 50) * (0.5 + lit_wall)[..., None]
    collar = np.exp(-(((field + rim) / (2.2 * rim)) ** 2)).astype(np.float32) * (1 - inside)
    lip = relief(-3.0 * window.unit * inside, window.light, window.step(10, 42))
    pixels = (window.pixels + lip[..., None]) * (1 - inside[..., None]) + cavity * inside[..., None]
    return Layer(pixels, smoothstep(np.maximum(inside, 0.8 * soften(collar, window)), 0.03, 0.25), inside)
