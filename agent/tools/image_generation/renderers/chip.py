"""Chips and breaks: pieces broken out, at the silhouette or of the surface, with a fracture face."""

from __future__ import annotations

import cv2
import numpy as np

from ....imaging.noise import fractal_noise
from .optics import grain, relief, smoothstep, soften
from .shapes import facets, polygon
from .window import Layer, Window


def render_chip(window: Window, rng: np.random.Generator) -> Layer:
    """An angular break. Where the silhouette is near, the piece is gone: the background shows, framed by a fracture
    face. Elsewhere a shallow spall: facets of the bare matter, shaded by the light, within a chipped rim."""
    field = polygon(window, rng, int(rng.integers(5, 9)), float(rng.uniform(0.55, 0.95)))
    field += 0.1 * fractal_noise(window.shape, rng, max(0.3 * window.size, 3.0), 4)
    half = window.size / 2
    rim = 0.9 * window.unit / max(half, 1.0)
    inside = soften(smoothstep(field, -rim * 0.5, rim * 0.5), window)
    face = _fracture(window, rng)
    lip = relief(-2.2 * window.unit * inside, window.light, window.step(8, 40))
    pixels = (window.pixels + lip[..., None]) * (1 - inside[..., None]) + face * inside[..., None]
    background = ~window.product
    opens = window.edge_normal != (0.0, 0.0) and np.count_nonzero(background) > 30 and rng.random() < 0.75
    if opens:
        # The face is a band along the break; beyond it, towards the outside, one looks at the background.
        dx, dy = window.offsets
        outward = (dx * window.edge_normal[0] + dy * window.edge_normal[1]) / max(half, 1.0)
        through = soften(smoothstep(field + 0.35 * outward, 0.18, 0.26) * inside, window)
        pixels = pixels * (1 - through[..., None]) + _behind(window, rng) * through[..., None]
    return Layer(pixels, smoothstep(inside, 0.03, 0.5), inside)


def _fracture(window: Window, rng: np.random.Generator) -> np.ndarray:
    """A fracture face, (h, w, 3): facets under the light. Glossy or dark matter breaks with mirror-like glints, other
    matter with a rough, lighter or darker face."""
    height = cv2.GaussianBlur(facets(window, rng, int(rng.integers(6, 12))), (0, 0), 0.5 * window.unit)
    height = height + 0.35 * window.unit * fractal_noise(window.shape, rng, 5 * window.unit, 3)
    shade = relief(height, window.light, 1.0)
    glassy = window.local_luma < 75 and window.scene.roughness < 8
    gain = window.step(26, 120)
    base = cv2.GaussianBlur(window.pixels, (0, 0), max(0.12 * window.size, 1.5))
    level = -0.22 * gain if window.darker(rng, 0.6) else 0.2 * gain
    face = base + level + gain * shade[..., None] + 0.9 * grain(window, rng)
    if glassy:
        glint = np.clip(shade - 0.35, 0, 1) ** 1.5 * 260 * (0.4 + window.severity)
        tone = np.array([1.0, 0.97, 0.9], np.float32) if np.ptp(window.local_rgb) > 3 else np.ones(3, np.float32)
        face = face + glint[..., None] * tone
    else:
        rough = fractal_noise(window.shape, rng, 3.5 * window.unit, 3)
        face = face + (0.16 * gain) * rough[..., None]
    return face


def _behind(window: Window, rng: np.random.Generator) -> np.ndarray:
    """The background continued under the missing piece, (h, w, 3): its colour carried inwards, with its own grain."""
    outside = cv2.erode((~window.product).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    if outside.sum() < 10:
        outside = (~window.product).astype(np.float32)
    sigma = max(0.3 * window.size, 2.0)
    weight = cv2.GaussianBlur(outside, (0, 0), sigma)
    carried = cv2.GaussianBlur(window.pixels * outside[..., None], (0, 0), sigma) / np.maximum(weight, 1e-4)[..., None]
    chosen = window.pixels[outside > 0]
    carried = np.where((weight > 1e-3)[..., None], carried, np.median(chosen, axis=0))
    spread = float(np.median(np.abs(window.texture[outside > 0]))) * 1.4826
    return carried + spread * fractal_noise(window.shape, rng, 2.0, 2)[..., None]
