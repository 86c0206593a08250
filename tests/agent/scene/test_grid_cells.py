"""Fields of an area whose content is known."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.scene.grid_cells import divide


def test_they_cover_the_area_row_by_row_and_know_what_is_in_them() -> None:
    area = np.zeros((64, 128), bool)
    area[16:48, 32:96] = True
    area[16:24, 32:40] = False  # half of the first field
    busyness = np.zeros((32, 64), np.float32)
    busyness[:, 32:] = 10.0
    fields = divide(area, busyness)
    assert len(fields) == 16 and fields[0].box == (0.25, 0.25, 0.375, 0.375)
    assert fields[0].share == 0.5 and {field.share for field in fields[1:]} == {1.0}
    assert [field.busyness for field in fields[:4]] == pytest.approx([0, 0, 10, 10])
    assert [field.outer for field in fields] == [*[True] * 5, False, False, True, True, False, False, *[True] * 5]


def test_a_field_with_nothing_of_the_area_is_left_out() -> None:
    area = np.zeros((64, 64), bool)
    area[:, :8] = area[:, -8:] = True
    fields = divide(area, np.zeros((64, 64), np.float32))
    assert {field.box[0] for field in fields} == {0.0, 0.75} and len(fields) == 8
