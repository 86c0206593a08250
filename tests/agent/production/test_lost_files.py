"""Sets that lose files while a run writes them: the run names what is missing and ends with 3; a re-run mends it or says how."""

import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.core.errors import LostFilesError
from anomaly_agent.agent.production.engine import ProcessEngine
from anomaly_agent.agent.production.plan_file import read_plan
from anomaly_agent.agent.production.run import run_plan

SETS = ("hex_nut", "concrete")


def tree(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


class DamagingEngine(ProcessEngine):
    """Makes samples as ever; after some of them, once the output holds what it needs, something happens to it."""

    def __init__(self, damage, after, needed="*"):
        self._damage, self._after, self._needed = damage, after, needed

    def open(self, plan, check, on_skip):
        whole = super().open(plan, check, on_skip)

        class Opened:
            def __enter__(_):
                samples = whole.__enter__()

                def damaged(schedule):
                    harmed = False
                    for number, one in enumerate(samples(schedule), 1):
                        yield one  # the caller has written it when it asks for the next
                        if not harmed and number >= self._after and any(plan.output.glob(self._needed)):
                            harmed = True
                            self._damage(plan.output)

                return damaged

            def __exit__(_, *error):
                return whole.__exit__(*error)

        return Opened()


def first(output, pattern):
    return sorted(output.glob(pattern))[0]


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


DAMAGES = {
    "output": shutil.rmtree,
    "set": lambda out: shutil.rmtree(out / "hex_nut"),
    "settings": lambda out: (out / "hex_nut/settings.json").unlink(),
    "settings changed": lambda out: (out / "hex_nut/settings.json").write_text("{}"),
    "records": lambda out: (out / "hex_nut/trajectories.jsonl").unlink(),
    "records cut": lambda out: cut(out / "hex_nut/trajectories.jsonl"),
    "records changed": lambda out: (out / "hex_nut/trajectories.jsonl").write_bytes(
        (out / "hex_nut/trajectories.jsonl").read_bytes().replace(b"think", b"thunk")
    ),
    "image": lambda out: first(out, "hex_nut/**/test/*/*.png").unlink(),
    "image cut": lambda out: cut(first(out, "hex_nut/**/test/*/*.png")),
    "mask": lambda out: first(out, "hex_nut/**/ground_truth/*/*.png").unlink(),
    "mask empty": lambda out: first(out, "hex_nut/**/ground_truth/*/*.png").write_bytes(b""),
    "attempt": lambda out: first(out, NEEDED["attempt"]).unlink(),
    "normal": lambda out: first(out, "hex_nut/train/good/*.png").unlink(),
    "tests": lambda out: [shutil.rmtree(folder) for folder in list((out / "hex_nut").glob("**/test"))],
    "plan": lambda out: (out / "plan.json").unlink(),
}
# What a damage takes away, where not every run has it from the first sample on.
NEEDED = {"attempt": "hex_nut/attempts/*/*.png"}


@pytest.mark.parametrize("after", [1, 4, 9])
@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_lost_is_named_and_a_rerun_mends_it_or_says_how(plan_file, tmp_path, undisturbed, capsys, name, after):
    path, output = plan_file(), tmp_path / "data"
    count = sum(files.count(b"\n") for file, files in undisturbed.items() if file.endswith(".jsonl"))
    try:
        run_plan(read_plan(path), DamagingEngine(DAMAGES[name], min(after, count), NEEDED.get(name, "*")))
    except LostFilesError as error:
        said = str(error)
    else:  # the next sample on that normal image wrote it again
        assert name == "normal" and tree(output) == undisturbed
        return
    assert len(said.splitlines()) == 1 and str(output) in said and "re-run" in said
    code = main(["synthesize", "--plan", str(path)])
    if code == 0:
        # A later run cannot know what a record said.
        assert name == "records changed" or tree(output) == undisturbed
        return
    assert code == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("anomaly-agent")]
    assert len(lines) == 1 and ("put" in lines[0] or "choose another" in lines[0])


@pytest.mark.parametrize("name", ["image", "image cut", "mask", "mask empty", "attempt", "normal", "tests"])
def test_the_cure_that_is_told_is_one(plan_file, tmp_path, undisturbed, capsys, name):
    path, root = plan_file(), tmp_path / "data" / "hex_nut"
    assert main(["synthesize", "--plan", str(path)]) == 0
    DAMAGES[name](tmp_path / "data")
    capsys.readouterr()
    assert main(["synthesize", "--plan", str(path)]) == 2
    said = capsys.readouterr().err
    line = int(said.split("lines from ")[1].split()[0])
    records = (root / "trajectories.jsonl").read_bytes().splitlines(keepends=True)
    (root / "trajectories.jsonl").write_bytes(b"".join(records[: line - 1]))
    assert main(["synthesize", "--plan", str(path)]) == 0
    assert tree(tmp_path / "data") == undisturbed


def test_the_command_line_ends_with_3(plan_file, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("anomaly_agent.agent.cli.synthesize.ProcessEngine", lambda: DamagingEngine(DAMAGES["image"], 3))
    assert main(["synthesize", "--plan", str(plan_file())]) == 3
    (line,) = [one for one in capsys.readouterr().err.splitlines() if one.startswith("anomaly-agent")]
    assert "/data/hex_nut/" in line and "gone or changed" in line and "complete data set" not in line


def test_a_set_that_is_whole_stays_so_while_a_person_reviews_it(plan_file, tmp_path, undisturbed):
    def review(output):
        mask = first(output, "hex_nut/**/ground_truth/*/*.png")
        Image.fromarray(np.full((64, 64), 255, np.uint8)).save(mask)
        (output / "hex_nut/decisions.json").write_text('{"version": 1, "revision": 1, "decisions": {}}')
        (output / "hex_nut/test/mine").mkdir(parents=True)

    outcome = run_plan(read_plan(plan_file()), DamagingEngine(review, 3))
    assert outcome.passed == 9
    changed = {name for name, data in tree(tmp_path / "data").items() if undisturbed.get(name) != data}
    assert len([name for name in changed if name.endswith("_mask.png")]) == 1


def test_masks_that_were_touched_up_are_not_made_again(plan_file, tmp_path, capsys):
    path, root = plan_file(), tmp_path / "data" / "hex_nut"
    assert main(["synthesize", "--plan", str(path)]) == 0
    decided = {"version": 1, "revision": 1, "decisions": {"test/scratch/000.png": {"mask": "touched up"}}}
    (root / "decisions.json").write_text(json.dumps(decided))
    mask = (root / "ground_truth/scratch/000_mask.png").read_bytes()
    (root / "trajectories.jsonl").unlink()
    capsys.readouterr()
    assert main(["synthesize", "--plan", str(path)]) == 2
    assert "its mask was touched up, but trajectories.jsonl has no line for it" in capsys.readouterr().err
    assert (root / "ground_truth/scratch/000_mask.png").read_bytes() == mask


def test_samples_that_wait_and_vanish_are_noticed(plan_file, tmp_path, undisturbed):
    class LateFirst(ProcessEngine):
        """Finishes the first sample last, as a slow worker would; meanwhile those that wait for it vanish."""

        def open(self, plan, check, on_skip):
            whole = super().open(plan, check, on_skip)

            class Opened:
                def __enter__(_):
                    samples = whole.__enter__()

                    def late(schedule):
                        made = []
                        for one in samples(schedule):
                            made.append(one)
                            if len(made) == 2:
                                break
                        yield made[1]
                        shutil.rmtree(plan.output / "hex_nut/.held")
                        yield made[0]
                        yield from samples(schedule)

                    return late

                def __exit__(_, *error):
                    return whole.__exit__(*error)

            return Opened()

    path = plan_file()
    with pytest.raises(LostFilesError, match=r"samples that waited in \.held/ are gone; re-run"):
        run_plan(read_plan(path), LateFirst())
    assert main(["synthesize", "--plan", str(path)]) == 0
    assert tree(tmp_path / "data") == undisturbed
