"""Facts of areas: size, shape, edge."""

from __future__ import annotations

import cv2
import numpy as np

from .pieces import fragments_of, pieces_of
from .pixels import Change, axis_of, components, dilate, disk, erode, extent, filled, line_length, neighbours, skeleton

# Longest extent over the square root of the product's area, from and to. A person calls a hole of a fifth of the part large, a
# crack of a fifth small: the ranges overlap.
_SIZES = {"tiny": (0.0, 0.13), "small": (0.0, 0.27), "large": (0.2, 9.0), "huge": (0.42, 9.0)}


def size(asked: str, change: Change) -> tuple[bool, float]:
    """Extent of the largest piece; where several are asked to be large, the largest says it."""
    share = max(extent(piece) for piece in pieces_of(change.mask)) / change.unit
    least, most = _SIZES[asked]
    return least <= share <= most, share


def shape(asked: str, change: Change) -> tuple[bool, str]:
    """Of the pieces: round, ring, streak, patch; of all fragments: speckles; of the middle line: branching."""
    pieces = pieces_of(change.mask)
    if asked == "speckles":
        fragments = fragments_of(change.mask)
        most = max(int(part.sum()) for part in fragments or pieces) / max(int(change.mask.sum()), 1)
        return len(fragments) >= 5 and most <= 0.6, f"{len(fragments)} specks, the largest {most:.0%}"
    if asked == "branching":
        tips = branch_tips(pieces[0])
        return tips >= 3, f"{tips} tips"
    if asked == "ring":
        share = max(
            _hollow(pieces[0]), _hollow(cv2.morphologyEx(change.core.astype(np.uint8), cv2.MORPH_CLOSE, disk(3)) > 0)
        )
        return share >= 0.12, f"hollow {share:.0%}"
    axes = [axis_of(piece) for piece in pieces]
    if asked == "streak":
        least = min(axis.elongation for axis in axes)
        return least >= 2.5, f"elongation {least:.1f}"
    most = max(axis.elongation for axis in axes)
    solidity = min(_solidity(piece) for piece in pieces)
    told = f"elongation {most:.1f}, solidity {solidity:.2f}"
    if asked == "round":
        return most <= 1.7 and solidity >= 0.75, told
    return axes[0].elongation <= 3.0 and pieces[0].sum() >= 0.002 * change.unit**2, told


def _solidity(mask: np.ndarray) -> float:
    """Area over that of the convex hull, holes filled: a ring is round, too."""
    points = np.argwhere(mask).astype(np.int32)
    hull = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(points)[..., ::-1].copy(), 1)
    return float(filled(mask).sum()) / max(int(hull.sum()), 1)


def _hollow(mask: np.ndarray) -> float:
    """Share of a mask's filled area that is its holes."""
    whole = filled(mask)
    return float((whole & ~mask).sum()) / max(int(whole.sum()), 1)


def branch_tips(mask: np.ndarray) -> int:
    """Ends of the middle line of a mask, stubs shorter than the line is wide, or than an eighth of its extent, cut off."""
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, disk(2)) > 0
    line = skeleton(filled(components(closed)[0]))
    stub = max(3, round(min(0.08 * extent(mask), 8)))
    pruned = line.copy()
    for _ in range(stub):
        pruned &= ~_ends(pruned)
    # What was cut off the true branches as well grows back, along the old line.
    tips = _ends(pruned)
    kept = pruned | _grown(tips, line, stub)
    return int(_ends(kept).sum())


def _ends(line: np.ndarray) -> np.ndarray:
    """Pixels at which a line ends: their neighbours, one or two, lie side by side."""
    ring = neighbours(np.pad(line, 1).astype(np.uint8))
    runs = ((ring == 0) & (np.roll(ring, -1, axis=0) == 1)).sum(axis=0)
    return line & (runs == 1) & (ring.sum(axis=0) <= 2)


def _grown(seeds: np.ndarray, within: np.ndarray, steps: int) -> np.ndarray:
    for _ in range(steps):
        seeds = dilate(seeds, 1.5) & within
    return seeds


def lines_and_areas(change: Change) -> tuple[bool, int]:
    """Whether the mask has a line, and how many areas. An area holds a disk that no line would; a line runs on beyond it."""
    radius = 3.5 * change.scale
    opened = dilate(erode(change.mask, radius), radius) & change.mask
    areas = [part for part in components(opened) if axis_of(part).elongation <= 3.5]
    within = np.zeros_like(change.mask)
    for part in areas:
        within |= part
    rest = change.mask & ~dilate(within, 2 * change.scale)
    longest = max(
        (line_length(skeleton(part)) if axis_of(part).elongation >= 2.5 else 0.0 for part in components(rest)),
        default=0.0,
    )
    compact = [part for part in pieces_of(rest) if axis_of(part).elongation < 2.5] if rest.any() else []
    return longest >= 0.08 * change.unit, len(areas) + len([part for part in compact if part.sum() >= 9])


def edge(asked: str, change: Change) -> tuple[bool, float]:
    """Width of the outline, px of a picture of 256, from a fifth to seven tenths of the change's full strength. "halo": a fainter
    band around a stronger core, its share of all that is seen."""
    # The texture under a change is blurred away: its shift in Lab is smooth where its edge is.
    smooth = np.stack([cv2.GaussianBlur(change.shift[..., k], (0, 0), 1.2 * change.scale) for k in range(3)], axis=2)
    strength = np.linalg.norm(smooth, axis=2)
    full = float(np.percentile(strength[change.core], 75))
    low, middle, high = (strength >= share * full for share in (0.2, 0.45, 0.7))
    if asked == "halo":
        band = float((low & ~dilate(high, 1)).sum()) / max(int(low.sum()), 1)
        return band >= 0.3, band
    outline = sum(
        len(line) for line in cv2.findContours(middle.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]
    )
    blur = float(low.sum() - high.sum()) / max(outline, 1) / change.scale
    return (blur <= 4.5 if asked == "sharp" else blur >= 3.0), blur
