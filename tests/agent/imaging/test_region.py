"""Regions drawn by their corners."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_agent.agent.imaging.region import draw_region

FRACTION = st.floats(0, 1)


@pytest.mark.parametrize(
    ("corners", "rows", "columns"),
    [
        ((0, 0, 1, 1), (0, 80), (0, 100)),
        ((0.5, 0.25, 1, 0.5), (20, 40), (50, 100)),
        ([[0.5, 0.25], [1, 0.25], [1, 0.5], [0.5, 0.5]], (20, 40), (50, 100)),
    ],
)
def test_a_box_holds_its_pixels(corners, rows, columns):
    expected = np.zeros((80, 100), bool)
    expected[slice(*rows), slice(*columns)] = True
    drawn = draw_region(corners, 80, 100)
    assert drawn.dtype == np.bool_ and (drawn ^ expected).sum() <= 200 and drawn[expected].mean() > 0.99


def test_a_triangle_has_half_the_area():
    assert draw_region([[0, 0], [1, 0], [0, 1]], 200, 200).mean() == pytest.approx(0.5, abs=0.01)


@given(st.lists(st.tuples(FRACTION, FRACTION), min_size=3, max_size=8))
def test_there_is_always_a_pixel(corners):
    assert draw_region(corners, 64, 80).any()
