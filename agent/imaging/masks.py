"""Masks with room around the defect, as people outline one."""

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
