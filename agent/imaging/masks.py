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


def shrink_mask(mask: np.ndarray, shape: tuple[int, ...], share: float = 0.2, keep: bool = True) -> np.ndarray:
    """A 0/1 mask at (h, w), as large or smaller: marked, uint8 0 or 1, where more than this share of a pixel is.

    keep: what is marked stays marked, however thin; the share is then half of the most that any pixel has, where that is less.
    """
    if mask.shape == shape:
        return mask.astype(np.uint8, copy=False)
    small = cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return (small > (min(share, 0.5 * float(small.max())) if keep else share)).astype(np.uint8)


def bounding_box(mask: np.ndarray, room: int = 0) -> tuple[slice, slice]:
    """Rows and columns of what an (H, W) bool mask marks, at least one pixel, and of `room` px around it, as far as there are."""
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    rows, columns = slice(top, top + height), slice(left, left + width)
    return widen(rows, room, mask.shape[0]), widen(columns, room, mask.shape[1])


def widen(side: slice, room: int, length: int) -> slice:
    """A span of `length` px with `room` px more at either end, as far as there are."""
    return slice(max(0, side.start - room), min(length, side.stop + room))


def box_in_fractions(mask: np.ndarray) -> tuple[float, float, float, float]:
    """Bounding box (x0, y0, x1, y1) of what an (H, W) bool mask marks, at least one pixel, in fractions of the picture."""
    height, width = mask.shape
    rows, columns = bounding_box(mask)
    return columns.start / width, rows.start / height, columns.stop / width, rows.stop / height
