"""Cracks: fracture lines that wander, branch and swallow light."""

from __future__ import annotations

import cv2
import numpy as np

from ...imaging.channels import per_channel
from ...imaging.noise import smooth_walk
from ...imaging.ramps import smoothstep
from ...imaging.robust_std import robust_std
from ..drawing.optics import relief, soften
from ..drawing.strokes import Path, StrokeField, course, stroke_field, tapered, wandering
from ..drawing.window import Layer, Window
from ..family import ONE_SIGN, SLENDER, THIN, Appearance, Bilevel, Family, Form, Silhouette


def render_crack(window: Window, rng: np.random.Generator) -> Layer:
    """A branching fracture of uneven width; dark inside, with a lit lip on the flank that faces the light. In granular
    matter it winds around the grains."""
    count = 110
    granular = float(np.clip(window.scene.roughness / 8.0, 0.0, 1.0))
    bends = 0.35 + 0.35 * granular
    points = course(window, rng, window.size * 1.15, bends, float(rng.normal(0, 0.5)), count)
    half = window.half_width(window.unit * float(rng.uniform(0.5, 0.85)) * (0.75 + 0.9 * window.severity))
    widths = tapered(count, rng.uniform(0.05, 0.35), rng.uniform(0.2, 0.6))
    widths = half * np.clip(widths * (1 + 0.4 * smooth_walk(count, rng, 5)), 0.22, None)
    paths = [Path(points, widths)]
    branches = int(rng.choice([0, 1, 1, 2, 3]))
    asked = window.edit.shape == "branching"
    for number in range(branches + 3 if asked else branches):
        # Those that are asked for are plain to see: spread along the crack, and long.
        low, high = (
            (count // 6, 5 * count // 6) if not asked else (count * (1 + number) // 8, count * (2 + number) // 8)
        )
        root = int(rng.integers(max(low, 5), max(high, 6)))
        heading = np.arctan2(*(points[min(root + 4, count - 1)] - points[root - 4])[::-1])
        turn = float(rng.uniform(0.45, 1.1)) * (1 if rng.random() < 0.5 else -1)
        length = window.size * float(rng.uniform(0.12, 0.35))
        if asked:
            length = max(1.3 * length, float(rng.uniform(13.0, 18.0)) * window.unit)
        branch = wandering(tuple(points[root]), float(heading) + turn, length, rng, bends, 0.0, 40)
        least = 0.6 if asked else 0.25
        paths.append(Path(branch, 0.7 * max(widths[root], least * half) * np.clip(tapered(40, 0.01, 0.9), least, None)))
    field = stroke_field(window, paths)
    across = field.across * _bridged(window, field, granular)
    gap = soften(field.shrink(smoothstep(across, 1.25, 0.55)), window)
    # Light scattered under the surface is lost near the gap: a narrow, weak darkening beside it.
    beside = soften(field.shrink(np.exp(-field.distance / (1.8 * window.unit))), window)
    if window.edit.width == "hairline":  # it would be as wide as that
        beside = np.zeros_like(beside)
    inside = window.base * (0.42 - 0.3 * window.severity) - 6.0
    lip = relief(-3.0 * window.unit * gap, window.light, 1.0) * window.step(5, 22)
    depth = per_channel(np.clip(gap * (0.62 + 0.38 * window.severity), 0, 1))
    pixels = window.pixels - per_channel(window.step(1, 9) * beside) + per_channel(lip)
    pixels = pixels * (1 - depth) + inside * depth
    if window.edit.tone == "bright" or (window.edit.tone is None and window.local_luma < 34):
        pixels = window.pixels + per_channel(window.step(12, 75) * gap) - per_channel(lip)
    return Layer(pixels, smoothstep(np.maximum(gap, 0.6 * beside), 0.03, 0.25), np.clip(gap / 0.6, 0, 1))


def _bridged(window: Window, field: StrokeField, granular: float) -> np.ndarray:
    """By how much a crack is narrower at each point of the field, (h, w) float32 about 1: bright grains bridge it, it runs into
    dark pits beside it."""
    grains = cv2.GaussianBlur(cv2.cvtColor(window.texture, cv2.COLOR_RGB2GRAY), (0, 0), 0.7 * window.unit)
    spread = robust_std(grains) + 1.0
    bridged = 1.0 + 0.4 * granular * np.clip(grains / spread, -1.5, 2.5)
    size = (window.shape[1] * field.scale, window.shape[0] * field.scale)
    return cv2.resize(bridged.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)[field.fine_box]


FAMILY = Family(
    name="crack",
    noun="crack",
    look="a thin, dark, irregular fracture line that wanders and branches, of uneven width",
    example="crack",
    forms=(
        Form(phrases=("crack", "cracked", "cracking", "fissure", "fracture", "fractured", "split", "hairline",
                      "crazing", "middle breakage", "breakage down the middle", "craze", "microcrack", "cold shut",
                      "alligator cracking", "alligator crack", "block cracking", "fatigue crack", "stress crack",
                      "heat crack", "hot tear", "hot crack", "cold crack", "quench crack", "thermal crack", "checking crack",
                      "longitudinal crack", "transverse crack", "shrinkage crack", "mud cracking", "craquelure", "chink",
                      "hairline fracture", "crackle", "spider crack", "spiderweb crack", "star crack", "surface check",
                      "end check", "heart check", "ring shake", "wind shake", "crow foot", "glaze crack", "cell crack",
                      "lamination crack", "solder crack", "barrel crack", "cracked solder joint",
                      "rift", "crevice", "cleft", "split open", "cracked open", "hair crack", "lack of fusion",
                      "incomplete fusion", "incomplete penetration", "lack of penetration", "craze line", "crazed",
                      "shatter line", "stress mark crack", "weld crack", "crater crack", "cold shot crack",
                      "frost crack", "drying crack", "capillary crack", "fissured", "glass check",
                      "bruise check", "capping crack", "cracked through")),
    ),
    bright_matter=(),
    dark_matter=(),
    search_words=(
        ("crack", "cracked", "cracking", "fissure", "fracture", "hairline"),
    ),
    size=(0.25, 0.8),
    beyond_frame=1.4,
    many=(1, 1),
    tone="dark",
    place=None,
    mask_margin=1.0,
    render=render_crack,
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
        SLENDER, THIN, extent=(0.06, 0.15, 1.5, 2.2), cover=(-1, -1, 0.12, 0.3), darkening=(-9, -9, 0.3, 0.9),
        mixed=ONE_SIGN,
    ),
    confused_with="contamination",
    kin=None,
)  # fmt: skip
