"""Sets are read in both layouts; broken parts are left out by name, or refused where nothing is left."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.training.assessment.detectors.pictures import count_shared
from anomaly_agent.training.assessment.detectors.sets import (
    check_items,
    pair_items,
    read_labelled,
    read_synthesized,
    training_normals,
)
from anomaly_agent.training.assessment.detectors.squares import square_mask

from .sets_on_disk import SIDE, write_mvtec, write_visa


@pytest.fixture
def item(tmp_path: Path) -> Path:
    """Whole."""
    return write_mvtec(tmp_path / "leather")


def test_strict_tests_on_all_defects_and_paper_keeps_the_first_third_as_centres(item: Path) -> None:
    strict, paper = (read_labelled(item, 64, protocol) for protocol in ("strict", "paper"))
    assert Counter(strict.test.types) == {"": 6, "hole": 6, "scratch": 6}
    assert Counter(paper.test.types) == {"": 6, "hole": 4, "scratch": 4}
    for labelled in (strict, paper):
        assert [entry.image.name for entry in labelled.centres["hole"]] == ["000.png", "001.png"]
        assert len(labelled.normals) == 6
        assert labelled.test.images.shape[1:] == (64, 64, 3)
        assert labelled.left_out == []
    assert "test/hole/000.png" in strict.test.names
    assert "test/hole/000.png" not in paper.test.names
    assert not any(mask.any() for mask, kind in zip(strict.test.masks, strict.test.types, strict=True) if not kind)


def test_visa_is_split_by_name_and_types_are_those_of_its_table(tmp_path: Path) -> None:
    labelled = read_labelled(write_visa(tmp_path / "item"), 64, "strict")
    assert Counter(labelled.test.types) == {"": 2, "small_hole": 6}
    assert labelled.test.names[:2] == ("Data/Images/Normal/0000.png", "Data/Images/Normal/0010.png")
    assert len(labelled.normals) == 18
    assert labelled.test.masks[-1].any()


def _no_mask(root: Path) -> None:
    (root / "ground_truth/hole/001_mask.png").unlink()


def _other_size(root: Path) -> None:
    write_png(root / "ground_truth/hole/001_mask.png", np.full((64, 64), 255, np.uint8))


def _empty_mask(root: Path) -> None:
    write_png(root / "ground_truth/hole/001_mask.png", np.zeros((SIDE, SIDE), np.uint8))


def _damaged_mask(root: Path) -> None:
    (root / "ground_truth/hole/001_mask.png").write_bytes(b"no picture")


def _truncated_image(root: Path) -> None:
    path = root / "test/hole/001.png"
    path.write_bytes(path.read_bytes()[:300])


@pytest.mark.parametrize(
    ("harm", "named", "why"),
    [
        (_no_mask, "test/hole/001.png", "has no mask"),
        (_other_size, "001_mask.png", "the mask is 64x64 px but the image is 96x96"),
        (_empty_mask, "001_mask.png", "empty"),
        (_damaged_mask, "001_mask.png", "not a picture"),
        (_truncated_image, "test/hole/001.png", "truncated"),
    ],
)
def test_a_broken_picture_is_left_out_by_name(item: Path, harm: Callable[[Path], None], named: str, why: str) -> None:
    harm(item)
    labelled = read_labelled(item, 64, "strict")
    assert Counter(labelled.test.types) == {"": 6, "hole": 5, "scratch": 6}
    (line,) = labelled.left_out
    assert named in line
    assert why in line
    # The same rules hold for a synthesized set.
    made = read_synthesized(item, 64)
    assert len(made.pictures) == 11
    assert made.left_out == [line]


def test_damaged_normal_pictures_are_left_out_too(item: Path) -> None:
    for part in ("train", "test"):
        (item / part / "good/002.png").write_bytes(b"")
    labelled = read_labelled(item, 64, "strict")
    assert (len(labelled.normals), labelled.test.types.count("")) == (5, 5)
    assert len(labelled.left_out) == 2


def test_one_class_only_is_refused(item: Path, tmp_path: Path) -> None:
    shutil.move(item / "test/good", tmp_path / "good")
    with pytest.raises(InputError, match=r"leather: has no normal picture to test on; put some into test/good"):
        read_labelled(item, 64, "strict")
    shutil.move(tmp_path / "good", item / "test/good")
    shutil.rmtree(item / "ground_truth")
    with pytest.raises(
        InputError, match=r"no defect with a mask .*first of 12 left out: .*test/hole/000\.png: has no mask"
    ):
        check_items([(item, item)])


def test_nothing_that_can_be_read_is_refused_with_the_first_file(item: Path) -> None:
    for path in (item / "test/good").iterdir():
        path.write_bytes(b"")
    check_items([(item, item)])  # the listing alone does not show it
    with pytest.raises(InputError, match=r"no normal picture to test on; .*first of 6 left out: .*test/good/000\.png"):
        read_labelled(item, 64, "strict")


def test_a_set_without_synthesized_defects_is_refused(item: Path) -> None:
    shutil.rmtree(item / "ground_truth")
    with pytest.raises(
        InputError, match=r"no synthesized defect with a mask; give a set of `anomaly-agent synthesize`"
    ):
        read_synthesized(item, 64)


def test_rejected_samples_are_no_part_of_a_set(item: Path) -> None:
    shutil.copytree(item / "test", item / "rejected/test")
    shutil.copytree(item / "ground_truth", item / "rejected/ground_truth")
    assert len(read_synthesized(item, 64).pictures) == 12


def test_normals_to_train_on_are_the_labelled_ones_else_those_beside_the_synthesized(
    item: Path, tmp_path: Path
) -> None:
    other = write_mvtec(tmp_path / "other", count=3)
    assert len(training_normals(read_labelled(item, 64, "strict"), read_synthesized(other, 64))) == 6
    shutil.rmtree(item / "train")
    labelled = read_labelled(item, 64, "strict")
    assert len(training_normals(labelled, read_synthesized(other, 64))) == 3
    shutil.rmtree(other / "train")
    with pytest.raises(InputError, match="no normal picture to train on"):
        training_normals(labelled, read_synthesized(other, 64))


def test_items_are_paired_by_name(tmp_path: Path) -> None:
    for name in ("real/cap a", "real/tile", "made/Cap_A", "made/tile", "made/more"):
        write_mvtec(tmp_path / name, count=1)
    pairs = [(real.name, made.name) for real, made in pair_items(tmp_path / "real", tmp_path / "made")]
    assert pairs == [("cap a", "Cap_A"), ("tile", "tile")]
    assert len(pair_items(tmp_path / "real/tile", tmp_path / "made/more")) == 1
    shutil.rmtree(tmp_path / "made/tile")
    with pytest.raises(InputError, match="no folder named tile"):
        pair_items(tmp_path / "real", tmp_path / "made")
    with pytest.raises(InputError, match="no such folder"):
        pair_items(tmp_path / "missing", tmp_path / "made")


def test_pictures_trained_and_tested_on_are_counted() -> None:
    images = np.arange(3 * 4 * 4 * 3, dtype=np.uint8).reshape(3, 4, 4, 3)
    assert count_shared(images, [images[1:2], images[:0]]) == 1


def test_a_mask_never_vanishes_when_it_is_made_small() -> None:
    mask = np.zeros((300, 600), bool)
    mask[100, 500] = True
    small = square_mask(mask, 32)
    assert small.sum() >= 1
    y, x = np.argwhere(small).mean(axis=0)
    assert abs(y - 100 * 32 / 300) < 2
    assert abs(x - 500 * 32 / 600) < 2
