"""Line-like shapes: paths with a width along them, as fields that a renderer shades."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ...imaging.noise import smooth_walk
from .window import Window


@dataclass(frozen=True, eq=False)
class Path:
    """A curve in window coordinates. points: (n, 2) float32 (x, y) px. half_width: (n,) float32 px."""

    points: np.ndarray
    half_width: np.ndarray


@dataclass(frozen=True, eq=False)
class StrokeField:
    """Fields of one or more paths around them, on a finer grid than the window's, so that thin lines are smooth.

    box: rows and columns of the window that the fields cover; further out nothing of a line is left, its blur and its lips
    included. across: distance to the nearest path over its half width there, 0 on the line, 1 at its border. distance: the
    same in window px, both (h, w) float32 of the box's fine grid. scale: fine px per window px. shape: (h, w) of the window.
    nearest: (h, w) int32, the path's pixel that is nearest, as an index into positions, (n,) float32, 0-1, see along.
    """

    box: tuple[slice, slice]
    across: np.ndarray
    distance: np.ndarray
    scale: int
    shape: tuple[int, int]
    nearest: np.ndarray
    positions: np.ndarray

    @cached_property
    def along(self) -> np.ndarray:
        """Position on the path, 0-1."""
        return self.positions.take(self.nearest)

    @property
    def fine_box(self) -> tuple[slice, slice]:
        """The box on the fine grid of the whole window."""
        rows, columns = (slice(side.start * self.scale, side.stop * self.scale) for side in self.box)
        return rows, columns

    def shrink(self, field: np.ndarray) -> np.ndarray:
        """A fine field, area-averaged to the window's (h, w); 0 beyond the box."""
        size = (self.box[1].stop - self.box[1].start, self.box[0].stop - self.box[0].start)
        whole = np.zeros(self.shape, field.dtype)
        whole[self.box] = cv2.resize(field, size, interpolation=cv2.INTER_AREA) if self.scale > 1 else field
        return whole


def stroke_field(window: Window, paths: list[Path]) -> StrokeField:
    """Distance fields of paths, by one exact distance transform with nearest-pixel labels."""
    scale = 3 if window.unit < 1.5 else 2 if window.unit < 3 else 1
    box = _surroundings(window, paths)
    top, left = box[0].start, box[1].start
    fine = ((box[0].stop - top) * scale, (box[1].stop - left) * scale)
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
        columns = np.rint(np.interp(position, arc, points[:, 0])).astype(int) - left * scale
        rows = np.rint(np.interp(position, arc, points[:, 1])).astype(int) - top * scale
        inside = (columns >= 0) & (columns < fine[1]) & (rows >= 0) & (rows < fine[0])
        free[rows[inside], columns[inside]] = 0
        owner[rows[inside], columns[inside]] = offset + np.flatnonzero(inside)
        dense_width.append(np.interp(position, arc, path.half_width))
        dense_along.append(position / max(arc[-1], 1e-6))
        offset += count
    if free.all():
        free[fine[0] // 2, fine[1] // 2] = 0
    distance, labels = cv2.distanceTransformWithLabels(free, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    on_path = np.flatnonzero(free == 0)
    label, point = labels.take(on_path), owner.take(on_path)
    half, positions = np.zeros((2, int(label.max()) + 1), np.float32)
    half[label] = np.maximum(np.concatenate(dense_width).astype(np.float32)[point], 0.15)
    positions[label] = np.concatenate(dense_along).astype(np.float32)[point]
    distance /= scale
    return StrokeField(box, distance / half.take(labels), distance, scale, window.shape, labels, positions)


def _surroundings(window: Window, paths: list[Path]) -> tuple[slice, slice]:
    """Rows and columns of the window as far from the paths as anything of a line can be seen."""
    points = np.concatenate([path.points for path in paths])
    widest = max(float(path.half_width.max()) for path in paths)
    room = 12.0 * window.unit + 3.0 * widest + 8.0 * window.scene.blur
    box = []
    for least, most, length in zip(points.min(axis=0), points.max(axis=0), window.shape[::-1], strict=True):
        start = min(max(int(least - room), 0), length - 1)
        box.append(slice(start, min(max(int(most + room) + 1, start + 1), length)))
    return box[1], box[0]


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


def course(
    window: Window, rng: np.random.Generator, length: float, roughness: float, curl: float, points: int
) -> np.ndarray:
    """The course of a line, (points, 2) px: the window's guide, or a wandering path through its middle. See wandering."""
    free = wandering((0, 0), window.angle, length, rng, roughness, curl, points)
    if window.guide is None:
        return centred(_turned(free, window.angle), window)
    steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(window.guide, axis=0).T))])
    places = np.linspace(0, steps[-1], points)
    path = np.stack([np.interp(places, steps, window.guide[:, axis]) for axis in (0, 1)], axis=1)
    # As unsteady as a free line, but on its way.
    path += window.unit * np.stack([smooth_walk(points, rng, 8.0), smooth_walk(points, rng, 8.0)], axis=1)
    return path.astype(np.float32)


def _turned(path: np.ndarray, angle: float) -> np.ndarray:
    """The path, (n, 2), turned so that its ends lie in a direction, radians, however it wandered between."""
    dx, dy = path[-1] - path[0]
    turn = angle - float(np.arctan2(dy, dx))
    cosine, sine = np.cos(turn), np.sin(turn)
    return (path @ np.array([[cosine, sine], [-sine, cosine]])).astype(np.float32)


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
