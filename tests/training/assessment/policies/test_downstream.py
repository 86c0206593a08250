"""Detectors trained on the samples of policies, and tested on real defects."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.training.assessment.policies.candidates import list_candidates
from anomaly_agent.training.assessment.policies.downstream import describe_downstream, order_by, run_downstream
from anomaly_agent.training.assessment.policies.run import Plan
from anomaly_agent.training.assessment.policies.task_groups import list_categories


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A set with masks, one of them empty, and one without."""
    for name, masked in (("hide", True), ("bare", False)):
        for inner in ("train/good", "test/good", "test/hole", "ground_truth/hole"):
            (tmp_path / "data" / name / inner).mkdir(parents=True)
        root = tmp_path / "data" / name
        for index in range(3):
            image = render_normal("leather", index, 96)
            write_png(root / "train/good" / f"{index}.png", image)
            write_png(root / "test/good" / f"{index}.png", image)
            mask = np.zeros((96, 96), np.uint8)
            mask[40:52, 40:52] = 255 * (index > 0)
            image[mask > 0] = 10
            write_png(root / "test/hole" / f"{index}.png", image)
            if masked:
                write_png(root / "ground_truth/hole" / f"{index}_mask.png", mask)
    return tmp_path / "data"


def test_every_policy_has_its_net_and_the_orders_are_told(data: Path, tmp_path: Path) -> None:
    told: list[str] = []
    plan = Plan(list_candidates(), [], max_attempts=2)
    categories = list_categories(data, told.append)
    output = tmp_path / "output"
    records = run_downstream(plan, categories, output, told.append, images=4, seeds=1, steps=2)
    assert [(record["category"], record["policy"]) for record in records] == [("hide", "fixed"), ("hide", "scripted")]
    assert all(0 <= record["pixel_ap"] <= 1 and 0 <= record["critic_score"] <= 10 for record in records)
    assert any("bare" in line and "has no mask" in line for line in told)
    assert any("0_mask.png" in line and "empty" in line for line in told)
    page = "\n".join(describe_downstream(records))
    assert f"{records[0]['pixel_ap']:.3f}" in page
    assert "Order by the critic's score" in page
    # One net is lost: only that one is made again, and is the same.
    path = output / "downstream.jsonl"
    path.write_text(path.read_text().splitlines(keepends=True)[0])
    again = run_downstream(plan, categories, output, told.append, images=4, seeds=1, steps=2)
    assert [json.loads(line) for line in path.read_text().splitlines()] == again == records
    with pytest.raises(InputError, match=r"other settings \(images\)"):
        run_downstream(plan, categories, output, told.append, images=5, seeds=1, steps=2)


def test_policies_are_ordered_by_their_mean() -> None:
    by_policy = {"a": [{"ap": 0.1}, {"ap": 0.2}], "b": [{"ap": 0.5}]}
    assert order_by(by_policy, "ap") == ["b 0.500", "a 0.150"]
