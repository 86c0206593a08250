"""A data set read back: samples with their records, normal images and decisions."""

import json

import numpy as np
import pytest

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.result import Result, Stop
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.dataset.decisions import Decision, Decisions, SampleDecisions, write_decisions
from anomaly_agent.agent.dataset.records import inside, read_records
from anomaly_agent.agent.dataset.samples import Sample
from anomaly_agent.agent.dataset.stored import open_stored
from anomaly_agent.agent.dataset.writer import DatasetAppender
from anomaly_agent.agent.imaging.io import encode_png, read_mask
from anomaly_agent.agent.review.session import ReviewSession


def edit_records(root, change):
    path = root / "trajectories.jsonl"
    path.write_text("".join(json.dumps(change(json.loads(line))) + "\n" for line in path.read_text().splitlines()))


def test_every_sample_with_what_is_known_of_it(data_set):
    lines = [json.loads(line) for line in (data_set / "trajectories.jsonl").read_text().splitlines()]
    (item,) = open_stored(data_set)
    assert item.name == "part" and item.settings["seed"] == 3
    assert {sample.image for sample in item.samples} == {line["image"] for line in lines}
    by_image = {line["image"]: line for line in lines}
    for sample in item.samples:
        line = by_image[sample.image]
        image, mask = sample.read()
        assert (sample.record.seed, sample.record.item, sample.record.anomaly) == (
            line["seed"],
            "part",
            line["anomaly_type"],
        )
        best = max(line["attempts"], key=lambda attempt: attempt["score"])
        assert (sample.record.prompt, sample.record.score) == (best["prompt"], best["score"])
        normal = sample.read_normal()
        assert (image != normal).any(axis=2)[mask].mean() > 0.5
        assert sample.passed is line["passed"] is sample.kept
    assert tuple(entry.image for entry in item.normals) == tuple(sorted((data_set / "train/good").iterdir()))


def test_a_folder_of_items_and_decisions(data_set):
    (item,) = open_stored(data_set.parent)
    image = item.samples[0].image
    write_decisions(data_set, Decisions().changed({image: SampleDecisions(review=Decision(False))}))
    (item,) = open_stored(data_set)
    assert [sample.image for sample in item.samples if not sample.kept] == [image]


def test_a_set_that_somebody_else_wrote(data_set):
    for name in ("trajectories.jsonl", "settings.json"):
        (data_set / name).unlink()
    (item,) = open_stored(data_set)
    assert all(sample.kept and sample.record is None and sample.normal is None for sample in item.samples)


def test_what_never_passed_is_known_and_not_kept(tmp_path):
    image = np.random.default_rng(0).integers(90, 110, (96, 96, 3), np.uint8)
    mask = np.zeros((96, 96), bool)
    mask[20:40, 30:50] = True
    sample = Sample(Task(image, "plate", "dent"), None, Result(image, mask, None, Trajectory(), Stop.BUDGET))
    writer = DatasetAppender(tmp_path, "plate")
    writer.add(sample, passed=True)
    writer.add(sample, passed=False)
    (item,) = open_stored(tmp_path / "plate")
    assert {sample.image: sample.kept for sample in item.samples} == {
        "test/dent/000.png": True,
        "rejected/test/dent/000.png": False,
    }


@pytest.mark.parametrize("name", ["../x.png", "/etc/passwd", "a/../../x", "C:/x", "..\\x", "\\\\server\\x", "a\0b", ""])
def test_paths_that_lead_out_are_refused(data_set, name):
    assert not inside(name)
    if name:
        edit_records(data_set, lambda record: {**record, "images": [name, *record["images"][1:]]})
        with pytest.raises(InputError, match=r"line 1: .* leads out"):
            open_stored(data_set)


@pytest.mark.parametrize("line", ["{", "[]", "1", '{"image": "a"}', '{"image": 1, "mask": 2}', "[" * 50_000])
def test_a_broken_record_names_its_line(data_set, line):
    with (data_set / "trajectories.jsonl").open("a") as file:
        file.write(line + "\n")
    count = len((data_set / "trajectories.jsonl").read_text().splitlines())
    with pytest.raises(InputError, match=rf"trajectories.jsonl, line {count}: ") as caught:
        read_records(data_set)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("killed", [False, True], ids=["done", "killed"])
def test_a_run_goes_on_with_a_set_that_was_reviewed(data_set, made_set, killed):
    photos = made_set.parent / "photos"
    options = ["--images", str(photos), "--item", "part", "--anomaly", "crack", "--anomaly", "oil stain"]
    again = ["synthesize", *options, "--count", "4", "--output", str(data_set.parent), "--seed", "3"]
    whole = {path: path.read_bytes() for path in data_set.rglob("*.png")}
    lines = (data_set / "trajectories.jsonl").read_bytes().splitlines(keepends=True)
    if killed:
        last = json.loads(lines[-1])
        (data_set / last["image"]).unlink()
        (data_set / "trajectories.jsonl").write_bytes(b"".join(lines[:-1]) + lines[-1][:99])
    review, first = ReviewSession(data_set), json.loads(lines[0])
    number = next(n for n, sample in enumerate(review.samples) if sample.image == first["image"])
    drawn = read_mask(data_set / first["mask"], (128, 128))
    drawn[:9, :9] = True
    review.decide(number, "reject", 0)
    review.touch_up(number, encode_png(drawn.astype(np.uint8) * 255), 1)
    decided = (data_set / "decisions.json").read_bytes()
    assert main(again) == 0
    assert (data_set / "decisions.json").read_bytes() == decided
    assert (read_mask(data_set / first["mask"], (128, 128)) == drawn).all()
    del whole[data_set / first["mask"]]
    assert {path: path.read_bytes() for path in whole} == whole
    assert (data_set / "trajectories.jsonl").read_bytes().splitlines(keepends=True) == lines
    (item,) = open_stored(data_set)
    assert [sample.image for sample in item.samples if not sample.kept] == [first["image"]]


def test_the_sample_that_a_run_was_killed_in_does_not_count(data_set):
    path = data_set / "trajectories.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:99])
    (item,) = open_stored(data_set)
    assert {sample.image for sample in item.samples} == {json.loads(line)["image"] for line in lines[:-1]}
    path.write_bytes(b"".join(lines).rstrip(b"\n"))  # whole, from an editor that ends no last line
    assert len(open_stored(data_set)[0].samples) == len(lines)


def test_what_another_program_puts_beside_the_samples_counts(data_set):
    (data_set / "settings.json").unlink()
    (data_set / "trajectories.jsonl").unlink()
    assert len(open_stored(data_set)[0].samples) == 8
