"""Has it the shape that was asked for?"""

from __future__ import annotations

import cv2
import numpy as np

from ....core.verdict import Fact
from ....imaging.masks import bounding_box
from ....imaging.quantiles import percentile
from .grading import fact, shortfall
from .pieces import Piece
from .seen import SeenDefect
from .skeleton import branch_ends

# Share of an outline's inner area that is free: a ring's.
_OPEN = (0.25, 0.08)
# Round: sides of the rectangle around it, and share of its hull that it fills.
_ASPECT, _FILLED = (1.35, 1.7), (0.85, 0.7)
_STREAK = (4.0, 2.3)
_PATCH_ASPECT, _PATCH_FILLED = (3.0, 5.0), (0.6, 0.35)
# Specks: how many, and the share of the change in the largest.
_SPECKS, _LARGEST = (7.0, 4.0), (0.35, 0.65)


def shape(seen: SeenDefect) -> Fact | None:
    """By the geometry of its pieces; of several defects the worst counts."""
    asked = seen.attributes.shape
    if asked is None:
        return None
    several = asked == "spray"
    strength = _spray(seen) if several else max(_SHAPES[asked](seen, defect) for defect in seen.defects)
    return fact("shape", asked, asked if strength <= 0.5 else _likely(seen, asked), strength, seen.family)


def _round(seen: SeenDefect, defect: Piece) -> float:
    longest, shortest = defect.rectangle
    filled = 0.0 if len(defect.labels) > 1 else shortfall(_solidity(seen, defect), *_FILLED)
    return max(shortfall(longest / shortest, *_ASPECT), filled)


def _ring(seen: SeenDefect, defect: Piece) -> float:
    mask = _cut_out(seen, defect)
    reach = max(1, round(0.05 * defect.extent))
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros_like(closed), contours, -1, 1, cv2.FILLED)
    whole = max(int(np.count_nonzero(filled)), 1)
    inner = np.count_nonzero(filled & ~(closed | mask)) / whole
    # Inside, a ring may be changed a little: by far less than on it.
    box = bounding_box(seen.view.mask_of(defect), reach + 1)
    strong = percentile(seen.view.delta_e[box][mask > 0], 50)
    pale = filled.astype(bool) & (seen.view.delta_e[box] < 0.35 * strong)
    pale = cv2.morphologyEx(pale.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return shortfall(max(inner, np.count_nonzero(pale) / whole), *_OPEN)


def _streak(seen: SeenDefect, defect: Piece) -> float:
    longest, shortest = defect.rectangle
    return shortfall(max(longest / shortest, defect.elongation), *_STREAK)


def _branching(seen: SeenDefect, defect: Piece) -> float:
    ends = branch_ends(_cut_out(seen, defect), 0.06 * defect.extent)
    return 0.0 if ends >= 4 else 0.2 if ends == 3 else 0.8


def _patch(seen: SeenDefect, defect: Piece) -> float:
    longest, shortest = defect.rectangle
    return max(shortfall(longest / shortest, *_PATCH_ASPECT), shortfall(_solidity(seen, defect), *_PATCH_FILLED))


def _spray(seen: SeenDefect) -> float:
    masses = np.array([piece.mass for piece in seen.pieces])
    return max(shortfall(float(len(masses)), *_SPECKS), shortfall(float(masses.max() / masses.sum()), *_LARGEST))


_SHAPES = {"round": _round, "ring": _ring, "streak": _streak, "branching": _branching, "patch": _patch}


def _likely(seen: SeenDefect, asked: str) -> str:
    """The shape that it has instead."""
    if asked != "spray" and _spray(seen) <= 0.5:
        return "spray"
    defect = seen.defects[0]
    for name in ("ring", "round", "streak", "patch"):
        if name != asked and _SHAPES[name](seen, defect) <= 0.5:
            return name
    return "irregular"


def _cut_out(seen: SeenDefect, defect: Piece) -> np.ndarray:
    """The defect's mask with room for filters, uint8."""
    mask = seen.view.mask_of(defect)
    room = max(1, round(0.05 * defect.extent)) + 1
    return np.ascontiguousarray(mask[bounding_box(mask, room)]).astype(np.uint8)


def _solidity(seen: SeenDefect, defect: Piece) -> float:
    """Area over that of the hull, with pixels of half a side to every side of its points."""
    hull = cv2.convexHull(defect.points)
    around = float(cv2.contourArea(hull)) + float(cv2.arcLength(hull, True)) / 2 + 1.0
    return min(1.0, defect.area / around)
