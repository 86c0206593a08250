"""Corrosion and roughness: clustered pits, grain and oxide."""

from __future__ import annotations

import numpy as np

from ....imaging.noise import fractal_noise
from .optics import relief, smoothstep, soften
from .shapes import blob
from .window import Layer, Window

# Hydrated iron oxide from thin to thick, sRGB, as photographed in daylight.
_RUST = np.array([[164, 104, 60], [122, 66, 36], [70, 42, 30]], np.float32)


def render_corrosion(window: Window, rng: np.random.Generator) -> Layer:
    """A ragged patch of pits that thins out into single ones; each pit is shaded by the light, and oxide covers the
    surface between them unevenly: rust tones on coloured pictures, grey on grey ones, or the edit's colour."""
    half = window.size / 2
    field = blob(window, rng, 0.42, float(rng.uniform(0.5, 1.0)), 5)
    density = smoothstep(field, -0.35, 0.55)
    fine = fractal_noise(window.shape, rng, max(5.0 * window.unit, 0.16 * half), 4, 0.7)
    patch = smoothstep(density * 2.2 + 0.75 * fine, 0.95, 1.75)
    patch = soften(patch * smoothstep(field, -0.45, -0.1), window)
    pits = soften(smoothstep(fractal_noise(window.shape, rng, 3.0 * window.unit, 2), 0.3, 1.2) * patch, window)
    shading = relief(-2.6 * window.unit * pits, window.light, window.step(16, 70))
    coloured = np.ptp(np.asarray(window.scene.mean_rgb)) > 3.0
    tone = np.clip(0.5 + 0.28 * fractal_noise(window.shape, rng, 0.35 * half, 4, 0.65), 0, 1)
    if window.edit.colour is not None:
        oxide = np.asarray(window.edit.colour, np.float32) * (1.25 - 0.6 * tone)[..., None]
    elif coloured and window.edit.tone != "bright":
        oxide = _mixed(_RUST, tone) * np.clip(window.local_luma / 110.0, 0.45, 1.25)
    else:
        sign = -1.0 if window.darker(rng, 0.75) else 1.0
        oxide = window.base + (sign * window.step(18, 95) * (0.35 + 0.9 * tone))[..., None]
    opacity = (patch * (0.4 + 0.5 * window.severity))[..., None]
    pixels = window.base * (1 - opacity) + oxide * opacity + window.texture * (1 - 0.5 * opacity)
    pixels = pixels + (shading - 0.25 * window.step(10, 60) * pits)[..., None]
    return Layer(pixels, smoothstep(np.maximum(patch, pits), 0.02, 0.15), smoothstep(patch, 0.1, 0.5))


def _mixed(colours: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Colours, (n, 3), interpolated at t, (h, w) 0-1: (h, w, 3)."""
    position = t * (len(colours) - 1)
    lower = np.minimum(position.astype(int), len(colours) - 2)
    share = (position - lower)[..., None]
    return colours[lower] * (1 - share) + colours[lower + 1] * share
