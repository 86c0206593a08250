"""Regions that are drawn by their corners."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np


def draw_region(corners: Sequence[float] | Sequence[Sequence[float]], height: int, width: int) -> np.ndarray:
    """(height, width) bool: the inside of a box (left, top, right, bottom) or of a polygon of (x, y), in fractions 0-1.

    At least one pixel is inside.
    """
    points = np.array(corners, np.float64)
    if points.ndim == 1:
        left, top, right, bottom = points
        points = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    mask = np.zeros((height, width), np.uint8)
    pixels = np.rint(points * (width, height) - 0.5).astype(np.int32)
    cv2.fillPoly(mask, [np.clip(pixels, 0, (width - 1, height - 1))], 1)
    return mask > 0
