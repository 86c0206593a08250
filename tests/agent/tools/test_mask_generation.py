"""Masks from two pictures alone."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.tools.mask_generation import ChangeMaskGenerator


def test_identical_pictures_give_an_empty_mask():
    image = render_normal("leather", 1, 96)
    mask = ChangeMaskGenerator().segment(image, image.copy())
    assert mask.shape == (96, 96)
    assert mask.dtype == bool
    assert not mask.any()


def test_other_sizes_are_refused_in_words():
    with pytest.raises(InputError, match=r"differ in size \(80x64 and 64x80 px\)"):
        ChangeMaskGenerator().segment(np.zeros((64, 80, 3), np.uint8), np.zeros((80, 64, 3), np.uint8))


@pytest.mark.parametrize("levels", [0, 128, 255])
def test_flat_pictures(levels):
    image = np.full((64, 64, 3), levels, np.uint8)
    edited = image.copy()
    edited[20:30, 20:30] = 255 - levels if levels != 128 else 40
    mask = ChangeMaskGenerator().segment(image, edited)
    known = np.zeros((64, 64), bool)
    known[20:30, 20:30] = True
    assert (mask & known).sum() / (mask | known).sum() > 0.7
