"""Openings of a product: holes through it, and dark round mouths and bores."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..imaging.channels import channel_norm, colours_at, median_colour, with_colour
from ..imaging.quantiles import median, percentile
from .pieces import closed, pieces_of

# Share of its product's area from which a hole that the silhouette shows counts, one that shows the background's colour, and a
# dark mouth; and the most of it that a mouth fills.
_HOLE, _BORE, _MOUTH, _MOST = 0.003, 0.004, 0.03, 0.7
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
        area = float(np.count_nonzero(outline))
        holes = pieces_of(outline & ~product, max(12.0, _HOLE * area))
        inner = piece & (_depth(outline) > 0.03 * np.sqrt(area))
        shown = smooth[..., 0] * 0 + np.inf
        background = ~(outline | _grown(outline, 2)) & _grown(outline, max(5, round(0.25 * np.sqrt(area))))
        if background.any():
            tone = median_colour(colours_at(smooth, background))
            shown = channel_norm(with_colour(np.subtract, smooth, tone))
            near = max(8.0, 3 * median(shown[background]))
            for bore in pieces_of(inner & (shown < near), max(20.0, _BORE * area)):
                if _is_round_step(closed(bore), smooth, dark=False):
                    holes.append(closed(bore))
        mouth = _mouth(smooth, inner, area)
        for one in [*holes, *mouth]:
            if not any((one & other).any() for other in found):
                found.append(one)
    return found


def _mouth(smooth: np.ndarray, inner: np.ndarray, area: float) -> list[np.ndarray]:
    """Dark round areas with a clear outline all around, the clearest first."""
    lightness = smooth[..., 0]
    if not inner.any():
        return []
    values = lightness[inner]
    levels = np.linspace(percentile(values, 3), percentile(values, 85), _LEVELS)
    candidates: list[tuple[float, np.ndarray]] = []
    for level in levels:
        dark = (
            cv2.morphologyEx((inner & (lightness <= level)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
            > 0
        )
        for piece in pieces_of(dark, 0.5 * _MOUTH * area, 6):
            mouth = closed(piece)
            # A dark ring is a wall's shade, not what it encloses.
            if not _MOUTH * area <= np.count_nonzero(mouth) <= _MOST * area or np.count_nonzero(
                piece
            ) < 0.8 * np.count_nonzero(mouth):
                continue
            if _is_round_step(mouth, smooth, dark=True):
                candidates.append((_steepness(mouth, lightness), mouth))
    candidates.sort(key=lambda one: -one[0])
    chosen: list[np.ndarray] = []
    for _, mouth in candidates:
        if not any((mouth & other).any() for other in chosen):
            chosen.append(mouth)
    return chosen


def _is_round_step(mask: np.ndarray, smooth: np.ndarray, dark: bool) -> bool:
    """Whether a mask is an ellipse, nearly, at whose outline colour changes all around; dark: from lighter to darker inward."""
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    x, y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    covariance = np.array([[moments["mu20"], moments["mu11"]], [moments["mu11"], moments["mu02"]]]) / moments["m00"]
    spread, axes = np.linalg.eigh(covariance)
    radii = 2 * np.sqrt(np.maximum(spread, 0.1))
    if radii[1] / radii[0] > _SLIM:
        return False
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]]
    off = np.stack([columns - x, rows - y], axis=-1) @ axes / radii
    ellipse = (off**2).sum(axis=-1) <= 1
    if np.count_nonzero(ellipse & mask) < _ELLIPSE * np.count_nonzero(ellipse | mask):
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
    step = outside[:, 0] - inside[:, 0] if dark else np.linalg.norm(outside - inside, axis=1)
    return bool((step >= _STEP).mean() >= _ALL_AROUND)


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
