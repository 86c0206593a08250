"""The command line as a user runs it: a data set out of pictures, and one clear line for what cannot be used."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.metadata import EntryPoint

import cv2
import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.tools.image_generation.procedural import mask_margin


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for index, name in enumerate(("concrete", "biscuit", "woven_fabric")):
        Image.fromarray(render_normal(name, index, 128)).save(folder / f"{name}.png")
    return folder


def run(photos, out, *more, item="part", anomaly=("crack",), count=3):
    kinds = [word for kind in anomaly for word in ("--anomaly", kind)]
    arguments = ["--images", str(photos), "--item", item, *kinds, "--count", str(count), "--output", str(out), *more]
    return main(["synthesize", *arguments])


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_data_set_in_mvtec_layout(photos, tmp_path):
    assert run(photos, tmp_path, anomaly=("crack", "oil stain")) == 0
    root = tmp_path / "part"
    records = [json.loads(line) for line in (root / "trajectories.jsonl").read_text().splitlines()]
    passed = [record for record in records if record["passed"]]
    assert len(passed) == 6
    for record in passed:
        image = np.asarray(Image.open(root / record["image"]))
        mask = np.asarray(Image.open(root / record["mask"]))
        normal = np.asarray(Image.open(photos / record["normal_image"]))
        assert record["image"].startswith("test/") and record["mask"].startswith("ground_truth/")
        assert mask.shape == image.shape[:2] and set(np.unique(mask)) == {0, 255}
        reach = 2 * mask_margin(mask.shape) + 1
        near = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))) > 0
        assert (image[~near] == normal[~near]).all()
        assert (image != normal).any()
        numbers = [p["image"] for m in record["messages"] for p in m["content"] if p["type"] == "image"]
        assert numbers == list(range(1, len(record["images"]) + 1))
        assert all((root / name).is_file() for name in record["images"])
    report = (root / "report.html").read_text()
    assert report.count('<details class="card">') == len(records)
    assert "http://" not in report and "https://" not in report


def test_same_command_same_bytes(photos, tmp_path):
    for name in ("first", "second", "first"):
        assert run(photos, tmp_path / name, "--seed", "7") == 0
    assert tree(tmp_path / "first") == tree(tmp_path / "second")
    assert run(photos, tmp_path / "other", "--seed", "8") == 0
    assert tree(tmp_path / "first") != tree(tmp_path / "other")


def test_samples_that_never_passed_are_kept_apart(photos, tmp_path, capsys):
    assert run(photos, tmp_path, "--threshold", "9.999", "--max-attempts", "1", anomaly=("scratch",), count=4) == 0
    root = tmp_path / "part"
    records = [json.loads(line) for line in (root / "trajectories.jsonl").read_text().splitlines()]
    rejected = [record for record in records if not record["passed"]]
    assert 0 < len(rejected) < len(records)
    assert all(record["image"].startswith("rejected/test/") for record in rejected)
    assert len(list(root.glob("test/*/*.png"))) == len(records) - len(rejected)
    assert f"{len(records) - len(rejected)} samples passed of {len(records)} tried" in capsys.readouterr().out


def test_several_defects_where_asked(photos, tmp_path):
    assert run(photos, tmp_path, "--defects", "3-4", anomaly=("hole",), count=2) == 0
    settings = json.loads((tmp_path / "part/settings.json").read_text())
    assert settings["anomalies"]["hole"]["defects"] == [3, 4]
    for path in (tmp_path / "part/ground_truth/hole").iterdir():
        pieces, _ = cv2.connectedComponents(np.asarray(Image.open(path)))
        assert pieces - 1 >= 2  # two may have fallen on one place


def test_a_region_is_kept_to(photos, tmp_path):
    region = np.zeros((128, 128), np.uint8)
    region[70:120, 8:60] = 255
    Image.fromarray(region).save(tmp_path / "region.png")
    assert (
        run(photos / "concrete.png", tmp_path / "out", "--region", str(tmp_path / "region.png"), anomaly=("dent",)) == 0
    )
    for path in (tmp_path / "out/part/ground_truth").rglob("*.png"):
        assert not np.asarray(Image.open(path))[region == 0].any()


BAD_OPTIONS = [
    (["--item", "../../x"], "cannot be a folder name"),
    (["--item", " "], "item is empty"),
    (["--anomaly", "a" * 201], "is longer than 80 characters"),
    (["--count", "0"], "--count"),
    (["--seed", "-1"], "--seed"),
    (["--defects", "4-1"], "--defects"),
    (["--defects", "13"], "--defects"),
    (["--defects", "few"], "--defects"),
    (["--policy", "oracle"], "--policy"),
    (["--threshold", "high"], "--threshold"),
    (["--max-attempts", "0"], "--max-attempts"),
    (["--knowledge", "no/such/notes"], "no such knowledge folder"),
    (["--region", "no_such.png"], "no such file"),
    (["--images", "no/such/place"], "no such file or folder"),
]


@pytest.mark.parametrize(("options", "cause"), BAD_OPTIONS)
def test_bad_options_end_with_one_line_and_code_2(photos, tmp_path, capsys, options, cause):
    try:
        code = run(photos, tmp_path / "out", *options)
    except SystemExit as stop:
        code = stop.code
    said = capsys.readouterr().err
    assert code == 2
    assert said.startswith("anomaly-agent") and cause in said and said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def bad_picture(kind, folder):
    path = folder / "bad.png"
    if kind == "truncated":
        Image.fromarray(render_normal("concrete", 0, 128)).save(path)
        path.write_bytes(path.read_bytes()[:2000])
    elif kind == "not an image":
        path.write_text("hello")
    elif kind == "1x1":
        Image.new("RGB", (1, 1)).save(path)
    else:
        Image.new("1", (20_000, 20_000)).save(path)
    return path


@pytest.mark.parametrize("kind", ["truncated", "not an image", "1x1", "20000x20000"])
def test_a_bad_picture_alone_is_refused_and_among_good_ones_skipped(photos, tmp_path, capsys, kind):
    bad = bad_picture(kind, tmp_path)
    assert run(bad, tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert "bad.png" in said and said.count("\n") == 1
    assert not (tmp_path / "out").exists()
    good = tmp_path / "good"
    good.mkdir()
    bad.rename(good / "a_bad.png")
    for path in photos.iterdir():
        (good / path.name).write_bytes(path.read_bytes())
    assert run(good, tmp_path / "out", count=6) == 0
    assert "skipped" in capsys.readouterr().err
    assert len(list((tmp_path / "out/part/test/crack").iterdir())) == 6


@pytest.mark.parametrize("size, filled, cause", [((128, 128), 0, "empty"), ((64, 128), 255, "128x64")])
def test_a_bad_region_is_refused(photos, tmp_path, capsys, size, filled, cause):
    Image.fromarray(np.full(size, filled, np.uint8)).save(tmp_path / "region.png")
    assert run(photos, tmp_path / "out", "--region", str(tmp_path / "region.png")) == 2
    assert cause in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_another_runs_folder_is_not_touched(photos, tmp_path, capsys):
    (tmp_path / "part").mkdir()
    (tmp_path / "part/mine.txt").write_text("mine")
    assert run(photos, tmp_path) == 2
    assert "another run" in capsys.readouterr().err
    assert list((tmp_path / "part").iterdir()) == [tmp_path / "part/mine.txt"]


def test_an_output_below_a_file_is_refused(photos, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run(photos, tmp_path / "file") == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_full_disk_leaves_no_half_sample(photos, tmp_path, capsys, monkeypatch):
    replace, done = os.replace, []

    def full_after_five(source, target):
        done.append(target)
        if len(done) > 5:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full_after_five)
    assert run(photos, tmp_path, count=8) == 2
    said = capsys.readouterr().err
    assert "No space left on device" in said.splitlines()[-1]
    root = tmp_path / "part"
    records = [json.loads(line) for line in (root / "trajectories.jsonl").read_text().splitlines()]
    assert {str(path.relative_to(root)) for path in root.glob("test/*/*.png")} == {
        record["image"] for record in records
    }
    assert not list(root.rglob("*.part"))


def test_ctrl_c_leaves_a_complete_data_set(photos, tmp_path):
    command = "from anomaly_agent.agent.cli import main; import sys; sys.exit(main())"
    arguments = ["synthesize", "--images", str(photos), "--item", "part", "--anomaly", "crack", "--count", "5000"]
    process = subprocess.Popen(
        [sys.executable, "-c", command, *arguments, "--output", str(tmp_path)], stderr=subprocess.PIPE, text=True
    )
    root, waited = tmp_path / "part", 0
    while not len(list(root.glob("test/crack/*.png"))) > 3 and waited < 600:
        time.sleep(0.1)
        waited += 1
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in said.splitlines()[-1]
    records = [json.loads(line) for line in (root / "trajectories.jsonl").read_text().splitlines()]
    images = {record["image"] for record in records} | {record["mask"] for record in records}
    kept = {
        str(p.relative_to(root))
        for folder in ("test", "ground_truth", "rejected")
        for p in (root / folder).rglob("*.png")
    }
    assert kept == images and len(records) > 3
    assert (root / "report.html").is_file() and not list(root.rglob("*.part"))


def test_the_demo_runs(tmp_path, capsys):
    assert main(["demo", "--output", str(tmp_path), "--count", "1"]) == 0
    assert (tmp_path / "report.html").is_file()
    assert "report.html" in capsys.readouterr().out


def test_a_further_command_whose_library_is_missing_ends_with_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "further_command.py").write_text(
        "from anomaly_agent.agent.core.errors import InputError\n"
        "def add(parser):\n    raise InputError('it needs a library: pip install library')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    command = EntryPoint("further", "further_command:add", "anomaly_agent.commands")
    monkeypatch.setattr(sys.modules[main.__module__], "entry_points", lambda group: [command])
    assert main(["further", "--anything"]) == 2
    assert capsys.readouterr().err == "anomaly-agent: error: it needs a library: pip install library\n"
