"""Exports as the command line writes them: every format whole or absent, with decisions honoured and provenance inside."""

import csv
import errno
import hashlib
import json
import os
import re

import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.dataset.decisions import Decision, SampleDecisions, read_decisions, write_decisions
from anomaly_agent.agent.dataset.reader import list_dataset
from anomaly_agent.agent.dataset.stored import open_stored
from anomaly_agent.agent.export import ExportRequest, mvtec, pictures, run_export
from anomaly_agent.agent.export.export_format import ExportFormat
from anomaly_agent.agent.export.formats import FORMATS


def export(data_set, output, form, *more):
    return main(["export", str(data_set), "--format", form, "--output", str(output), *more])


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def decide(data_set, **words):
    """Decides on samples by number: keep or drop."""
    (item,) = open_stored(data_set)
    changes = {item.samples[int(n[1:])].image: SampleDecisions(Decision(word == "keep")) for n, word in words.items()}
    write_decisions(data_set, read_decisions(data_set).changed(changes))
    return list(changes)


def facts(path):
    return json.loads(Image.open(path).text["AnomalyAgent"])


@pytest.mark.parametrize("form", FORMATS)
def test_rejected_samples_are_left_out_and_every_png_says_where_it_is_from(data_set, tmp_path, form):
    if form == "coco":
        pytest.importorskip("pycocotools")
    dropped = decide(data_set, _0="drop", _5="drop")
    (item,) = open_stored(data_set)
    kept = {sample.image: sample for sample in item.samples if sample.kept}
    assert export(data_set, tmp_path / "out", form, "--licence", "CC BY | me") == 0
    pictures = [(path, facts(path)) for path in (tmp_path / "out").rglob("*.png")]
    images = {found["image"]: path for path, found in pictures if "anomaly" in found and "mask" not in str(path).lower()
              and "ground_truth" not in str(path)}  # fmt: skip
    assert set(images) == set(kept) and not set(images) & set(dropped)
    for name, path in images.items():
        sample, found = kept[name], facts(path)
        assert (np.asarray(Image.open(path)) == sample.read()[0]).all()
        assert (found["seed"], found["prompt"], found["score"]) == (
            sample.record.seed,
            sample.record.prompt,
            sample.record.score,
        )
        assert (found["item"], found["tool"], found["synthetic"]) == ("part", "anomaly-agent", True)
    assert sum(found.get("normal", False) for _, found in pictures) == 3
    sheet = (tmp_path / "out" / "DATASHEET.md").read_text()
    assert (
        "> CC BY \\| me" in sheet
        and "| dropped by a reviewer | 2 |" in sheet
        and f"| exported | {len(kept)} |" in sheet
    )
    for name, content in tree(tmp_path / "out").items():
        assert str(tmp_path).encode() not in content, name


def test_a_new_format_is_one_file_and_one_line(data_set, tmp_path, monkeypatch):
    def write(content, folder):
        names = [f"{picture.anomaly} on {picture.item}" for picture in content.pictures if picture.anomaly]
        (folder / "list.txt").write_text("\n".join(names))

    monkeypatch.setitem(FORMATS, "list", ExportFormat("list", write, needs_normal=False, split="A list has no sides."))
    assert export(data_set, tmp_path / "out", "list") == 0
    (item,) = open_stored(data_set)
    lines = (tmp_path / "out" / "list.txt").read_text().splitlines()
    assert len(lines) == sum(sample.kept for sample in item.samples)
    sheet = (tmp_path / "out" / "DATASHEET.md").read_text()
    assert "in the list format" in sheet and "A list has no sides." in sheet


@pytest.mark.parametrize("form", ["mvtec", "yolo"])
def test_the_same_export_is_the_same_bytes(data_set, tmp_path, form):
    for name in ("a", "b"):
        assert export(data_set, tmp_path / name, form, "--seed", "4") == 0
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_mvtec_can_be_read_back(data_set, tmp_path):
    assert export(data_set, tmp_path / "out", "mvtec") == 0
    entries = list_dataset(tmp_path / "out" / "part")
    (item,) = open_stored(data_set)
    assert sum(not entry.anomaly for entry in entries) == len(item.normals)
    masks = sorted(entry.read()[1].sum() for entry in entries if entry.anomaly)
    assert masks == sorted(sample.read()[1].sum() for sample in item.samples if sample.kept)
    assert len(list((tmp_path / "out/part/test/good").iterdir())) == 1


def test_visa_can_be_read_back_and_its_tables_agree_with_the_files(data_set, tmp_path):
    assert export(data_set, tmp_path / "out", "visa") == 0
    root = tmp_path / "out"
    entries = list_dataset(root / "part")
    (item,) = open_stored(data_set)
    kinds = sorted(sample.anomaly for sample in item.samples if sample.kept)
    assert sorted(entry.anomaly for entry in entries if entry.anomaly) == kinds
    for table in ("1cls", "2cls_highshot"):
        with (root / "split_csv" / f"{table}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(entries) and {row["object"] for row in rows} == {"part"}
        assert all(
            (root / row["image"]).is_file() and (not row["mask"] or (root / row["mask"]).is_file()) for row in rows
        )
        trained = {row["label"] for row in rows if row["split"] == "train"}
        assert trained == ({"normal"} if table == "1cls" else {"normal", "anomaly"})


def test_no_normal_image_stands_on_both_sides(data_set, tmp_path):
    assert export(data_set, tmp_path / "out", "yolo") == 0
    sides = {}
    for side in ("train", "val"):
        for path in (tmp_path / "out" / "images" / side).iterdir():
            found = facts(path)
            normal = found.get("normal_image") or re.sub(r"^\d+_", "", found["image"])
            sides.setdefault(normal, set()).add(side)
    assert len(sides) == 3 and all(len(side) == 1 for side in sides.values())
    assert {"train", "val"} == set.union(*sides.values())


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_an_output_that_exists_is_refused(data_set, tmp_path, capsys, kind):
    out = tmp_path / "out"
    if kind == "folder":
        out.mkdir()
    elif kind == "file":
        out.write_text("mine")
    else:
        out.symlink_to(tmp_path / "nowhere")
    assert export(data_set, out, "mvtec") == 2
    said = capsys.readouterr().err
    assert "exists already" in said and said.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "set"]


def test_an_export_that_fails_leaves_nothing(data_set, tmp_path, capsys, monkeypatch):
    encode, calls = pictures.encode_png, []

    def full(*given):
        calls.append(given)
        if len(calls) > 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return encode(*given)

    monkeypatch.setattr(pictures, "encode_png", full)
    assert export(data_set, tmp_path / "out", "yolo") == 2
    said = capsys.readouterr().err
    assert "No space left" in said and said.count("\n") == 1 and len(calls) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_an_interrupted_export_leaves_nothing(data_set, tmp_path, monkeypatch):
    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(mvtec, "write_picture", pressed)
    with pytest.raises(KeyboardInterrupt):
        export(data_set, tmp_path / "out", "mvtec")
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_an_output_in_the_data_set_is_refused(data_set, capsys):
    assert export(data_set, data_set / "exported", "mvtec") == 2
    assert "lies in the data set" in capsys.readouterr().err


def test_nothing_kept_and_no_normal_images(data_set, tmp_path, capsys):
    (item,) = open_stored(data_set)
    for entry in item.normals:
        entry.image.unlink()
    assert export(data_set, tmp_path / "out", "mvtec") == 2
    assert "no normal images" in capsys.readouterr().err
    decide(data_set, **{f"_{number}": "drop" for number in range(len(item.samples))})
    assert export(data_set, tmp_path / "out", "yolo") == 2
    assert "no sample is kept" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_sample_that_a_reviewer_takes_in_is_exported(data_set, tmp_path):
    records = [json.loads(line) for line in (data_set / "trajectories.jsonl").read_text().splitlines()]
    first = dict(records[0])
    for name in ("image", "mask"):
        (data_set / "rejected" / first[name]).parent.mkdir(parents=True, exist_ok=True)
        (data_set / first[name]).rename(data_set / "rejected" / first[name])
    image = f"rejected/{first['image']}"
    images = [image if name == first["image"] else name for name in first["images"]]
    records[0] = {**first, "image": image, "mask": f"rejected/{first['mask']}", "images": images, "passed": False}
    (data_set / "trajectories.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    assert export(data_set, tmp_path / "without", "mvtec") == 0
    write_decisions(data_set, read_decisions(data_set).changed({image: SampleDecisions(Decision(True))}))
    assert export(data_set, tmp_path / "with", "mvtec") == 0
    found = {name for name in tree(tmp_path / "with") if "/test/crack/" in name or "/test/oil" in name}
    assert len(found) == 1 + len([n for n in tree(tmp_path / "without") if "/test/crack/" in n or "/test/oil" in n])


def test_the_datasheet_says_how_and_from_what(data_set, tmp_path):
    path = data_set / "settings.json"
    settings = {
        **json.loads(path.read_text()),
        "region": "/home/me/secret/region.png",
        "editor": "Qwen/Qwen-Image-Edit",
    }
    path.write_text(json.dumps(settings))
    assert export(data_set, tmp_path / "out", "mvtec", "--licence", "line one\nline | two") == 0
    sheet = (tmp_path / "out" / "DATASHEET.md").read_text()
    assert "/home/me" not in sheet and "| region | region.png |" in sheet
    assert "| editor | Qwen/Qwen-Image-Edit |" in sheet and "| policy | trained |" in sheet and "| seed | 3 |" in sheet
    assert "| anomalies | crack: count 4; oil stain: count 4 |" in sheet
    assert "> line one\n> line \\| two\n" in sheet
    assert re.search(r"passed by the judge \| \d+ \(\d+%\)", sheet) and "| numpy | " in sheet


@pytest.fixture
def rectangles(tmp_path):
    """A set of two pictures, 200 px wide and 100 px high, with a rectangle of 20x10 px each: one inside, one in a corner."""
    root = tmp_path / "plates" / "plate"
    for part in ("train/good", "test/hole", "ground_truth/hole"):
        (root / part).mkdir(parents=True)
    for number, (rows, columns) in enumerate([(slice(40, 50), slice(60, 80)), (slice(0, 10), slice(180, 200))]):
        image = np.full((100, 200, 3), 90 + number, np.uint8)
        Image.fromarray(image).save(root / f"train/good/{number:03d}.png")
        mask = np.zeros((100, 200), np.uint8)
        mask[rows, columns] = 255
        image[mask > 0] = 10
        Image.fromarray(image).save(root / f"test/hole/{number:03d}.png")
        Image.fromarray(mask).save(root / f"ground_truth/hole/{number:03d}_mask.png")
    return root


# 0.03 of 100 px: 3 px to each side, but for those that the picture ends at.
# In a disc of 3 px: four pixels less in a corner that is not cut by the picture's border.
GROWN = {26 * 16 - 4 * 4, 23 * 13 - 4}
# 0.004 of 100 px is less than half a pixel.
EXACT = {20 * 10}
MARGINS = [("0.03", GROWN), ("0.004", EXACT), ("0", EXACT)]


@pytest.mark.parametrize(("margin", "areas"), MARGINS)
@pytest.mark.parametrize("form", ["mvtec", "visa", "anomalib"])
def test_a_mask_margin_grows_the_masks(rectangles, tmp_path, form, margin, areas):
    before = {name: hashlib.sha256(content).digest() for name, content in tree(rectangles).items()}
    assert export(rectangles, tmp_path / "out", form, "--mask-margin", margin, "--validation", "0") == 0
    folder = {"mvtec": "ground_truth", "visa": "Masks", "anomalib": "mask"}[form]
    masks = [np.asarray(Image.open(path)) > 0 for path in (tmp_path / "out").rglob("*.png") if folder in path.parts]
    assert len(masks) == 2 and {int(mask.sum()) for mask in masks} == areas
    assert before == {name: hashlib.sha256(content).digest() for name, content in tree(rectangles).items()}
    sheet = (tmp_path / "out" / "DATASHEET.md").read_text()
    assert ("Grown by 0.03 of the picture's shorter side" in sheet) == (margin == "0.03")
    assert ("As they are in the data set." in sheet) == (margin == "0")


def test_a_mask_margin_grows_irregularities_by_half_of_it(rectangles, tmp_path):
    for folder in (rectangles / "test", rectangles / "ground_truth"):
        (folder / "hole").rename(folder / "irregularity")
    assert export(rectangles, tmp_path / "out", "mvtec", "--mask-margin", "0.04", "--validation", "0") == 0
    masks = list((tmp_path / "out").rglob("ground_truth/irregularity/*.png"))
    # Half of 4 px, in a disc of 2 px: the rows at its ends are one pixel wide.
    assert {int((np.asarray(Image.open(path)) > 0).sum()) for path in masks} == {24 * 12 + 20 * 2, 22 * 11 + 20}


@pytest.mark.parametrize(("margin", "areas"), MARGINS)
def test_a_mask_margin_grows_coco_s_annotations(rectangles, tmp_path, margin, areas):
    pytest.importorskip("pycocotools")
    assert export(rectangles, tmp_path / "out", "coco", "--mask-margin", margin, "--validation", "0") == 0
    table = json.loads((tmp_path / "out/annotations/instances_train.json").read_text())
    assert {annotation["area"] for annotation in table["annotations"]} == areas
    if margin == "0.03":
        assert sorted(annotation["bbox"] for annotation in table["annotations"]) == [[57, 37, 26, 16], [177, 0, 23, 13]]


def test_a_mask_margin_grows_yolo_s_outlines(rectangles, tmp_path):
    assert export(rectangles, tmp_path / "out", "yolo", "--mask-margin", "0.03", "--validation", "0") == 0
    found = []
    for path in (tmp_path / "out" / "labels").rglob("*.txt"):
        for line in path.read_text().splitlines():
            points = np.floor(np.array(line.split()[1:], float).reshape(-1, 2) * (200, 100))
            found.append((*points.min(axis=0), *points.max(axis=0)))
    assert sorted(found) == [(57, 37, 82, 52), (177, 0, 199, 12)]


@pytest.mark.parametrize("margin", ["-0.01", "0.06", "nan", "wide"])
def test_a_mask_margin_out_of_range_is_refused(rectangles, tmp_path, capsys, margin):
    with pytest.raises(SystemExit) as ended:
        export(rectangles, tmp_path / "out", "mvtec", "--mask-margin", margin)
    assert ended.value.code == 2 and "0 to 0.05" in capsys.readouterr().err
    with pytest.raises(InputError, match=r"mask margin is 0\.06"):
        run_export(ExportRequest(rectangles, "mvtec", tmp_path / "out", mask_margin=0.06))
    assert not (tmp_path / "out").exists()
