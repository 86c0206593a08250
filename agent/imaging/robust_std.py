"""How far values spread, whatever the outliers."""

from __future__ import annotations

import numpy as np

from .quantiles import median

# Standard deviation of a normal distribution over the median of its distances from the mean.
_NORMAL = 1.4826


def robust_std(offsets: np.ndarray) -> float:
    """Standard deviation about 0 of values of any shape, at least one, by the median of their size, which outliers do not
    raise (Rousseeuw and Croux, JASA 88, 1993)."""
    return median(np.abs(offsets)) * _NORMAL
