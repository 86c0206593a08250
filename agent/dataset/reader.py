"""Reads data sets in the MVTec AD and VisA layouts, and plain folders of normal images."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PureWindowsPath
from typing import Literal

import numpy as np

from ..core.errors import InputError
from ..core.foreign_files import is_there
from ..core.names import name_key
from ..imaging.io import read_image, read_mask
from ..imaging.picture_files import folders_in, list_images, mask_key, masks_in, pictures_in
from ..imaging.tone import ItemTone
from .decisions import Decisions, read_decisions
from .layout import GOOD, REJECTED
from .names import on_disk

Split = Literal["normal", "anomalous", "all"]
# VisA: images, masks and the table of anomaly types, below an item's folder.
_VISA_IMAGES, _VISA_MASKS, _VISA_TABLE = Path("Data", "Images"), Path("Data", "Masks", "Anomaly"), "image_anno.csv"
#: The type of an anomaly that VisA's table does not name.
UNNAMED = "anomaly"


@dataclass(frozen=True)
class Entry:
    """An image of a data set. anomaly: its type, "" for a normal image. mask: its mask's file; None for a normal one.
    labels: the mask holds a defect's number (1, 2, ...) at each pixel, not white. tone: the scale that it shares with the other
    images of its item, where they are deeper than 8 bit.
    """

    image: Path
    anomaly: str = ""
    mask: Path | None = None
    labels: bool = False
    tone: ItemTone | None = field(default=None, compare=False, repr=False)

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """(H, W, 3) uint8 and its mask, (H, W) bool, empty for a normal image. Raises InputError."""
        image = self.read_image()
        if self.mask is None:
            return image, np.zeros(image.shape[:2], bool)
        return image, read_mask(self.mask, image.shape[:2], self.labels)

    @property
    def shared_tone(self) -> ItemTone:
        """The scale of its item, or its own."""
        return self.tone or ItemTone([self.image])

    def read_image(self) -> np.ndarray:
        """(H, W, 3) uint8. Raises InputError."""
        return read_image(self.image, self.tone)


@dataclass(frozen=True)
class Listing:
    """An item's images, normal ones first, by name. problems: a line for each image that cannot be used, by file. dropped: how
    many images were rejected, and are not among them.
    """

    entries: list[Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    dropped: int = 0


def list_dataset(folder: Path, split: Split = "all", anomaly: str = "") -> list[Entry]:
    """The images of a set without what was rejected (see scan_kept), normal ones first, by name. folder: one item's (MVTec AD
    with train/ and test/, or VisA with Data/Images), or a plain folder of pictures, which count as normal. anomaly: one type
    only, "" for every type; "_" and spaces are the same.

    Raises InputError where there is no such image, or an anomalous one has no mask.
    """
    _check_folder(folder)
    dropped = 0
    if is_item(folder):
        listing = scan_kept(folder)
        dropped = listing.dropped
        if listing.problems:
            raise InputError(listing.problems[0])
        entries = listing.entries
    else:
        inner = _inner_items(folder)
        if inner:
            names = ", ".join(path.name for path in inner[:8])
            raise InputError(f"{folder}: holds several items; give one of them: {names}")
        entries = one_item([Entry(path) for path in list_images(folder)])
    wanted = [entry for entry in entries if _fits(entry, split, anomaly)]
    if not wanted:
        there = ", ".join(sorted({entry.anomaly or GOOD for entry in entries})) or "nothing"
        asked = f"{split} images" + (f" of type {anomaly!r}" if anomaly else "")
        more = f"; {dropped} rejected ones are left out" if dropped else ""
        raise InputError(f"{folder}: no {asked}; there is: {there}{more}")
    return wanted


def one_item(entries: Sequence[Entry]) -> list[Entry]:
    """The same images, as those of one item: with one scale for all that are deeper than 8 bit."""
    tone = ItemTone([entry.image for entry in entries])
    return [replace(entry, tone=tone) for entry in entries]


def list_items(folder: Path) -> list[Path]:
    """The item folders of a set: the folder itself, or those in it. Raises InputError for a layout that nobody knows."""
    _check_folder(folder)
    found = [folder] if is_item(folder) else _inner_items(folder)
    if not found:
        raise InputError(
            f"{folder}: no layout that is known; give an item's folder, or a folder of them: MVTec AD (train/good, "
            "test/TYPE, ground_truth/TYPE) or VisA (Data/Images/Normal, Data/Images/Anomaly, Data/Masks/Anomaly)"
        )
    return found


def is_item(folder: Path) -> bool:
    """Whether a folder is one item's, in a layout that is known."""
    return _is_visa(folder) or any((folder / part).is_dir() for part in ("train", "test"))


def scan_item(folder: Path) -> Listing:
    """Everything in an item's folder; what has no mask is among the problems and is left out."""
    found = _scan_visa(folder) if _is_visa(folder) else _scan_mvtec(folder)
    return replace(found, entries=one_item(found.entries))


def scan_kept(folder: Path) -> Listing:
    """As scan_item, by what was decided of the samples: without those that a reviewer or curation rejected, and with those
    below rejected/ that a reviewer accepted. Raises InputError for decisions that cannot be read."""
    listing, decisions = scan_item(folder), read_decisions(folder)
    kept = [entry for entry in listing.entries if not entry.anomaly or _keeps(decisions, folder, entry, True)]
    dropped = len(listing.entries) - len(kept)
    if any(name.startswith(REJECTED) and one.keeps(False) for name, one in decisions.samples.items()):
        below = scan_item(folder / REJECTED).entries
        kept += [entry for entry in below if entry.anomaly and _keeps(decisions, folder, entry, False)]
    return Listing(one_item(kept), listing.problems, dropped)


def _keeps(decisions: Decisions, folder: Path, entry: Entry, passed: bool) -> bool:
    return decisions.of(entry.image.relative_to(folder).as_posix()).keeps(passed)


def _scan_mvtec(folder: Path) -> Listing:
    found = Listing([Entry(path) for part in ("train", "test") for path in pictures_in(folder / part / GOOD)])
    for type_folder in (path for path in folders_in(folder / "test") if path.name != GOOD):
        masks = masks_in(on_disk(folder / "ground_truth", type_folder.name))
        for path in pictures_in(type_folder):
            mask = masks.get(mask_key(path))
            if mask is None:
                found.problems.append(
                    f"{path}: has no mask; put it at ground_truth/{type_folder.name}/{path.stem}_mask.png"
                )
            else:
                found.entries.append(Entry(path, type_folder.name, mask))
    return found


def _is_visa(folder: Path) -> bool:
    return (folder / _VISA_IMAGES).is_dir()


def _scan_visa(folder: Path) -> Listing:
    found = Listing([Entry(path) for path in pictures_in(folder / _VISA_IMAGES / "Normal")])
    types = _visa_types(folder / _VISA_TABLE, found.problems)
    masks = masks_in(folder / _VISA_MASKS)
    for path in pictures_in(folder / _VISA_IMAGES / "Anomaly"):
        mask = masks.get(mask_key(path))
        if mask is not None:
            found.entries.append(Entry(path, types.get(path.name.lower(), UNNAMED), mask, labels=True))
        else:
            found.problems.append(f"{path}: has no mask; put it at {_VISA_MASKS.as_posix()}/{path.stem}.png")
    return found


def _visa_types(table: Path, problems: list[str]) -> dict[str, str]:
    """Anomaly types by the image's file name in lower case: the first of those that VisA's table has for it."""
    try:
        if not is_there(table):
            return {}
        with table.open(newline="", encoding="utf-8-sig") as file:
            # Before Python 3.11 a NUL ends it all.
            reader = csv.DictReader(line.replace("\0", "\ufffd") for line in file)
            rows, columns = list(reader), reader.fieldnames or ()
        if not {"image", "label"} <= set(columns):
            raise KeyError("image")
        paths = [PureWindowsPath(row["image"]) for row in rows]  # which takes both "/" and "\\"
        return {
            path.name.lower(): row["label"].split(",")[0].strip() or UNNAMED
            for path, row in zip(paths, rows, strict=True)
            if "/anomaly/" in path.as_posix().lower()
        }
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, AttributeError, TypeError) as error:
        # Row by row there is nothing to save: a file of another sort.
        problems.append(f"{table}: no table of image,label,mask ({type(error).__name__}); mend it or take it away")
        return {}


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give a data set's folder, or a folder of pictures")


def _inner_items(folder: Path) -> list[Path]:
    return [path for path in folders_in(folder) if (path / "test").is_dir() or _is_visa(path)]


def _fits(entry: Entry, split: Split, anomaly: str) -> bool:
    if split != "all" and (split == "normal") != (entry.anomaly == ""):
        return False
    return not anomaly.strip() or name_key(entry.anomaly) == name_key(anomaly)
