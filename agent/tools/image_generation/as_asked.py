"""Whether what was drawn keeps what was asked of its extent, its pieces and its direction; else how to try again."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...defects.description import Attributes
from ...defects.drawing.window import Window
from ...defects.edit import Edit
from ...defects.families import FAMILIES

# A share of the product that was asked for as a number is kept within this factor.
_ABOUT = 1.25
# By no more is a size changed from one try to the next.
_LEAST, _MOST = 0.6, 1.5
# Parts of a defect this far apart, over its extent, are no longer one; what is under this share of the largest is a crumb.
_APART, _CRUMB = 0.06, 0.125
# A line lies as asked to within so many degrees.
_TURNED = 18.0
# Lines whose gap is under this share of the two, and that lie in one direction to within so many degrees, are one broken line.
_RUN_ON, _IN_LINE = 0.45, 32.0
# What people would still call a third, as a share of the whole.
_THIRD = 0.41
# Of what is missed, as compared with a size that is off by a factor of e.
_IN_PIECES, _RUNS_IN = 1.0, 4.0


@dataclass(frozen=True)
class Line:
    """A line as it lies in the picture. middle: (x, y) px. degrees: as in Edit.angle. length: px."""

    middle: tuple[float, float]
    degrees: float
    length: float


@dataclass(frozen=True, eq=False)
class Drawn:
    """One defect as drawn. pixels: (h, w, 3) uint8 of the window. mask: (h, w) bool. missed: how much of what was asked it
    misses, 0 where it keeps all. again: the edit to try next. line: where it lies, None for what is no line."""

    pixels: np.ndarray
    mask: np.ndarray
    missed: float
    again: Edit
    line: Line | None = None


def drawn(
    window: Window,
    corner: tuple[int, int],
    pixels: np.ndarray,
    mask: np.ndarray,
    edit: Edit,
    asked: Attributes | None,
    before: np.ndarray,
    lines: list[Line],
) -> Drawn:
    """What was drawn for an edit, and what it misses. corner: (x, y) of the window in the picture. mask: with a pixel at least.
    before: (h, w) bool, other defects. lines: those of them that are lines."""
    missed, again = 0.0, edit
    extent, degrees = _extent(mask, window.size)
    line = None
    if FAMILIES[edit.family].is_line:
        middle = (window.centre[0] + corner[0], window.centre[1] + corner[1])
        line = Line(middle, degrees, extent)
    if _touches(before, mask, window) or (line is not None and any(_runs_on(line, other) for other in lines)):
        missed += _RUNS_IN
        again = again if again.size is None else again.with_(size=0.85 * again.size)
    if asked is None:
        return Drawn(pixels, mask, missed, again, line)
    if asked.size is not None and edit.relation is None and not missed:
        off, factor = _off(extent / window.scene.product_size, asked.size)
        missed += off
        # What the place or the picture cuts off, no size makes up for.
        again = again.with_(size=min(factor * window.size / window.scene.product_size, _MOST * asked.size[1]))
    if asked.cell is not None and edit.relation is None:
        missed += _beside(window, corner, mask, asked.cell)
    if (
        edit.shape != "spray"
        and (asked.count is not None or FAMILIES[edit.family].is_line)
        and _pieces(mask, extent) > 1
    ):
        missed += _IN_PIECES
    if line is not None and window.guide is None and (asked.angle is not None or asked.direction is not None):
        turn = abs(degrees + float(np.rad2deg(window.angle))) % 180
        missed += max(0.0, min(turn, 180 - turn) - _TURNED) / 30.0
    return Drawn(pixels, mask, missed, again, line)


def _runs_on(first: Line, second: Line) -> bool:
    """Whether one line goes on where the other ends, so that a person would see one broken line."""
    away = np.subtract(second.middle, first.middle)
    gap = float(np.hypot(*away)) - (first.length + second.length) / 2
    between = float(np.degrees(np.arctan2(-away[1], away[0])))
    turns = (abs(between - one.degrees) % 180 for one in (first, second))
    return gap < _RUN_ON * (first.length + second.length) and all(min(turn, 180 - turn) < _IN_LINE for turn in turns)


def _beside(window: Window, corner: tuple[int, int], mask: np.ndarray, cell: tuple[int | None, int | None]) -> float:
    """How far the middle of a mask lies off a third of the product's bounding box, in shares of the box."""
    rows, columns = np.nonzero(mask)
    height, width = window.scene.foreground.shape
    left, top, right, bottom = window.scene.bounding_box
    places = (
        ((rows.mean() + corner[1]) / height - top) / max(bottom - top, 1e-6),
        ((columns.mean() + corner[0]) / width - left) / max(right - left, 1e-6),
    )
    off = 0.0
    for third, place in zip(cell, places, strict=True):
        if third is not None:
            low, high = ((-1.0, _THIRD), (0.5 - _THIRD / 2, 0.5 + _THIRD / 2), (1.0 - _THIRD, 2.0))[third]
            off += max(low - place, place - high, 0.0)
    return 5.0 * float(off)


def _off(share: float, asked: tuple[float, float]) -> tuple[float, float]:
    """(how far an extent is off what was asked, as a logarithm; the factor by which to change the size)."""
    low, high = asked if asked[0] < asked[1] else (asked[0] / _ABOUT, asked[1] * _ABOUT)
    if share < low:
        return float(np.log(low / share)), min(1.08 * low / share, _MOST)
    if share > high:
        return float(np.log(share / high)), max(0.94 * high / share, _LEAST)
    return 0.0, 1.0


def _extent(mask: np.ndarray, size: float) -> tuple[float, float]:
    """(the longest distance within the largest part of a mask, px, fragments of one of `size` px joined; the direction of that
    part, degrees as in Edit.angle)."""
    reach = max(5, 2 * round(_APART * size) + 1)
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(max(outlines, key=len))[:, 0].astype(np.float32)
    apart = np.hypot(*(hull[:, None] - hull[None]).transpose(2, 0, 1))
    first, second = np.unravel_index(int(apart.argmax()), apart.shape)
    dx, dy = hull[second] - hull[first]
    return float(apart.max()) + 1.0, float(np.degrees(np.arctan2(-dy, dx)))


def _pieces(mask: np.ndarray, extent: float) -> int:
    """How many pieces a person would count."""
    reach = 2 * max(1, round(_APART * extent / 2)) + 1
    near = cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8))
    count, labels = cv2.connectedComponents(near)
    areas = np.bincount(labels[mask], minlength=count)[1:]
    return int(np.count_nonzero(areas >= _CRUMB * areas.max()))


def _touches(before: np.ndarray, defect: np.ndarray, window: Window) -> bool:
    """Whether a further defect, (h, w) bool, runs into those that are there, so that a person would count one."""
    if not before.any():
        return False
    reach = 2 * max(2, round(2.5 * window.unit + 0.09 * window.size)) + 1
    return bool((cv2.dilate(before.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0)[defect].any())
