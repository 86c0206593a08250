"""A file of a set that cannot be read costs itself alone: it is named, and the rest is exported, curated and loaded."""

import json

import pytest
from PIL import Image

from anomaly_agent.agent.cli.main import main
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.dataset.readable import readable
from anomaly_agent.agent.dataset.stored import open_stored


def damage(path):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.fixture
def a_set(tmp_path):
    root = tmp_path / "disc"
    for part, count in (("train/good", 4), ("test/crack", 4), ("ground_truth/crack", 4)):
        (root / part).mkdir(parents=True)
        for number in range(count):
            name = f"{number}_mask.png" if part.startswith("ground") else f"{number}.png"
            picture = Image.effect_noise((64, 80), 90) if not name.endswith("_mask.png") else Image.new("L", (64, 80))
            if name.endswith("_mask.png"):
                picture.paste(255, (10, 10, 30, 40))
            picture.save(root / part / name)
    return root


def test_broken_files_are_named_and_left_out(a_set, tmp_path, capsys):
    for name in ("train/good/1.png", "test/crack/2.png", "ground_truth/crack/3_mask.png"):
        damage(a_set / name)
    Image.new("L", (64, 80)).save(a_set / "ground_truth/crack/0_mask.png")  # marks nothing
    assert (
        main(["export", str(a_set), "--format", "coco", "--output", str(tmp_path / "coco"), "--validation", "0"]) == 0
    )
    said = capsys.readouterr()
    assert said.out.startswith("1 anomalous and 3 normal images")
    lines = said.err.splitlines()
    assert len(lines) == 4 and all(line.startswith("left out: ") for line in lines)
    for name in ("1.png", "2.png", "3_mask.png", "0_mask.png"):
        assert sum(name in line for line in lines) == 1
    found = json.loads((tmp_path / "coco/annotations/instances_train.json").read_text())
    assert len(found["images"]) == 4 and len(found["annotations"]) == 1


def test_a_set_of_broken_samples_is_refused(a_set):
    for path in (a_set / "test/crack").iterdir():
        damage(path)
    told = []
    with pytest.raises(InputError, match="no sample can be read"):
        readable(open_stored(a_set), told.append)
    assert len(told) == 4


def test_curation_decides_on_what_can_be_read(a_set, capsys):
    damage(a_set / "test/crack/2.png")
    assert main(["curate", str(a_set)]) == 0
    assert "left out: " in capsys.readouterr().err
    decisions = (a_set / "decisions.json").read_text()
    assert "crack/2.png" not in decisions and "crack/1.png" in decisions


def test_an_intact_set_is_as_it_was(a_set):
    items = open_stored(a_set)
    assert readable(items, pytest.fail) == items
