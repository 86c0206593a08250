"""The embedded inverse edit: a normal picture rebuilt from an anomalous one and its mask."""

from __future__ import annotations

import cv2
import numpy as np

# Shifts tried for the source of texture, in turn, as shares of the picture's sides.
_SHIFTS = ((0.0, 0.25), (0.25, 0.0), (0.0, -0.25), (-0.25, 0.0), (0.25, 0.25), (-0.25, 0.25), (0.5, 0.0), (0.0, 0.5))


def rebuild_normal(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The picture with the masked area filled from around it, (H, W, 3) uint8; unmasked pixels stay bit for bit.

    image: (H, W, 3) uint8. mask: (H, W) bool. Tone and lines by Telea's fast marching (J. Graphics Tools 9, 2004), fine
    texture from the unmasked part of the picture that fits best.
    """
    if not mask.any():
        return image.copy()
    radius = max(2, round(min(mask.shape) / 100))
    grown = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8))
    filled = cv2.inpaint(np.ascontiguousarray(image), grown, radius, cv2.INPAINT_TELEA).astype(np.float32)
    base = cv2.GaussianBlur(filled, (0, 0), 2.0)
    texture = image.astype(np.float32) - cv2.GaussianBlur(image.astype(np.float32), (0, 0), 2.0)
    near = cv2.dilate(grown, np.ones((15, 15), np.uint8)) > 0
    height, width = mask.shape
    best, least = texture * 0, np.inf
    for down, right in _SHIFTS:
        shift = (round(down * height), round(right * width))
        if shift == (0, 0) or (np.roll(near, shift, (0, 1)) & near).mean() > 0.25 * near.mean():
            continue
        there = np.roll(base, shift, (0, 1))
        misfit = float(np.abs(there[near] - base[near]).mean())
        if misfit < least:
            best, least = np.roll(np.where(near[..., None], 0.0, texture), shift, (0, 1)), misfit
    rebuilt = np.clip(np.rint(base + best), 0, 255).astype(np.uint8)
    return np.where(mask[..., None], rebuilt, image)
