"""A run that is killed, or that the disk or a server fails, goes on with the same command and comes to the same bytes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import filelock
import pytest
from faulty_server import FaultyServer, says, status

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator

KILLED_RUNS = Path(__file__).with_name("killed_runs.py")


def tree(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def synthesize(plan, *more):
    return main(["synthesize", "--plan", str(plan), *more])


def last_line(capsys):
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("anomaly-agent")]
    assert len(lines) == 1
    return lines[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize("how", ["moments", "writes"])
def test_a_run_that_is_killed_thirty_times_comes_to_the_same_bytes(plan_file, tmp_path, undisturbed, how):
    output = tmp_path / how
    command = [sys.executable, str(KILLED_RUNS), str(plan_file()), str(output), how, "5", "30"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert said.returncode == 0, said.stderr
    told = json.loads(said.stdout.splitlines()[-1])
    assert len(told["left"]) == 30
    for folder in ("timed", *told["folders"]):
        assert tree(output / folder) == undisturbed
    ends = {name: [0] for name in ("hex_nut/trajectories.jsonl", "concrete/trajectories.jsonl")}
    for name, offsets in ends.items():
        for line in undisturbed[name].splitlines(keepends=True):
            offsets.append(offsets[-1] + len(line))
    for finished, sizes in told["left"]:
        # What was finished has its record; a line that was cut off does not count.
        assert sum(end <= size for name, size in sizes.items() for end in ends[name][1:]) >= finished


def test_what_a_power_cut_left_is_taken_away(plan_file, tmp_path, undisturbed):
    plan = plan_file()
    assert synthesize(plan) == 0
    root = tmp_path / "data/hex_nut"
    lines = (root / "trajectories.jsonl").read_bytes().splitlines(keepends=True)
    (root / "trajectories.jsonl").write_bytes(b"".join(lines[:-1]) + lines[-1][:1000])
    (root / "test/oil_stain/.001.png.part").write_bytes(b"half")
    (root / "rejected/test/oil_stain").mkdir(parents=True)
    (root / "rejected/test/oil_stain/000.png").write_bytes(b"of the sample that was never recorded")
    (root / "test/oil_stain/mine.png").write_bytes(b"the user's own")
    assert synthesize(plan) == 0
    assert (root / "test/oil_stain/mine.png").read_bytes() == b"the user's own"
    (root / "test/oil_stain/mine.png").unlink()
    assert tree(tmp_path / "data") == undisturbed


def test_each_sample_is_there_once(undisturbed):
    records = [
        json.loads(line) for name in undisturbed if name.endswith(".jsonl") for line in undisturbed[name].splitlines()
    ]
    assert len({record["sample"] for record in records}) == len(records)
    summary = json.loads(undisturbed["summary.json"])
    assert summary["hex nut"]["oil stain"]["passed"] == 2 and summary["concrete"]["crack"]["passed"] == 3
    assert sum(one["tried"] for item in summary.values() for one in item.values()) == len(records)
    named = {
        f"{item}/{name}"
        for item, record in (
            (name.split("/")[0], json.loads(line))
            for name in undisturbed
            if name.endswith(".jsonl")
            for line in undisturbed[name].splitlines()
        )
        for name in (record["image"], record["mask"], *record["images"])
    }
    assert named == {name for name in undisturbed if name.endswith(".png")}


def test_a_plan_that_is_done_is_done(plan_file, tmp_path, undisturbed, capsys):
    plan = plan_file()
    assert synthesize(plan) == 0 and synthesize(plan) == 0
    assert "were there" in capsys.readouterr().out
    assert tree(tmp_path / "data") == undisturbed


@pytest.mark.parametrize(
    ("before", "after", "says_"),
    [
        ("seed: 3", "seed: 4", "hex nut.seed was 3, is 4"),
        ("scratch: 3", "scratch: 4", "hex nut.anomalies.scratch.count was 3, is 4"),
        ("severity: 0.8", "severity: 0.9", "hex nut.anomalies.oil stain.severity.0 was 0.8, is 0.9"),
        ("hex_nut\n", "hex_nut/1.png\n", "hex nut.images was"),
    ],
)
def test_a_changed_plan_is_refused(plan_file, tmp_path, undisturbed, capsys, before, after, says_):
    plan = plan_file()
    assert synthesize(plan) == 0
    plan.write_text(plan.read_text().replace(before, after))
    capsys.readouterr()
    assert synthesize(plan) == 2
    said = last_line(capsys)
    assert "holds the data of another plan" in said and says_ in said
    assert tree(tmp_path / "data") == undisturbed


def test_another_program_does_not_go_on_with_a_plan(plan_file, tmp_path, undisturbed, capsys, monkeypatch):
    plan = plan_file()
    assert synthesize(plan) == 0
    capsys.readouterr()
    monkeypatch.setattr("anomaly_agent.agent.production.plan.samples_digest", lambda: "0123456789abcdef")
    assert synthesize(plan) == 2
    said = last_line(capsys)
    assert "holds the data of another plan (hex nut.program was" in said and "(0123456789abcdef)" in said
    assert tree(tmp_path / "data") == undisturbed


@pytest.mark.parametrize(
    "change", [{"passed": "x"}, {"attempts": [{}]}, {"images": [1]}, {"stop": None}, {"image": "../x"}]
)
def test_a_record_that_lacks_what_a_report_shows_is_refused(plan_file, tmp_path, capsys, change):
    plan = plan_file()
    assert synthesize(plan) == 0
    records = tmp_path / "data/hex_nut/trajectories.jsonl"
    first, *others = records.read_text().splitlines(keepends=True)
    records.write_text(json.dumps({**json.loads(first), **change}) + "\n" + "".join(others))
    capsys.readouterr()
    assert synthesize(plan) == 2
    assert "line 1 is damaged; put the file back as it was" in last_line(capsys)


def test_two_runs_do_not_write_to_one_folder(plan_file, tmp_path, capsys):
    (tmp_path / "data").mkdir()
    plan = plan_file()
    with filelock.FileLock(tmp_path / "data" / ".lock"):
        assert synthesize(plan) == 2
    assert "another run writes here" in last_line(capsys)
    assert tree(tmp_path / "data") == {}
    assert synthesize(plan) == 0


def test_records_that_somebody_changed_are_not_gone_on_with(plan_file, tmp_path, capsys):
    plan = plan_file()
    assert synthesize(plan) == 0
    records = tmp_path / "data/hex_nut/trajectories.jsonl"
    lines = records.read_bytes().splitlines(keepends=True)
    records.write_bytes(b"".join(lines[1:]))
    capsys.readouterr()
    assert synthesize(plan) == 2
    assert "line 1 is not what this run wrote there" in last_line(capsys)
    assert records.read_bytes() == b"".join(lines[1:])


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 160 kB at tmp_path/disk, and a function that makes it larger."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(folder)]
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("cannot mount a file system here")
    yield lambda size: subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_is_full_for_a_while(plan_file, tmp_path, undisturbed, small_disk, capsys):
    plan = plan_file("disk/data")
    for size in ("160k", "220k", "260k"):
        small_disk(size)
        assert synthesize(plan) == 2
        assert "No space left on device" in last_line(capsys)
        root = tmp_path / "disk/data/hex_nut"
        records = [json.loads(line) for line in (root / "trajectories.jsonl").read_text().splitlines()]
        assert {str(path.relative_to(root)) for path in root.glob("test/*/*.png")} == {
            record["image"] for record in records if record["passed"]
        }
        assert not list(root.rglob("*.part"))
    small_disk("16m")
    assert synthesize(plan) == 0
    assert tree(tmp_path / "disk/data") == undisturbed


def test_a_judge_that_is_down_for_a_while(plan_file, tmp_path, monkeypatch, capsys):
    for name in ("BASE_URL", "API_KEY"):
        monkeypatch.delenv(f"ANOMALY_AGENT_{name}", raising=False)
    good = says(json.dumps({"location": 4, "quality": 4, "review": "Fine."}))
    server = FaultyServer()
    models = f"models: {{policy: scripted, judge: model, language_model: qwen, server: '{server.url}'}}"
    trees = {}
    for name, replies in (("steady", [good]), ("down", [good] * 4 + [status(401, "no")])):
        plan = plan_file(name)
        plan.write_text(plan.read_text().replace("models: {policy: scripted}", models))
        server.replies = replies
        if name == "down":
            assert synthesize(plan) == 3
            said = last_line(capsys)
            assert "the same command goes on from there" in said
            assert len((tmp_path / "down/hex_nut/trajectories.jsonl").read_text().splitlines()) == 4
            server.replies = [good]
        assert synthesize(plan) == 0
        trees[name] = tree(tmp_path / name)
    server.close()
    assert trees["down"] == trees["steady"]


def test_a_gpu_that_is_lost(plan_file, tmp_path, undisturbed, monkeypatch, capsys):
    edit, made = ProceduralGenerator.edit, []

    def failing(self, *given):
        made.append(0)
        if len(made) == 6:
            raise RuntimeError("CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be")
        return edit(self, *given)

    monkeypatch.setattr(ProceduralGenerator, "edit", failing)
    plan = plan_file()
    assert synthesize(plan) == 3
    assert "the GPU failed (CUDA error: an illegal memory access was encountered)" in last_line(capsys)
    assert synthesize(plan) == 0
    assert tree(tmp_path / "data") == undisturbed
