"""The wall of pictures."""

from __future__ import annotations

import numpy as np
from made_up import small_plan

from anomaly_agent.training.assessment.policies.wall import Cell, draw_tasks, paint_wall


def test_a_row_shows_the_normal_image_and_every_policy() -> None:
    rows = draw_tasks(small_plan(3, 1), real=False, count=2)
    assert len(rows) == 4
    for row in rows:
        assert [cell.title for cell in row[1:]] == ["fixed", "scripted"]
        assert all(cell.note for cell in row)
    assert [row[0].note for row in rows] == ["normal, unfaithful editor"] * 2 + ["normal, faithful editor"] * 2


def test_the_same_tasks_again_and_others_by_another_seed() -> None:
    def chosen(seed: int) -> list[bytes]:
        return [row[0].image.tobytes() for row in draw_tasks(small_plan(6, 1), real=False, count=4, seed=seed)]

    assert chosen(0) == chosen(0) != chosen(1)


def test_there_is_no_wall_without_photographs() -> None:
    assert draw_tasks(small_plan(1, 1), real=True, count=2) == []


def test_the_outline_lies_beside_the_defect() -> None:
    image = np.full((208, 208, 3), 120, np.uint8)
    mask = np.zeros((208, 208), bool)
    mask[100:120, 80:130] = True
    wall = paint_wall([[Cell(image, "one", "8.0 passed", mask)]])
    picture = wall[8 : 8 + 208, 8 : 8 + 208]
    red = (picture[..., 0] > 200) & (picture[..., 2] < 100)
    assert 100 < red.sum() < 400
    assert not red[mask].any()


def test_pictures_of_any_shape_fit() -> None:
    rows = [[Cell(np.zeros((64, 200, 3), np.uint8), "wide"), Cell(np.zeros((300, 100, 3), np.uint8), "tall")]] * 3
    assert paint_wall(rows).ndim == 3
