"""How many defects a person would count in a mask.

A defect may come in fragments: a broken scratch, one with a strand beside it, a stain with droplets. So fragments are joined by
how near they lie beside their own extent, not by a fixed distance: a gap is bridged where it is under a twelfth of the larger
fragment's extent, and under 40 % of the two together where both are lines and one runs on where the other ends. What is then
below an eighth of the largest piece's area is a speck, and nobody counts specks.
"""

from __future__ import annotations

import cv2
import numpy as np

from .pixels import apart, axis_of, components, extent

_BESIDE, _IN_LINE, _SPECK = 0.08, 0.4, 0.125
# Lines: fragments longer than three times their width, whose directions differ by no more.
_LINE, _SAME_WAY = 3.0, 25.0


def pieces_of(mask: np.ndarray) -> list[np.ndarray]:
    """The defects in an (H, W) bool mask, each an (H, W) bool, the largest first; specks left out."""
    scale = max(mask.shape) / 256
    parts = [part for part in components(mask) if part.sum() >= 3 * scale][:40]
    joined = _join(parts, scale)
    areas = [int(part.sum()) for part in joined]
    return [
        part
        for part, area in sorted(zip(joined, areas, strict=True), key=lambda pair: -pair[1])
        if area >= _SPECK * max(areas)
    ]


def fragments_of(mask: np.ndarray) -> list[np.ndarray]:
    """The connected parts, not joined; single pixels left out."""
    return [part for part in components(mask) if part.sum() >= 2]


def _join(parts: list[np.ndarray], scale: float) -> list[np.ndarray]:
    """The parts, the near ones united, until no two are near."""
    while True:
        pair = _nearest_pair(parts, scale)
        if pair is None:
            return parts
        first, second = pair
        united = parts[first] | parts[second]
        parts = [part for index, part in enumerate(parts) if index not in pair] + [united]


def _nearest_pair(parts: list[np.ndarray], scale: float) -> tuple[int, int] | None:
    extents = [extent(part) for part in parts]
    for first in range(len(parts)):
        away = cv2.distanceTransform((~parts[first]).astype(np.uint8), cv2.DIST_L2, 5)
        for second in range(first + 1, len(parts)):
            gap = float(away[parts[second]].min())
            near = 2.0 * scale + _BESIDE * max(extents[first], extents[second])
            if gap <= near or _runs_on(parts[first], parts[second], gap):
                return first, second
    return None


def _runs_on(first: np.ndarray, second: np.ndarray, gap: float) -> bool:
    """Whether two fragments are one broken line."""
    one, other, both = axis_of(first), axis_of(second), axis_of(first | second)
    if min(one.elongation, other.elongation) < _LINE or gap > _IN_LINE * (one.length + other.length):
        return False
    turns = (apart(one.angle, other.angle), apart(one.angle, both.angle), apart(other.angle, both.angle))
    return max(turns) <= _SAME_WAY and both.length > 1.2 * max(one.length, other.length)
