"""Pictures and masks as squares of one side, whatever their shape: a batch holds one size."""

from __future__ import annotations

import cv2
import numpy as np

from ....agent.imaging.outline import thumbnail_mask


def square_image(image: np.ndarray, side: int) -> np.ndarray:
    """(H, W, 3) uint8 -> (side, side, 3) uint8."""
    return cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)


def square_mask(mask: np.ndarray, side: int) -> np.ndarray:
    """(H, W) bool -> (side, side) bool. Thin defects stay visible; what marks a pixel before marks one afterwards."""
    small = thumbnail_mask(mask, side)
    if mask.any() and not small.any():
        y, x = (int(values.mean()) for values in np.nonzero(mask))
        small[y * small.shape[0] // mask.shape[0], x * small.shape[1] // mask.shape[1]] = 1
    return cv2.resize(small, (side, side), interpolation=cv2.INTER_NEAREST) > 0
