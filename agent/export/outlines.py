"""A mask taken apart into connected pieces, and their outlines as rings of points on the pixels' edges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

# A pixel is drawn as 3 x 3, so that its middle and its edges are told apart in whole numbers.
_FINE = 3
# Holes that are cut into a piece's ring at most, and pairs of points that are compared for it, a few seconds' work; masks of
# defects are far below both.
_MOST_HOLES, _MOST_PAIRS = 200, 500_000_000


@dataclass(frozen=True, eq=False)
class Piece:
    """One connected piece (8 neighbours) of a mask. area: px. box: x, y, width, height, px. pixels: (height, width) bool,
    the piece in its box. rings: the outer outline, then one for each hole, (N, 2) float64 x, y in px of the whole mask;
    points lie a sixth of a pixel inside the piece's edge, so that their whole parts name its own border pixels.
    """

    area: int
    box: tuple[int, int, int, int]
    pixels: np.ndarray
    rings: tuple[np.ndarray, ...]


def pieces_by_type(masks: Mapping[str, np.ndarray]) -> Iterator[tuple[str, Piece]]:
    """(type, piece) of an (H, W) bool mask for each type."""
    for anomaly, mask in masks.items():
        for piece in pieces(mask):
            yield anomaly, piece


def pieces(mask: np.ndarray) -> Iterator[Piece]:
    """The pieces of an (H, W) bool mask, in the order of their first pixel's row."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    for index in range(1, count):
        x, y, width, height, area = (int(value) for value in stats[index])
        pixels = labels[y : y + height, x : x + width] == index
        fine = cv2.resize(pixels.astype(np.uint8), None, fx=_FINE, fy=_FINE, interpolation=cv2.INTER_NEAREST)
        contours, _ = cv2.findContours(fine, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        rings = [(contour[:, 0, :] + 0.5) / _FINE + (x, y) for contour in contours]
        # The outer outline is the one that reaches the box's sides; OpenCV does not promise an order.
        rings.sort(key=lambda ring: -float(np.ptp(ring[:, 0]) + np.ptp(ring[:, 1])))
        yield Piece(area, (x, y, width, height), pixels, tuple(rings))


def on_edges(ring: np.ndarray) -> np.ndarray:
    """A ring moved out to the pixels' edges, whole numbers, without points that say nothing."""
    points = np.round(ring)
    points = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    turns = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    return points[turns]


def keyhole(rings: tuple[np.ndarray, ...]) -> np.ndarray:
    """All rings as one: each hole is reached by a cut of no width, there and back, from the nearest point there is.

    In a mask that is all holes, which no defect's is, the smallest are left closed.
    """
    joined = rings[0]
    largest = rings[1 : _MOST_HOLES + 1]  # by size, see pieces()
    pairs = np.cumsum([len(joined) * len(hole) for hole in largest])
    holes = [hole for hole, work in zip(largest, pairs, strict=True) if work <= _MOST_PAIRS]
    gaps = [_nearest(joined, hole) for hole in holes]
    while holes:
        best = min(range(len(holes)), key=lambda index: gaps[index][0])
        _, point, start = gaps.pop(best)
        hole = holes.pop(best)
        at = int(np.flatnonzero((joined == point).all(axis=1))[0])
        around = np.concatenate([hole[start:], hole[: start + 1]])
        joined = np.concatenate([joined[: at + 1], around, joined[at:]])
        gaps = [min(gap, _nearest(hole, other), key=lambda one: one[0]) for gap, other in zip(gaps, holes, strict=True)]
    return joined


def _nearest(ring: np.ndarray, hole: np.ndarray) -> tuple[float, np.ndarray, int]:
    """(squared distance, point of the ring, index in the hole) of the nearest pair of points."""
    best = (np.inf, ring[0], 0)
    # Some rows of the table at a time: outlines have thousands of points.
    for first in range(0, len(hole), 256):
        part = hole[first : first + 256]
        gaps = ((ring[None] - part[:, None]) ** 2).sum(axis=2)
        index = int(gaps.argmin())
        value = float(gaps.flat[index])
        if value < best[0]:
            best = (value, ring[index % len(ring)], first + index // len(ring))
    return best
