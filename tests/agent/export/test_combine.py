"""Pictures with the defects of several samples: put together pixel for pixel, told by type in every format."""

import csv
import json
from collections import defaultdict

import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.dataset.stored import open_stored
from anomaly_agent.agent.export import ExportRequest, run_export


def export(data_set, output, form, *more):
    return main(["export", str(data_set), "--format", form, "--output", str(output), "--validation", "0", *more])


def read(path):
    return np.asarray(Image.open(path))


def told(path):
    return json.loads(Image.open(path).text["AnomalyAgent"])


@pytest.fixture
def samples(data_set):
    """The kept samples by their image's path."""
    (item,) = open_stored(data_set)
    return {sample.image: sample for sample in item.samples if sample.kept}


@pytest.fixture
def pictures(data_set, tmp_path, samples):
    """(image, mask, the samples in it) of an export of two to four samples a picture."""
    assert export(data_set, tmp_path / "out", "mvtec", "--combine", "2-4") == 0
    found = []
    for path in sorted((tmp_path / "out" / "part" / "test").rglob("*.png")):
        facts = told(path)
        if "anomaly" in facts:
            mask = tmp_path / "out/part/ground_truth" / path.parent.name / f"{path.stem}_mask.png"
            shown = [samples[one["image"]] for one in facts.get("defects", [facts])]
            assert {path.parent.name} == ({one.anomaly for one in shown} if len({one.anomaly for one in shown}) == 1
                                          else {"combined"})  # fmt: skip
            found.append((read(path), read(mask) > 0, shown))
    return found


def test_a_picture_is_its_normal_image_with_all_of_its_samples(pictures, samples):
    assert len(pictures) == len(samples)
    assert any(len(shown) > 1 for _, _, shown in pictures)
    for image, mask, shown in pictures:
        assert len({sample.normal for sample in shown}) == 1
        normal = shown[0].read_normal()
        wanted, marked, count = normal.copy(), np.zeros(mask.shape, bool), np.zeros(mask.shape, int)
        for sample in shown:
            pixels, area = sample.read()
            changed = (pixels != normal).any(axis=2)
            wanted[changed] = pixels[changed]
            marked |= area
            count += changed | area
        assert (image == wanted).all() and (mask == marked).all()
        assert count.max() == 1  # no defect covers another


def test_every_sample_is_the_first_of_one_picture_and_no_picture_is_there_twice(pictures, samples):
    assert {shown[0].image for _, _, shown in pictures} == set(samples)
    sets = [frozenset(sample.image for sample in shown) for _, _, shown in pictures]
    assert len(set(sets)) == len(sets)


def test_visa_s_masks_hold_each_defect_s_own_type(data_set, tmp_path, samples):
    assert export(data_set, tmp_path / "out", "visa", "--combine", "2-4") == 0
    numbers = {"crack": 1, "oil_stain": 2}
    rows = [row for row in csv.DictReader((tmp_path / "out/part/image_anno.csv").open()) if row["mask"]]
    assert "crack,oil_stain" in {row["label"] for row in rows}
    for row in rows:
        mask, facts = read(tmp_path / "out" / row["mask"]), told(tmp_path / "out" / row["image"])
        shown = [samples[one["image"]] for one in facts.get("defects", [facts])]
        wanted = np.zeros(mask.shape, np.uint8)
        for sample in shown:
            wanted[sample.read()[1]] = numbers[sample.anomaly]
        assert (mask == wanted).all()
        assert row["label"].split(",") == sorted({sample.anomaly for sample in shown})


def test_coco_and_yolo_name_each_defect_by_its_own_type(data_set, tmp_path, samples):
    pytest.importorskip("pycocotools")
    assert export(data_set, tmp_path / "coco", "coco", "--combine", "2-4") == 0
    table = json.loads((tmp_path / "coco/annotations/instances_train.json").read_text())
    assert [category["name"] for category in table["categories"]] == ["crack", "oil_stain"]
    areas = defaultdict(int)
    for one in table["annotations"]:
        areas[one["image_id"], one["category_id"]] += one["area"]
    for image in table["images"]:
        facts = told(tmp_path / "coco/images/train" / image["file_name"])
        for number, kind in ((1, "crack"), (2, "oil_stain")):
            shown = [samples[one["image"]] for one in facts.get("defects", [facts]) if "anomaly" in one]
            wanted = sum(int(sample.read()[1].sum()) for sample in shown if sample.anomaly == kind)
            assert areas[image["id"], number] == wanted
    assert export(data_set, tmp_path / "yolo", "yolo", "--combine", "2-4") == 0
    labels = [
        {line.split()[0] for line in path.read_text().splitlines()} for path in tmp_path.rglob("labels/train/*.txt")
    ]
    assert {"0", "1"} in labels


def test_the_seed_decides_and_the_datasheet_tells(data_set, tmp_path):
    def made(name, seed):
        assert export(data_set, tmp_path / name, "mvtec", "--combine", "1-3", "--seed", seed) == 0
        root = tmp_path / name
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.png")}

    first = made("a", "4")
    assert first == made("b", "4") and first != made("c", "5")
    sheet = (tmp_path / "a" / "DATASHEET.md").read_text()
    assert "samples that were made on the same normal image" in sheet


def test_what_cannot_be_combined_is_refused_in_a_line(data_set, tmp_path, capsys):
    (item,) = open_stored(data_set)
    for sample in item.samples:  # all over the picture
        image, _ = sample.read()
        Image.fromarray(255 - image).save(sample.entry.image)
    assert export(data_set, tmp_path / "out", "mvtec", "--combine", "2") == 2
    said = capsys.readouterr().err
    assert "none can be combined" in said and said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_irregularities_stay_alone(data_set, tmp_path):
    options = [
        "--images",
        str(data_set / "train" / "good"),
        "--item",
        "part",
        "--count",
        "6",
        "--output",
        str(tmp_path / "in"),
    ]
    assert main(["synthesize", *options, "--anomaly", "hole", "--anomaly", "irregularity"]) == 0
    assert export(tmp_path / "in", tmp_path / "out", "mvtec", "--combine", "4") == 0
    shown = defaultdict(set)
    for path in (tmp_path / "out/part/test").rglob("*.png"):
        shown[path.parent.name].add(len(told(path).get("defects", [0])))
    assert shown.pop("good", {1}) == {1}  # normal images
    assert set(shown) == {"hole", "irregularity"} and max(shown["hole"]) > 1 and shown["irregularity"] == {1}


@pytest.mark.parametrize("counts", ["0", "3-2", "1-13", "few"])
def test_counts_out_of_range_are_refused(data_set, tmp_path, capsys, counts):
    with pytest.raises(SystemExit) as ended:
        export(data_set, tmp_path / "out", "mvtec", "--combine", counts)
    assert ended.value.code == 2 and "1 to 12" in capsys.readouterr().err
    with pytest.raises(InputError, match="combine must be two numbers from 1 to 12"):
        run_export(ExportRequest(data_set, "mvtec", tmp_path / "out", combine=(0, 2)))
