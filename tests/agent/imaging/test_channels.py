"""Reductions over channels, beside NumPy's own along the last axis."""

from __future__ import annotations

import numpy as np

from anomaly_agent.agent.imaging.channels import channel_norm, differing, largest_channel


def test_as_numpy_reduces_the_last_axis() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0, 50, (7, 9, 3)).astype(np.float32)
    assert (largest_channel(values) == values.max(axis=2)).all() and largest_channel(values).dtype == np.float32
    np.testing.assert_allclose(channel_norm(values), np.linalg.norm(values, axis=2), rtol=1e-6)
    first = rng.integers(0, 3, (40, 30, 3)).astype(np.uint8)
    second = first.copy()
    for channel in range(3):
        second[channel + 1, 2, channel] += 1
    assert np.argwhere(differing(first, second)).tolist() == [[1, 2], [2, 2], [3, 2]]
