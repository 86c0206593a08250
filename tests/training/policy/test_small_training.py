"""SFT and GRPO of the small policy, for a few steps: they learn, they go on after a kill, and the loop runs what they made."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.cli import main
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.policies.trained import TrainedPolicy
from anomaly_agent.training.policy.checkpoints import begin, last_checkpoint
from anomaly_agent.training.policy.config import TrainingConfig, load_config
from anomaly_agent.training.policy.grpo.run import run_grpo
from anomaly_agent.training.policy.sft.run import run_sft
from anomaly_agent.training.policy.tasks import RenderedTasks

WEIGHTS = "model.safetensors"


def logged(folder: Path, name: str) -> list[float]:
    history = json.loads((sorted(folder.glob("checkpoint-*"))[-1] / "trainer_state.json").read_text())["log_history"]
    return [entry[name] for entry in history if name in entry]


def test_sft_learns_its_trajectories_by_heart(tiny_policy: Path) -> None:
    losses = logged(tiny_policy.parent, "loss")
    assert losses[0] > 2.0
    assert losses[-1] < 0.3
    assert (tiny_policy.parent / "sft.png").stat().st_size > 5000
    assert any((tiny_policy.parent).rglob("events.out.tfevents*"))


def test_the_loop_runs_what_sft_made(tiny_policy: Path) -> None:
    policy = TrainedPolicy(tiny_policy)
    loop = AgentLoop(policy, embedded_backends())
    results = [loop.synthesize(RenderedTasks(side=96, seed=9, unfaithful=0.0).draw(index).task) for index in range(4)]
    assert sum(bool(result.trajectory.attempts) for result in results) >= 3
    assert policy.tokens_written > 40


def test_grpo_runs_whole_rollouts_and_logs_the_parts_of_the_reward_apart(
    tiny_policy: Path, tiny_config: TrainingConfig, tmp_path: Path
) -> None:
    final = run_grpo(tiny_config, tiny_policy, tmp_path)
    for part in ("task", "reflection", "behaviour"):
        assert len(logged(tmp_path, f"rewards/{part}_reward/mean")) == 4
    assert max(logged(tmp_path, "tools/call_frequency")) > 2.0
    assert all(0.0 <= share <= 1.0 for share in logged(tmp_path, "groups_dropped"))
    assert (final / WEIGHTS).read_bytes() != (tiny_policy / WEIGHTS).read_bytes()
    page = (tmp_path / "rollouts.html").read_text()
    assert "Step 0" in page and "Step 2" in page and "prompt_gen" in page
    assert "reflection +0." in page and ": gains " in page
    assert (tmp_path / "grpo.png").is_file()
    TrainedPolicy(final)


@pytest.mark.parametrize("stage", ["sft", "grpo"])
def test_a_killed_run_goes_on_to_the_same_weights(
    stage: str, tiny_policy: Path, trajectories: Path, tiny_changes: tuple[str, ...], tmp_path: Path
) -> None:
    source = ["--trajectories", str(trajectories)] if stage == "sft" else ["--start", str(tiny_policy)]
    changes = (*tiny_changes, "sft.epochs=6", "sft.save_every=3", "grpo.steps=4", "grpo.save_every=1")
    more = [word for change in changes for word in ("--set", change)]

    def command(output: Path) -> list[str]:
        return ["train", stage, *source, "--output", str(output), *more]

    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert main(command(whole)) == 0
    script = "from anomaly_agent.agent.cli import main; raise SystemExit(main())"
    arguments = [sys.executable, "-c", script, *command(killed)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment) as run:
        until = time.monotonic() + 120
        while last_checkpoint(killed) is None and run.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        run.send_signal(signal.SIGKILL)
    assert last_checkpoint(killed) is not None and not (killed / "policy").exists()
    assert main(command(killed)) == 0
    assert (killed / "policy" / WEIGHTS).read_bytes() == (whole / "policy" / WEIGHTS).read_bytes()


def test_a_checkpoint_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    for step, whole in ((2, True), (10, True), (12, False)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if whole:
            (folder / "trainer_state.json").write_text("{}")
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-10")


def test_a_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    begin(tmp_path, load_config("embedded"))
    begin(tmp_path, load_config("embedded"))
    with pytest.raises(InputError, match="another configuration"):
        begin(tmp_path, load_config("embedded", ("seed=1",)))


@pytest.mark.parametrize("stage", [["sft", "--trajectories", "x"], ["grpo", "--start", "x"]])
def test_without_the_training_libraries_one_line_says_what_to_install(
    stage: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "trl", None)
    assert main(["train", *stage, "--output", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert "training needs trl" in said and len(said.strip().splitlines()) == 1 and not (tmp_path / "run").exists()


def test_nothing_to_train_on_is_said_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture, tiny_config: TrainingConfig
) -> None:
    with pytest.raises(InputError, match="no trajectories"):
        run_sft(tiny_config, [], tmp_path)
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    assert main(["train", "sft", "--trajectories", str(empty), "--output", str(tmp_path / "run")]) == 2
    assert "holds no trajectory" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
