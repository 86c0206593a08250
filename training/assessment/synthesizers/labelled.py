"""Labelled sets to compare on: training normals, and real pictures to test on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....agent.core.errors import InputError
from ....agent.dataset.reader import GOOD, Entry, list_items, one_item, scan_item
from ....agent.imaging.picture_files import folders_in, list_images
from ..detectors.localization import LabelledTest
from ..detectors.pictures import read_pictures


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """name: the category's. normals: (N, S, S, 3) uint8, to train on. test: real pictures; where the set has no masks they
    are all empty, and only the types tell defects from the rest. digest: changes when a file name does.
    """

    name: str
    normals: np.ndarray
    test: LabelledTest
    digest: str

    @property
    def item(self) -> str:
        """The product in words."""
        return self.name.replace("_", " ").strip()

    @property
    def has_masks(self) -> bool:
        """Whether pixels can be measured."""
        return bool(self.test.masks.any())


def read_sets(folder: Path, side: int, tell: Callable[[str], None]) -> list[LabelledSet]:
    """Every item below a folder (MVTec AD layout), or the folder itself, at `side` px. tell: hears of each picture and set
    that is left out. Raises InputError where nothing is left.
    """
    found = []
    for item in list_items(folder):
        try:
            found.append(_read_set(item, side, tell))
        except InputError as error:
            tell(f"left out: {error}")
    if not found:
        raise InputError(f"{folder}: no set with train/good, test/good and test/TYPE to compare on")
    return found


def _read_set(folder: Path, side: int, tell: Callable[[str], None]) -> LabelledSet:
    train, good = list_images(folder / "train" / GOOD), list_images(folder / "test" / GOOD)
    # Where no defect has a mask, they count by their folders.
    defects = [entry for entry in scan_item(folder).entries if entry.anomaly] or [
        Entry(path, type_folder.name)
        for type_folder in folders_in(folder / "test")
        if type_folder.name != GOOD
        for path in list_images(type_folder)
    ]
    entries = one_item([*map(Entry, train), *map(Entry, good), *defects])
    normals = read_pictures(entries[: len(train)], side, tell)
    tested = read_pictures(entries[len(train) :], side, tell)
    if not len(normals) or not any(tested.types) or all(tested.types):
        raise InputError(f"{folder}: has no usable picture in train/good, in test/good or in test/TYPE")
    names = tuple(entry.image.relative_to(folder).as_posix() for entry in tested.entries)
    listed = "\n".join([*(entry.image.name for entry in normals.entries), *names])
    digest = hashlib.sha256(listed.encode()).hexdigest()[:16]
    test = LabelledTest(tested.images, tested.masks, tested.types, names)
    return LabelledSet(folder.name, normals.images, test, digest)
