"""An area divided into fields, among which a place for a defect is chosen."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..imaging.masks import frame_of

# Fields along either side of the area's bounding box.
_FIELDS = 4


@dataclass(frozen=True)
class Field:
    """box: (x0, y0, x1, y1) in fractions of the image. share: of it that is of the area, above 0-1. busyness: mean of the
    picture's within the box, grey levels. outer: it lies along the bounding box."""

    box: tuple[float, float, float, float]
    share: float
    busyness: float
    outer: bool


def divide(area: np.ndarray, busyness: np.ndarray) -> list[Field]:
    """The fields of an area, (H, W) bool with a pixel at least, that hold some of it, row by row.

    busyness: (h, w) float32 of the picture, at any size.
    """
    frame = frame_of(area)
    height, width = area.shape
    left, top = frame[0] * width, frame[1] * height
    step_x, step_y = (frame[2] - frame[0]) * width / _FIELDS, (frame[3] - frame[1]) * height / _FIELDS
    busy = cv2.resize(busyness, (width, height), interpolation=cv2.INTER_NEAREST)
    fields = []
    for row in range(_FIELDS):
        for column in range(_FIELDS):
            x0, y0 = int(left + column * step_x), int(top + row * step_y)
            x1, y1 = max(int(left + (column + 1) * step_x), x0 + 1), max(int(top + (row + 1) * step_y), y0 + 1)
            part = area[y0:y1, x0:x1]
            if not part.any():
                continue
            fields.append(
                Field(
                    box=(x0 / width, y0 / height, x1 / width, y1 / height),
                    share=np.count_nonzero(part) / part.size,
                    busyness=cv2.mean(busy[y0:y1, x0:x1])[0],
                    outer=row in (0, _FIELDS - 1) or column in (0, _FIELDS - 1),
                )
            )
    return fields
