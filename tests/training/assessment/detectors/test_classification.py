"""A classifier told the types from synthesized pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from anomaly_agent.agent.dataset.reader import Entry
from anomaly_agent.training.assessment.detectors.classification import build_resnet, classify
from anomaly_agent.training.assessment.detectors.localization import LabelledTest
from anomaly_agent.training.assessment.detectors.pictures import Pictures
from anomaly_agent.training.assessment.detectors.presets import QUICK, Preset, Training


def preset(steps: int) -> Preset:
    """32 px, fast."""
    return replace(QUICK, side=32, classification=Training(1e-3, steps=steps, epochs=3))


def coloured(count: int, seed: int, types: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Noise whose channel tells the type."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 60, (count * len(types), 32, 32, 3)).astype(np.uint8)
    for index in range(len(types)):
        images[index * count : (index + 1) * count, ..., index] += 150
    return images, tuple(kind for kind in types for _ in range(count))


@pytest.fixture
def made() -> Pictures:
    """Red and green."""
    images, types = coloured(8, 0, ("red", "green"))
    entries = tuple(Entry(Path("a.png"), kind, Path("b.png")) for kind in types)
    return Pictures(entries, images, np.ones(images.shape[:3], bool))


@pytest.fixture
def test() -> LabelledTest:
    """Red, green and blue."""
    images, types = coloured(4, 1, ("red", "green", "blue"))
    return LabelledTest(images, np.ones(images.shape[:3], bool), types, types)


def test_types_are_told_apart_and_those_never_seen_are_not_asked_for(made: Pictures, test: LabelledTest) -> None:
    scores = classify(made, test, preset(12))
    assert scores.accuracy == 1.0
    assert scores.by_type == {"green": 1.0, "red": 1.0}
    assert (scores.tested, scores.unknown) == (8, ("blue",))
    assert scores.step == scores.steps == 12


def test_the_paper_s_protocol_is_never_worse_on_its_test(made: Pictures, test: LabelledTest) -> None:
    strict, paper = (classify(made, test, preset(3), protocol=protocol) for protocol in ("strict", "paper"))
    assert paper.accuracy >= strict.accuracy
    assert strict.step == 3


def test_weights_are_started_from(made: Pictures, test: LabelledTest) -> None:
    torch.manual_seed(5)
    weights = build_resnet().state_dict()
    net = build_resnet(2, weights)
    assert torch.equal(net.layer4[2].conv2.weight, weights["layer4.2.conv2.weight"])
    assert net.fc.weight.shape == (2, 512)
    # With a last block that says nothing of the picture, and is not moved, all are taken for one type.
    still = {name: torch.zeros_like(value) if name.startswith("bn1") else value for name, value in weights.items()}
    stuck = replace(preset(1), classification=Training(0.0, steps=1))
    assert sorted(classify(made, test, stuck, weights=still).by_type.values()) == [0.0, 1.0]


def test_one_shared_type_is_refused(made: Pictures, test: LabelledTest) -> None:
    with pytest.raises(ValueError, match="two types"):
        classify(made.of_type("red"), test, preset(1))
