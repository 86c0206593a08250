"""The inception score, with random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch_fidelity

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.training.assessment.detectors.inception import inception_score, load_inception
from anomaly_agent.training.assessment.detectors.weights import read_weights


class Fidelity(torch.utils.data.Dataset):
    """Pictures as torch-fidelity takes them."""

    def __init__(self, pictures: np.ndarray) -> None:
        self._pictures = torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy())

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, index: int) -> torch.Tensor:
        return self._pictures[index]


def test_the_score_is_torch_fidelity_s(inception_weights: Path) -> None:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 255, (12, 4, 4, 3)).astype(np.uint8).repeat(16, axis=1).repeat(16, axis=2)
    network = load_inception(inception_weights)
    expected = torch_fidelity.calculate_metrics(
        input1=Fidelity(pictures), isc=True, cuda=False, isc_splits=10, batch_size=4, verbose=False, cache=False,
        save_cpu_ram=True, feature_extractor_weights_path=str(inception_weights),
    )["inception_score_mean"]  # fmt: skip
    assert inception_score(network, pictures) == pytest.approx(expected, rel=1e-5)
    # One picture a part: nothing varies within it.
    assert inception_score(network, pictures[:3]) == pytest.approx(1.0)


def test_a_file_that_is_no_weights_of_the_net_is_named(tmp_path: Path) -> None:
    torch.save({"fc.weight": torch.zeros(2)}, tmp_path / "other.pth")
    (tmp_path / "damaged.pth").write_bytes(b"nothing of the sort")
    torch.save({"step": 3}, tmp_path / "step.pth")
    for name, wrong in (
        ("other.pth", "another network"), ("damaged.pth", "cannot be read"), ("step.pth", "no plain weights"),
        ("missing.pth", "no such file"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=rf"{name}: .*{wrong}"):
            load_inception(tmp_path / name)


def test_no_code_in_a_file_of_weights_is_run(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "harmed",))

    torch.save({"fc.weight": Harm()}, tmp_path / "harm.pth")
    with pytest.raises(InputError, match=r"harm\.pth: cannot be read"):
        read_weights(tmp_path / "harm.pth", "a net")
    assert not (tmp_path / "harmed").exists()
