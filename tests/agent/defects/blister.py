"""A family that the pack does not have: blisters, where a coat has lifted off in a round bubble. All of it is in this file."""

from __future__ import annotations

import numpy as np

from anomaly_agent.agent.defects.drawing.bilevel import Bilevel
from anomaly_agent.agent.defects.drawing.optics import cast_shadow, relief, soften
from anomaly_agent.agent.defects.drawing.window import Layer, Window
from anomaly_agent.agent.defects.family import BROAD, COMPACT, Appearance, Family, Form, Silhouette
from anomaly_agent.agent.imaging.channels import per_channel


def render_blister(window: Window, rng: np.random.Generator) -> Layer:
    """A dome over a circle: lit towards the lamp, dim away from it, with a glint near its top and a shadow beside it."""
    half = window.size / 2
    reach = np.hypot(*window.offsets) / (0.8 * half)
    dome = soften(np.sqrt(np.clip(1.0 - reach**2, 0, 1)).astype(np.float32), window)
    inside = soften((reach < 1).astype(np.float32), window)
    shading = relief(dome * half, window.light, window.step(20, 90)) * inside
    dx, dy = window.offsets
    from_top = np.hypot(dx - 0.3 * half * window.light[0], dy - 0.3 * half * window.light[1])
    glint = np.exp(-((from_top / (0.2 * half)) ** 2))
    shadow = cast_shadow(inside, window.light, 0.12 * half, 1.0) * (1 - inside) * (0.2 + 0.2 * window.severity)
    pixels = window.pixels * per_channel((1 - shadow).astype(np.float32)) + per_channel(shading)
    pixels = pixels + per_channel((window.step(10, 60) * glint * inside).astype(np.float32))
    return Layer(pixels, np.maximum(inside, (shadow > 0.02).astype(np.float32)), inside)


FAMILY = Family(
    name="blister",
    noun="blister",
    look="a round bubble where the coat has lifted, with a glint near its top and a crescent of shade away from the light",
    example="blister",
    forms=(
        Form(phrases=("blister", "blistering", "lifted film")),
        Form("burst", ("burst blister", "popped blister"), noun="burst blister", size=(0.1, 0.2)),
    ),
    search_words=(("blister", "blistering"),),
    size=(0.12, 0.25),
    many=(1, 2),
    render=render_blister,
    silhouette=Silhouette.COMPACT,
    bilevel=Bilevel.SOLID,
    needs_shades=True,
    common=True,
    appearance=Appearance(COMPACT, BROAD, extent=(0.03, 0.06, 0.6, 0.9), cover=(-1, -1, 0.25, 0.5)),
    confused_with="scratch",
    kin="dent",
)
