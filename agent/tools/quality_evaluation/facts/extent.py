"""Are size and width as asked for?"""

from __future__ import annotations

import cv2
import numpy as np

from ....core.verdict import Fact
from ....imaging.channels import channel_norm
from ....imaging.masks import bounding_box
from ....imaging.quantiles import median, percentile
from .grading import fact, outside, shortfall
from .seen import SeenDefect

# What people call small, another calls medium: a size may be so many times beyond its range.
_SIZE_SLACK = 1.6
# Px of the picture that a hairline has, and by how much a rounded outline can be off.
_HAIR, _ROUNDING = 2.0, 0.5
# Of a Gaussian, the width at half its height in standard deviations.
_HALF_WIDTH = 2.355
# Widths of thin and wide lines, shares of the product's size.
_THIN, _WIDE = (0.014, 0.028), (0.03, 0.018)


def size(seen: SeenDefect) -> Fact | None:
    """The longest extent of the defect in the middle, as a share of the product's size."""
    asked = seen.attributes.size
    if asked is None:
        return None
    extent = _extent(seen)
    return fact("size", asked, round(extent, 3), outside(extent, *asked, _SIZE_SLACK), seen.family)


def width(seen: SeenDefect) -> Fact | None:
    """Mean width at half height, px of the picture. A hairline has two at the most, widened by the lens."""
    asked = seen.attributes.width
    if asked is None:
        return None
    scene = seen.view.scene
    measured = _width(seen)
    hair = float(np.hypot(_HAIR, _HALF_WIDTH * (0.0 if scene.bilevel else scene.blur))) + _ROUNDING
    if asked == "hairline":
        strength = shortfall(measured, 0.8 * hair, hair)
    elif asked == "thin":
        fine, limit = (share * scene.product_size for share in _THIN)
        strength = shortfall(measured, max(fine, hair), max(limit, 1.5 * hair))
    else:
        fine, limit = (share * scene.product_size for share in _WIDE)
        strength = shortfall(measured, fine, limit)
    return fact("width", asked, round(measured, 1), strength, seen.family)


def _extent(seen: SeenDefect) -> float:
    return median(np.array([defect.extent for defect in seen.defects])) / seen.view.size


def _width(seen: SeenDefect) -> float:
    """Area over length of what changes by at least half as much as the strongest change beside it, px of the picture."""
    view = seen.view
    box = tuple(
        slice(start + int(side.start / view.scale), start + int(np.ceil(side.stop / view.scale)))
        for side, start in zip(bounding_box(seen.mask, 2), (view.box[0].start, view.box[1].start), strict=True)
    )
    strength = channel_norm(view.change.difference[box])
    near = max(3, round(4 / view.scale * view.unit))
    peak = cv2.dilate(strength, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * near + 1, 2 * near + 1)))
    floor = 0.25 * percentile(strength[view.change.support[box]], 90)
    line = ((strength >= 0.5 * peak) & (strength > floor)).astype(np.uint8)
    contours, _ = cv2.findContours(line, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    around = sum(cv2.arcLength(contour, True) for contour in contours)
    pieces = len(contours)
    # An outline runs through the centres of the outermost pixels, so it is short of a line's ends by half a pixel each.
    return float(np.count_nonzero(line)) / max(around / 2 + pieces, 1.0)
