"""Reductions over channels, beside NumPy's own along the last axis."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.imaging.channels import (
    channel_norm,
    colours_at,
    differing,
    largest_channel,
    luma,
    luma_of,
    median_colour,
    per_channel,
    with_colour,
)


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


def test_as_numpy_spreads_along_the_last_axis() -> None:
    rng = np.random.default_rng(0)
    picture, field = rng.uniform(0, 255, (7, 9, 3)).astype(np.float32), rng.uniform(0, 1, (7, 9)).astype(np.float32)
    colour = np.array([0.5, 1.0, 2.0], np.float32)
    assert (picture * per_channel(field) == picture * field[..., None]).all()
    assert (with_colour(np.multiply, picture, colour) == picture * colour).all()
    assert with_colour(np.multiply, picture[0, :0], colour).shape == (0, 3)


def test_colours_of_a_mask_and_their_median() -> None:
    rng = np.random.default_rng(0)
    picture, mask = rng.uniform(0, 255, (7, 9, 3)).astype(np.float32), rng.random((7, 9)) < 0.4
    assert (colours_at(picture, mask) == picture[mask]).all()
    assert (median_colour(picture[mask]) == np.median(picture[mask], axis=0)).all()
    assert median_colour(picture[mask]).dtype == np.float32


def test_the_norm_leaves_its_picture_as_it_is() -> None:
    picture = np.random.default_rng(0).uniform(0, 255, (7, 9, 3)).astype(np.float32)
    before = picture.copy()
    channel_norm(picture)
    assert (picture == before).all()


def test_luma_is_opencv_s_grey() -> None:
    picture = np.random.default_rng(0).uniform(0, 255, (7, 9, 3)).astype(np.float32)
    found = luma(picture)
    assert found.shape == (7, 9) and found.dtype == np.float32
    np.testing.assert_allclose(found, cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), rtol=1e-5)
    assert luma_of((255, 0, 0)) == 0.299 * 255 and luma_of((10.0, 10.0, 10.0)) == pytest.approx(10.0)
