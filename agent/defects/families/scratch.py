"""Scratches: grooves that catch the light on one flank and lose it on the other."""

from __future__ import annotations

import numpy as np

from ...imaging.channels import per_channel
from ...imaging.noise import smooth_walk
from ...imaging.ramps import smoothstep
from ..drawing.optics import relief, soften
from ..drawing.strokes import Path, course, stroke_field, tapered
from ..drawing.window import Layer, Window
from ..family import SLENDER, THIN, Appearance, Bilevel, Family, Form, Silhouette


def render_scratch(window: Window, rng: np.random.Generator) -> Layer:
    """One groove, often with finer strands beside it; a V profile shaded from its height map, a broken bright or dark
    core, the surface's texture running through."""
    darker = window.darker(rng, 0.4)
    points = course(window, rng, window.size, 0.035, float(rng.normal(0, 0.25)), 72)
    half = window.half_width(window.unit * float(rng.uniform(0.32, 0.6)) * (0.85 + 0.6 * window.severity))
    profile = tapered(len(points), rng.uniform(0.1, 0.5), rng.uniform(0.1, 0.5))
    profile *= 1 + 0.25 * smooth_walk(len(points), rng, 6)
    paths = [Path(points, half * np.clip(profile, 0.15, None))]
    # Whatever scratched had more than one asperity: finer strands run along for a while.
    normal = np.array([-np.sin(window.angle), np.cos(window.angle)], np.float32)
    strands = int(rng.choice([0, 0, 1, 2, 3]))
    for _ in range(0 if window.edit.width in ("hairline", "thin") else strands):
        first = int(rng.integers(0, 45))
        span = slice(first, int(rng.integers(first + 12, 73)))
        aside = float(rng.normal(0, 2.4)) + float(rng.choice([-1.0, 1.0]))
        beside = points[span] + normal * window.unit * aside
        paths.append(Path(beside, float(rng.uniform(0.4, 0.75)) * half * tapered(len(beside), 0.4, 0.4)))
    field = stroke_field(window, paths)
    groove = np.exp(-(field.across**2)).astype(np.float32)
    # The tool skips and bites: contrast along the path is uneven.
    bite = np.clip(0.8 + 0.25 * smooth_walk(128, rng, 9), 0.35, 1.2)
    groove *= bite[(field.along * 127).astype(int)]
    groove = soften(field.shrink(groove), window)
    peak = max(float(groove.max()), 1e-3)
    flank = relief(-groove * 2.2 * window.unit, window.light, 1.0)
    # A groove is lit less, never not at all: its dark is a share of the surface's light.
    amount = min(window.step(14, 85), 0.62 * window.local_luma) if darker else window.step(16, 95)
    line = (-1.0 if darker else 1.0) * groove / peak
    change = amount * (0.75 * line + 0.5 * flank)
    return Layer(
        pixels=window.pixels + per_channel(change),
        coverage=smoothstep(groove / peak, 0.02, 0.12),
        core=np.clip(groove / peak / 0.7, 0, 1),
    )


FAMILY = Family(
    name="scratch",
    noun="scratch",
    look="a thin, nearly straight groove with tapered ends and a fine bright rim towards the light",
    example="scratch",
    forms=(
        Form(phrases=("scratch", "scratch head", "scratch neck", "scrape", "scuff", "score mark", "gouge", "groove",
                      "abrasion", "thread side", "thread top", "scratched", "drag mark", "tool mark", "wear mark",
                      "line mark", "line defect", "weld line", "seam lap",
                      "scored line", "scored mark", "scribed line", "incised line", "scratched line",
                      "scuff mark", "scuffing", "scratching", "scrape mark", "score line", "scoring", "galling", "galled",
                      "scratch mark", "marring", "chatter mark", "die line", "die mark", "drawing line", "plough mark",
                      "plow mark", "rub mark", "rubbing mark", "chafe mark", "chafing", "grinding mark", "sanding mark",
                      "swirl mark", "machining mark", "feed mark", "knife line", "doctor blade streak", "roll mark", "guide mark",
                      "handling mark", "ejector mark", "drag line", "flow line", "knit line", "polishing mark", "sleek",
                      "cat scratch", "claw mark", "keyed paint", "tool chatter",
                      "scuffed", "scraped", "marred", "graze", "grazed", "scar", "scarred", "abrasion mark", "chatter",
                      "jetting", "jetting mark", "trowel mark", "brush mark", "scrub mark", "scour mark", "scoured",
                      "wiper mark", "needle line", "conveyor mark", "transport scratch", "grind mark", "tracking mark",
                      "raking mark", "key scratch", "nail scratch", "hairline scratch mark", "buffing mark",
                      "lay mark", "rat tail")),
    ),
    bright_matter=(),
    dark_matter=(),
    search_words=(
        ("scratch", "scratched", "scrape", "scuff", "abrasion", "gouge"),
    ),
    size=(0.15, 0.6),
    beyond_frame=None,
    many=(1, 3),
    tone=None,
    place=None,
    mask_margin=1.0,
    render=render_scratch,
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
    common=True,
    needs_shades=True,
    needs_structure=False,
    appearance=Appearance(SLENDER, THIN, extent=(0.04, 0.1, 1.1, 1.6), cover=(-1, -1, 0.06, 0.2)),
    confused_with="contamination",
    kin=None,
)  # fmt: skip
