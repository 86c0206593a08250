"""Every command that writes is killed at random moments and called again: the same files as of a run that was never stopped, or
one line that says what to do."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.export.formats import FORMATS

KILLS = 3
# Figures of time in records. Pages of the same figures are drawn anew.
_TIMES = re.compile(rb'"(?:ms|\w*seconds)": ?[^,}\n]*')
_PAGES, _SUMMARY = (".html", ".md", ".jpg"), "summary.json"


def command(words, kill_after=None):
    """(exit code, what it said, seconds) of a command in a process of its own; a negative code for one that was killed."""
    # Not forked: libraries of many threads that the tests have used would hang in the child.
    script = "from anomaly_agent.agent.cli import main; raise SystemExit(main())"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    arguments = [sys.executable, "-c", script, *map(str, words)]
    started = time.monotonic()
    with subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    ) as run:
        try:
            said = run.communicate(timeout=kill_after)[1]
        except subprocess.TimeoutExpired:
            run.kill()
            said = run.communicate()[1]
    return run.returncode, said, time.monotonic() - started


def tree(folder):
    """Every file below a folder, hidden ones too, without pages and what is timed."""
    return {
        str(path.relative_to(folder)): _TIMES.sub(b"", path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (".lock", _SUMMARY) and path.suffix not in _PAGES
    }


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """A set of real-looking pictures: noise with dark squares as defects."""
    root = tmp_path_factory.mktemp("labelled") / "disc"
    rng = np.random.default_rng(0)
    for part, count in (("train/good", 4), ("test/good", 3), ("test/hole", 4)):
        (root / part).mkdir(parents=True)
        for number in range(count):
            pixels = rng.normal(150, 12, (96, 96, 1)).repeat(3, axis=2)
            if part == "test/hole":
                pixels[30:50, 20 + number : 44] = 20
                mask = np.zeros((96, 96), np.uint8)
                mask[30:50, 20 + number : 44] = 255
                (root / "ground_truth/hole").mkdir(parents=True, exist_ok=True)
                Image.fromarray(mask).save(root / f"ground_truth/hole/{number:03d}_mask.png")
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(root / part / f"{number:03d}.png")
    return root


@pytest.fixture(scope="module")
def made(tmp_path_factory, labelled):
    """A set that the product synthesized."""
    output = tmp_path_factory.mktemp("made")
    words = ["synthesize", "--images", labelled / "train/good", "--item", "disc", "--anomaly", "hole"]
    words += ["--anomaly", "scratch"]
    assert command([*words, "--count", 12, "--policy", "scripted", "--output", output])[0] == 0
    return output / "disc"


def words_of(name, labelled, made, output):
    """The words of a command that writes to `output`."""
    few = ["--images", "2", "--steps", "1", "--seeds", "1"]
    return {
        **{f"export {form}": ["export", made, "--format", form, "--output", output] for form in FORMATS},
        "synthesize": ["synthesize", "--images", labelled / "train/good", "--item", "disc", "--anomaly", "hole", "--count", "8",
                       "--policy", "scripted", "--output", output],
        "plan init": ["plan", "init", labelled, "--plan", output],
        "evaluate": ["evaluate", "--labelled", labelled, "--synthesized", made, "--output", output,
                     "--only", "localization", "--seeds", "1"],
        "compare": ["compare", "--data", labelled, "--output", output, "--method", "Ours", *few],
        "train trajectories": ["train", "trajectories", "--rendered", "6", "--output", output],
        "train evaluate": ["train", "evaluate", "--output", output, "--rendered", "2", "--seeds", "1", "--wall", "1"],
    }[name]  # fmt: skip


COMMANDS = [*(f"export {form}" for form in FORMATS), "synthesize", "plan init", "compare"]
COMMANDS += ["train trajectories", "train evaluate"]


@pytest.mark.parametrize("name", COMMANDS)
def test_killed_and_called_again(name, labelled, made, tmp_path):
    if name.startswith(("compare", "train")):
        pytest.importorskip("torch")
    ending = {"plan init": ".yaml", "train trajectories": ".jsonl"}.get(name, "")
    whole, killed = tmp_path / "a" / f"out{ending}", tmp_path / "b" / f"out{ending}"
    whole.parent.mkdir()
    killed.parent.mkdir()
    code, said, seconds = command(words_of(name, labelled, made, whole))
    assert code == 0, said
    rng = random.Random(name)
    for _ in range(KILLS):
        command(words_of(name, labelled, made, killed), rng.uniform(0.3, 0.95) * seconds)
    code, said, _ = command(words_of(name, labelled, made, killed))
    if code:  # what is there is whole, or is not what this command can go on with: the line says so
        lines = [line for line in said.splitlines() if "error:" in line]
        assert code == 2 and len(lines) == 1 and ";" in lines[0], said
    assert tree(killed.parent) == tree(whole.parent)


def test_curation_killed_and_called_again(made, tmp_path):
    whole, killed = tmp_path / "whole" / "disc", tmp_path / "killed" / "disc"
    shutil.copytree(made, whole)
    shutil.copytree(made, killed)
    code, said, seconds = command(["curate", whole])
    assert code == 0, said
    for share in (0.5, 0.75, 0.95):
        command(["curate", killed], share * seconds)
    assert command(["curate", killed])[0] == 0
    without_count = [
        {key: value for key, value in json.loads((root / "decisions.json").read_text()).items() if key != "revision"}
        for root in (whole, killed)
    ]
    assert without_count[0] == without_count[1]
    for root in (whole, killed):
        (root / "decisions.json").unlink()
    assert tree(whole) == tree(killed)
