"""Corrosion and roughness: clustered pits, grain and oxide; or wear."""

from __future__ import annotations

import numpy as np

from ...imaging.channels import per_channel
from ...imaging.noise import fractal_noise
from ..drawing.optics import relief, smoothstep, soften
from ..drawing.shapes import blob
from ..drawing.window import Layer, Window
from .wear import render_wear

# Hydrated iron oxide from thin to thick, sRGB, as photographed in daylight.
_RUST = np.array([[142, 112, 88], [112, 76, 54], [70, 52, 44]], np.float32)
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def render_corrosion(window: Window, rng: np.random.Generator) -> Layer:
    """A corroded patch (default) or a worn one (variant "wear"), each (h, w) px."""
    return render_wear(window, rng) if window.edit.variant == "wear" else _corroded(window, rng)


def _corroded(window: Window, rng: np.random.Generator) -> Layer:
    """A ragged patch, (h, w) px, in three layers: a thin stain that runs out softly, crusts of oxide clustered in it,
    and pits shaded by the light. Rust tones on coloured pictures of metal-like (little coloured) surfaces, a darkened
    surface tone on other coloured ones, grey on grey ones, or the edit's colour."""
    half = window.size / 2
    field = blob(window, rng, 0.34, float(rng.uniform(0.5, 1.0)), 6, int(rng.integers(1, 5)))
    ragged = fractal_noise(window.shape, rng, max(0.6 * half, 5.0 * window.unit), 6, 0.72)
    inner = smoothstep(field, -0.45, 0.65)
    limit = smoothstep(field, -0.5, -0.15)
    stain = soften(smoothstep(1.9 * inner + 0.4 * ragged, 0.2, 1.7) * limit, window, 0.6 * window.unit)
    crust = soften(smoothstep(1.9 * inner + 0.75 * ragged, 1.1, 1.7) * limit, window)
    speck = fractal_noise(window.shape, rng, 3.2 * window.unit, 3, 0.8)
    pits = soften(smoothstep(speck + 0.5 * ragged, 0.8, 1.9) * np.clip(1.3 * stain, 0, 1), window)
    grainy = fractal_noise(window.shape, rng, max(2.0, 2.2 * window.unit), 2, 0.8)
    height = window.unit * (0.5 * crust * (1 + 0.5 * grainy) - 1.8 * pits)
    shading = relief(height.astype(np.float32), window.light, window.step(14, 62))
    tone = np.clip(0.45 + 0.2 * ragged + 0.1 * grainy, 0, 1)
    thick = 0.3 * stain + 0.7 * crust
    opacity = per_channel(thick * (0.38 + 0.42 * window.severity))
    oxide = _oxide(window, rng, tone)
    pixels = window.base * (1 - opacity) + oxide * opacity + window.texture * (1 - 0.45 * opacity)
    # Pits hold shadow and the thickest oxide.
    hollow = per_channel(np.clip(1 - (0.25 + 0.4 * window.severity) * pits, 0, 1))
    pixels = pixels * hollow + per_channel(shading + 0.1 * window.step(8, 50) * grainy * thick)
    coverage = smoothstep(np.maximum(stain, pits), 0.01, 0.12)
    clear = np.maximum(thick, 0.7 * pits)
    return Layer(pixels, coverage, np.clip(clear / max(min(0.56, float(clear.max())), 1e-3), 0, 1))


def _oxide(window: Window, rng: np.random.Generator, tone: np.ndarray) -> np.ndarray:
    """Colour of the oxide by its thickness (tone, (h, w) 0-1): (h, w, 3)."""
    rgb = window.local_rgb
    if window.edit.colour is not None:
        return np.asarray(window.edit.colour, np.float32) * per_channel(1.25 - 0.6 * tone)
    metal = float(np.ptp(rgb)) < 45.0
    if np.ptp(np.asarray(window.scene.mean_rgb)) > 3.0 and metal and window.edit.tone != "bright":
        # Oxide in the same light as the surface, and darker than it.
        level = np.clip(window.local_luma / 120.0, 0.35, 1.3)
        position = tone * (len(_RUST) - 1)
        lower = np.minimum(position.astype(int), len(_RUST) - 2)
        share = per_channel(position - lower)
        return level * (_RUST[lower] * (1 - share) + _RUST[lower + 1] * share)
    amount = window.step(16, 85) * (0.35 + 0.9 * tone)
    if window.darker(rng, 0.75):
        return window.base * per_channel(np.clip(1 - amount / max(window.local_luma, 40.0), 0.15, 1))
    # Bright corrosion is a white bloom: towards grey.
    return 0.5 * window.base + 0.5 * per_channel(window.base @ _LUMA) + per_channel(amount)
