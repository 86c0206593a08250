"""How near a change lies to a part of the product."""

from __future__ import annotations

import cv2
import numpy as np

from ....imaging.quantiles import percentile
from .grading import shortfall
from .seen import SeenDefect

# Depth of the middle of what lies at the outline, as a share of the greatest depth: fine, and the limit. The same for its
# outermost part, on the rim, and beside the edge.
_MIDDLE, _ON, _BESIDE = (0.36, 0.46), (0.08, 0.14), (0.14, 0.24)


def part_mask(seen: SeenDefect, part: str, number: int | None) -> np.ndarray | None:
    """(h, w) bool of the view's part of the picture; None where the product has no such part."""
    mask = seen.view.scene.parts.mask(part, number)
    return None if mask is None else seen.view.shrunk(mask)


def depths(seen: SeenDefect, outer: bool = False) -> np.ndarray:
    """(n,) float32: how deep each pixel of the change lies below the product's outline, as a share of the greatest depth.

    outer: below the outer outline alone, not below that of an opening."""
    grid = seen.view.outer_depth if outer else seen.view.scene.distance_transform
    height, width = seen.view.change.support.shape
    x, y = seen.coordinates()
    column = np.clip((x + 0.5) * grid.shape[1] / width, 0, grid.shape[1] - 1).astype(int)
    row = np.clip((y + 0.5) * grid.shape[0] / height, 0, grid.shape[0] - 1).astype(int)
    return np.asarray(grid[row, column] / max(float(grid.max()), 1e-6))


def from_outline(seen: SeenDefect, outer: bool) -> float:
    """0-1: how far it falls short of lying at the outline, from which a patch may reach inward. outer: see depths."""
    depth = depths(seen, outer)
    middle = float(seen.weights @ depth) / float(seen.weights.sum())
    return max(shortfall(middle, *_MIDDLE), shortfall(percentile(depth, 5), *(_ON if outer else _BESIDE)))


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
