"""One rule of what a picture of a folder is."""

import os

import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.imaging.picture_files import folders_in, list_images, masks_in, pictures_in

PHOTO = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
LABELS = np.zeros((64, 64), np.uint8)
LABELS[9:30, 9:30] = 1


def photo(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(PHOTO).save(path)


def labels(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(LABELS).save(path)


def names(paths):
    return [path.name for path in paths]


def test_pictures_are_sorted_and_other_files_are_not_among_them(tmp_path):
    for name in ("b.png", "a.jpg", "C.PNG", "notes.txt", "._a.jpg", ".hidden.png", "Thumbs.db", "x.json"):
        (tmp_path / name).write_bytes(b"")
    assert names(list_images(tmp_path)) == ["C.PNG", "a.jpg", "b.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_pipes_devices_folders_and_links_to_nothing_are_passed_over(tmp_path):
    photo(tmp_path / "a.png")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "device.png").symlink_to("/dev/zero")
    (tmp_path / "linked.png").symlink_to(tmp_path / "a.png")
    (tmp_path / "nothing.png").symlink_to(tmp_path / "gone.png")
    assert names(pictures_in(tmp_path)) == ["a.png", "linked.png"]


@pytest.mark.parametrize("name", [".ipynb_checkpoints", ".git", "__MACOSX", "@eaDir", ".DS_Store"])
def test_folders_of_systems_and_programs_are_passed_over(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / "crack").mkdir()
    assert names(folders_in(tmp_path)) == ["crack"]


@pytest.mark.parametrize(
    "label", ["01_mask.png", "01_label.bmp", "01-mask.tif", "01_GT.png", "01.mask.png", "01_labels.png", "01_seg.PNG",
              "01 label.png", "01_ground_truth.png", "01_groundtruth.png",
              "mask_01.png", "Label-01.bmp"]
)  # fmt: skip
def test_labels_beside_their_pictures_are_none(tmp_path, label):
    photo(tmp_path / "01.jpg")
    photo(tmp_path / "02.jpg")
    labels(tmp_path / label)
    assert names(list_images(tmp_path)) == ["01.jpg", "02.jpg"]


def test_labels_of_the_same_name_are_told_by_their_few_values(tmp_path):
    for number in (1, 2):
        photo(tmp_path / f"exp{number}.jpg")
        labels(tmp_path / f"exp{number}.png")
    assert names(list_images(tmp_path)) == ["exp1.jpg", "exp2.jpg"]


def test_one_photograph_in_two_formats_stays_twice(tmp_path):
    photo(tmp_path / "a.bmp")
    photo(tmp_path / "a.png")
    assert names(list_images(tmp_path)) == ["a.bmp", "a.png"]


def test_a_product_that_is_called_mask_is_a_picture(tmp_path):
    for name in ("face_mask.png", "label.png", "gas_mask.png", "mask.png"):
        photo(tmp_path / name)
    assert len(list_images(tmp_path)) == 4


@pytest.mark.parametrize(
    "name",
    [
        "000_mask.png",
        "000.png",
        "000_mask.bmp",
        "000.jpg",
        "000_mask.tif",
        "000_MASK.PNG",
        "000.PNG",
        "000_mask.jpeg",
        "000_label.png",
        "mask_000.png",
        "000_GT.tif",
    ],
)
def test_a_mask_is_found_with_any_ending(tmp_path, name):
    labels(tmp_path / name)
    assert masks_in(tmp_path)["000"].name == name


def test_the_name_with_mask_comes_first(tmp_path):
    for name in ("000.png", "000_mask.bmp", "000_mask.png", "001.bmp"):
        labels(tmp_path / name)
    found = masks_in(tmp_path)
    assert (found["000"].name, found["001"].name) == ("000_mask.png", "001.bmp")


def test_a_folder_without_pictures_is_refused(tmp_path):
    (tmp_path / "._a.png").write_bytes(b"")
    with pytest.raises(InputError, match="no image in this folder"):
        list_images(tmp_path)
    assert pictures_in(tmp_path / "gone") == [] and folders_in(tmp_path / "gone") == []
