"""A silhouette's long axis, and the axis about which it and its tones are mirrored."""

from __future__ import annotations

import cv2
import numpy as np

# From this ratio of long to short a silhouette has a long axis.
_LONG = 1.2
# Side of the square on which a picture is mirrored, px, and the step between axes that are tried, degrees.
_SIDE, _STEP = 96, 2.0
# A mirrored silhouette covers itself by this share of the area of both, and its tones differ by this much at the most, 0-255.
_COVERED, _TONES = 0.94, 14.0
# Covering that counts as equal: the long axis is then chosen, or the upright one.
_EQUAL = 0.03


def long_axis(mask: np.ndarray) -> float | None:
    """The long axis of an (h, w) bool mask, by its second moments, degrees anticlockwise from 0 to below 180; None for a round
    or square one."""
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    across, down, both = (moments[name] / moments["m00"] for name in ("mu20", "mu02", "mu11"))
    spread = np.hypot(across - down, 2 * both)
    long, short = (across + down + spread) / 2, max((across + down - spread) / 2, 1e-6)
    if np.sqrt(long / short) < _LONG:
        return None
    return round(float(-np.degrees(np.arctan2(2 * both, across - down)) / 2) % 180, 1) % 180


def mirror_axis(lightness: np.ndarray, mask: np.ndarray, axis: float | None) -> float | None:
    """The axis of mirror symmetry of a product in one piece, degrees as long_axis; None where there is none, and for a round one,
    for which any would do.

    lightness: (h, w) float32, 0-255. mask: (h, w) bool, its silhouette. axis: its long_axis, chosen where several fit alike.
    """
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    centre = np.array([moments["m10"], moments["m01"]]) / moments["m00"]
    rows, columns = np.nonzero(mask)
    shrink = 0.48 * _SIDE / max(float(np.hypot(columns - centre[0], rows - centre[1]).max()), 1.0)
    place = np.array([[shrink, 0, _SIDE / 2 - shrink * centre[0]], [0, shrink, _SIDE / 2 - shrink * centre[1]]])
    solid = cv2.warpAffine(mask.astype(np.float32), place, (_SIDE, _SIDE))
    tones = cv2.warpAffine(cv2.GaussianBlur(lightness, (0, 0), 1 / shrink), place, (_SIDE, _SIDE))
    tones = _without_light(tones, solid > 0.5)
    angles = np.arange(0.0, 180.0, _STEP)
    covered, differ = np.array([_mirrored(solid, tones, angle) for angle in angles]).T
    if covered.min() >= _COVERED:
        return None
    fits = (covered >= _COVERED) & (differ <= _TONES)
    if not fits.any():
        return None
    wanted = 90.0 if axis is None else axis
    best = fits & (covered - differ / 255 >= (covered - differ / 255)[fits].max() - _EQUAL)
    off = np.abs((angles - wanted + 90) % 180 - 90)
    return float(angles[np.flatnonzero(best)[np.argmin(off[best])]])


def _without_light(tones: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Tones less the plane through those inside: light from one side mirrors nothing."""
    rows, columns = np.nonzero(inside)
    design = np.stack([columns, rows, np.ones(len(rows))], axis=1)
    across, down, level = np.linalg.lstsq(design, tones[inside].astype(float), rcond=None)[0]
    places = np.arange(_SIDE)
    return np.asarray(tones - (across * places[None, :] + down * places[:, None] + level).astype(np.float32))


def _mirrored(solid: np.ndarray, tones: np.ndarray, degrees: float) -> tuple[float, float]:
    """How much of a silhouette its mirror image covers, 0-1, and how far their tones differ on average, 0-255."""
    turn = np.radians(-2 * degrees)  # degrees are anticlockwise, rows go down
    matrix = np.array([[np.cos(turn), np.sin(turn)], [np.sin(turn), -np.cos(turn)]])
    middle = np.array([_SIDE / 2, _SIDE / 2])
    affine = np.column_stack([matrix, middle - matrix @ middle])
    there = cv2.warpAffine(solid, affine, (_SIDE, _SIDE))
    both = np.minimum(solid, there)
    off = np.abs(cv2.warpAffine(tones, affine, (_SIDE, _SIDE)) - tones)
    return float(both.sum() / np.maximum(solid, there).sum()), float((off * both).sum() / max(float(both.sum()), 1.0))
