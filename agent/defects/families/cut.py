"""Cuts and tears: slits that gape, dark inside, with lips that stand up."""

from __future__ import annotations

import numpy as np

from ...imaging.channels import per_channel
from ...imaging.noise import smooth_walk
from ...imaging.ramps import smoothstep
from ..drawing.optics import relief, soften
from ..drawing.strokes import Path, course, stroke_field
from ..drawing.window import Layer, Window
from ..family import ONE_SIGN, SLENDER, Appearance, Bilevel, Family, Form, Silhouette


def render_cut(window: Window, rng: np.random.Generator) -> Layer:
    """A slit whose width swells to the middle; an unlit inside with a shaded wall, and raised lips lit by the light."""
    points = course(window, rng, window.size, 0.06, float(rng.normal(0, 0.35)), 80)
    gape = window.size * float(rng.uniform(0.018, 0.04)) * (0.6 + window.severity)
    if window.edit.width is not None:
        gape = window.half_width(0.9 * window.unit)
    t = np.linspace(0, 1, 80, dtype=np.float32)
    swell = np.clip(np.sin(np.pi * t), 0, 1) ** float(rng.uniform(0.5, 0.9))
    widths = np.clip(gape, 0.5 if window.edit.width == "hairline" else 0.75 * window.unit, None) * np.clip(
        swell * (1 + 0.12 * smooth_walk(80, rng, 5)), 0.1, None
    )
    field = stroke_field(window, [Path(points, widths)])
    slit = soften(field.shrink(smoothstep(field.across, 1.15, 0.8)), window)
    lip_width = (1.3 + 1.2 * window.severity) * window.unit
    outside = np.maximum(field.distance - field.distance / np.maximum(field.across, 1e-3), 0)
    lip = field.shrink(np.exp(-((outside / lip_width) ** 2)).astype(np.float32))
    raised = soften(lip * (1 - slit), window, 0.5 * window.unit)
    height = 1.6 * window.unit * raised - 3.0 * window.unit * slit
    shading = relief(height, window.light, window.step(14, 60))
    # The wall that faces the light stays a little lit; the rest of the inside is dark.
    wall = per_channel(np.clip(relief(-slit * 3 * window.unit, window.light, 1.0), 0, 1))
    inside = window.base * (0.3 - 0.16 * window.severity + 0.25 * wall)
    opaque = per_channel(slit * (0.7 + 0.3 * window.severity))
    pixels = (window.pixels + per_channel(shading)) * (1 - opaque) + inside * opaque
    return Layer(pixels, smoothstep(np.maximum(slit, raised), 0.04, 0.3), np.clip(slit / 0.8, 0, 1))


FAMILY = Family(
    name="cut",
    noun="cut",
    look="a clean, narrow slit that gapes in the middle, dark inside, with slightly raised lips",
    example="cut",
    forms=(
        Form(phrases=("cut", "cut inner insulation", "cut outer insulation", "tear", "torn", "rip", "ripped", "slit",
                      "slash", "incision", "fabric border", "fabric interior", "laceration", "rupture", "gash",
                      "cut mark", "knife cut", "knife mark", "blade mark", "razor cut", "nicked cut", "tear out", "torn edge",
                      "torn label", "ruptured", "lacerated", "slashed", "gashed", "scissor cut", "seam slit", "seam tear",
                      "open seam", "seam slippage", "burst seam", "web tear", "die cut fault", "paper tear",
                      "sliced", "sliced open", "torn open", "ripped open", "burst open", "cut open", "nick cut",
                      "tear through", "ragged tear", "slit open", "snip", "snipped", "split seam", "ripped seam",
                      "torn seam", "burst", "bursting", "stab", "stabbed", "stab mark", "box cutter mark", "cutter mark")),
    ),
    bright_matter=(),
    dark_matter=(),
    search_words=(
        ("cut", "tear", "torn", "rip", "slit", "slash", "gash"),
    ),
    size=(0.15, 0.45),
    beyond_frame=None,
    many=(1, 1),
    tone="dark",
    place=None,
    mask_margin=1.0,
    render=render_cut,
    silhouette=Silhouette.LINE,
    bilevel=Bilevel.SOLID,
    soft_edge=False,
    seeks_low_activity=True,
    stays_dark=True,
    inside_one_tone=False,
    covers_picture=False,
    moves_outline=False,
    breaks_outline=False,
    by_default=True,
    common=False,
    needs_shades=False,
    needs_structure=False,
    appearance=Appearance(
        SLENDER, (-1, -1, 0.07, 0.14), extent=(0.05, 0.1, 1.0, 1.5), cover=(-1, -1, 0.12, 0.3),
        darkening=(-9, -9, 0.2, 0.8), mixed=ONE_SIGN,
    ),
    confused_with="contamination",
    kin=None,
)  # fmt: skip
