"""Facts of relation: to rim, opening and corner, and to the traces of a board."""

from __future__ import annotations

import cv2
import numpy as np

from .pixels import Change, axis_of, components, dilate, erode, extent
from .places import _depth, corners, filled, opening, relative_depth

_ON_TRACES = ("bridge", "open", "bite", "spur", "missing trace", "pinhole", "extra copper")


def relation(asked: str, change: Change) -> tuple[bool | None, str]:
    """Whether the defect relates to the product as asked."""
    if asked in _ON_TRACES:
        found = trace_fault(change)
        return asked in found, ", ".join(found) or "nothing"
    if asked == "along rim":
        turn, depth = _turn(change, filled(change.product)), relative_depth(change)
        return float(depth.mean()) <= 0.4 and turn >= 35, f"{turn:.0f} degrees, depth {depth.mean():.2f}"
    if asked == "from rim":
        depth = relative_depth(change)
        return float(depth.min()) <= 0.06 and float(
            np.median(depth)
        ) <= 0.5, f"depth {depth.min():.2f}, median {np.median(depth):.2f}"
    if asked == "around opening":
        hole = opening(change.product)
        if not hole.any():
            return None, "no opening"
        turn = _turn(change, hole)
        away = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 5)[change.mask]
        near = float(np.median(away)) / max(float(_depth(change.product).max()), 1.0)
        return turn >= 100 and near <= 1.3, f"{turn:.0f} degrees, {near:.2f} of the ring's half width"
    assert asked == "missing corner", asked
    lost = lost_corner(change)
    return lost >= 0.5, f"{lost:.0%} of a corner"


def _turn(change: Change, around: np.ndarray) -> float:
    """Degrees that the mask spans around the centre of an area, (H, W) bool, in sectors of 10 degrees."""
    cy, cx = np.argwhere(around).mean(axis=0)
    y, x = np.nonzero(change.mask)
    sectors = np.degrees(np.arctan2(y - cy, x - cx)) // 10
    return 10.0 * len(np.unique(sectors))


def lost_corner(change: Change) -> float:
    """The largest share of a corner of the silhouette that now looks like the background, 0-1."""
    ground = ~dilate(change.product, 4)
    background = np.median(change.lab_after[ground], axis=0) if ground.any() else np.zeros(3)
    inside = np.median(change.lab_before[change.product], axis=0)
    to_ground = np.linalg.norm(change.lab_after - background, axis=2)
    to_product = np.linalg.norm(change.lab_after - inside, axis=2)
    gone = change.mask & (to_ground < to_product)
    y, x = np.mgrid[: gone.shape[0], : gone.shape[1]]
    best = 0.0
    for cx, cy in corners(change.product):
        tip = change.product & (np.hypot(x - cx, y - cy) <= 0.09 * change.unit)
        best = max(best, float((gone & tip).sum()) / max(int(tip.sum()), 1))
    return best


def copper(image: np.ndarray) -> np.ndarray:
    """The traces of a binarized board, (H, W) bool: they are dark on light ground."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) < 128


def trace_fault(change: Change) -> list[str]:
    """What a board's traces show, by their parts around the change, before and after; matter that is added and taken away at
    once is no fault of this list."""
    before, after = copper(change.normal), copper(change.edited)
    added, removed = after & ~before, before & ~after
    least = 6 * change.scale**2
    grew, shrank = int(added.sum()), int(removed.sum())
    if max(grew, shrank) < least or min(grew, shrank) > 0.15 * max(grew, shrank):
        return []
    found = []
    changed = added if grew > shrank else removed
    for spot in components(changed):
        if spot.sum() >= least:
            found.append(
                _added(spot, before, after, change) if grew > shrank else _removed(spot, before, after, change)
            )
    return sorted({word for words in found for word in words})


def _window(spot: np.ndarray, change: Change) -> np.ndarray:
    """A spot's surroundings: parts are counted there, as two traces may meet again at the other end of the board."""
    box = np.zeros_like(spot)
    x, y, wide, high = cv2.boundingRect(spot.astype(np.uint8))
    room = round(10 * change.scale)
    box[max(0, y - room) : y + high + room, max(0, x - room) : x + wide + room] = True
    return box


def _added(spot: np.ndarray, before: np.ndarray, after: np.ndarray, change: Change) -> list[str]:
    near = _window(spot, change)
    touched = [part for part in components(before & near) if (dilate(spot, 1.5) & part).any() and part.sum() >= 4]
    if len(touched) >= 2:
        return ["bridge"]
    return ["spur"] if touched else ["extra copper"]


def _removed(spot: np.ndarray, before: np.ndarray, after: np.ndarray, change: Change) -> list[str]:
    near = _window(spot, change)
    old = [part for part in components(before & near) if (part & spot).any()]
    left = [part for part in components(after & near) if any((part & whole).any() for whole in old) and part.sum() >= 8]
    ground = components(~before & near)
    beside = [part for part in ground if (dilate(spot, 1.5) & part).any()]
    if not beside:
        return ["pinhole"]
    thick = 2 * max(float(_depth(before)[spot].max()), 1.0) + 1
    through = len(left) > len(old)
    # A trace that is gone for more than three times its width is missing; an end cut off is gone, too.
    gone = extent(spot) >= 3 * thick and (through or len(left) < len(old) or _narrow(spot, before, thick))
    found = ["missing trace"] if gone else []
    found += ["open"] if through else []
    return found or ["bite"]


def _narrow(spot: np.ndarray, before: np.ndarray, thick: float) -> bool:
    """Whether what was taken is the trace in its whole width: little of it is left along the spot's flanks."""
    rest = before & dilate(spot, 3) & ~spot
    axis = axis_of(spot)
    return float(rest.sum()) <= 2.5 * thick * 3 and axis.elongation >= 2 and not erode(spot, thick).any()
