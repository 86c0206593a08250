"""Threads and hairs: thin round bodies that lie on the surface and cast a shadow."""

from __future__ import annotations

import numpy as np

from ...imaging.channels import per_channel
from ...imaging.ramps import smoothstep
from ..drawing.optics import cast_shadow, grain, soften, tint
from ..drawing.strokes import Path, course, stroke_field
from ..drawing.window import Layer, Window
from ..family import SLENDER, THIN, Appearance, Bilevel, Family, Form, Silhouette


def render_thread(window: Window, rng: np.random.Generator) -> Layer:
    """A curved fiber: opaque, shaded across as a cylinder under the light, with a fine twist and a soft shadow."""
    curl = float(rng.choice([-1, 1])) * float(rng.uniform(0.6, 3.2))
    points = course(window, rng, window.size * 1.3, 0.16, curl, 96)
    half = window.half_width(window.unit * float(rng.uniform(0.5, 0.8)) * (0.85 + 0.45 * window.severity))
    field = stroke_field(window, [Path(points, np.full(len(points), half, np.float32))])
    body = soften(field.shrink(smoothstep(field.across, 1.2, 0.7)), window)
    darker = window.darker(rng, 0.45)
    contrast = window.step(30, 110)
    surface = window.local_luma
    level = max(surface - contrast, 14.0) if darker else min(surface + contrast, 242.0)
    warmth = np.array([1.02, 1.0, 0.95], np.float32) if _coloured(window) else np.ones(3, np.float32)
    colour = tint(window, level * warmth)
    round_body = field.shrink(np.clip(1.0 - field.across**2, 0, 1))
    twist = field.shrink(np.sin(field.along * rng.uniform(60, 120)).astype(np.float32))
    shade = 0.78 + 0.3 * np.sqrt(np.clip(round_body, 0, 1)) + 0.05 * twist
    lift = half * float(rng.uniform(1.2, 2.6))
    shadow = cast_shadow(body, window.light, lift, 0.5 * lift + window.scene.blur)
    shadow *= 0.28 + 0.2 * window.severity
    under = window.pixels * per_channel(1 - shadow * (1 - body))
    fiber = colour * per_channel(shade) + 0.3 * grain(window, rng)
    opaque = per_channel(body)
    pixels = under * (1 - opaque) + fiber * opaque
    # A fiber thinner than the lens blur covers no pixel in full, and is the defect all the same.
    core = np.clip(body / (0.8 * max(float(body.max()), 0.1)), 0, 1)
    return Layer(pixels, smoothstep(np.maximum(body, shadow), 0.02, 0.12), core)


def _coloured(window: Window) -> bool:
    rgb = np.asarray(window.scene.mean_rgb)
    return bool(rgb.max() - rgb.min() > 4.0)


FAMILY = Family(
    name="thread",
    noun="thread",
    look="a single thin curved fiber lying on the surface, casting a fine shadow",
    example="loose thread",
    forms=(
        Form(phrases=("thread", "fiber", "fibre", "hair", "lint", "yarn", "filament", "string", "strand",
                      "loose thread", "fuzz", "pilling",
                      "thread end", "thread pull", "pulled thread", "snag", "snagged", "snagging", "snagged yarn",
                      "loose yarn", "loose fiber", "loose fibre", "loose end", "yarn float", "fuzz ball", "fuzzy",
                      "hairiness", "cobweb", "spider web", "spiderweb", "loose stitch", "loop pull", "stray fiber",
                      "stray thread", "stray hair", "wisp", "fly yarn", "lint ball", "frizz", "broken end", "double end",
                      "coarse yarn", "thick yarn", "pulled loop", "wire strand",
                      "fluff", "brush hair", "brush bristle", "eyelash", "cat hair", "dog hair",
                      "animal hair", "human hair", "thread tail", "stray yarn", "loose strand", "frayed thread",
                      "stray strand", "fluffy", "lint speck", "lint strand", "fabric strand", "trailing thread",
                      "hanging thread", "cotton fibre", "cotton fiber", "tin whisker", "metal whisker", "slub yarn")),
    ),
    bright_matter=(),
    dark_matter=(),
    search_words=(
        ("thread", "fiber", "hair", "lint", "strand"),
    ),
    size=(0.25, 0.6),
    beyond_frame=None,
    many=(1, 1),
    tone=None,
    place=None,
    mask_margin=1.0,
    render=render_thread,
    silhouette=Silhouette.LINE,
    bilevel=Bilevel.SOLID,
    soft_edge=False,
    seeks_low_activity=True,
    stays_dark=False,
    inside_one_tone=False,
    covers_picture=False,
    moves_outline=False,
    breaks_outline=False,
    by_default=True,
    common=False,
    needs_shades=False,
    needs_structure=False,
    appearance=Appearance(SLENDER, THIN, extent=(0.06, 0.15, 1.1, 1.7), cover=(-1, -1, 0.06, 0.2)),
    confused_with="dent",
    kin=None,
)  # fmt: skip
