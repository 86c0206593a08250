"""Discoloration: the tone drifts, the surface stays."""

from __future__ import annotations

import numpy as np

from ....imaging.noise import fractal_noise
from .optics import smoothstep
from .shapes import blob
from .window import Layer, Window


def render_discoloration(window: Window, rng: np.random.Generator) -> Layer:
    """A cloud of changed reflectance: gain on the picture, so that texture and shading continue; colour drifts with it
    on coloured products. Low softness gives one side a tide mark."""
    soft = window.edit.softness if window.edit.softness is not None else float(rng.choice([0.25, 0.6, 0.9]))
    field = blob(window, rng, 0.26, float(rng.uniform(0.5, 1.0)), 4)
    cloud = smoothstep(field, -0.02 - 0.25 * soft, 0.12 + 0.75 * soft)
    if soft < 0.5:
        along, _ = window.axes
        fade = np.clip(0.75 - 0.6 * along / max(window.size / 2, 1.0), 0.15, 1.0)
        cloud = cloud * fade
    mottle = 1.0 + 0.16 * fractal_noise(window.shape, rng, 0.35 * window.size, 4)
    cloud = np.clip(cloud * mottle, 0, 1.2).astype(np.float32)
    darker = window.darker(rng, 0.6)
    change = window.step(10, 70) / max(window.local_luma, 40.0)
    change = min(change, 0.6) if darker else min(change, 1.2)
    colour = np.ones(3, np.float32)
    if window.edit.colour is not None:
        target = np.asarray(window.edit.colour, np.float32)
        colour = np.clip(target / np.maximum(window.local_rgb, 12.0), 0.25, 3.0)
        gain = 1.0 + (colour - 1.0) * (0.35 + 0.6 * window.severity) * cloud[..., None]
    else:
        if np.ptp(np.asarray(window.scene.mean_rgb)) > 4.0:
            # Burning, ageing and moisture take blue first.
            colour = np.array([0.85, 1.0, 1.3], np.float32) if darker else np.array([1.05, 1.0, 0.9], np.float32)
        gain = 1.0 + (-1.0 if darker else 1.0) * change * colour * cloud[..., None]
    pixels = window.pixels * np.clip(gain, 0.1, 4.0)
    peak = max(float(cloud.max()), 1e-3)
    return Layer(pixels, smoothstep(cloud, 0.0, 0.05), np.clip(cloud / peak / 0.76, 0, 1))
