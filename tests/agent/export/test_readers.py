"""The exports as others read them: pycocotools, ultralytics, anomalib; each where it is installed."""

import json
import shutil

import cv2
import numpy as np
import pytest
import yaml
from PIL import Image

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.dataset.stored import open_stored


@pytest.fixture
def exported(made_set, tmp_path):
    """Exports the set of its name; returns its folder."""

    def export(form, folder=made_set / "part"):
        assert main(["export", str(folder), "--format", form, "--output", str(tmp_path / form)]) == 0
        return tmp_path / form

    return export


def masks(folder):
    """The masks of a written set by the image's name in it."""
    return {sample.image: sample.read()[1] for item in open_stored(folder) for sample in item.samples}


def areas(module):
    """The areas of the masks that an anomalib data module finds, sorted; validation may be the test images again."""
    read = [one for part in (module.train_data, module.val_data, module.test_data) for one in part]
    return sorted({one.image_path: int(one.gt_mask.sum()) for one in read if one.gt_mask.any()}.values())


def source(path):
    return json.loads(Image.open(path).text["AnomalyAgent"])


def test_pycocotools_finds_the_masks(exported, made_set):
    coco = pytest.importorskip("pycocotools.coco")
    root, expected, found = exported("coco"), masks(made_set / "part"), 0
    for side in ("train", "val"):
        table = coco.COCO(str(root / "annotations" / f"instances_{side}.json"))
        for entry in table.loadImgs(table.getImgIds()):
            facts = source(root / "images" / side / entry["file_name"])
            mask = np.zeros((entry["height"], entry["width"]), bool)
            for annotation in table.loadAnns(table.getAnnIds(imgIds=entry["id"])):
                part = table.annToMask(annotation) > 0
                assert part.sum() == annotation["area"]
                assert tuple(annotation["bbox"]) == cv2.boundingRect(part.astype(np.uint8))
                assert table.loadCats(annotation["category_id"])[0]["name"] == facts["image"].split("/")[-2]
                mask |= part
            if "anomaly" in facts:
                assert (mask == expected[facts["image"]]).all()
                found += 1
            else:
                assert not mask.any()
    assert found == len(expected)


def test_ultralytics_finds_the_masks(exported, made_set, tmp_path, monkeypatch):
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path / "settings"))
    utils = pytest.importorskip("ultralytics.data.utils")
    dataset = pytest.importorskip("ultralytics.data.dataset")
    root, expected, found = exported("yolo"), masks(made_set / "part"), 0
    data = utils.check_det_dataset(str(root / "data.yaml"), autodownload=False)
    for side in ("train", "val"):
        for label in dataset.YOLODataset(img_path=data[side], data=data, task="segment", augment=False).labels:
            facts = source(label["im_file"])
            height, width = label["shape"]
            mask = np.zeros((height, width), bool)
            for ring in label["segments"]:
                mask |= utils.polygon2mask((height, width), [(ring * [width, height]).reshape(-1)]) > 0
            if "anomaly" in facts:
                assert (mask == expected[facts["image"]]).all()
                kinds = {data["names"][int(number)] for number in label["cls"].ravel()}
                assert kinds == {facts["image"].split("/")[-2]}
                found += 1
            else:
                assert not mask.any()
    assert found == len(expected)


def test_any_reader_finds_the_yolo_areas(exported, made_set):
    """Without ultralytics: its rule, drawn by OpenCV, and the area that the points enclose."""
    root, expected = exported("yolo"), masks(made_set / "part")
    names = yaml.safe_load((root / "data.yaml").read_text())["names"]
    for path in (root / "labels").rglob("*.txt"):
        image = root / "images" / path.parent.name / f"{path.stem}.png"
        facts, (width, height) = source(image), Image.open(image).size
        mask, enclosed = np.zeros((height, width), np.uint8), 0.0
        for line in path.read_text().splitlines():
            kind, *numbers = line.split()
            ring = np.array(numbers, float).reshape(-1, 2) * [width, height]
            assert names[int(kind)] == facts["image"].split("/")[-2]
            cv2.fillPoly(mask, [ring.astype(np.int32)], 1)
            enclosed += cv2.contourArea(ring.astype(np.float32))
        if "anomaly" in facts:
            wanted = expected[facts["image"]]
            assert ((mask > 0) == wanted).all()
            edge = wanted & ~(cv2.erode(wanted.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
            assert wanted.sum() - edge.sum() <= enclosed <= wanted.sum()
        else:
            assert not path.read_text()


def test_anomalib_trains_from_the_folder(exported, made_set, tmp_path, monkeypatch):
    anomalib = pytest.importorskip("anomalib.data")
    engine = pytest.importorskip("anomalib.engine")
    models = pytest.importorskip("anomalib.models")
    root = exported("anomalib")
    monkeypatch.chdir(root)
    options = yaml.safe_load((root / "part.yaml").read_text())["init_args"]
    folder = anomalib.Folder(**{**options, "num_workers": 0})
    trainer = engine.Engine(
        default_root_dir=tmp_path / "runs", accelerator="cpu", devices=1, logger=False, enable_progress_bar=False
    )
    model = models.Padim(backbone="resnet18", pre_trained=False, n_features=20)
    trainer.fit(model=model, datamodule=folder)
    (measured,) = trainer.test(model=model, datamodule=folder, verbose=False)
    assert 0 <= measured["pixel_AUROC"] <= 1
    read = anomalib.Folder(**{**options, "num_workers": 0})  # without the model's resizing
    read.setup()
    assert areas(read) == sorted(int(mask.sum()) for mask in masks(made_set / "part").values())


@pytest.mark.parametrize("form", ["mvtec", "visa"])
def test_anomalib_reads_the_layouts_of_mvtec_and_visa(exported, made_set, tmp_path, form):
    anomalib = pytest.importorskip("anomalib.data")
    # anomalib takes VisA's own items alone.
    shutil.copytree(made_set / "part", tmp_path / "one" / "candle")
    root = exported(form, tmp_path / "one")
    kind = anomalib.MVTecAD if form == "mvtec" else anomalib.Visa
    module = kind(root=root, category="candle", num_workers=0)
    module.prepare_data()
    module.setup()
    assert areas(module) == sorted(int(mask.sum()) for mask in masks(made_set / "part").values())
