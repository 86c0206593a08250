"""How near a change lies to a part of the product."""

from __future__ import annotations

import cv2
import numpy as np

from .seen import SeenDefect


def part_mask(seen: SeenDefect, part: str, number: int | None) -> np.ndarray | None:
    """(h, w) bool of the view's part of the picture; None where the product has no such part."""
    mask = seen.view.scene.parts.mask(part, number)
    return None if mask is None else seen.view.shrunk(mask)


def distance_to(seen: SeenDefect, part: str, number: int | None) -> float | None:
    """Mean distance of the nearest quarter of the change from a part, as a share of the product's size; None where there is no
    such part."""
    mask = seen.view.scene.parts.mask(part, number)
    if mask is None:
        return None
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    height, width = seen.view.change.support.shape
    x, y = seen.coordinates()
    column = np.clip((x + 0.5) * mask.shape[1] / width, 0, mask.shape[1] - 1).astype(int)
    row = np.clip((y + 0.5) * mask.shape[0] / height, 0, mask.shape[0] - 1).astype(int)
    distances = np.sort(away[row, column]) * (max(height, width) / max(mask.shape))
    return float(distances[: max(1, len(distances) // 4)].mean()) / seen.view.scene.product_size
