"""A detector trained on samples: it learns, and it is tested on real defects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from anomaly_agent.agent.demo.normals import render_normal
from anomaly_agent.agent.errors import InputError
from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.training.evaluation.contestants import list_contestants
from anomaly_agent.training.evaluation.downstream import describe_downstream, order_by, run_downstream
from anomaly_agent.training.evaluation.run import Plan
from anomaly_agent.training.evaluation.segmentation import SmallUNet, focal_loss, measure_net, train_net
from anomaly_agent.training.evaluation.task_groups import list_categories


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Nets as small as these are slowed down by threads that wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def squares(count: int, side: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Noise, the same with a bright square, and the squares."""
    rng = np.random.default_rng(seed)
    normals = rng.integers(60, 100, (count, side, side, 3)).astype(np.uint8)
    images, masks = normals.copy(), np.zeros((count, side, side), bool)
    for image, mask in zip(images, masks, strict=True):
        y, x = rng.integers(side - 8, size=2)
        image[y : y + 8, x : x + 8] = 220
        mask[y : y + 8, x : x + 8] = True
    return normals, images, masks


def test_the_net_learns_what_is_plain_to_see() -> None:
    net = train_net(*squares(16, 32, 0), steps=30)
    normals, images, masks = squares(16, 32, 1)
    score = measure_net(net, np.concatenate([normals, images]), np.concatenate([np.zeros_like(masks), masks]))
    assert score.pixel_ap > 0.9
    assert score.image_auroc > 0.95
    untrained = measure_net(
        SmallUNet(), np.concatenate([normals, images]), np.concatenate([np.zeros_like(masks), masks])
    )
    assert untrained.pixel_ap < 0.5


def test_the_same_seed_gives_the_same_net() -> None:
    made = squares(4, 32, 0)
    first, second, other = (train_net(*made, steps=2, seed=seed).head[0].weight for seed in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_the_net_keeps_the_size_and_has_half_a_million_parameters() -> None:
    net = SmallUNet()
    assert net(torch.zeros(2, 3, 128, 128)).shape == (2, 1, 128, 128)
    assert 400_000 < sum(parameter.numel() for parameter in net.parameters()) < 1_000_000


def test_the_loss_by_hand() -> None:
    logits, target = torch.zeros(1, 1, 1, 2), torch.tensor([[[[1.0, 0.0]]]])
    assert focal_loss(logits, target).item() == pytest.approx(2 * 0.25 * np.log(2), rel=1e-5)
    assert focal_loss(torch.tensor([[[[20.0, -20.0]]]]), target).item() == pytest.approx(0, abs=1e-6)
    assert np.isfinite(focal_loss(logits, torch.zeros(1, 1, 1, 2)).item())


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
    plan = Plan(list_contestants(), [], max_attempts=2)
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
