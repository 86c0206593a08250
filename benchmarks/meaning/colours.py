"""Facts of tone, colour, light and visibility, in CIELAB."""

from __future__ import annotations

import cv2
import numpy as np

from .pieces import pieces_of
from .pixels import JND, Change, dilate, erode, filled

# Hue angles in CIELAB, degrees, that people call by a name, from and to (after Sturges & Whitfield, Color Research & Application
# 20, 1995, widened), and the lightness that goes with it.
_HUES = {
    "red": (0, 55, 0, 75), "orange": (40, 82, 35, 90), "brown": (25, 95, 0, 62), "yellow": (80, 115, 45, 101),
    "green": (114, 200, 0, 101), "blue": (215, 300, 0, 101), "purple": (312, 352, 0, 80), "pink": (330, 395, 50, 101),
}  # fmt: skip
_LEAST_CHROMA = 7.0


def tone(asked: str, change: Change) -> tuple[bool, float]:
    """ "dark" or "bright": the mean change of L, and of every piece. A groove has a lit and a shaded side, so the larger part
    of the change decides."""
    sign = -1.0 if asked == "dark" else 1.0
    light = change.shift[..., 0]
    mean = float(light[change.core].mean())
    kept = sign * mean >= 1.5
    for piece in pieces_of(change.mask):
        own = light[piece & change.core]
        with_it, against = np.clip(sign * own, 0, None).sum(), np.clip(-sign * own, 0, None).sum()
        kept &= bool(with_it >= 1.2 * against)
    return kept, mean


def colour(asked: str, change: Change) -> tuple[bool, str]:
    """Whether a person would call the mark by this colour, by its stronger half: as it is, or as it looks beside the surface,
    whose own colour the eye partly takes off (simultaneous contrast)."""
    core = change.core
    strong = core & (change.delta >= np.median(change.delta[core]))
    after, before = change.lab_after[strong].mean(axis=0), change.lab_before[strong].mean(axis=0)
    lightness, lighter = float(after[0]), float(after[0] - before[0])
    chroma = float(np.hypot(after[1], after[2]))
    shift = after - before
    measured = (
        f"Lab {after[0]:.0f} {after[1]:.0f} {after[2]:.0f}, before {before[0]:.0f} {before[1]:.0f} {before[2]:.0f}"
    )
    if asked == "white":
        return lightness >= 60 and chroma <= 22 and lighter >= 3, measured
    if asked == "black":
        return lightness <= 38 and chroma <= 22 and lighter <= -3, measured
    if asked == "grey":
        return chroma <= 12, measured
    first, last, darkest, brightest = _HUES[asked]
    middle, half = (first + last) / 2, (last - first) / 2 + 12
    named = any(
        np.hypot(*look) >= _LEAST_CHROMA and _hue_gap(look, middle) <= half
        for look in (after[1:], after[1:] - 0.4 * before[1:])
    )
    toward = float(shift[1] * np.cos(np.radians(middle)) + shift[2] * np.sin(np.radians(middle)))
    # On a surface of that colour a mark of it may be darker or lighter alone.
    moved = toward >= 3 or (_hue_gap(before[1:], middle) <= half and abs(lighter) >= 4)
    return bool(named and moved and darkest - 5 <= lightness <= brightest + 5), measured


def _hue_gap(ab: np.ndarray, hue: float) -> float:
    """Degrees between the hue of an (a, b) and a hue."""
    return float(abs((np.degrees(np.arctan2(ab[1], ab[0])) - hue + 180) % 360 - 180))


def visibility(change: Change) -> float:
    """See facts.visibility. Lines on a texture are seen by their run, so the texture counts by half its variation."""
    if not change.mask.any():
        return 0.0
    core = change.core
    strength = float(np.percentile(change.delta[core], 60))
    # A change of few pixels says less to the eye: under 12 px in a picture of 256 it must be the stronger.
    strength *= min(1.0, np.sqrt(float(core.sum()) / (12 * change.scale**2)))
    return float(strength) / (2 * JND + 0.5 * _texture(change))


def _texture(change: Change) -> float:
    """Standard deviation of L around the mask, of what is finer than a defect."""
    around = dilate(change.mask, 8 * change.scale) & change.product
    light = change.lab_before[..., 0]
    fine = light - cv2.GaussianBlur(light, (0, 0), 3 * change.scale)
    return float(fine[around].std()) if around.any() else 0.0


def severity(asked: str, change: Change) -> tuple[bool, float]:
    """ "faint": seen at a second look; "severe": at once, by contrast or by extent."""
    strength, area = visibility(change), float(change.mask.sum()) / max(int(change.product.sum()), 1)
    if asked == "faint":
        return strength <= 2.6, strength
    return strength >= 1.7 or area >= 0.06, strength


def gloss(asked: str, change: Change) -> tuple[bool, float]:
    """ "glossy": highlights that the surface had not; "matte": no such highlights."""
    core = erode(change.core, 1) if erode(change.core, 1).sum() >= 20 else change.core
    after, before = change.lab_after[..., 0][core], change.lab_before[..., 0][core]
    gained = float((np.percentile(after, 98) - np.median(after)) - (np.percentile(before, 98) - np.median(before)))
    return (gained >= 3.0 if asked == "glossy" else gained <= 3.0), gained


def relief(asked: str, change: Change) -> tuple[bool | None, float]:
    """ "raised": every piece is lit on the side of the lamp; "sunken": on the other. The lamp stands opposite the object's
    shadow; where no shadow tells, None."""
    light = _lamp(change)
    areas = [dilate(piece, 2) & change.product for piece in pieces_of(change.mask)]
    found = [_lit(change, on, light) for on in areas if on.any()] if light is not None else []
    if not found:
        return None, 0.0
    worst = min(found) if asked == "raised" else max(found)
    return (worst >= 0.08 if asked == "raised" else worst <= -0.08), worst


def _lit(change: Change, on: np.ndarray, light: tuple[float, float]) -> float:
    """How the gain of lightness in an area, (H, W) bool, goes with the way to the lamp, -1 to 1."""
    y, x = np.nonzero(on)
    gain = change.shift[y, x, 0]
    along = (x - x.mean()) * light[0] + (y - y.mean()) * light[1]
    return float((gain * along).sum() / max(float(np.linalg.norm(gain) * np.linalg.norm(along)), 1e-6))


def _lamp(change: Change) -> tuple[float, float] | None:
    """Unit vector (x right, y down) towards the light, from the shadow that the object casts on its ground."""
    # The ground that shows through an opening has other shadows, from all around.
    object_ = filled(change.product)
    near = dilate(object_, 22 * change.scale) & ~dilate(object_, 3 * change.scale)
    if not near.any():
        return None
    light = cv2.GaussianBlur(change.lab_before[..., 0], (0, 0), 2)
    y, x = np.nonzero(near)
    dark = np.clip(np.median(light[near]) - light[y, x], 0, None)
    centre = np.argwhere(change.product).mean(axis=0)
    away = np.array([x - centre[1], y - centre[0]]) / np.hypot(x - centre[1], y - centre[0])
    pull = (away * dark).sum(axis=1) / max(float(dark.sum()), 1e-6)
    length = float(np.linalg.norm(pull))
    return None if length < 0.35 or float(dark.max()) < 6 else (float(-pull[0] / length), float(-pull[1] / length))
