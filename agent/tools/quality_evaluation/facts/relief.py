"""Is it raised or sunken, by its lit and its dark flank? Is it glossy or matt, by its highlights?"""

from __future__ import annotations

import cv2
import numpy as np

from ....core.verdict import Fact
from ....imaging.quantiles import percentile
from .grading import KEPT, fact, shortfall
from .seen import SeenDefect

#: Forms that are a relief by their name: a dent is sunken, a bump raised.
RELIEF_OF_FORM = {"dent": "sunken", "bump": "raised"}
# By its name alone, a relief is broken where it is plainly the other: correlation fine, and the limit.
_BY_NAME = (0.0, -0.2)
# Correlation of lightness with the way to the light, over a defect: what is raised is bright on the side of the light.
_PLAIN, _LIMIT = 0.35, 0.08
# Lightness, 0-100, by which highlights stand off the defect's own middle, more than on the surface before.
_SHINE, _LEAST_SHINE = 12.0, 4.0
_DULL, _MOST_DULL = 0.0, 3.0
# Depth below its outline, as a share of the greatest, from which a defect shows its own surface.
_INNER = 0.3


def relief(seen: SeenDefect) -> Fact | None:
    """By which flank is the brighter one. The light is the scene's. What a form's name alone says is told where it is broken."""
    said = seen.attributes.relief
    asked = said or RELIEF_OF_FORM.get(seen.asked.form or "")
    if asked is None or seen.view.scene.bilevel:
        return None
    slopes = slopes_to_light(seen)
    towards = min(slopes) if asked == "raised" else max(slopes)
    told = "raised" if towards > _LIMIT else "sunken" if towards < -_LIMIT else "flat"
    strength = shortfall(towards if asked == "raised" else -towards, *((_PLAIN, _LIMIT) if said else _BY_NAME))
    return fact("relief", asked, told, strength, seen.family) if said or strength > KEPT else None


def slopes_to_light(seen: SeenDefect) -> list[float]:
    """-1 to 1: how the change of lightness goes with the place along the light, within each defect."""
    view = seen.view
    light = view.scene.light
    found = []
    for defect in seen.defects:
        there = np.flatnonzero(view.mask_of(defect))
        y, x = np.divmod(there, view.shape[1])
        change = view.difference[..., 0].ravel().take(there)
        along = (x - x.mean()) * light[0] + (y - y.mean()) * light[1]
        change = change - change.mean()
        size = float(np.sqrt((along @ along) * (change @ change)))
        found.append(float(along @ change) / max(size, 1e-6))
    return found


def gloss(seen: SeenDefect) -> Fact | None:
    """By how far the brightest part of it stands off the rest, before and after."""
    asked = seen.attributes.gloss
    if asked is None:
        return None
    # Not at its border, where the surface shows through.
    depth = cv2.distanceTransform(np.pad(seen.mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    inside = depth >= _INNER * float(depth.max())
    shine = []
    for picture in (seen.view.before, seen.view.after):
        lightness = picture[..., 0][inside]
        shine.append(percentile(lightness, 99) - percentile(lightness, 50))
    gained = shine[1] - shine[0]
    told = "glossy" if gained > _LEAST_SHINE else "matt" if gained < _DULL else "as before"
    if asked == "glossy":
        return fact("gloss", asked, told, shortfall(gained, _SHINE, _LEAST_SHINE), seen.family)
    return fact("gloss", asked, told, shortfall(gained, _DULL, _MOST_DULL), seen.family)
