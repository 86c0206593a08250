"""Bends and misplacements: the product's own pixels, moved."""

from __future__ import annotations

import cv2
import numpy as np

from ...imaging.channels import largest_channel, per_channel
from ...imaging.noise import fractal_noise
from ...imaging.quantiles import percentile
from ...imaging.ramps import smoothstep
from ..drawing.optics import cast_shadow, relief, soften
from ..drawing.shapes import polygon
from ..drawing.window import Layer, Window
from ..family import ANGULAR, BROAD, Appearance, Bilevel, Family, Form, Silhouette


def _kink(window: Window, rng: np.random.Generator) -> Layer:
    """Matter displaced smoothly across the long axis. The displacement's slope stays below 1, so that nothing folds
    over; where the surface lifts with it, the light shades the slope."""
    half = window.size / 2
    along, across = window.axes
    wander = 0.12 * fractal_noise(window.shape, rng, window.size, 2)
    length, width = float(rng.uniform(0.5, 0.6)) * half, float(rng.uniform(0.42, 0.58)) * half
    # A kink bends abruptly on one side of its crest and runs out on the other.
    skew = float(rng.uniform(-0.35, 0.35))
    u = along / length
    u = u * (1 + skew * np.tanh(2 * u))
    v = across / width
    weight = np.exp(-((np.abs(u) ** float(rng.uniform(1.6, 2.2)) + v * v) * (1 + wander))).astype(np.float32)
    weight *= smoothstep(np.hypot(along, across) / half, 1.35, 0.6)
    push = width * (0.28 + 0.4 * window.severity) * (1 if rng.random() < 0.5 else -1)
    edge_on = float(np.cos(window.angle)), float(np.sin(window.angle))
    turn = 0.25 * float(rng.uniform(-1, 1)) * window.severity * weight
    dx, dy = window.offsets
    # Content comes from where it was: against the push, and turned a little.
    map_x = window.centre[0] + dx + edge_on[1] * push * weight - dy * turn
    map_y = window.centre[1] + dy - edge_on[0] * push * weight + dx * turn
    moved = _sampled(window, map_x, map_y)
    slope = relief(weight * float(0.28 * half * np.sign(push)), window.light, window.step(14, 62))
    gain = np.clip(1 + 0.7 * slope / max(window.local_luma, 45.0), 0.5, 2.0)
    pixels = moved * per_channel(gain) + per_channel(0.3 * slope)
    changed = cv2.blur(largest_channel(np.abs(pixels - window.pixels)), (5, 5))
    inner = weight > 0.35
    high = percentile(changed[inner], 90) if inner.any() else 10.0
    seen = smoothstep(changed, 2.0, max(6.0, 0.25 * high))
    core = cv2.morphologyEx((seen * (weight > 0.1) > 0.5).astype(np.float32), cv2.MORPH_CLOSE, _disc(0.1 * window.size))
    if np.count_nonzero(core) < 4:  # a surface without marks of its own
        core = weight
    return Layer(pixels, smoothstep(weight, 0.01, 0.08), core)


def _shift(window: Window, rng: np.random.Generator) -> Layer:
    """A piece moved and turned rigidly. Round it runs a narrow seam, where what it left is drawn out and what it was
    pushed over is covered; the seam is dim where it opened and casts a fine shadow where the piece stands proud."""
    half = window.size / 2
    field = polygon(window, rng, int(rng.integers(5, 9)), float(rng.uniform(0.5, 0.95)))
    field = field - 0.12 + 0.04 * fractal_noise(window.shape, rng, 0.5 * window.size, 4, 0.55)
    far = min(1.5 * window.unit + (0.06 + 0.2 * window.severity) * half, 0.3 * half)
    seam = 0.5 * far / half
    weight = cv2.GaussianBlur(smoothstep(field, -seam, seam), (0, 0), max(0.25 * far, 0.5))
    heading = float(rng.uniform(0, 2 * np.pi))
    turn = float(rng.uniform(-1, 1)) * (0.05 + 0.3 * window.severity) * weight
    dx, dy = window.offsets
    push = far * weight
    cosine, sine = float(np.cos(heading)), float(np.sin(heading))
    map_x = window.centre[0] + dx - cosine * push + dy * turn
    map_y = window.centre[1] + dy - sine * push - dx * turn
    moved = _sampled(window, map_x, map_y)
    # Behind the piece the seam opens and is dim; it fades with the angle to the move and is never even.
    ridge = np.exp(-((field / (0.6 * seam + 0.5 * window.unit / half)) ** 2))
    behind = relief(weight * far, (cosine, sine), 1.0)
    uneven = np.clip(0.45 + 0.55 * fractal_noise(window.shape, rng, 0.4 * half, 3), 0.0, 1.5)
    dim = np.clip(-behind, 0, 1) * ridge * uneven * (0.14 + 0.22 * window.severity)
    lift = (0.5 + 1.0 * window.severity) * window.unit
    piece = soften(smoothstep(field, -0.5 * window.unit / half, 0.5 * window.unit / half), window)
    shadow = cast_shadow(piece, window.light, lift, 0.5 * lift + 0.3) * (1 - piece) * uneven
    shadow *= 0.15 + 0.25 * window.severity
    border = relief(piece * lift, window.light, window.step(3, 16)) * uneven
    pixels = moved * per_channel(np.clip(1 - dim - shadow, 0.1, 1)) + per_channel(border)
    return Layer(pixels, smoothstep(np.maximum(weight, shadow), 0.005, 0.06), weight)


def _sampled(window: Window, x: np.ndarray, y: np.ndarray, image: np.ndarray | None = None) -> np.ndarray:
    """The window's pixels, or another field of its shape, at (x, y), each (h, w) px."""
    source = window.pixels if image is None else image
    interpolation = cv2.INTER_CUBIC if image is None else cv2.INTER_LINEAR
    return cv2.remap(source, x.astype(np.float32), y.astype(np.float32), interpolation, borderMode=cv2.BORDER_REFLECT)


def _disc(radius: float) -> np.ndarray:
    # Closing by a large kernel is slow and its exact size does not matter.
    side = 2 * min(max(1, int(radius)), 9) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


FAMILY = Family(
    name="bend",
    noun="deformation",
    look="a part of the product itself that is pushed out of place, its lines continuing distorted",
    example="bent",
    forms=(
        Form(phrases=("bend", "bent", "bent wire", "bent lead", "deformation", "deformed", "deform", "warp", "warped",
                      "twist", "twisted", "misshape", "misshapen", "kink", "buckle", "split teeth", "squeezed teeth",
                      "weird candle wick", "distortion", "distorted", "bowed", "loose wire",
                      "kinked", "kinking", "buckled", "buckling", "bowing", "crooked", "warpage", "warping", "cupping",
                      "cupped", "skewed", "skew", "contorted", "bent pin", "bent leg", "bent tip", "bent needle", "lead bent",
                      "coplanarity fault", "out of shape", "out of round", "ovality", "flattened tube", "camber", "wavy edge",
                      "lifted lead", "lifted pad", "lifted leg", "pinched cable", "deflected",
                      "wonky", "curled", "curl", "curling", "curled edge", "curled corner", "rippled", "ripple",
                      "rippling", "wavy", "waviness", "sagged", "bent over", "bent out of shape", "bent up",
                      "folded over", "dog leg", "lopsided", "buckle mark", "out of flat", "not flat", "not straight",
                      "contortion", "curved lead")),
        Form("shift", ("misplaced", "misplacement", "misaligned", "misalignment", "displaced", "displacement",
                       "shifted", "wrong place", "cable swap", "swap", "offset", "flip", "flipped", "rotated",
                       "slipped",
                       "tombstone", "tombstoning", "tombstoned", "billboarding", "component shift", "shifted component",
                       "wrong position", "wrong orientation", "upside down", "wrong way round", "reversed polarity",
                       "reversed component", "tilted component", "registration error", "misregistration", "misregister",
                       "core shift", "mold shift", "mould shift", "label misalignment", "crooked label", "label shifted",
                       "skewed label", "unseated", "not seated", "dislodged",
                      "out of place", "off centre", "off center", "not centred", "not centered", "out of position",
                      "out of line", "wrongly placed", "mislaid", "out of alignment", "mispositioned",
                      "missaligned", "wrong side up", "back to front", "transposed", "out of register"),
             noun="misplacement", render=_shift),
    ),
    bright_matter=(),
    dark_matter=(),
    search_words=(
        ("bend", "bent", "deformation", "deformed", "misshape", "misshapen", "warp", "twisted"),
        ("misplaced", "wrong", "displaced", "shifted", "misaligned"),
    ),
    size=(0.2, 0.45),
    beyond_frame=None,
    many=(1, 1),
    tone=None,
    place=None,
    mask_margin=1.0,
    render=_kink,
    silhouette=Silhouette.COMPACT,
    bilevel=Bilevel.BITE,
    soft_edge=False,
    seeks_low_activity=False,
    stays_dark=False,
    inside_one_tone=False,
    covers_picture=False,
    moves_outline=True,
    breaks_outline=False,
    by_default=True,
    common=False,
    needs_shades=False,
    needs_structure=True,
    appearance=Appearance(ANGULAR, BROAD, extent=(0.06, 0.12, 0.9, 1.3), cover=(-1, -1, 0.35, 0.6)),
    confused_with="scratch",
    kin=None,
)  # fmt: skip
