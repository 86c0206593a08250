"""Seeded random fields that renderers build shapes and textures from."""

from __future__ import annotations

import math

import cv2
import numpy as np


def fractal_noise(
    shape: tuple[int, int],
    rng: np.random.Generator,
    scale: float | tuple[float, float],
    octaves: int = 4,
    persistence: float = 0.5,
) -> np.ndarray:
    """Smooth random field, (H, W) float32, zero mean and unit standard deviation over the field.

    A pyramid of value noise: a coarse lattice is enlarged twofold with cubic interpolation and finer noise added, once
    an octave. scale: size of the coarsest feature in px, or its height and width. persistence: amplitude ratio between octaves.
    """
    height, width = shape
    down, across = (
        min(max(float(size), 1.0), 2.0 * max(shape)) for size in (scale if isinstance(scale, tuple) else (scale, scale))
    )
    octaves = max(1, min(octaves, 1 + int(math.log2(min(down, across)))))
    rows, columns = math.ceil(height / down) + 1, math.ceil(width / across) + 1
    field = rng.standard_normal((rows, columns), dtype=np.float32)
    amplitude = 1.0
    for _ in range(octaves - 1):
        amplitude *= persistence
        field = cv2.resize(field, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        field += amplitude * rng.standard_normal(field.shape, dtype=np.float32)
    full_rows, full_columns = math.ceil(rows * down), math.ceil(columns * across)
    field = cv2.resize(field, (full_columns, full_rows), interpolation=cv2.INTER_CUBIC)
    top = int(rng.integers(0, full_rows - height + 1))
    left = int(rng.integers(0, full_columns - width + 1))
    return standardized(field[top : top + height, left : left + width])


def standardized(field: np.ndarray) -> np.ndarray:
    """An (h, w) float32 field moved and scaled to zero mean and unit standard deviation, as a new array."""
    field = field - field.mean()
    deviation = float(np.sqrt((field * field).mean()))
    field /= max(deviation, 1e-6)
    return field


def smooth_walk(length: int, rng: np.random.Generator, scale: float) -> np.ndarray:
    """One-dimensional smooth noise, (length,) float32, of about unit deviation; scale: feature length in samples."""
    scale = max(float(scale), 1.0)
    knots = rng.standard_normal(math.ceil(length / scale) + 2, dtype=np.float32)
    position = np.arange(length, dtype=np.float32) / scale + float(rng.uniform(0, 1))
    lower = position.astype(int)
    ease = position - lower
    ease = ease * ease * (3 - 2 * ease)
    return (knots[lower] * (1 - ease) + knots[lower + 1] * ease).astype(np.float32)


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number from low to high, above 0, that is as likely below their geometric mean as above: as sizes are."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
