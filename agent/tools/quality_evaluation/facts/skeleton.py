"""The skeleton of a thin mask, and how many ends it has."""

from __future__ import annotations

import cv2
import numpy as np

# Longest side at which branches are looked for, px.
_SIDE = 160


def branch_ends(mask: np.ndarray, least: float) -> int:
    """Ends of the branches of a (h, w) uint8 mask that are `least` px long or more: 2 of a plain line, 3 and more of a
    branching one."""
    shrink = min(1.0, _SIDE / max(mask.shape))
    if shrink < 1.0:
        size = (max(1, round(mask.shape[1] * shrink)), max(1, round(mask.shape[0] * shrink)))
        mask = (cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.2).astype(np.uint8)
    reach = 3
    mask = cv2.morphologyEx(np.pad(mask, reach), cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    # The parts of a broken line have ends, too, that are none of a branch.
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    mask = (labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())).astype(np.uint8)
    lines = thinned(mask)
    for _ in range(
        max(1, round(least * shrink))
    ):  # what is shorter is worn away from its end, and so is as much of the rest
        lines &= ~_ends(lines)
    return int(np.count_nonzero(_ends(lines)))


def thinned(mask: np.ndarray) -> np.ndarray:
    """(h, w) uint8 0/1 with a free border -> (h, w) bool lines of one px (Zhang and Suen, CACM 27, 1984)."""
    lines = mask > 0
    while True:
        before = np.count_nonzero(lines)
        for step in range(2):
            around = _around(lines)
            turns = sum((~around[i] & around[(i + 1) % 8]).astype(np.uint8) for i in range(8))
            full = sum(side.astype(np.uint8) for side in around)
            north, east, south, west = around[0], around[2], around[4], around[6]
            if step == 0:
                free = ~(north & east & south) & ~(east & south & west)
            else:
                free = ~(north & east & west) & ~(north & south & west)
            lines &= ~((turns == 1) & (full >= 2) & (full <= 6) & free)
        if np.count_nonzero(lines) == before:
            return lines


def _around(lines: np.ndarray) -> list[np.ndarray]:
    """The eight neighbours of every pixel, from the upper one clockwise."""
    steps = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
    return [np.roll(lines, step, axis=(0, 1)) for step in steps]


def _ends(lines: np.ndarray) -> np.ndarray:
    """(h, w) bool: line pixels with one neighbour, or two that touch each other."""
    around = _around(lines)
    groups = sum((~around[i] & around[(i + 1) % 8]).astype(np.uint8) for i in range(8))
    full = sum(side.astype(np.uint8) for side in around)
    return np.asarray(lines & (groups == 1) & (full <= 2))
