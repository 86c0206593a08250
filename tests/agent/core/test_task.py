"""What a task accepts, and what it says of the rest."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task

IMAGE = np.zeros((64, 80, 3), np.uint8)


def test_a_plain_task_is_accepted():
    task = Task(IMAGE, "bottle", "scratch", np.ones((64, 80), bool), 5)
    assert task.seed == 5


@pytest.mark.parametrize(
    "changes,said",
    [
        ({"image": IMAGE[..., 0]}, "uint8 RGB"),
        ({"image": IMAGE.astype(np.float32)}, "uint8 RGB"),
        ({"image": np.zeros((64, 64, 4), np.uint8)}, "uint8 RGB"),
        ({"image": np.zeros((63, 64, 3), np.uint8)}, "64x63 px"),
        ({"image": np.zeros((64, 4097, 3), np.uint8)}, "4097x64 px"),
        ({"item": " "}, "item is empty"),
        ({"anomaly": ""}, "anomaly type is empty"),
        ({"seed": -1}, "seed"),
        ({"region": np.ones((64, 80), np.uint8)}, "bool mask"),
        ({"region": np.ones((80, 64), bool)}, "region is 64x80 px but the image is 80x64 px"),
        ({"region": np.zeros((64, 80), bool)}, "region is empty"),
        ({"defects": (0, 3)}, "defects must be two numbers from 1 to 12, the smaller one first, got 0 and 3"),
        ({"defects": (4, 2)}, "got 4 and 2"),
        ({"defects": (1, 13)}, "got 1 and 13"),
    ],
)
def test_unusable_input_is_named_in_one_line(changes, said):
    with pytest.raises(InputError) as caught:
        Task(**({"image": IMAGE, "item": "bottle", "anomaly": "scratch"} | changes))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
