"""A tiny policy and its trajectories, for tests that train."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from anomaly_agent.training.policy.config import TrainingConfig, load_config
from anomaly_agent.training.policy.sft.run import run_sft
from anomaly_agent.training.policy.trajectories.load import load_trajectories
from anomaly_agent.training.policy.trajectories.run import TrajectoriesRequest, make_trajectories

# The embedded configuration made tiny: the same code in seconds.
_TINY = (
    "model.hidden_size=48", "model.intermediate_size=96", "model.layers=2", "model.heads=2", "model.key_value_heads=2",
    "model.context=640", "sft.batch_size=8", "sft.epochs=50", "sft.learning_rate=0.01", "sft.save_every=1000",
    "sft.log_every=5", "grpo.steps=4", "grpo.prompts=2", "grpo.rollouts=4", "grpo.batch_size=8", "grpo.save_every=2",
    "grpo.samples_every=2", "grpo.learning_rate=0.001", "tasks.side=96",
)  # fmt: skip


@pytest.fixture(scope="session")
def trajectories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen trajectories of rendered defects."""
    path = tmp_path_factory.mktemp("trajectories") / "rendered.jsonl"
    make_trajectories(TrajectoriesRequest(path, rendered=12, side=96, seed=5))
    return path


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """Sums over threads depend on their number: with one, a run in another process gives the same bytes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny_changes() -> tuple[str, ...]:
    """Changes that make the embedded configuration tiny."""
    return _TINY


@pytest.fixture(scope="session")
def tiny_config() -> TrainingConfig:
    """The embedded configuration made tiny."""
    return load_config("embedded", _TINY)


@pytest.fixture(scope="session")
def tiny_policy(trajectories: Path, tiny_config: TrainingConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that knows its dozen trajectories by heart, so that its rollouts are whole."""
    output = tmp_path_factory.mktemp("sft")
    return run_sft(tiny_config, load_trajectories(trajectories), output)
