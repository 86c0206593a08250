"""Cells of a pattern that repeats along rows and columns."""

from __future__ import annotations

import cv2
import numpy as np

# The finest period that has cells worth naming, px of the working size, and how many cells there are at the most.
_FINE, _MOST = 16.0, 64
# A pattern moved by its period is like itself, by half of it less so: correlation, and by how much it falls.
_ALIKE, _UNLIKE = 0.6, 0.4


def find_cells(lightness: np.ndarray, period: tuple[float, float]) -> list[np.ndarray]:
    """The whole cells of a periodic pattern, each (h, w) bool; none where it does not repeat along both axes.

    lightness: (h, w) float32. period: (x, y) px, 0 for none.
    """
    height, width = lightness.shape
    if min(period) < _FINE or (width // period[0]) * (height // period[1]) > _MOST:
        return []
    flat = lightness - cv2.GaussianBlur(lightness, (0, 0), max(period))
    across, down = round(period[0]), round(period[1])
    if not (_repeats(flat, across) and _repeats(flat.T, down)):
        return []
    # Cells begin where least happens: between the motifs.
    activity = np.abs(flat)
    left, top = _phase(activity.sum(axis=0), period[0]), _phase(activity.sum(axis=1), period[1])
    cells = []
    for y in np.arange(top, height - period[1] + 1, period[1]):
        for x in np.arange(left, width - period[0] + 1, period[0]):
            cell = np.zeros(lightness.shape, bool)
            cell[round(float(y)) : round(float(y + period[1])), round(float(x)) : round(float(x + period[0]))] = True
            cells.append(cell)
    return cells if len(cells) > 1 else []


def _repeats(flat: np.ndarray, period: int) -> bool:
    """Whether rows are like themselves a period on, and not half of one on: lines along rows are like themselves anywhere."""
    whole, half = (_correlation(flat[:, step:], flat[:, :-step]) for step in (period, period // 2))
    return whole >= _ALIKE and half <= whole - _UNLIKE


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    first, second = first - first.mean(), second - second.mean()
    return float((first * second).mean() / max(float(np.sqrt((first**2).mean() * (second**2).mean())), 1e-6))


def _phase(profile: np.ndarray, period: float) -> int:
    """Where in its first period a profile is lowest, on average over all."""
    starts = np.arange(round(period))
    count = int(len(profile) // period)
    places = np.minimum((starts[:, None] + period * np.arange(count)).round().astype(int), len(profile) - 1)
    return int(starts[np.argmin(np.round(profile[places].mean(axis=1), 3))])
