"""Smooth ramps between two levels."""

from __future__ import annotations

import numpy as np


def smoothstep(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below low, 1 above high, a smooth ramp between; float32 (low > high: reversed)."""
    t = values - low
    t /= high - low
    np.clip(t, 0.0, 1.0, out=t)
    bend = 2.0 * t
    np.subtract(3.0, bend, out=bend)
    t *= t
    t *= bend
    return t.astype(np.float32, copy=False)
