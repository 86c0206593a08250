"""Corners of a silhouette: where two straight sides meet."""

from __future__ import annotations

import cv2
import numpy as np

# Of a silhouette's size, the square root of its area: how far its simplified outline may be off it,
_OFF = 0.025
# how long a side is at least, and how far the outline may be off a straight one,
_SIDE, _CROOKED = 0.3, 0.012
# how far a rounded corner's outline may stay away from where its sides would meet, and how long it is at the most.
_ROUNDED, _ROUND = 0.06, 0.16
# Of a simplified outline: a bend of fewer degrees is one of a side.
_BEND = 15.0
# Straight sides' share of the outline.
_STRAIGHT = 0.55
# The angle between two sides, degrees: a hexagon's is a corner, an octagon's is not.
_ANGLES = 50.0, 128.0


def find_corners(mask: np.ndarray) -> list[tuple[float, float]]:
    """Where the corners of an (h, w) bool mask in one piece are, (x, y) px. One that the picture's border cuts is none."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len)[:, 0, :]
    size = float(np.sqrt(np.count_nonzero(mask)))
    # The simplified outline keeps the first point: let it be an end, not the middle of a side.
    farthest = int(np.argmax(((outline - outline.mean(axis=0)) ** 2).sum(axis=1)))
    outline = np.roll(outline, -farthest, axis=0)
    simple = cv2.approxPolyDP(outline[:, None, :], _OFF * size, True)[:, 0, :]
    simple = simple[_turns(simple) > _BEND]
    places = [int(np.argmin(np.abs(outline - vertex).sum(axis=1))) for vertex in simple]
    sides = []
    for begin, end in zip(places, places[1:] + places[:1], strict=True):
        line = _side(outline, begin, end, size)
        if line is not None:
            sides.append((begin, end, *line))
    # Of something round with a dent or two, few sides are straight.
    if sum((end - begin) % len(outline) for begin, end, _, _ in sides) < _STRAIGHT * len(outline):
        return []
    found = []
    for (_, end, point, along), (begin, _, other, onward) in zip(sides[-1:] + sides[:-1], sides, strict=True):
        angle = 180 - np.degrees(np.arccos(np.clip(along @ onward, -1, 1)))
        # A rounded corner has short sides of its own.
        if not _ANGLES[0] <= angle <= _ANGLES[1] or (begin - end) % len(outline) > max(_ROUND * size, 8.0):
            continue
        step = np.linalg.solve(np.stack([along, -onward], axis=1), other - point)[0]
        meeting = point + step * along
        away = float(np.sqrt(((outline - meeting) ** 2).sum(axis=1).min()))
        if away <= max(_ROUNDED * size, 2.0) and not _at_border(outline[end], mask.shape):
            found.append((float(meeting[0]), float(meeting[1])))
    return found


def _turns(points: np.ndarray) -> np.ndarray:
    """(n,) degrees, 0-180: by how much a closed outline of (n, 2) px turns at each of its points."""
    steps = np.roll(points, -1, axis=0) - points
    ways = np.degrees(np.arctan2(steps[:, 1], steps[:, 0]))
    return np.asarray(np.abs((ways - np.roll(ways, 1) + 180) % 360 - 180))


def _side(outline: np.ndarray, begin: int, end: int, size: float) -> tuple[np.ndarray, np.ndarray] | None:
    """A point and the unit direction of the outline between two of its points; None where it is short or not straight."""
    count = (end - begin) % len(outline)
    if np.linalg.norm(outline[end] - outline[begin]) < _SIDE * size:
        return None
    # Its middle: the ends belong to the corners, which may be rounded.
    chosen = outline[(begin + np.arange(round(0.2 * count), round(0.8 * count) + 1)) % len(outline)].astype(float)
    middle = chosen.mean(axis=0)
    _, _, axes = np.linalg.svd(chosen - middle, full_matrices=False)
    along = axes[0] if axes[0] @ (outline[end] - outline[begin]) > 0 else -axes[0]
    off = (chosen - middle) @ axes[1]
    return (middle, along) if float(np.sqrt((off**2).mean())) <= max(_CROOKED * size, 0.6) else None


def _at_border(point: np.ndarray, shape: tuple[int, ...]) -> bool:
    return bool(min(point[0], point[1], shape[1] - 1 - point[0], shape[0] - 1 - point[1]) < 2)
