"""Groups of tasks, rendered and of data sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.training.assessment.policies.task_groups import category_groups, list_categories, rendered_groups
from anomaly_agent.training.policy.tasks import HELD_OUT, RenderedTasks

GREY = np.full((64, 64, 3), 90, np.uint8)


def make_set(folder: Path, *kinds: str) -> None:
    for inner in ("train/good", "test/good", *(f"test/{kind}" for kind in kinds)):
        (folder / inner).mkdir(parents=True)
        write_png(folder / inner / "000.png", GREY)


def test_rendered_tasks_are_not_those_of_training() -> None:
    held_out, unseen = rendered_groups(5, 64)
    assert {held_out.source(0, 0.0).draw(index).product for index in range(10)} == set(HELD_OUT)
    trained = {RenderedTasks(side=64).draw(index).task.image.tobytes() for index in range(15)}
    drawn = {unseen.source(0, 0.0).draw(index).task.image.tobytes() for index in range(10)}
    assert not trained & drawn


def test_every_set_of_a_folder_masks_or_not_and_unknown_defects_are_told(tmp_path: Path) -> None:
    make_set(tmp_path / "my_part", "deep_scratch", "zzzqqq")
    make_set(tmp_path / "other", "qqqzzz")
    (tmp_path / "notes").mkdir()
    told: list[str] = []
    categories = list_categories(tmp_path, told.append)
    assert [category.name for category in categories] == ["my_part"]
    assert categories[0].anomalies == ("deep_scratch",)
    assert any("my_part/zzzqqq" in line for line in told)
    assert any(line.startswith("left out: other:") for line in told)
    (group,) = category_groups(categories, 3)
    task = group.source(0, 1.0).draw(0).task
    assert (task.item, task.anomaly) == ("my part", "deep scratch")
    assert group.real
    assert len(categories[0].tasks(0, 0.0).images) == 2
    assert len(categories[0].tasks(0, 0.0, with_test=False).images) == 1
    assert list_categories(tmp_path / "my_part", told.append) == categories


def test_a_folder_of_no_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no data set in the MVTec AD layout"):
        list_categories(tmp_path, print)
    with pytest.raises(InputError, match="no such folder"):
        list_categories(tmp_path / "gone", print)
