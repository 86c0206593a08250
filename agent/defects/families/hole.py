"""Holes and pores: cavities whose inside the light does not reach."""

from __future__ import annotations

import numpy as np

from ...imaging.channels import per_channel
from ...imaging.noise import fractal_noise
from ...imaging.ramps import smoothstep
from ..drawing.optics import cast_shadow, grain, relief, soften
from ..drawing.shapes import blob, wide_blur
from ..drawing.window import Layer, Window
from ..family import ONE_SIGN, REPLACED, Appearance, Bilevel, Family, Form, Silhouette


def render_hole(window: Window, rng: np.random.Generator) -> Layer:
    """A cavity, (h, w) px: the rim towards the light throws its shadow over the floor, the far wall catches some light,
    and the broken rim has a thin uneven highlight where it turns to the light. Severity deepens it."""
    half = window.size / 2
    field = blob(window, rng, float(rng.uniform(0.16, 0.28)), float(rng.uniform(0.5, 1.0)), 5, int(rng.integers(1, 4)))
    # Steepness so that the rim is about a pixel wide before the lens.
    rim = 0.9 * window.unit / max(half, 1.0)
    sharp = smoothstep(field, -rim * 0.5, rim * 0.5)
    inside = soften(sharp, window)
    deep = 0.35 + 0.65 * window.severity
    # What the floor sees of the lamp: the surface around the hole shadows it to a length of its depth.
    shadow = cast_shadow(1 - sharp, window.light, 0.7 * deep * half + window.unit, 0.5)
    shadow = wide_blur(shadow, 0.12 * half + 0.4 * window.unit)
    sky = wide_blur(1 - sharp, max(0.3 * half, 0.8 * window.unit))
    rough = fractal_noise(window.shape, rng, max(0.45 * half, 2.0 * window.unit), 4, 0.6)
    level = (1 - shadow) * (0.75 - 0.5 * deep) + (0.28 - 0.1 * deep) * sky + 0.03
    level = np.clip(level * (1 + 0.22 * rough), 0.02, 0.9)
    lit = per_channel(level)
    matter = wide_blur(window.pixels, max(0.5 * half, 2.0))
    cavity = matter * lit + grain(window, rng) * (0.12 + 0.4 * lit)
    if window.local_luma < 30:
        cavity = window.base + per_channel(window.step(12, 50) * (0.25 + level))
    ragged = np.clip(0.55 + 0.6 * rough, 0.0, 1.5)
    lip = relief(-2.6 * window.unit * inside, window.light, window.step(6, 34)) * ragged
    # The edge that faces the lamp shines, the one turned away only dulls.
    lip = np.where(lip < 0, 0.5 * lip, lip)
    opaque = per_channel(inside)
    pixels = (window.pixels + per_channel(lip)) * (1 - opaque) + cavity * opaque
    collar = soften(smoothstep(field, -4.0 * rim, 0.0), window)
    return Layer(pixels, np.maximum(smoothstep(inside, 0.0, 0.15), smoothstep(collar, 0.05, 0.5)), inside)


FAMILY = Family(
    name="hole",
    noun="hole",
    look="a dark cavity with an irregular rim, a shadow inside and a thin highlight on the rim",
    example="hole",
    forms=(
        Form(phrases=("hole", "small hole", "pinhole", "pin hole", "pin prick", "pore", "porosity", "blowhole", "blow hole",
                      "void", "cavity", "puncture", "perforation", "pit", "crater", "worm hole", "moth hole",
                      "blowout", "blow out", "pothole", "pinholing", "punctured", "perforated", "bored hole", "burn hole",
                      "burnt hole", "burn through", "bullet hole", "drill hole defect", "gas hole", "gas pore",
                      "gas porosity", "gas pocket", "shrinkage porosity", "shrinkage cavity", "shrink hole", "sand hole",
                      "slag hole", "crater mark", "cratering", "cratered", "cavitation", "pockmark", "pock mark", "pocked",
                      "pitted hole", "insect hole", "wormhole", "woodworm", "borer hole", "shot hole", "woodpecker hole",
                      "nail hole", "needle hole", "dropped stitch", "moth damage", "moth eaten", "honeycombing", "voiding",
                      "solder void", "pinprick", "sinkhole", "cavities",
                      "worn through", "rubbed through", "pierced", "rusted through hole", "poked through",
                      "eaten through", "burnt through", "burned through", "gouged hole", "bug bite", "bite hole",
                      "gas cavity", "shrinkage void", "air hole", "bore hole defect", "bore through", "dropped hole",
                      "moth eaten hole", "vent hole defect", "pierced through", "ladder run", "pit hole",
                      "pitmark", "weld crater", "crater pipe")),
    ),
    bright_matter=(),
    dark_matter=(),
    search_words=(
        ("hole", "pore", "blowhole", "pinhole", "void", "cavity", "puncture"),
    ),
    size=(0.04, 0.14),
    beyond_frame=None,
    many=(1, 2),
    tone="dark",
    place=None,
    mask_margin=1.0,
    render=render_hole,
    silhouette=Silhouette.COMPACT,
    bilevel=Bilevel.SOLID,
    soft_edge=False,
    seeks_low_activity=True,
    stays_dark=True,
    inside_one_tone=True,
    covers_picture=False,
    moves_outline=False,
    breaks_outline=False,
    by_default=True,
    common=False,
    needs_shades=False,
    needs_structure=False,
    appearance=Appearance(
        (-9, -9, 4.0, 8.0), (0.004, 0.012, 0.2, 0.3), extent=(0.01, 0.02, 0.3, 0.5), cover=(-1, -1, 0.08, 0.2),
        darkening=(-9, -9, 0.3, 0.9), mixed=ONE_SIGN, texture=REPLACED,
    ),
    confused_with="scratch",
    kin=None,
)  # fmt: skip
