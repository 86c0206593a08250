"""Seeded fields."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.imaging.noise import fractal_noise, log_uniform, smooth_walk


@given(
    height=st.integers(8, 160), width=st.integers(8, 160), scale=st.floats(0.1, 500), octaves=st.integers(1, 6),
    persistence=st.floats(0.1, 0.9), seed=st.integers(0, 2**32),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_fractal_noise_is_standardised_and_seeded(height, width, scale, octaves, persistence, seed):
    field = fractal_noise((height, width), np.random.default_rng(seed), scale, octaves, persistence)
    assert field.shape == (height, width)
    assert field.dtype == np.float32
    assert float(field.mean(dtype=float)) == pytest.approx(0, abs=1e-3)
    assert float(field.std(dtype=float)) == pytest.approx(1, abs=1e-3)
    assert np.array_equal(
        field, fractal_noise((height, width), np.random.default_rng(seed), scale, octaves, persistence)
    )


def test_a_larger_scale_is_smoother():
    steps = [
        np.abs(np.diff(fractal_noise((128, 128), np.random.default_rng(1), scale, 2))).mean() for scale in (4, 16, 64)
    ]
    assert steps[0] > 2 * steps[1] > 4 * steps[2]


def test_height_and_width_of_the_features_are_their_own():
    drawn_out = fractal_noise((128, 128), np.random.default_rng(1), (4, 32), 2)
    down, across = (np.abs(np.diff(drawn_out, axis=axis)).mean() for axis in (0, 1))
    assert down > 4 * across
    same = [fractal_noise((90, 128), np.random.default_rng(1), scale, 3) for scale in (16, (16, 16))]
    assert np.array_equal(*same)


@given(length=st.integers(1, 300), scale=st.floats(0.1, 400), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_smooth_walks(length, scale, seed):
    walk = smooth_walk(length, np.random.default_rng(seed), scale)
    assert walk.shape == (length,)
    assert np.isfinite(walk).all()
    assert np.abs(walk).max() < 7


def test_log_uniform_numbers_halve_at_the_geometric_mean():
    rng = np.random.default_rng(0)
    drawn = np.array([log_uniform(rng, 0.04, 4.0) for _ in range(2000)])
    assert 0.04 <= drawn.min() < 0.05 and 3.6 < drawn.max() <= 4.0
    assert abs(np.mean(drawn < 0.4) - 0.5) < 0.04
