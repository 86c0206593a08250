"""Fields of an area whose content is known."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.scene.grid_cells import divide


def test_they_cover_the_area_row_by_row_and_know_what_is_in_them() -> None:
    area = np.zeros((64, 128), bool)
    area[16:48, 32:96] = True
    area[16:24, 32:40] = False  # half of the first cell
    local_contrast = np.zeros((32, 64), np.float32)
    local_contrast[:, 32:] = 10.0
    cells = divide(area, local_contrast)
    assert len(cells) == 16 and cells[0].box == (0.25, 0.25, 0.375, 0.375)
    assert cells[0].share == 0.5 and {cell.share for cell in cells[1:]} == {1.0}
    assert [cell.local_contrast for cell in cells[:4]] == pytest.approx([0, 0, 10, 10])
    assert [cell.outer for cell in cells] == [*[True] * 5, False, False, True, True, False, False, *[True] * 5]


def test_a_field_with_nothing_of_the_area_is_left_out() -> None:
    area = np.zeros((64, 64), bool)
    area[:, :8] = area[:, -8:] = True
    cells = divide(area, np.zeros((64, 64), np.float32))
    assert {cell.box[0] for cell in cells} == {0.0, 0.75} and len(cells) == 8
