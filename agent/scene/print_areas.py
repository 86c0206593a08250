"""Print and labels: clusters of small alike marks on a smooth surface, and patches of another tone with straight sides."""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.channels import channel_norm
from ..imaging.quantiles import percentile
from .pieces import closed, pieces_of

# Shares of a product's size, the square root of its area: how far off the outline one looks, how wide a mark's strokes are at the
# most, how large a mark is, and the space between marks of a line.
_INSIDE, _STROKE, _MARK, _SPACE = 0.05, 0.03, (0.015, 0.3), 0.05
# Marks stand off the surface by this much in Lab of 8 bit, and by this many times what the surface has of its own.
_CONTRAST, _BEYOND = 16.0, 5.0
# What a smooth surface has of its own at the most.
_SMOOTH = 4.0
# Marks of a print at least; how far their heights and tones spread; the share of all marks in prints; of a surface at most.
_MARKS, _HEIGHTS, _TONES, _ALL, _MOST = 3, 0.4, 0.3, 0.75, 0.3
# Letters fill less than this share of their boxes, mostly; pads, studs and bolts fill them.
_FILLED = 0.75
# Steepness at a mark's outline over its contrast, per px: a blurred spot is no print.
_SHARP = 0.17
# A label's share of the surface, how it fills its upright or turned rectangle, its step and the share of its outline that has it.
_LABEL, _FILLS, _STEP, _BOUNDED = (0.03, 0.6), 0.93, 12.0, 0.95


def find_print(lab: np.ndarray, product: np.ndarray) -> list[np.ndarray]:
    """Areas of print on a product, each (h, w) bool: none where unsure.

    lab: (h, w, 3) float32, OpenCV's 8-bit Lab. product: (h, w) bool, without its openings.
    """
    inner, size = _inside(product)
    return _prints(lab, inner, size) if inner.any() else []


def find_labels(lab: np.ndarray, product: np.ndarray) -> list[np.ndarray]:
    """Labels on a product: rectangles of one tone in another, each (h, w) bool: none where unsure. Arguments as above."""
    inner, size = _inside(product)
    return _labels(lab, inner, size) if inner.any() else []


def _inside(product: np.ndarray) -> tuple[np.ndarray, float]:
    """A product without the surroundings of its outline, and its size, px."""
    size = float(np.sqrt(np.count_nonzero(product)))
    framed = cv2.copyMakeBorder(product.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1] > _INSIDE * size, size


def _prints(lab: np.ndarray, inner: np.ndarray, size: float) -> list[np.ndarray]:
    reach = 2 * max(3, round(2 * _STROKE * size)) + 1
    surface = cv2.merge([cv2.medianBlur(np.rint(channel).astype(np.uint8), reach) for channel in cv2.split(lab)])
    offset = lab - surface.astype(np.float32)
    off = channel_norm(offset)
    usual = percentile(off[inner], 70)
    if usual > _SMOOTH:
        return []
    threshold = max(_CONTRAST, _BEYOND * usual)
    marked = inner & (off > threshold)
    if not marked.any():
        return []
    found: list[np.ndarray] = []
    darker = offset[..., 0] < 0
    slope = np.hypot(
        cv2.Sobel(lab[..., 0], cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(lab[..., 0], cv2.CV_32F, 0, 1, scale=0.125)
    )
    total = np.count_nonzero(marked)
    for tone in (marked & darker, marked & ~darker):
        count, labels, stats, _ = cv2.connectedComponentsWithStats(tone.astype(np.uint8))
        depth = cv2.distanceTransform(tone.astype(np.uint8), cv2.DIST_L2, 5)
        thick = np.zeros(count, np.float32)
        np.maximum.at(thick, labels.ravel(), depth.ravel())
        longer = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
        alike = (
            (longer >= _MARK[0] * size)
            & (longer <= _MARK[1] * size)
            & (thick <= max(_STROKE * size, 1.5))
            & (longer >= 3)
        )
        alike[0] = False
        marks = alike[labels]
        joined = round(_SPACE * size) | 1
        for cluster in pieces_of(cv2.dilate(marks.astype(np.uint8), np.ones((joined, joined), np.uint8)) > 0, 1, 20):
            own = np.unique(labels[cluster & marks])
            if len(own) >= _MARKS and _is_line(own, stats, offset, slope, off, labels):
                found.append(closed(cluster) & inner)
    # A surface that has such marks all over is a texture.
    inside = np.logical_or.reduce(found) if found else np.zeros_like(inner)
    if np.count_nonzero(marked & inside) < _ALL * total or np.count_nonzero(inside) > _MOST * np.count_nonzero(inner):
        return []
    return found


def _is_line(
    own: np.ndarray, stats: np.ndarray, offset: np.ndarray, slope: np.ndarray, off: np.ndarray, labels: np.ndarray
) -> bool:
    """Whether marks are alike in height, in one tone and sharp, as those of a print."""
    heights = np.maximum(stats[own, cv2.CC_STAT_HEIGHT], stats[own, cv2.CC_STAT_WIDTH]).astype(float)
    usual = float(np.median(heights))
    if float((np.abs(heights - usual) <= _HEIGHTS * usual).mean()) < 0.7:
        return False
    filled = stats[own, cv2.CC_STAT_AREA] / (stats[own, cv2.CC_STAT_WIDTH] * stats[own, cv2.CC_STAT_HEIGHT])
    if float((filled < _FILLED).mean()) < 0.5:
        return False
    peaks, steep = [], []
    for mark in own:
        here = labels == mark
        strongest = here & (off >= percentile(off[here], 75))
        peaks.append(offset[strongest].mean(axis=0))
        ring = cv2.dilate(here.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        steep.append(percentile(slope[ring], 90) / max(abs(float(peaks[-1][0])), 8.0))
    tones = np.array(peaks)
    contrast = float(np.linalg.norm(tones, axis=1).mean())
    spread = float(np.sqrt(((tones - tones.mean(axis=0)) ** 2).sum(axis=1).mean()))
    return spread <= _TONES * contrast and float(np.median(steep)) >= _SHARP


def _labels(lab: np.ndarray, inner: np.ndarray, size: float) -> list[np.ndarray]:
    smooth = cv2.GaussianBlur(lab, (0, 0), 1.0)
    slopes = [channel_norm(cv2.Sobel(smooth, cv2.CV_32F, *order, scale=0.125)) for order in ((1, 0), (0, 1))]
    flat = inner & (np.hypot(*slopes) < 2.0)
    area = np.count_nonzero(inner)
    border = cv2.dilate((~inner).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    found = []
    for piece in pieces_of(flat, _LABEL[0] * area, 12):
        patch = closed(piece)
        # What touches the outline, or leaves most of its rectangle to others, has no four sides of its own.
        if (patch & border).any() or not _LABEL[0] * area <= np.count_nonzero(patch) <= _LABEL[1] * area:
            continue
        outlines, _ = cv2.findContours(patch.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        centre, sides, turn = cv2.minAreaRect(outlines[0])
        if np.count_nonzero(patch) < _FILLS * (sides[0] + 1) * (sides[1] + 1) or min(sides) < 0.1 * size:
            continue
        if _stands_off(smooth, centre, sides, turn):
            wide = cv2.boxPoints((centre, (sides[0] + 4, sides[1] + 4), turn))
            found.append(cv2.fillConvexPoly(np.zeros(inner.shape, np.uint8), np.rint(wide).astype(np.int32), 1) > 0)
    return found if len(found) <= 2 else []


def _stands_off(smooth: np.ndarray, centre: tuple[float, float], sides: tuple[float, float], turn: float) -> bool:
    """Whether tone changes in a step, the same way, along all four sides of a rectangle."""
    rings = []
    for further in (-3, 7):
        corners = cv2.boxPoints((centre, (sides[0] + 2 * further, sides[1] + 2 * further), turn))
        share = np.linspace(0.1, 0.9, 12)[:, None]
        points = np.concatenate(
            [a + share * (b - a) for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
        )
        rings.append(
            cv2.remap(smooth, points[None].astype(np.float32), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[
                0
            ]
        )
    step = rings[1] - rings[0]
    usual = np.median(step, axis=0)
    if np.linalg.norm(usual) < _STEP:
        return False
    along = step @ (usual / np.linalg.norm(usual))
    return bool((along >= 0.5 * np.linalg.norm(usual)).mean() >= _BOUNDED)
