"""The ramp between two levels, at points whose value is known."""

from __future__ import annotations

import numpy as np

from anomaly_agent.agent.imaging.ramps import smoothstep


def test_it_rises_from_low_to_high_and_falls_where_they_are_reversed() -> None:
    values = np.float32([-1, 0, 0.25, 0.5, 1, 2])
    expected = np.float32([0, 0, 3 / 16 - 2 / 64, 0.5, 1, 1])
    assert np.allclose(smoothstep(values, 0.0, 1.0), expected)
    assert np.allclose(smoothstep(values, 1.0, 0.0), 1 - expected)
    assert smoothstep(values.astype(np.float64), 0.0, 1.0).dtype == np.float32
    assert values[0] == -1
