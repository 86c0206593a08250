"""Medians and percentiles, beside NumPy's own."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.imaging.quantiles import median, percentile


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 2, 3, 10, 101, 4096])
def test_as_numpy_to_the_last_bit(dtype: type, size: int) -> None:
    # Before 2.4 NumPy weighs float32 values in another order; what is ours is the same with any.
    rounds = dtype is np.float32 and np.lib.NumpyVersion(np.__version__) < "2.4.0"
    rng = np.random.default_rng(size)
    for values in (rng.normal(0, 50, size).astype(dtype), rng.integers(0, 4, (size, 3)).astype(dtype)):
        assert median(values) == np.median(values)
        for share in (0, 0.1, 2, 33.3, 50, 60, 75, 95, 99.9, 100):
            expected = np.percentile(values, share)
            assert percentile(values, share) == (pytest.approx(expected, rel=1e-6) if rounds else expected)
        between = float(rng.uniform(0, 1))
        assert percentile(values, 100 * between) == pytest.approx(np.quantile(values, between), abs=1e-3)
