"""Reads data sets in the MVTec AD layout, and plain folders of normal images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ..errors import InputError
from ..imaging.io import IMAGE_SUFFIXES, list_images, read_image, read_mask

Split = Literal["normal", "anomalous", "all"]
#: The folder of images without a defect, in train/ and test/.
GOOD = "good"


@dataclass(frozen=True)
class Entry:
    """An image of a data set. anomaly: its type, "" for a normal image. mask: its mask's file; None for a normal one."""

    image: Path
    anomaly: str = ""
    mask: Path | None = None

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """(H, W, 3) uint8 and its mask, (H, W) bool, empty for a normal image. Raises InputError."""
        image = read_image(self.image)
        if self.mask is None:
            return image, np.zeros(image.shape[:2], bool)
        return image, read_mask(self.mask, image.shape[:2])


def list_dataset(folder: Path, split: Split = "all", anomaly: str = "") -> list[Entry]:
    """The images of a set, normal ones first, by name. folder: one item's (with train/ and test/), or a plain folder of
    pictures, which count as normal. anomaly: one type only, "" for every type; "_" and spaces are the same.

    Raises InputError where there is no such image, or an anomalous one has no mask.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give a data set's folder, or a folder of pictures")
    entries: list[Entry] = []
    if not any((folder / part).is_dir() for part in ("train", "test")):
        inner = sorted(path.name for path in folder.iterdir() if path.is_dir() and (path / "test").is_dir())
        if inner:
            raise InputError(f"{folder}: holds several items; give one of them: {', '.join(inner[:8])}")
        entries = [Entry(path) for path in list_images(folder)]
    else:
        entries += [Entry(path) for part in ("train", "test") for path in _pictures(folder / part / GOOD)]
        for kind in sorted(path for path in _folders(folder / "test") if path.name != GOOD):
            entries += [Entry(path, kind.name, _mask_of(folder, kind.name, path)) for path in _pictures(kind)]
    wanted = [entry for entry in entries if _fits(entry, split, anomaly)]
    if not wanted:
        there = ", ".join(sorted({entry.anomaly or GOOD for entry in entries})) or "nothing"
        asked = f"{split} images" + (f" of type {anomaly!r}" if anomaly else "")
        raise InputError(f"{folder}: no {asked}; there is: {there}")
    return wanted


def _fits(entry: Entry, split: Split, anomaly: str) -> bool:
    if split != "all" and (split == "normal") != (entry.anomaly == ""):
        return False
    return not anomaly.strip() or _plain(entry.anomaly) == _plain(anomaly)


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def _pictures(folder: Path) -> Sequence[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)


def _folders(folder: Path) -> Sequence[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _mask_of(folder: Path, kind: str, image: Path) -> Path:
    names = (f"{image.stem}_mask.png", f"{image.stem}.png")
    for name in names:
        if (folder / "ground_truth" / kind / name).is_file():
            return folder / "ground_truth" / kind / name
    raise InputError(f"{image}: has no mask; put it at ground_truth/{kind}/{names[0]}")
