"""The inverse edit."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.imaging.inpaint import rebuild_normal
from anomaly_agent.agent.products.catalogue import render_normal


@pytest.mark.parametrize("name", ["painted_metal", "concrete", "leather", "wood"])
def test_a_painted_blob_is_removed(name):
    image = render_normal(name, 1, 160)
    mask = np.zeros((160, 160), np.uint8)
    cv2.circle(mask, (70, 90), 14, 1, -1)
    mask = mask > 0
    spoiled = image.copy()
    spoiled[mask] = (255, 0, 200)
    rebuilt = rebuild_normal(spoiled, mask)
    assert np.array_equal(rebuilt[~mask], image[~mask])
    inside = np.abs(rebuilt[mask].astype(float) - image[mask])
    assert inside.mean() < 0.25 * np.abs(spoiled[mask].astype(float) - image[mask]).mean()
    assert np.abs(rebuilt[mask].mean(axis=0) - image[mask].mean(axis=0)).max() < 20
    # Texture continues: not a smooth filling.
    assert rebuilt[mask].astype(float).std() > 0.4 * image[mask].astype(float).std()


def test_nothing_masked_is_a_copy():
    image = render_normal("wood", 1, 64)
    rebuilt = rebuild_normal(image, np.zeros((64, 64), bool))
    assert np.array_equal(rebuilt, image)
    assert rebuilt is not image


@given(height=st.integers(64, 140), width=st.integers(64, 140), share=st.floats(0.001, 1), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_any_mask_keeps_the_rest(height, width, share, seed):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
    before = image.copy()
    mask = rng.random((height, width)) < share
    rebuilt = rebuild_normal(image, mask)
    assert rebuilt.shape == image.shape
    assert rebuilt.dtype == np.uint8
    assert np.array_equal(rebuilt[~mask], image[~mask])
    assert np.array_equal(image, before)
