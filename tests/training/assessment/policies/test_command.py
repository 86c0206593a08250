"""The command from its options to the page."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.training.assessment.policies.command import add_arguments

FEW = ["--rendered", "2", "--seeds", "2", "--side", "64", "--wall", "2"]


def run(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = parser.parse_args(arguments)
    options.run(options)


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation")
    run("--output", str(folder), *FEW)
    return folder


def test_the_page_holds_the_summary_s_figures(output: Path) -> None:
    summary, page = json.loads((output / "summary.json").read_text()), (output / "evaluation.md").read_text()
    assert summary["episodes"] == 2 * 2 * 2 * 2 * 2
    for setting in ("faithful", "unfaithful"):
        assert f"## {setting.capitalize()} editors" in page
        for policy in ("fixed", "scripted"):
            figures = summary["all"][setting]["all"][policy]
            rate, reward = figures["pass rate"], figures["reward total"]
            row = next(
                line for line in page.splitlines() if line.startswith(f"| {policy} | {100 * rate['mean']:.1f} ±")
            )
            assert row.endswith(f"{reward['mean']:.3f} ± {reward['deviation']:.3f} |")
        mean = summary["differences"][setting]["fixed"]["reward total"]["mean"]
        assert f"{mean:+.3f} (" in page
    assert "NaN" not in (output / "summary.json").read_text()
    assert str(output) not in page


def test_the_wall_is_a_picture_on_the_page(output: Path) -> None:
    wall = cv2.imread(str(output / "wall.jpg"))
    assert wall is not None
    assert wall.shape[1] > 3 * 200
    page = (output / "evaluation.md").read_text()
    assert "(wall.jpg)" in page
    assert "wall_real.jpg" not in page  # no photographs were given


def test_a_second_run_writes_the_same_page_and_wall(output: Path) -> None:
    names = ("evaluation.md", "summary.json", "wall.jpg", "results.jsonl")
    before = [(output / name).read_bytes() for name in names]
    run("--output", str(output), *FEW)
    assert [(output / name).read_bytes() for name in names] == before


def test_what_cannot_be_used_is_refused(output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="other settings"):
        run("--output", str(output), *FEW, "--max-attempts", "4")
    with pytest.raises(InputError, match="--downstream needs --data"):
        run("--output", str(tmp_path), "--downstream")
    for wrong in (["--policy", "no-name"], ["--temperature", "hot"], ["--seeds", "0"]):
        with pytest.raises(SystemExit):
            run("--output", str(tmp_path), *wrong)
    assert "NAME=VALUE" in capsys.readouterr().err
