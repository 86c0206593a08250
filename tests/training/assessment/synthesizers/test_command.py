"""The command from its options to the page, taken up again after a kill."""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.training.assessment.synthesizers.command import add_arguments
from anomaly_agent.training.assessment.synthesizers.labelled import read_sets

try:
    import tomllib
except ModuleNotFoundError:
    tomllib = None

_TIMED = ("ms", "commit")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sets of rendered hides with a dark square as the defect, one of them without masks."""
    root = tmp_path_factory.mktemp("data")
    for name, masked in (("leather_hide", True), ("bare", False)):
        for inner in ("train/good", "test/good", "test/hole", "ground_truth/hole"):
            (root / name / inner).mkdir(parents=True)
        for index in range(2):
            image = render_normal("leather", index, 96)
            write_png(root / name / "train/good" / f"{index}.png", image)
            write_png(root / name / "test/good" / f"{index}.png", image)
            mask = np.zeros((96, 96), np.uint8)
            mask[40:52, 40:52] = 255
            image[mask > 0] = 10
            write_png(root / name / "test/hole" / f"{index}.png", image)
            if masked:
                write_png(root / name / "ground_truth/hole" / f"{index}_mask.png", mask)
    return root


def run(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = parser.parse_args(arguments)
    options.run(options)


def lines(output: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (output / "comparison.jsonl").read_text().splitlines()]


def untimed(records: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{name: value for name, value in record.items() if name not in _TIMED} for record in records]


def test_a_run_that_was_killed_goes_on_where_it_stopped(data: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    few = ("--data", str(data), "--output", str(output), "--images", "2", "--steps", "1", "--method", "Ours")
    run(*few, "--seeds", "2")
    records = lines(output)
    assert [(record["category"], record["seed"]) for record in records] == [
        ("bare", 0), ("leather_hide", 0), ("bare", 1), ("leather_hide", 1),
    ]  # fmt: skip
    assert {record["device"] for record in records} == {"CPU"}
    assert all(record["pixel_ap"] is None for record in records if record["category"] == "bare")
    assert all(0 <= record["image_auroc"] <= 1 for record in records)
    assert all(0 <= record["pixel_ap"] <= 1 for record in records if record["category"] == "leather_hide")
    page = (output / "comparison.md").read_text()
    assert "| leather_hide | ours |" in page
    assert str(tmp_path) not in page
    # Killed within a line: the others stay as they are, timings included, and it is made again, the same.
    path = output / "comparison.jsonl"
    whole = path.read_text()
    path.write_text(whole[: whole.rindex('"seed"')])
    run(*few, "--seeds", "2")
    assert lines(output)[:3] == records[:3]
    assert untimed(lines(output)) == untimed(records)
    # The loop's parts are added to what is there.
    run(*few, "--seeds", "1", "--ablation", "leather_hide")
    assert untimed(lines(output)[:4]) == untimed(records)
    added = lines(output)[4:]
    assert [(record["part"], record["method"]) for record in added] == [
        ("ablation", "no loop"), ("ablation", "PG"), ("ablation", "PG+QE"), ("ablation", "PG+QE+KR"),
    ]  # fmt: skip
    with pytest.raises(InputError, match=r"other settings \(images\)"):
        run("--data", str(data), "--output", str(output), "--images", "3", "--steps", "1", "--method", "ours")


def test_records_of_another_version_of_a_method_are_refused(data: Path, tmp_path: Path) -> None:
    few = ("--data", str(data), "--output", str(tmp_path), "--images", "1", "--steps", "1", "--seeds", "1")
    run(*few, "--method", "ours")
    path = tmp_path / "comparison.jsonl"
    path.write_text(path.read_text().replace('"max_attempts": 3', '"max_attempts": 4'))
    with pytest.raises(InputError, match="ours on bare by another version"):
        run(*few, "--method", "ours")


def test_options_that_do_not_fit_are_said_in_a_line(data: Path, tmp_path: Path, checkpoint: Path) -> None:
    few = ("--data", str(data), "--output", str(tmp_path / "out"))
    with pytest.raises(InputError, match="--ablation bare: no such set with masks in --data; choose of leather_hide"):
        run(*few, "--method", "ours", "--ablation", "bare")
    with pytest.raises(InputError, match="--policy needs --ablation"):
        run(*few, "--policy", f"SFT={checkpoint}")
    with pytest.raises(InputError, match="--only-ablation needs --ablation"):
        run(*few, "--only-ablation")
    with pytest.raises(InputError, match="'PG' is a variant's"):
        run(*few, "--ablation", "leather_hide", "--policy", f"PG={checkpoint}")
    with pytest.raises(InputError, match=r"--device cuda:99: .*; use cpu"):
        run(*few, "--device", "cuda:99")
    with pytest.raises(SystemExit):
        run(*few, "--method", "unheard of")
    assert not (tmp_path / "out").exists()


def test_checkpoints_join_the_ablation(data: Path, tmp_path: Path, checkpoint: Path) -> None:
    run(
        "--data", str(data), "--output", str(tmp_path), "--images", "1", "--steps", "1", "--seeds", "1",
        "--ablation", "leather_hide", "--only-ablation", "--policy", f"SFT={checkpoint}",
    )  # fmt: skip
    records = lines(tmp_path)
    assert {record["part"] for record in records} == {"ablation"}
    assert records[-1]["method"] == "SFT"
    assert records[-1]["facts"]["policy"] == "trained"
    assert str(checkpoint) not in (tmp_path / "comparison.jsonl").read_text()


def test_sets_are_read_with_and_without_masks(data: Path) -> None:
    told: list[str] = []
    bare, hide = read_sets(data, 96, told.append)
    assert (bare.name, bare.has_masks, hide.item, hide.has_masks) == ("bare", False, "leather hide", True)
    assert hide.normals.shape == (2, 96, 96, 3)
    assert hide.test.types == bare.test.types == ("", "", "hole", "hole")
    assert hide.test.masks[:2].sum() == 0
    assert hide.test.masks[2].sum() == 12 * 12
    assert bare.digest == hide.digest  # the same file names


def test_a_set_without_a_defect_is_left_out_and_told(data: Path, tmp_path: Path) -> None:
    (tmp_path / "plain/train/good").mkdir(parents=True)
    (tmp_path / "plain/test/good").mkdir(parents=True)
    for part in ("train", "test"):
        write_png(tmp_path / "plain" / part / "good/0.png", render_normal("leather", 0, 64))
    told: list[str] = []
    with pytest.raises(InputError, match="no set with train/good, test/good and test/TYPE"):
        read_sets(tmp_path, 64, told.append)
    assert any("plain" in line for line in told)


@pytest.mark.skipif(tomllib is None, reason="tomllib is of Python 3.11")
def test_the_command_line_finds_it() -> None:
    settings = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text())
    module, function = settings["project"]["entry-points"]["anomaly_agent.commands"]["compare"].split(":")
    assert getattr(importlib.import_module(module), function) is add_arguments
