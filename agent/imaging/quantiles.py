"""Medians and percentiles of one row of values. NumPy's own take several times as long: they look for missing values and
sort for each neighbour anew."""

from __future__ import annotations

import numpy as np


def median(values: np.ndarray) -> float:
    """As np.median, of float values of any shape, at least one, none of them NaN."""
    middle = values.size // 2
    ordered = np.partition(values, middle, axis=None)
    if values.size % 2:
        return float(ordered[middle])
    return float((ordered[:middle].max() + ordered[middle]) / 2)


def percentile(values: np.ndarray, share: float) -> float:
    """As np.percentile with its linear interpolation, of float values of any shape, at least one, none of them NaN.

    share: 0-100.
    """
    place = (values.size - 1) * (share / 100)
    lower = int(place)
    ordered = np.partition(values, lower, axis=None)
    low = ordered[lower]
    high = ordered[lower + 1 :].min() if lower + 1 < values.size else low
    weight, step = place - lower, high - low
    # From the nearer end, so that neither is missed by rounding.
    return float(high - step * (1 - weight) if weight >= 0.5 else low + step * weight)
