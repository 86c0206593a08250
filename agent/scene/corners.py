"""Corners of a silhouette: where two straight sides meet."""

from __future__ import annotations

import cv2
import numpy as np

# Of a silhouette's size, the square root of its area: how far its simplified outline may be off it,
_OFF = 0.025
# how long a side is at least, and how far the outline may be off a straight one,
_SIDE, _CROOKED = 0.25, 0.012
# and how far a rounded corner's outline may stay away from where its sides would meet.
_ROUNDED = 0.09
# The angle between two sides, degrees: a hexagon's is a corner, an octagon's is not.
_ANGLES = 50.0, 128.0


def find_corners(mask: np.ndarray) -> list[tuple[float, float]]:
    """Where the corners of an (h, w) bool mask in one piece are, (x, y) px. One that the picture's border cuts is none."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len)[:, 0, :]
    size = float(np.sqrt(np.count_nonzero(mask)))
    simple = cv2.approxPolyDP(outline[:, None, :], _OFF * size, True)[:, 0, :]
    if len(simple) < 3:
        return []
    places = [int(np.argmin(np.abs(outline - vertex).sum(axis=1))) for vertex in simple]
    sides = [_side(outline, begin, end, size) for begin, end in zip(places, places[1:] + places[:1], strict=True)]
    found = []
    for vertex, before, after in zip(simple, sides[-1:] + sides[:-1], sides, strict=True):
        if before is None or after is None:
            continue
        (point, along), (other, onward) = before, after
        angle = 180 - np.degrees(np.arccos(np.clip(along @ onward, -1, 1)))
        if not _ANGLES[0] <= angle <= _ANGLES[1]:
            continue
        step = np.linalg.solve(np.stack([along, -onward], axis=1), other - point)[0]
        meeting = point + step * along
        away = float(np.sqrt(((outline - meeting) ** 2).sum(axis=1).min()))
        if away <= max(_ROUNDED * size, 2.0) and not _at_border(vertex, mask.shape):
            found.append((float(meeting[0]), float(meeting[1])))
    return found


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
