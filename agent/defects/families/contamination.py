"""Contamination: films and blotches of foreign matter, solid grains of it, or deposits in islands."""

from __future__ import annotations

import numpy as np

from ...imaging.channels import per_channel
from ...imaging.noise import fractal_noise
from ...imaging.quantiles import percentile
from ..drawing.optics import cast_shadow, relief, smoothstep, soften, tint
from ..drawing.shapes import blob, grains
from ..drawing.window import Layer, Window
from .deposit import render_deposit
from .irregularity import render_irregularity

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def render_contamination(window: Window, rng: np.random.Generator) -> Layer:
    """A translucent stain (default), solid debris (variant "debris"), a deposit (variant "deposit") or an irregularity of no
    known kind (variant "irregularity"), each (h, w) px."""
    forms = {"debris": _debris, "deposit": render_deposit, "irregularity": render_irregularity}
    return forms.get(window.edit.variant or "", _stain)(window, rng)


def _matter(window: Window, rng: np.random.Generator, faint: float, strong: float) -> np.ndarray:
    """Colour of the foreign matter, (3,): the edit's, or a muted one that stands off the surface by a step of grey
    between faint and strong. Grey pictures get grey matter."""
    if window.edit.colour is not None:
        return tint(window, (0, 0, 0))
    contrast = window.step(faint, strong)
    luma = window.local_luma
    dark = window.darker(rng, 0.68)
    if window.edit.tone is None and not 12.0 < luma + (-contrast if dark else contrast) < 232.0:
        # No room left on this side: what would be as black or as white as the picture gets does not show.
        dark = luma > 127.0
    level = max(luma - contrast, 0.25 * luma, 10.0) if dark else min(luma + contrast, 0.4 * luma + 150.0)
    if np.ptp(np.asarray(window.scene.mean_rgb)) < 3.0:
        return np.full(3, level, np.float32)
    # Dirt, oil and glue are a neutral brown, rarely vivid, and lie in the light that colours the surface.
    warm = np.array([1.0, rng.uniform(0.88, 0.97), rng.uniform(0.7, 0.95)], np.float32)
    own = window.local_rgb / max(luma, 8.0)
    mixed = warm / float(warm @ _LUMA) * 0.65 + 0.35 * np.clip(own, 0.4, 1.8)
    return (level * mixed / float(mixed @ _LUMA)).astype(np.float32)


def _stain(window: Window, rng: np.random.Generator) -> Layer:
    """A film: pigment that lets the surface through, denser where it pooled and along the rim where it dried."""
    half = window.size / 2
    field = blob(
        window, rng, float(rng.uniform(0.14, 0.3)), float(rng.uniform(0.5, 1.0)), 6, int(rng.choice([1, 2, 3, 4]))
    )
    soft = window.edit.softness if window.edit.softness is not None else float(rng.uniform(0.05, 0.6))
    pixel = window.unit / max(half, 1.0)
    width = 0.8 * pixel + 0.55 * soft * soft
    film = smoothstep(field, -0.3 * width, 0.9 * width)
    speck = fractal_noise(window.shape, rng, max(0.2 * half, 3.0 * window.unit), 2)
    drops = smoothstep(speck + 1.4 * np.clip(field, -0.8, 0), 1.9, 2.15) * smoothstep(field, -0.5, -0.25)
    film = np.maximum(film, float(rng.uniform(0.4, 0.9)) * drops)
    density = 0.66 + 0.17 * fractal_noise(window.shape, rng, 0.9 * half, 3, 0.5)
    # Fine mottling where the pigment settled in the pores: densest where the surface is already dark.
    density -= np.clip(window.texture.mean(axis=2) / 60.0, -0.25, 0.25)
    density += 0.05 * fractal_noise(window.shape, rng, 4 * window.unit, 3, 0.7)
    reach = (1.0 + 1.2 * float(rng.random())) * pixel + 0.08 * soft
    drying = np.exp(-(((field - reach - 0.4 * width) / reach) ** 2)) * float(rng.uniform(0.15, 0.6)) * (1 - 0.7 * soft)
    broken = np.clip(0.75 + 0.45 * fractal_noise(window.shape, rng, 0.6 * half, 3), 0.1, 1.4)
    opacity = (0.42 + 0.38 * window.severity) * (density + drying * broken)
    opacity = soften((np.clip(opacity, 0.04, 0.95) * film).astype(np.float32), window)
    dense = per_channel(opacity)
    matter = _matter(window, rng, 30, 105)
    # The film follows the light that falls on the surface, and the texture stays, weaker with density.
    shade = per_channel(np.clip(window.base @ _LUMA / max(window.local_luma, 12.0), 0.55, 1.6))
    pixels = window.base * (1 - dense) + matter * (0.4 + 0.6 * shade) * dense + window.texture * (1 - 0.4 * dense)
    # A film has a thickness: its border catches the light.
    pixels = pixels + per_channel(relief(opacity * 1.6 * window.unit, window.light, 8.0 * (1 - soft)))
    peak = max(percentile(opacity[field > 0.15], 80) if (field > 0.15).any() else float(opacity.max()), 1e-3)
    return Layer(pixels, smoothstep(opacity, 0.0, 0.05), np.clip(opacity / (0.75 * peak), 0, 1))


def _debris(window: Window, rng: np.random.Generator) -> Layer:
    """Grains or flakes: opaque, faceted, with a lit and an unlit side and a contact shadow away from the light."""
    count = int(rng.choice([1, 2, 3, 4, 5, 7]))
    sharp, height = grains(window, rng, count, float(rng.uniform(0.35, 0.9)))
    body = soften(sharp, window)
    rough = fractal_noise(window.shape, rng, 4 * window.unit, 4, 0.7)
    height = soften(height + 0.35 * window.unit * rough * sharp, window, 0.35 * window.unit)
    shade = relief(height, window.light, 1.0)
    matter = _matter(window, rng, 34, 110)
    gain = per_channel(np.clip(0.9 + 0.6 * shade + 0.09 * rough, 0.2, 1.7))
    noise = window.scene.noise * rng.standard_normal(window.shape, dtype=np.float32)
    solid = matter * gain + per_channel(14.0 * np.clip(shade, 0, 1) + noise)
    if window.scene.glossy or rng.random() < 0.35:
        solid = solid + per_channel(soften(np.clip(shade - 0.45 + 0.12 * rough, 0, 1), window) * 150)
    # The camera rolls off before white, so that lit faces keep their roughness.
    solid = np.where(solid > 200.0, 200.0 + 0.3 * (solid - 200.0), solid)
    tall = max(percentile(height[body > 0.5], 90) if (body > 0.5).any() else 1.0, 0.6 * window.unit)
    shadow = cast_shadow(body, window.light, 0.8 * tall + 0.4 * window.unit, 0.4 * tall + 0.5 * window.unit)
    shadow *= (0.32 + 0.22 * window.severity) * (1 - body)
    opaque = per_channel(body)
    pixels = window.pixels * per_channel(1 - shadow) * (1 - opaque) + solid * opaque
    return Layer(pixels, smoothstep(np.maximum(body, shadow), 0.01, 0.1), body)
