"""The part of a picture that a model works on: around the defect's area, at the model's own size, and back again."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ....imaging.masks import bounding_box

# The area takes at most this share of the window's sides: a model needs to see what surrounds it.
_SHARE = 0.6
# A window is at least this share of the working size across: more enlargement shows no more detail.
_LEAST = 0.5
# The paste is soft over this share of the area's size, inside the area.
_FEATHER = 0.06


@dataclass(frozen=True)
class Window:
    """rows, columns: the part of the picture. size: (height, width) that the model works at."""

    rows: slice
    columns: slice
    size: tuple[int, int]

    def cut(self, image: np.ndarray) -> np.ndarray:
        """The part, at working size; masks stay crisp."""
        part = image[self.rows, self.columns]
        if part.dtype == np.bool_:
            size = (self.size[1], self.size[0])
            return cv2.resize(part.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        return _resized(part, self.size)

    def paste(self, image: np.ndarray, edited: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        """image, (H, W, 3) uint8, with `edited`, at working size, laid over where alpha, (H, W) 0-1, says."""
        result = image.copy()
        part = image[self.rows, self.columns].astype(np.float32)
        over = _resized(edited, part.shape[:2]).astype(np.float32)
        share = alpha[self.rows, self.columns, None].astype(np.float32)
        mixed = np.clip(np.round(part + (over - part) * share), 0, 255).astype(np.uint8)
        # Where nothing is laid over, the pixels are the picture's own, bit for bit.
        result[self.rows, self.columns] = np.where(share > 0, mixed, image[self.rows, self.columns])
        return result


def choose_window(area: np.ndarray, side: int, multiple: int) -> Window:
    """The window for an area, (H, W) bool, not empty. side: the working size; multiple: of which its sides are."""
    box = bounding_box(area)
    extent = max(side.stop - side.start for side in box)
    wanted = max(round(extent / _SHARE), round(_LEAST * side), multiple)
    spans = [_span(side.start, side.stop, wanted, length) for side, length in zip(box, area.shape, strict=True)]
    tall, wide = spans[0].stop - spans[0].start, spans[1].stop - spans[1].start
    scale = side / (tall * wide) ** 0.5
    size = (
        max(multiple, round(tall * scale / multiple) * multiple),
        max(multiple, round(wide * scale / multiple) * multiple),
    )
    return Window(spans[0], spans[1], size)


def soft_inside(area: np.ndarray) -> np.ndarray:
    """(H, W) float32: 0 outside the area and at its edge, rising to 1 inside it; the picture's border is no edge."""
    padded = cv2.copyMakeBorder(area.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
    feather = max(1.5, _FEATHER * float(np.sqrt(np.count_nonzero(area))))
    return np.clip(depth / feather, 0.0, 1.0).astype(np.float32) * area


def _span(start: int, stop: int, wanted: int, length: int) -> slice:
    room = min(length, max(wanted, stop - start))
    first = min(max(0, (start + stop - room) // 2), length - room)
    return slice(first, first + room)


def _resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if image.shape[:2] == size:
        return image
    smaller = size[0] * size[1] < image.shape[0] * image.shape[1]
    return cv2.resize(image, (size[1], size[0]), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
