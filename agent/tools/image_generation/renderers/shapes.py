"""Outlines of area defects as signed fields: positive inside, in units of the defect's half extent."""

from __future__ import annotations

import cv2
import numpy as np

from ....imaging.noise import fractal_noise
from .window import Window


def blob(window: Window, rng: np.random.Generator, roughness: float, stretch: float = 1.0, detail: int = 4) -> np.ndarray:
    """An irregular round outline, (h, w) float32: 1 at the centre, 0 on the outline, negative outside.

    roughness: amplitude of the fractal outline, 0 an ellipse, 0.5 ragged. stretch: width over length, 0-1.
    """
    half = window.size / 2
    along, across = window.axes
    reach = np.sqrt((along / half) ** 2 + (across / (half * max(stretch, 0.1))) ** 2)
    ragged = fractal_noise(window.shape, rng, max(half * 1.1, 3.0), detail, 0.55)
    # Far out nothing may appear again, and the outline stays within the defect's size.
    return (0.9 - reach + roughness * ragged * np.clip(1.6 - reach, 0, 1)).astype(np.float32)


def polygon(window: Window, rng: np.random.Generator, corners: int, stretch: float = 1.0) -> np.ndarray:
    """An angular outline, (h, w) float32 signed distance over half the extent: positive inside, 0 on the outline."""
    half = window.size / 2
    turns = np.sort(rng.uniform(0, 2 * np.pi, corners) * 0.35 + np.linspace(0, 2 * np.pi, corners, endpoint=False))
    radii = half * rng.uniform(0.62, 1.0, corners)
    x, y = radii * np.cos(turns), radii * np.sin(turns) * stretch
    cosine, sine = np.cos(window.angle), np.sin(window.angle)
    points = np.stack([window.centre[0] + x * cosine - y * sine, window.centre[1] + x * sine + y * cosine], axis=1)
    return signed_distance(window, np.rint(points * 16).astype(np.int32), half, shift=4)


def signed_distance(window: Window, points: np.ndarray, unit: float, shift: int = 0) -> np.ndarray:
    """Signed distance to a closed polygon, (n, 2) int with `shift` fractional bits, over `unit` px; positive inside."""
    inside = np.zeros(window.shape, np.uint8)
    cv2.fillPoly(inside, [points], 1, shift=shift)
    within = cv2.distanceTransform(cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_REPLICATE), cv2.DIST_L2, 5)
    beyond = cv2.distanceTransform(cv2.copyMakeBorder(1 - inside, 1, 1, 1, 1, cv2.BORDER_REPLICATE), cv2.DIST_L2, 5)
    return ((within - beyond)[1:-1, 1:-1] / max(unit, 1e-3)).astype(np.float32)


def facets(window: Window, rng: np.random.Generator, count: int) -> np.ndarray:
    """Fracture facets as a height map, (h, w) float32 px: the lower envelope of random planes, as brittle matter breaks."""
    dx, dy = window.offsets
    turn = rng.uniform(0, 2 * np.pi, count).astype(np.float32)
    slope = rng.uniform(0.15, 0.9, count).astype(np.float32)
    level = rng.uniform(0, 0.45 * window.size, count).astype(np.float32)
    planes = (
        slope[:, None, None] * (np.cos(turn)[:, None, None] * dx + np.sin(turn)[:, None, None] * dy)
        + level[:, None, None]
    )
    return planes.min(axis=0).astype(np.float32)
