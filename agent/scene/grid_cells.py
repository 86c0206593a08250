"""An area divided into grid cells, among which a place for a defect is chosen."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..imaging.masks import box_in_fractions

# Cells along either side of the area's bounding box.
_CELLS = 4


@dataclass(frozen=True)
class GridCell:
    """box: (x0, y0, x1, y1) in fractions of the image. share: of it that is of the area, above 0-1. local_contrast: mean of the
    picture's within the box, grey levels. outer: it lies along the bounding box."""

    box: tuple[float, float, float, float]
    share: float
    local_contrast: float
    outer: bool


def divide(area: np.ndarray, local_contrast: np.ndarray) -> list[GridCell]:
    """The cells of an area, (H, W) bool with a pixel at least, that hold some of it, row by row.

    local_contrast: (h, w) float32 of the picture, at any size.
    """
    bounds = box_in_fractions(area)
    height, width = area.shape
    left, top = bounds[0] * width, bounds[1] * height
    step_x, step_y = (bounds[2] - bounds[0]) * width / _CELLS, (bounds[3] - bounds[1]) * height / _CELLS
    contrast = cv2.resize(local_contrast, (width, height), interpolation=cv2.INTER_NEAREST)
    cells = []
    for row in range(_CELLS):
        for column in range(_CELLS):
            x0, y0 = int(left + column * step_x), int(top + row * step_y)
            x1, y1 = max(int(left + (column + 1) * step_x), x0 + 1), max(int(top + (row + 1) * step_y), y0 + 1)
            part = area[y0:y1, x0:x1]
            if not part.any():
                continue
            cells.append(
                GridCell(
                    box=(x0 / width, y0 / height, x1 / width, y1 / height),
                    share=np.count_nonzero(part) / part.size,
                    local_contrast=cv2.mean(contrast[y0:y1, x0:x1])[0],
                    outer=row in (0, _CELLS - 1) or column in (0, _CELLS - 1),
                )
            )
    return cells
