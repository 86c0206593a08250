"""Is its border as sharp or as soft as asked for, or has it a halo?"""

from __future__ import annotations

import cv2
import numpy as np

from ....core.verdict import Fact
from ....imaging.quantiles import percentile
from .grading import fact, shortfall
from .seen import SeenDefect

# Px over which the change falls from 80 % to 20 % of its height, over those of the lens, and as a share of the defect's half
# width.
_SHARP, _SOFT = (1.6, 3.2), (0.45, 0.25)
# The least ramp that an eye calls soft, over that of the lens.
_RAMP = (3.0, 2.0)
# Change just around the defect's core, as a share of the core's: a halo is weaker than it, and lasts.
_HALO = (0.12, 0.06)


def edge(seen: SeenDefect) -> Fact | None:
    """By the mean change over the distance from the border of the core."""
    asked = seen.attributes.edge
    if asked is None:
        return None
    distance, heights = _profile(seen)
    ramp = _ramp(distance, heights)
    lens = 1.35 * max(seen.view.scene.blur, 0.5) * seen.view.scale + 0.7
    half = max(seen.whole.width / 2, 1.0)
    halo = _halo(seen, distance, heights, ramp)
    told = "halo" if halo > _HALO[1] else "sharp" if ramp / lens <= _SHARP[1] else "soft"
    if asked == "halo":
        strength = shortfall(halo, *_HALO)
    elif asked == "sharp":
        strength = shortfall(ramp / lens, *_SHARP)
    else:
        # Soft is what the eye sees as a ramp: wide against the lens, and against the defect itself.
        strength = max(shortfall(ramp / half, *_SOFT), shortfall(ramp / lens, *_RAMP))
        told = "soft" if strength <= 0.5 else "sharp"
    return fact("edge", asked, told, strength, seen.family)


def _profile(seen: SeenDefect) -> tuple[np.ndarray, np.ndarray]:
    """Px from the border of what changes by half (negative: inside it), and the mean change there as a share of the core's."""
    view = seen.view
    smooth = cv2.GaussianBlur(view.delta_e, (0, 0), 0.7)
    top = percentile(smooth[seen.mask], 85)
    core = (
        (smooth >= 0.5 * top) & cv2.dilate(seen.mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    ).astype(np.uint8)
    core = cv2.morphologyEx(core, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    signed = cv2.distanceTransform(1 - core, cv2.DIST_L2, 5) - cv2.distanceTransform(core, cv2.DIST_L2, 5)
    reach = max(6, round(0.6 * seen.whole.width))
    bins = np.rint(signed).astype(int)
    near = (np.abs(bins) <= reach) & (view.product | seen.mask)
    index = bins[near] + reach
    count = np.bincount(index, minlength=2 * reach + 1)
    mean = np.bincount(index, weights=smooth[near], minlength=2 * reach + 1) / np.maximum(count, 1)
    kept = count > 0
    return np.arange(-reach, reach + 1)[kept], mean[kept] / max(top, 1e-6)


def _ramp(distance: np.ndarray, heights: np.ndarray) -> float:
    """Px from where the change is 80 % of its height at the border's inside to where it is 20 %."""
    peak = float(heights[distance <= 0].max()) if (distance <= 0).any() else float(heights.max())
    level = heights / max(peak, 1e-6)
    high, low = distance[level >= 0.8], distance[(level <= 0.2) & (distance > 0)]
    last = float(distance[-1])
    return float((low[0] if low.size else last) - (high[-1] if high.size else distance[0]))


def _halo(seen: SeenDefect, distance: np.ndarray, heights: np.ndarray, ramp: float) -> float:
    """The weakest mean change in a ring around the core of a third of its width, beyond the lens' own ramp."""
    start = 1.5 * max(seen.view.scene.blur, 0.5) * seen.view.scale + 1.0
    stop = start + max(2.0, 0.15 * seen.whole.width)
    ring = heights[(distance >= start) & (distance <= stop)]
    return float(ring.min()) if ring.size and ring.max() < 0.6 else 0.0
