"""Areas that follow from a silhouette alone: the band along its outline, its middle, the reach of a point."""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.masks import bounding_box


def inner_band(mask: np.ndarray, width: float, border: bool = False) -> np.ndarray:
    """What lies less than `width` px within an (h, w) bool mask's outline, holes' outlines too.

    border: the picture's border is an outline as well; otherwise a mask that it cuts goes on beyond.
    """
    padding = cv2.BORDER_CONSTANT if border else cv2.BORDER_REPLICATE
    framed = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, padding, value=0)
    depth = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    return mask & (depth <= width)


def centre_of(mask: np.ndarray) -> np.ndarray:
    """The middle of an (h, w) bool mask with a pixel at least: itself at half its size, about the middle of its bounding box."""
    rows, columns = bounding_box(mask)
    x, y = (columns.start + columns.stop - 1) / 2, (rows.start + rows.stop - 1) / 2
    half = np.array([[0.5, 0, x / 2], [0, 0.5, y / 2]])
    small = cv2.warpAffine(mask.astype(np.float32), half, mask.shape[::-1], flags=cv2.INTER_AREA)
    return small > 0.5


def disc(shape: tuple[int, ...], centre: tuple[float, float], radius: float) -> np.ndarray:
    """What of a picture of (h, w) lies within `radius` px of a point (x, y), (h, w) bool."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    near: np.ndarray = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 <= radius**2
    return near
