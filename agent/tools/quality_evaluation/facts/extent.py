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

# What people call small, another calls medium: a size in numbers may be so many times beyond its range. A word is taken more
# loosely on the side to which it has no end: what is called large may fill the product, what is called small may be a speck.
_SIZE_SLACK, _OPEN = 1.6, 4.0
# Sizes that a word says, as the middle of its range: up to the first it is one for small things, from the second for large.
_SMALL, _LARGE = 0.17, 0.33
# Nobody calls tiny what takes more than an eighth of the product, nor huge what takes less than two fifths of it. How far a word
# is from its neighbours: the end of its range may be passed by so many times.
_TINY, _HUGE, _TINY_MIDDLE, _HUGE_MIDDLE = 0.13, 0.42, 0.105, 0.55
_NEIGHBOUR = 1.5
# A long line, as shares of the length that its word has, or of this where its family has it longer.
_LONG, _LONG_WORD = (0.95, 0.87), 0.45
# Px of the picture that a hairline has, and by how much a rounded outline can be off.
_HAIR, _ROUNDING = 2.0, 0.5
# Of a Gaussian, the width at half its height in standard deviations.
_HALF_WIDTH = 2.355
# Widths of thin and wide lines, shares of the product's size.
_THIN, _WIDE = (0.014, 0.028), (0.03, 0.0175)
# No line is wide to the eye below these, px of a 256 px picture, however small the product is.
_WIDE_PX = (5.0, 3.4)


def size(seen: SeenDefect) -> Fact | None:
    """The longest extent as a share of the product's size: of the defect in the middle, of the largest where they are to be
    small, of all together where it is a spray."""
    asked = seen.attributes.size
    if asked is None:
        return None
    extents = np.array([defect.extent for defect in seen.defects]) / seen.view.size
    middle = float(np.sqrt(asked[0] * asked[1]))
    if seen.task.size is not None or _SMALL < middle < _LARGE:
        extent = median(extents)
        strength = outside(extent, *asked, _SIZE_SLACK)
    elif middle <= _SMALL:
        extent = float(extents.max())
        strength = max(_above_small(extent, asked[1], middle), outside(extent, asked[0], 9.0, _OPEN))
    else:
        extent = median(extents)
        strength = max(_below_large(seen, extent, asked[0], middle), outside(extent, 0.0, asked[1], _OPEN))
    return fact("size", asked, round(extent, 3), strength, seen.family)


def _above_small(extent: float, most: float, middle: float) -> float:
    limit = _NEIGHBOUR * most
    if middle <= _TINY_MIDDLE:
        limit = min(limit, _TINY)
    return shortfall(extent, min(most, 0.9 * limit), limit)


def _below_large(seen: SeenDefect, extent: float, least: float, middle: float) -> float:
    if seen.is_line:
        return shortfall(extent, *(share * min(middle, _LONG_WORD) for share in _LONG))
    limit = max(least / _NEIGHBOUR, _HUGE if middle >= _HUGE_MIDDLE else 0.0)
    return shortfall(extent, max(least, 1.1 * limit), limit)


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
        unit = seen.view.unit / seen.view.scale
        fine, limit = (max(share * scene.product_size, px * unit) for share, px in zip(_WIDE, _WIDE_PX, strict=True))
        strength = shortfall(measured, fine, limit)
    return fact("width", asked, round(measured, 1), strength, seen.family)


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
