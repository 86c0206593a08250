"""Images deeper than 8 bit in a run: one scale, said at the start and in the settings, and all bits kept where asked for."""

import json

import cv2
import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.cli.main import main


@pytest.fixture
def photos(tmp_path):
    """Four 12-bit frames of one scene, one of them with a glint."""
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(4):
        frame = np.full((96, 96), 0.35) + rng.normal(0, 0.004, (96, 96))
        frame[20:80, 20:80] -= 0.13
        if number == 3:
            frame[2:5, 2:5] = 1.0
        Image.fromarray((frame.clip(0, 1) * 4095).astype(np.uint16)).save(folder / f"{number}.png")
    return folder


def asked(photos, output, *more):
    words = [
        "synthesize",
        "--images",
        photos,
        "--item",
        "plate",
        "--anomaly",
        "stain",
        "--count",
        4,
        "--output",
        output,
    ]
    return [str(word) for word in [*words, "--policy", "scripted", *more]]


def settings(output):
    return json.loads((output / "plate/settings.json").read_text())


def test_the_scale_is_said_at_the_start_and_in_the_settings(photos, tmp_path, capsys):
    assert main(asked(photos, tmp_path / "out")) == 0
    assert "noted: plate: 4 of 4 images are deeper than 8 bit: 4095 is taken as white" in capsys.readouterr().err
    assert settings(tmp_path / "out")["tone"] == [{"black": 0.0, "white": 4095.0, "from": "together"}]
    for path in (tmp_path / "out/plate/train/good").iterdir():
        assert abs(int(np.median(np.asarray(Image.open(path).convert("L"))[:15])) - 89) <= 1
    assert main(asked(photos, tmp_path / "out", "--white-level", 2048)) == 2
    assert "holds files of another run" in capsys.readouterr().err


def test_the_users_white_and_8_bit_sets_say_nothing(photos, tmp_path, capsys):
    assert main(asked(photos, tmp_path / "out", "--white-level", 8190)) == 0
    assert "8190 is taken as white, as asked for" in capsys.readouterr().err
    normal = next((tmp_path / "out/plate/train/good").iterdir())
    assert abs(int(np.median(np.asarray(Image.open(normal).convert("L"))[:15])) - 45) <= 1
    for path in photos.iterdir():
        Image.fromarray((np.asarray(Image.open(path)) // 16).astype(np.uint8)).save(path)
    assert main(asked(photos, tmp_path / "plain")) == 0
    assert "noted" not in capsys.readouterr().err and "tone" not in settings(tmp_path / "plain")


def test_16_bits_are_kept_through_a_run_that_resumes_and_an_export(photos, tmp_path):
    assert main(asked(photos, tmp_path / "out", "--bit-depth", 16)) == 0
    root = tmp_path / "out/plate"
    originals = {path.stem: cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in photos.iterdir()}
    records = [json.loads(line) for line in (root / "trajectories.jsonl").read_text().splitlines()]
    assert len(records) == 4
    for record in records:
        normal = cv2.imread(str(root / record["images"][0]), cv2.IMREAD_UNCHANGED)
        image = cv2.imread(str(root / record["image"]), cv2.IMREAD_UNCHANGED)
        assert normal.dtype == image.dtype == np.uint16
        assert np.array_equal(normal, originals[record["normal_image"].split(".")[0]])
        assert 0 < (image != normal).mean() < 0.5
    before = {path: path.read_bytes() for path in root.rglob("*.png")}
    assert main(asked(photos, tmp_path / "out", "--bit-depth", 16)) == 0
    assert {path: path.read_bytes() for path in root.rglob("*.png")} == before
    export = ["export", str(root), "--format", "mvtec", "--validation", "0", "--bit-depth", "16", "--output"]
    assert main([*export, str(tmp_path / "x")]) == 0
    written = sorted(path.read_bytes()[24] for path in (tmp_path / "x/plate/test/stain").iterdir())
    assert written == [16] * 4
    found = sorted(
        cv2.imread(str(path), cv2.IMREAD_UNCHANGED).tobytes() for path in (tmp_path / "x/plate/test/stain").iterdir()
    )
    assert found == sorted(
        cv2.imread(str(root / record["image"]), cv2.IMREAD_UNCHANGED).tobytes() for record in records
    )


def test_a_plan_says_white_for_all_items_or_one(photos, tmp_path, capsys):
    plan = tmp_path / "plan.yaml"
    item = "images: photos\n    types: {stain: 1}\n"
    plan.write_text(
        f"output: out\nwhite_level: 4095\nbit_depth: 16\nitems:\n  a:\n    {item}  b:\n    white_level: 1023\n    {item}"
    )
    assert main(["plan", "check", str(plan)]) == 0
    said = capsys.readouterr().out
    assert (
        "noted: a: 4 of 4 images are deeper than 8 bit: 4095 is taken as white, as asked for; white_level in the plan"
        in said
    )
    assert "noted: b: 4 of 4 images are deeper than 8 bit: 1023 is taken" in said
    plan.write_text(f"output: out\nwhite_level: -1\nbit_depth: 12\nitems:\n  a:\n    {item}")
    assert main(["plan", "check", str(plan)]) == 2
    said = capsys.readouterr().err
    assert "white_level must be a number from" in said and "bit_depth must be 8 or 16" in said


def test_what_was_done_to_read_an_image_is_noted_once(tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    pages = [
        Image.fromarray(np.random.default_rng(seed).integers(100, 160, (96, 96)).astype(np.uint8)) for seed in range(3)
    ]
    pages[0].save(tmp_path / "photos/a.tif", save_all=True, append_images=pages[1:])
    assert main(asked(tmp_path / "photos", tmp_path / "out")) == 0
    said = capsys.readouterr().err
    assert said.count("noted: ") == 1 and "a.tif: holds 3 pages or frames, and only the first is read" in said
