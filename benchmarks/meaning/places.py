"""Facts of place, against the product's bounding box and its outline."""

from __future__ import annotations

import cv2
import numpy as np

from .pixels import Change, components, dilate, filled

# Bounds of the centroid in the product's bounding box: (left, right, top, bottom), in fractions.
_ZONES = {
    "upper left": (0, 0.5, 0, 0.5), "upper right": (0.5, 1, 0, 0.5), "lower left": (0, 0.5, 0.5, 1),
    "lower right": (0.5, 1, 0.5, 1),
    "top": (0, 1, 0, 0.42), "bottom": (0, 1, 0.58, 1), "left": (0, 0.42, 0, 1), "right": (0.58, 1, 0, 1),
    "centre": (0.28, 0.72, 0.28, 0.72),
}  # fmt: skip


def place(asked: str, change: Change) -> tuple[bool, str]:
    """A zone: the mask's centroid lies in it, and most of the mask. "edge", "rim", "corner": by the distance to the outline,
    that of the picture where the product fills it."""
    rows, columns = np.nonzero(change.product)
    left, top = columns.min(), rows.min()
    y, x = np.nonzero(change.mask)
    u, v = (x - left + 0.5) / np.ptp([left, columns.max() + 1]), (y - top + 0.5) / np.ptp([top, rows.max() + 1])
    told = f"({u.mean():.2f}, {v.mean():.2f})"
    if asked in _ZONES:
        west, east, north, south = _ZONES[asked]
        inside = (u >= west) & (u <= east) & (v >= north) & (v <= south)
        return west <= u.mean() <= east and north <= v.mean() <= south and float(inside.mean()) >= 0.6, told
    if asked == "corner":
        gap = min(float(np.hypot(x - cx, y - cy).min()) for cx, cy in corners(change.product)) / change.unit
        return gap <= 0.15, f"{gap:.2f} from a corner"
    depth = relative_depth(change)
    nearest, mean = float(depth.min()), float(depth.mean())
    # "edge": near it; "rim": on it.
    kept = mean <= 0.42 and nearest <= (0.22 if asked == "edge" else 0.12)
    return kept, f"depth {nearest:.2f} to {depth.max():.2f}"


def relative_depth(change: Change) -> np.ndarray:
    """How deep each mask pixel lies below the product's outer outline, 0 on it, 1 at its deepest."""
    depth = _depth(filled(change.product))
    return depth[change.mask] / max(float(depth.max()), 1.0)


def _depth(product: np.ndarray) -> np.ndarray:
    framed = cv2.copyMakeBorder(product.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return np.maximum(cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1] - 1, 0)


def corners(product: np.ndarray) -> list[tuple[float, float]]:
    """(x, y) of the corners of an object's outline, or of the picture where the product fills it."""
    outline = max(cv2.findContours(product.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], key=len)
    rough = cv2.approxPolyDP(outline, 0.03 * cv2.arcLength(outline, True), True)
    return [(float(x), float(y)) for ((x, y),) in rough]


def opening(product: np.ndarray) -> np.ndarray:
    """The largest hole in a silhouette, (H, W) bool; all False where it has none."""
    holes = components(filled(product) & ~product)
    return holes[0] if holes else np.zeros_like(product)


def spill(change: Change) -> int:
    """See facts.spill."""
    if change.product.all():
        return 0
    off = ~dilate(change.product, change.slack)
    return int((off & (change.mask | (change.normal != change.edited).any(axis=2))).sum())
