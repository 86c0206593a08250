"""Line-like shapes: paths with a width along them, as fields that a renderer shades."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ....imaging.noise import smooth_walk
from .window import Window


@dataclass(frozen=True, eq=False)
class Path:
    """A curve in window coordinates. points: (n, 2) float32 (x, y) px. half_width: (n,) float32 px."""

    points: np.ndarray
    half_width: np.ndarray


@dataclass(frozen=True, eq=False)
class StrokeField:
    """Fields of one or more paths on a finer grid than the window's, so that thin lines are smooth.

    across: distance to the nearest path over its half width there, 0 on the line, 1 at its border. distance: the same
    in window px. along: position on the path, 0-1. scale: fine px per window px.
    """

    across: np.ndarray
    distance: np.ndarray
    along: np.ndarray
    scale: int
    shape: tuple[int, int]

    def shrink(self, field: np.ndarray) -> np.ndarray:
        """A fine field, area-averaged to the window's (h, w)."""
        if self.scale == 1:
            return field
        return cv2.resize(field, (self.shape[1], self.shape[0]), interpolation=cv2.INTER_AREA)


def stroke_field(window: Window, paths: list[Path]) -> StrokeField:
    """Distance fields of paths, by one exact distance transform with nearest-pixel labels."""
    height, width = window.shape
    scale = 3 if window.unit < 1.5 else 2 if window.unit < 3 else 1
    fine = (height * scale, width * scale)
    free = np.ones(fine, np.uint8)
    owner = np.zeros(fine, np.int32)
    dense_width, dense_along = [], []
    offset = 0
    for path in paths:
        points = path.points * scale + (scale - 1) / 2
        steps = np.hypot(*np.diff(points, axis=0).T)
        arc = np.concatenate([[0.0], np.cumsum(steps)])
        count = max(2, int(arc[-1] * 1.5))
        position = np.linspace(0, arc[-1], count)
        x = np.interp(position, arc, points[:, 0])
        y = np.interp(position, arc, points[:, 1])
        columns, rows = np.rint(x).astype(int), np.rint(y).astype(int)
        inside = (columns >= 0) & (columns < fine[1]) & (rows >= 0) & (rows < fine[0])
        free[rows[inside], columns[inside]] = 0
        owner[rows[inside], columns[inside]] = offset + np.flatnonzero(inside)
        dense_width.append(np.interp(position, arc, path.half_width))
        dense_along.append(position / max(arc[-1], 1e-6))
        offset += count
    if free.all():
        free[fine[0] // 2, fine[1] // 2] = 0
    distance, labels = cv2.distanceTransformWithLabels(free, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    on_path = free == 0
    nearest = np.zeros(int(labels.max()) + 1, np.int32)
    nearest[labels[on_path]] = owner[on_path]
    index = nearest[labels]
    half = np.concatenate(dense_width).astype(np.float32)[index]
    distance = distance.astype(np.float32) / scale
    along = np.concatenate(dense_along).astype(np.float32)[index]
    return StrokeField(distance / np.maximum(half, 0.15), distance, along, scale, (height, width))


def wandering(
    start: tuple[float, float],
    angle: float,
    length: float,
    rng: np.random.Generator,
    roughness: float,
    curl: float = 0.0,
    points: int = 64,
) -> np.ndarray:
    """A path of (points, 2) px from start in a direction that wanders.

    Midpoint displacement in spirit: heading noise at several scales. roughness: radians of heading noise. curl: total
    smooth turn in radians.
    """
    heading = np.full(points, angle, np.float32)
    heading += np.linspace(-curl / 2, curl / 2, points, dtype=np.float32)
    for scale, share in ((points / 3, 0.6), (points / 8, 0.5), (3.0, 0.6)):
        heading += roughness * share * smooth_walk(points, rng, scale)
    step = length / (points - 1)
    moves = step * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    path = np.asarray(start, np.float32) + np.concatenate([np.zeros((1, 2), np.float32), np.cumsum(moves, axis=0)[:-1]])
    return path.astype(np.float32)


def centred(path: np.ndarray, window: Window) -> np.ndarray:
    """The path moved and scaled so that its box is centred in the window and no longer than the defect's size."""
    low, high = path.min(axis=0), path.max(axis=0)
    extent = float(np.hypot(*(high - low)))
    scale = min(1.0, window.size / max(extent, 1e-3))
    return ((path - (low + high) / 2) * scale + np.asarray(window.centre, np.float32)).astype(np.float32)


def tapered(count: int, start: float, end: float) -> np.ndarray:
    """Width profile, (count,) float32: rises over the first share `start` of the path, falls over the last `end`."""
    t = np.linspace(0, 1, count, dtype=np.float32)
    rise = np.clip(t / max(start, 1e-3), 0, 1)
    fall = np.clip((1 - t) / max(end, 1e-3), 0, 1)
    return np.sqrt(rise * fall)
