"""IC-LPIPS and the inception score, with random weights, against the libraries' own way round."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import lpips
import numpy as np
import pytest
import torch
from torchvision.models import vgg16

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.training.assessment.detectors.diversity import Distance, ic_lpips, load_distance


@pytest.fixture(scope="module")
def distance() -> Distance:
    """Of random weights."""
    torch.manual_seed(0)
    return Distance(None)


def pictures(count: int, seed: int, low: int = 0, high: int = 255) -> list[np.ndarray]:
    """Noise of 32 px."""
    return list(np.random.default_rng(seed).integers(low, high, (count, 32, 32, 3)).astype(np.uint8))


def by_library(distance: Distance, first: np.ndarray, second: np.ndarray) -> float:
    """The distance by the library's own forward pass."""
    with torch.no_grad():
        return distance.net(lpips.im2tensor(first, factor=127.5), lpips.im2tensor(second, factor=127.5)).item()


def test_the_distance_is_the_library_s(distance: Distance) -> None:
    first, second = pictures(2, 0)
    ours = distance.between(distance.features(first), distance.features(second))
    assert ours == pytest.approx(by_library(distance, first, second), rel=1e-4)
    assert distance.between(distance.features(first), distance.features(first)) == 0.0


def test_the_mean_of_pairs_without_going_through_them(distance: Distance) -> None:
    few = pictures(5, 1)
    pairs = [by_library(distance, first, second) for first, second in combinations(few, 2)]
    assert distance.mean_pairwise(few) == pytest.approx(np.mean(pairs), rel=1e-4)
    with pytest.raises(ValueError, match="two pictures"):
        distance.mean_pairwise(few[:1])


def test_pictures_join_the_nearest_centre(distance: Distance) -> None:
    dark, bright = pictures(3, 2, 0, 20), pictures(4, 3, 235, 255)
    made = [*dark[1:], *bright[1:]]
    found = ic_lpips(distance, [dark[0], bright[0]], len(made), made.__getitem__)
    assert found == pytest.approx((distance.mean_pairwise(dark[1:]) + distance.mean_pairwise(bright[1:])) / 2)


def test_clusters_of_one_are_left_out_or_count_as_nothing(distance: Distance) -> None:
    dark, bright = pictures(3, 2, 0, 20), pictures(2, 3, 235, 255)
    made = [*dark[1:], bright[1]]
    alone = distance.mean_pairwise(dark[1:])
    centres = [dark[0], bright[0]]
    assert ic_lpips(distance, centres, 3, made.__getitem__) == pytest.approx(alone)
    assert ic_lpips(distance, centres, 3, made.__getitem__, lonely_count=True) == pytest.approx(alone / 2)
    assert ic_lpips(distance, [], 3, made.__getitem__) is None
    assert ic_lpips(distance, centres, 1, made.__getitem__) is None


def test_weights_come_from_torchvision_s_file(tmp_path: Path) -> None:
    torch.manual_seed(1)
    trunk = vgg16(weights=None)
    state = {name: value for name, value in trunk.state_dict().items() if "classifier" not in name}  # half a gigabyte
    torch.save(state, tmp_path / "vgg.pth")
    loaded = load_distance(tmp_path / "vgg.pth")
    assert torch.equal(loaded.net.net.slice5[-2].weight, trunk.features[28].weight)
    torch.save({"fc.weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(InputError, match=r"other\.pth: holds weights of another network"):
        load_distance(tmp_path / "other.pth")
