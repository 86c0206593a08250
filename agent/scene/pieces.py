"""Connected pieces of a mask, and the order in which people number them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..imaging.masks import bounding_box


def pieces_of(mask: np.ndarray, least: float = 1.0, most: int = 100) -> list[np.ndarray]:
    """The connected pieces of an (h, w) bool mask of `least` px or more, each (h, w) bool, largest first, `most` at the most."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    ordered = [index for index in np.argsort(-areas, kind="stable") if areas[index] >= least]
    return [labels == index + 1 for index in ordered[:most]]


def closed(mask: np.ndarray) -> np.ndarray:
    """An (h, w) bool mask with what it encloses."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.zeros(mask.shape, np.uint8), outlines, -1, 1, cv2.FILLED) > 0


def in_reading_order(masks: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Masks, (h, w) bool with a pixel at least, row by row as text is read. What lies less than half its height lower than the
    first of a row is in that row."""
    placed = []
    for index, mask in enumerate(masks):
        rows, columns = bounding_box(mask)
        placed.append(((rows.start + rows.stop) / 2, (columns.start + columns.stop) / 2, rows.stop - rows.start, index))
    ordered: list[int] = []
    row: list[tuple[float, float, int, int]] = []
    for one in [*sorted(placed), None]:
        if row and (one is None or one[0] - row[0][0] > row[0][2] / 2):
            ordered += [index for _, _, _, index in sorted(row, key=lambda part: (part[1], part[0]))]
            row = []
        if one is not None:
            row.append(one)
    return [masks[index] for index in ordered]
