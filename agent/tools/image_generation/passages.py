"""Where copper of any shape is narrow enough to be cut through: from one side of it to the other, or to the picture's border."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

# Places on the outline that are tried, and the longest way through that is a cut, as a share of the picture's longer side.
_TRIES, _LONGEST = 160, 0.45
# How far off the picture's border, as a share of its longer side, copper is cut.
_BORDER = 0.07
# Off the ends of what is cut, px of the working size: there the outline is ragged.
_OVER = 1.5


@dataclass(frozen=True)
class Passage:
    """A straight way through copper. start, end: (x, y) px, on the ground at either side, or the picture's border."""

    start: tuple[float, float]
    end: tuple[float, float]


def narrowest_passage(copper: np.ndarray, within: np.ndarray, scale: float, rng: np.random.Generator) -> Passage | None:
    """Of some ways through an (H, W) bool copper that begin within an (H, W) bool area the shortest, None where all are long.
    scale: px to one of the working size."""
    inner = cv2.erode(copper.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0  # the picture's border is no outline
    # Beside the picture's border a cut would take off a strip, and part nothing.
    away = round(_BORDER * max(copper.shape))
    outline = np.argwhere((copper & ~inner & within)[away:-away, away:-away]) + away
    if not len(outline):
        return None
    depth = cv2.GaussianBlur(copper.astype(np.float32), (0, 0), 2.0 * scale)
    slope = np.stack([cv2.Sobel(depth, cv2.CV_32F, 1, 0), cv2.Sobel(depth, cv2.CV_32F, 0, 1)])
    best, shortest = None, _LONGEST * max(copper.shape)
    for row, column in outline[rng.integers(0, len(outline), _TRIES)]:
        way = slope[:, row, column]
        length = float(np.hypot(*way))
        if length < 1e-4:
            continue
        passage = _through(copper, np.array([column, row], np.float32), way / length, shortest, scale)
        if passage is not None:
            best = passage
            shortest = float(np.hypot(*np.subtract(passage.end, passage.start)))
    return best


def _through(copper: np.ndarray, start: np.ndarray, way: np.ndarray, most: float, scale: float) -> Passage | None:
    """The way from a place on the outline straight on, None where it is longer than `most` px, or only scrapes the outline."""
    steps = np.arange(0.0, most, 0.5)
    x, y = np.rint(start[:, None] + way[:, None] * steps).astype(int)
    inside = (x >= 0) & (y >= 0) & (x < copper.shape[1]) & (y < copper.shape[0])
    there = np.zeros(len(steps), bool)
    there[inside] = copper[y[inside], x[inside]]
    ends = np.flatnonzero(~there & (steps > 2.0 * scale))
    if not len(ends) or steps[ends[0]] < 3.0 * scale:
        return None
    over = _OVER * scale
    first, last = start - over * way, start + (steps[ends[0]] + over) * way
    return Passage((float(first[0]), float(first[1])), (float(last[0]), float(last[1])))
