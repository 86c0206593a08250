"""Masks with room around what they mark, and the box that they fill."""

from __future__ import annotations

import cv2
import numpy as np


def grow_mask(mask: np.ndarray, margin: float) -> np.ndarray:
    """An (H, W) bool mask, grown to each side by a share of its shorter side, rounded to whole px, in a disc."""
    reach = round(margin * min(mask.shape))
    if not reach:
        return mask
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.dilate(mask.astype(np.uint8), disc) > 0


def bounding_box(mask: np.ndarray, room: int = 0) -> tuple[slice, slice]:
    """Rows and columns of what an (H, W) bool mask marks, at least one pixel, and of `room` px around it, as far as there are."""
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    rows = slice(max(0, top - room), min(mask.shape[0], top + height + room))
    return rows, slice(max(0, left - room), min(mask.shape[1], left + width + room))
