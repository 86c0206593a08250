"""Openings of a product: holes through it, and dark round mouths and bores."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..imaging.channels import channel_norm, colours_at, median_colour, with_colour
from ..imaging.masks import bounding_box
from ..imaging.quantiles import median, percentile
from .pieces import closed, pieces_of

# Share of its product's area from which a hole that the silhouette shows counts, one that shows the background's colour, and a
# dark mouth; and the most of it that a mouth fills.
_HOLE, _BORE, _MOUTH, _MOST = 0.003, 0.008, 0.03, 0.65
# A hole with a ragged outline is as its convex hull, which it fills by this share.
_RAGGED = 0.85
# How soft a hole's edge is at the most, px.
_SOFT = 4
# How dark a mouth is at the most: lightness of 0-255, and as a share of what surrounds it.
_DARK = 85.0, 0.8
# The wall around a mouth, as a share of its product's size.
_WALL = 0.07
# The background's colour shows in a bore: distance in Lab of 8 bit at the most, and as a share of its product's own.
_SHOWS = 8.0, 0.25
# A round opening fills the ellipse of its moments, and that ellipse it, by this share of the area of both.
_ELLIPSE = 0.92
# Ratio of long to short at the most.
_SLIM = 1.8
# Around an opening, the surface is lighter, or of another colour, by this much in Lab of 8 bit, along this share of its outline.
_STEP, _ALL_AROUND = 9.0, 0.92
_POINTS = 48
# Darkness levels that are tried.
_LEVELS = 14


def find_openings(lab: np.ndarray, product: np.ndarray, pieces: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Openings through products on a background, each (h, w) bool; none lies in another.

    lab: (h, w, 3) float32, OpenCV's 8-bit Lab. product: (h, w) bool. pieces: its pieces of note, each (h, w) bool.
    """
    smooth = cv2.GaussianBlur(lab, (0, 0), 1.0)
    found: list[np.ndarray] = []
    for piece in pieces:
        outline = closed(piece)
        off = _off_background(smooth, outline)
        holes = [
            _without_rags(hole) for hole in pieces_of(outline & ~product, max(12.0, _HOLE * np.count_nonzero(outline)))
        ]
        shown = [_to_its_edge(hole, off, piece) for hole in [*holes, *_bores(smooth, off, piece, outline)]]
        for one in [*shown, *_mouths(smooth, piece, outline)]:
            if not any((one & other).any() for other in found):
                found.append(one)
    return found


def _off_background(smooth: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """How far colours are off those of the background beside a product, (h, w) float32; infinite where there is none."""
    reach = max(5, round(0.25 * float(np.sqrt(np.count_nonzero(outline)))))
    background = _grown(outline, reach) & ~_grown(outline, 2)
    if not background.any():
        return np.full(outline.shape, np.inf, np.float32)
    return channel_norm(with_colour(np.subtract, smooth, median_colour(colours_at(smooth, background))))


def _to_its_edge(hole: np.ndarray, off: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """A hole up to where its product's colour begins: a silhouette's holes and what is near the background's tone are smaller."""
    around = _grown(hole, _SOFT)
    product = off[piece & ~around]
    if not product.size:
        return hole
    return closed(hole | (around & (off < 0.5 * median(product))))


def _bores(smooth: np.ndarray, off: np.ndarray, piece: np.ndarray, outline: np.ndarray) -> list[np.ndarray]:
    """Round areas in a product that show the colour of the background beside it."""
    area = float(np.count_nonzero(outline))
    near = min(_SHOWS[0], _SHOWS[1] * median(off[piece]))
    depth = _depth(outline)
    bores = pieces_of(piece & (off < near) & (depth > 0.03 * np.sqrt(area)), max(20.0, _BORE * area), 12)
    return [closed(bore) for bore in bores if _is_round_step(closed(bore), smooth, dark=False)]


def _mouths(smooth: np.ndarray, piece: np.ndarray, outline: np.ndarray) -> list[np.ndarray]:
    """Dark round areas of a product with a clear outline all around, the clearest first."""
    area = float(np.count_nonzero(outline))
    lightness = smooth[..., 0]
    inner = piece & (_depth(outline) > _WALL * np.sqrt(area))
    if not inner.any():
        return []
    values = lightness[inner]
    lowest = percentile(values, 3)
    highest = min(_DARK[0], percentile(values, 85))
    levels: list[float] = np.linspace(lowest, highest, _LEVELS).tolist() if lowest < highest else []
    candidates: list[tuple[float, np.ndarray]] = []
    for level in levels:
        dark = cv2.morphologyEx(
            (inner & (lightness <= level)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
        )
        outlines, _ = cv2.findContours(dark, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for contour in outlines:
            if not _MOUTH * area <= cv2.contourArea(contour) <= _MOST * area or not _is_ellipse(contour):
                continue
            mouth = cv2.drawContours(np.zeros(piece.shape, np.uint8), [contour], -1, 1, cv2.FILLED) > 0
            # A dark ring is a wall's shade, not what it encloses.
            if np.count_nonzero(dark[mouth]) < 0.8 * np.count_nonzero(mouth) or (mouth & ~inner).any():
                continue
            if _is_round_step(mouth, smooth, dark=True):
                candidates.append((_steepness(mouth, lightness), mouth))
    candidates.sort(key=lambda one: -one[0])
    chosen: list[np.ndarray] = []
    for _, mouth in candidates:
        if not any((mouth & other).any() for other in chosen):
            chosen.append(mouth)
    return chosen


def _is_ellipse(contour: np.ndarray) -> bool:
    """Whether an outline is nearly an ellipse, as far as its moments go: of all shapes, it is the densest about its middle."""
    moments = cv2.moments(contour)
    inertia = moments["mu20"] * moments["mu02"] - moments["mu11"] ** 2
    return inertia > 0 and moments["m00"] ** 2 >= 0.95 * 4 * np.pi * float(np.sqrt(inertia))


def _without_rags(hole: np.ndarray) -> np.ndarray:
    outlines, _ = cv2.findContours(hole.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.fillConvexPoly(np.zeros(hole.shape, np.uint8), cv2.convexHull(outlines[0]), 1) > 0
    return hull if np.count_nonzero(hole) >= _RAGGED * np.count_nonzero(hull) else hole


def _is_round_step(mask: np.ndarray, smooth: np.ndarray, dark: bool) -> bool:
    """Whether a mask is an ellipse, nearly, at whose outline colour changes all around; dark: from lighter to darker inward."""
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    x, y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    covariance = np.array([[moments["mu20"], moments["mu11"]], [moments["mu11"], moments["mu02"]]]) / moments["m00"]
    spread, axes = np.linalg.eigh(covariance)
    radii = 2 * np.sqrt(np.maximum(spread, 0.1))
    if radii[1] / radii[0] > _SLIM:
        return False
    turns = np.arange(_POINTS) * 2 * np.pi / _POINTS
    around = np.stack([np.cos(turns), np.sin(turns)], axis=-1)

    def at(further: float) -> np.ndarray:
        places = (around * (radii + further)) @ axes.T + [x, y]
        column = np.clip(np.rint(places[:, 0]).astype(int), 0, mask.shape[1] - 1)
        row = np.clip(np.rint(places[:, 1]).astype(int), 0, mask.shape[0] - 1)
        return np.asarray(smooth[row, column])

    gap = max(2.0, 0.12 * float(radii[0]))
    outside, inside = at(gap), at(-gap)
    if not dark:
        step = np.linalg.norm(outside - inside, axis=1)
    else:
        step = outside[:, 0] - inside[:, 0]
        if median(smooth[..., 0][mask]) > min(_DARK[0], _DARK[1] * median(outside[:, 0])):
            return False
    if float((step >= _STEP).mean()) < _ALL_AROUND:
        return False
    box = bounding_box(mask, 3)
    row, column = np.ogrid[box]
    across, along = ((column - x) * axis[0] + (row - y) * axis[1] for axis in axes.T)
    ellipse = (across / radii[0]) ** 2 + (along / radii[1]) ** 2 <= 1
    return bool(np.count_nonzero(ellipse & mask[box]) >= _ELLIPSE * np.count_nonzero(ellipse | mask[box]))


def _steepness(mask: np.ndarray, lightness: np.ndarray) -> float:
    """Mean step of the lightness across a mask's outline."""
    return float(lightness[_grown(mask, 3) & ~mask].mean() - lightness[mask & ~_shrunk(mask, 3)].mean())


def _depth(mask: np.ndarray) -> np.ndarray:
    framed = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]


def _grown(mask: np.ndarray, reach: int) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)) > 0


def _shrunk(mask: np.ndarray, reach: int) -> np.ndarray:
    return cv2.erode(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)) > 0
