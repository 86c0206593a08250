"""Contamination: films and blotches of foreign matter, or solid grains of it."""

from __future__ import annotations

import cv2
import numpy as np

from ....imaging.noise import fractal_noise
from .optics import cast_shadow, relief, smoothstep, soften, tint
from .shapes import blob, facets
from .window import Layer, Window


def render_contamination(window: Window, rng: np.random.Generator) -> Layer:
    """A stain (default) or solid debris (variant "debris")."""
    return _debris(window, rng) if window.edit.variant == "debris" else _stain(window, rng)


def _matter(window: Window, rng: np.random.Generator) -> np.ndarray:
    """Colour of the foreign matter, (3,): the edit's, or a muted one that stands off the surface."""
    if window.edit.colour is not None:
        return tint(window, (0, 0, 0))
    dark = window.darker(rng, 0.68)
    contrast = window.step(34, 125)
    level = max(window.local_luma - contrast, 10.0) if dark else min(window.local_luma + contrast, 235.0)
    if np.ptp(np.asarray(window.scene.mean_rgb)) < 3.0:
        return np.full(3, level, np.float32)
    # Dirt, oil and glue are warm or neutral, rarely vivid.
    warm = np.array([1.0, rng.uniform(0.84, 0.99), rng.uniform(0.62, 0.96)], np.float32)
    return level * warm / float(warm @ np.array([0.299, 0.587, 0.114]))


def _stain(window: Window, rng: np.random.Generator) -> Layer:
    """A film: pigment that lets the surface through, denser where it pooled and along the rim where it dried."""
    half = window.size / 2
    field = blob(window, rng, float(rng.uniform(0.18, 0.34)), float(rng.uniform(0.5, 1.0)), 5)
    soft = window.edit.softness if window.edit.softness is not None else float(rng.uniform(0.15, 0.7))
    width = (0.8 * window.unit / max(half, 1.0)) + 0.4 * soft
    film = smoothstep(field, -0.3 * width, 0.9 * width)
    drops = smoothstep(fractal_noise(window.shape, rng, max(0.22 * half, 2.5), 2) + 1.3 * np.clip(field, -0.8, 0), 2.0, 2.3)
    film = np.maximum(film, 0.85 * drops * smoothstep(field, -0.5, -0.2))
    density = 0.72 + 0.2 * fractal_noise(window.shape, rng, 0.7 * half, 5, 0.6)
    drying = np.exp(-(((field - 0.5 * width) / (0.07 + 0.1 * soft)) ** 2)) * float(rng.uniform(0.1, 0.4))
    opacity = np.clip((0.42 + 0.45 * window.severity) * (density + drying), 0, 0.96) * film
    opacity = soften(opacity.astype(np.float32), window)[..., None]
    matter = _matter(window, rng)
    # Pigment in the pores keeps the surface's texture, weaker with density.
    texture = window.texture * (1 - 0.6 * opacity)
    pixels = window.base * (1 - opacity) + matter * opacity + texture
    gloss = relief(opacity[..., 0] * 2.0 * window.unit, window.light, 9.0 * (1 - soft))
    pixels = pixels + gloss[..., None]
    cover = smoothstep(opacity[..., 0], 0.01, 0.06)
    return Layer(pixels, cover, np.clip(opacity[..., 0] / max(0.7 * float(opacity.max()), 1e-3), 0, 1))


def _debris(window: Window, rng: np.random.Generator) -> Layer:
    """Grains or flakes: opaque, faceted, with a lit and an unlit side and a contact shadow away from the light."""
    field = blob(window, rng, float(rng.uniform(0.22, 0.4)), float(rng.uniform(0.35, 0.9)), 4)
    rim = 0.8 * window.unit / max(window.size / 2, 1.0)
    body = soften(smoothstep(field, -rim * 0.5, rim * 0.5), window)
    dome = np.clip(field, 0, 1) ** 0.5 * 0.35 * window.size
    height = cv2.GaussianBlur(dome + 0.35 * facets(window, rng, 7), (0, 0), 0.7 * window.unit)
    shade = relief(height.astype(np.float32), window.light, 1.0)
    matter = _matter(window, rng)
    speckle = 0.08 * fractal_noise(window.shape, rng, 3 * window.unit, 3)
    solid = matter * (1.0 + 0.55 * shade + speckle)[..., None]
    if window.scene.gloss > 0.02 or rng.random() < 0.3:
        solid = solid + (np.clip(shade - 0.5, 0, 1) * 160)[..., None]
    shadow = cast_shadow(body, window.light, 0.12 * window.size + window.unit, 0.06 * window.size + 0.7 * window.unit)
    shadow *= (0.3 + 0.25 * window.severity) * (1 - body)
    pixels = window.pixels * (1 - shadow)[..., None] * (1 - body[..., None]) + solid * body[..., None]
    return Layer(pixels, smoothstep(np.maximum(body, shadow), 0.02, 0.12), body)
