"""Print and pattern defects: the product's own pattern missing, smeared, doubled, or bridged."""

from __future__ import annotations

import cv2
import numpy as np

from ...imaging.channels import largest_channel, per_channel
from ...imaging.noise import fractal_noise, smooth_walk
from ...imaging.ramps import smoothstep
from ..drawing.optics import grain
from ..drawing.shapes import blob
from ..drawing.window import Layer, Window
from ..family import Appearance, Bilevel, Family, Form, Silhouette

_FORMS = ("missing", "smear", "extra")


def render_print(window: Window, rng: np.random.Generator) -> Layer:
    """Variant "missing": the pattern is gone and the ground shows. "extra": a displaced second copy of the pattern.
    None: one of them, or a smear along the long axis. The outline is an uneven patch with a soft border."""
    form = window.edit.variant or str(rng.choice(_FORMS))
    field = blob(window, rng, 0.3, float(rng.uniform(0.4, 0.8)), 5)
    patch = smoothstep(field, -0.06, 0.16 if form != "smear" else 0.4)
    if form == "missing":
        pixels = _ground(window) + grain(window, rng) * 0.6
    elif form == "extra":
        pixels = _doubled(window, rng)
    else:
        pixels = _smeared(window)
    density = patch * (0.55 + 0.45 * window.severity)
    change = cv2.blur(largest_channel(np.abs(pixels - window.pixels)), (5, 5)) * density
    if change.max() < window.step(6, 30):
        # Nothing is printed here to lose or double: then ink where none belongs, dragged along.
        ink = _streaks(window, rng) * patch
        sign = -1.0 if window.darker(rng, 0.7) else 1.0
        pixels = window.pixels + (sign * window.step(22, 95)) * per_channel(ink)
        return Layer(pixels, smoothstep(ink, 0.02, 0.12), np.clip(ink / 0.55, 0, 1))
    return Layer(pixels, density.astype(np.float32), patch)


def _streaks(window: Window, rng: np.random.Generator) -> np.ndarray:
    """Opacity of ink dragged along the long axis, (h, w) float32 0-1: streaks that start dense and run out unevenly."""
    along, across = window.axes
    reach = int(np.hypot(*window.shape)) + 4
    lanes = smooth_walk(2 * reach, rng, 1.6 * window.unit)[(across + reach).astype(int)]
    ends = 0.5 * smooth_walk(2 * reach, rng, 2.5 * window.unit)[(across + reach).astype(int)]
    run = 0.5 - along / window.size + 0.3 * ends
    ragged = 0.35 * fractal_noise(window.shape, rng, 4 * window.unit, 3)
    density = smoothstep(0.55 * lanes + ragged + 1.6 * run, -0.1, 1.3)
    return cv2.GaussianBlur(density, (0, 0), max(window.scene.blur, 0.5))


def _ground(window: Window) -> np.ndarray:
    """The ground that the pattern is printed on: a median far wider than its strokes."""
    width = int(max(3, min(window.size / 2, 25 * window.unit))) | 1
    small = np.clip(window.pixels, 0, 255).astype(np.uint8)
    shrink = max(1, width // 25)
    reduced = small[::shrink, ::shrink]
    kernel = min(max(3, (width // shrink) | 1), 51)
    ground = cv2.medianBlur(np.ascontiguousarray(reduced), kernel)
    ground = cv2.resize(ground, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_LINEAR)
    return cv2.GaussianBlur(ground.astype(np.float32), (0, 0), 1.5 * window.unit)


def _doubled(window: Window, rng: np.random.Generator) -> np.ndarray:
    """The darker of the pattern and a copy of it moved by a few strokes' width: double printing."""
    distance = max(3.0 * window.unit, window.size * float(rng.uniform(0.1, 0.25)))
    turn = float(rng.uniform(0, 2 * np.pi))
    shift = np.array([[1, 0, distance * np.cos(turn)], [0, 1, distance * np.sin(turn)]], np.float32)
    size = (window.shape[1], window.shape[0])
    moved = cv2.warpAffine(window.pixels, shift, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.minimum(window.pixels, moved) if window.local_luma > 90 else np.maximum(window.pixels, moved)


def _smeared(window: Window) -> np.ndarray:
    """The pattern drawn out along the long axis, as wet ink under a finger."""
    length = int(max(5, window.size * 0.4)) | 1
    kernel = np.zeros((length, length), np.float32)
    middle = length // 2
    end = (np.array([np.cos(window.angle), np.sin(window.angle)]) * middle).astype(int)
    cv2.line(kernel, (middle - int(end[0]), middle - int(end[1])), (middle + int(end[0]), middle + int(end[1])), 1.0)
    return cv2.filter2D(window.pixels, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)


FAMILY = Family(
    name="print",
    noun="print defect",
    look="a local fault of the printed or repeated pattern: strokes missing, smeared, doubled or bridged",
    example="missing print",
    forms=(
        Form(phrases=("print", "faulty imprint", "imprint", "misprint", "print defect", "printing defect",
                      "pattern defect", "pattern", "label defect", "faulty print", "smeared print", "blurred print",
                      "weave defect", "mispick", "bleeding",
                      "misprinted", "printing error", "print error", "smudged print", "smeared text", "illegible print",
                      "illegible text", "blurred text", "blurry print", "distorted print", "print smear", "ink bleed",
                      "ink smear", "streaky print", "print streak", "weaving defect", "weaving fault", "broken pick",
                      "broken weft", "wrong weave", "reed mark", "weft bar", "starting mark", "weft curling", "miss stitch",
                      "skipped stitch", "knitting fault", "pattern break", "pattern mismatch", "screen mark", "hickey",
                      "blotchy print", "smudgy print", "ink smudge on the print", "smeared ink", "smeared logo",
                      "smudged logo", "smudged text", "blurred logo", "fuzzy print", "wrong print", "crooked print",
                      "mottled print", "weave fault", "knitting defect", "stitch defect")),
        Form("missing", ("open", "open circuit", "missing print", "faded print", "missing stroke", "broken trace",
                         "missing thread", "missing pattern", "gap", "interruption", "missing dot", "missing trace",
                         "missing track", "missing conductor", "interrupted", "broken track", "cut trace", "broken conductor",
                         "severed trace",
                         "missing ink", "missing text", "missing letter", "missing character", "missing digit",
                         "missing barcode", "missing symbol", "missing warp", "missing weft", "missing pick", "missing end",
                         "missing line", "incomplete print", "partial print", "skipped print",
                         "print skip", "print void", "unprinted", "unprinted area", "grid interruption",
                         "finger interruption", "broken gate", "open trace", "open track", "open line", "open joint",
                         "trace break", "trace open", "interrupted trace", "cracked trace", "nicked trace", "missing pad",
                         "missing solder", "insufficient solder", "missing hole",
                      "disconnected", "discontinuity", "no continuity", "break in the trace", "gap in the trace",
                      "gap in the print", "broken circuit", "broken connection", "disconnection",
                      "cold joint", "cold solder joint", "dry joint", "void in the print", "missing lettering",
                      "missing part of the print", "missing logo", "washed out print", "worn print", "print worn off",
                      "lost print", "incomplete text"),
             noun="missing print", bilevel=Bilevel.BAR,
             relations=(("cut", ("open", "open circuit", "broken trace", "broken track", "broken conductor", "cut trace",
                                 "severed trace", "interruption", "interrupted", "open trace", "open track", "open line",
                                 "trace break", "trace open", "interrupted trace", "disconnected", "discontinuity",
                                 "break in the trace", "gap in the trace", "broken circuit", "broken connection",
                                 "disconnection")),
                        ("missing", ("missing trace", "missing track", "missing conductor")))),
        Form("extra", ("short", "short circuit", "spur", "bridge", "bridging", "extra print", "ghost", "double print",
                       "overprint", "solder bridge", "burr", "shorted",
                       "ghosting", "ghost image", "ghost print", "offset print", "set off", "double image",
                       "double impression", "doubled print", "shadow print", "extra line", "extra dot", "extra trace",
                       "copper spur", "copper bridge", "trace bridge", "solder short", "bridged", "bridged pins",
                       "bridged traces", "excess solder", "shorting", "shorted traces", "copper residue", "stringing",
                       "overprinted", "repeated print",
                      "shorted together", "shorting out", "shorted out", "short between", "joined traces",
                      "touching traces", "merged traces", "logo bridging", "duplicate print", "printed twice",
                      "doubled image", "stray print", "solder web"), noun="extra print", bilevel=Bilevel.BAR,
             relations=(("bridge", ("short", "short circuit", "bridge", "bridging", "solder bridge", "shorted", "solder short",
                                    "copper bridge", "trace bridge", "bridged traces", "shorted traces", "bridged pins",
                                    "shorted together", "shorting out", "shorted out", "joined traces", "touching traces",
                                    "merged traces", "short between")),
                        ("spur", ("spur", "burr", "copper spur")))),
    ),
    bright_matter=(),
    dark_matter=(),
    search_words=(
        ("print", "imprint", "misprint"),
    ),
    size=(0.08, 0.25),
    beyond_frame=None,
    many=(1, 1),
    tone=None,
    place=None,
    mask_margin=1.0,
    render=render_print,
    silhouette=Silhouette.COMPACT,
    bilevel=Bilevel.BITE,
    soft_edge=False,
    seeks_low_activity=False,
    stays_dark=False,
    inside_one_tone=False,
    covers_picture=False,
    moves_outline=False,
    breaks_outline=False,
    by_default=True,
    common=False,
    needs_shades=False,
    needs_structure=True,
    appearance=Appearance(
        (-9, -9, 7.0, 14.0), (0.004, 0.01, 0.4, 0.6), extent=(0.01, 0.03, 0.4, 0.6), cover=(-1, -1, 0.12, 0.3)
    ),
    confused_with="discoloration",
    kin=None,
)  # fmt: skip
