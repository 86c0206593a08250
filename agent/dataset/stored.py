"""A data set on the disk with all that is known of it: samples, their records, and what was decided of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ..core.errors import InputError
from ..core.foreign_files import is_there
from ..core.json_reading import read_json
from ..core.names import composed
from ..imaging.io import read_image
from ..imaging.tone import ItemTone
from .decisions import Decisions, SampleDecisions, read_decisions
from .layout import REJECTED, SETTINGS, sample_names
from .names import on_disk, safe_names
from .reader import GOOD, Entry, list_items, scan_item
from .records import Record, read_records


@dataclass(frozen=True)
class StoredSample:
    """An anomalous image of a data set.

    image: its path in the item's folder, composed, which names it. anomaly: its type as a folder name, see safe_names.
    normal: the normal image's file, None where there is none. record: None for a set that the agent did not write. passed: the
    judge's word.
    """

    root: Path
    image: str
    entry: Entry
    anomaly: str
    normal: Path | None
    record: Record | None
    passed: bool
    decisions: SampleDecisions

    @property
    def kept(self) -> bool:
        """Whether it is exported."""
        return self.decisions.keeps(self.passed)

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """(H, W, 3) uint8 and its mask, (H, W) bool. Raises InputError."""
        return self.entry.read()

    def read_normal(self) -> np.ndarray | None:
        """Its normal image, (H, W, 3) uint8; None where there is none of its size. Raises InputError."""
        return None if self.normal is None else read_image(self.normal, self.entry.tone)


@dataclass(frozen=True)
class StoredItem:
    """One product's part of a data set. name: its folder's, made a safe one. normals: its images without a defect. settings:
    what the run was asked for, empty where nobody wrote it down.
    """

    root: Path
    name: str
    normals: tuple[Entry, ...]
    samples: tuple[StoredSample, ...]
    decisions: Decisions
    settings: dict[str, Any]


def open_stored(folder: Path) -> list[StoredItem]:
    """The items of a data set: one item's folder, or a folder of them; MVTec AD or VisA layout, written here or elsewhere.

    Raises InputError for a folder or a file in it that cannot be used.
    """
    items = _named([_open_item(root) for root in list_items(folder)], folder)
    if not any(item.samples for item in items):
        raise InputError(f"{folder}: holds no anomalous images; give a data set with test/TYPE and ground_truth/TYPE")
    return items


def _named(items: Sequence[StoredItem], folder: Path) -> list[StoredItem]:
    """With names for items and types that hold in every output. Raises InputError where two items have one name, and where
    names differ in case alone."""
    names = safe_names([item.name for item in items], f"{folder}: items")
    if len(set(names.values())) < len(items):
        raise InputError(f"{folder}: has two items of one name ({', '.join(sorted(names))}); rename a folder")
    found = {sample.anomaly for item in items for sample in item.samples}
    types = safe_names(found, f"{folder}: anomaly types", (GOOD,))
    return [
        replace(
            item,
            name=names[item.name],
            samples=tuple(replace(sample, anomaly=types[sample.anomaly]) for sample in item.samples),
        )
        for item in items
    ]


def _open_item(root: Path) -> StoredItem:
    """With the names as they are."""
    records, decisions = read_records(root), read_decisions(root)
    unfinished = _unfinished(root, records)
    normals: list[Entry] = []
    samples = []
    for part in ("", REJECTED):
        listing = scan_item(root / part)
        if listing.problems:
            raise InputError(listing.problems[0])
        for entry in listing.entries:
            if entry.mask is None:
                normals.append(entry)
                continue
            image = composed(entry.image.relative_to(root).as_posix())
            record = records.get(image)
            if image in unfinished:
                continue
            passed = record.passed if record else not part
            samples.append(
                StoredSample(
                    root=root,
                    image=image,
                    entry=entry,
                    anomaly=entry.anomaly,
                    normal=_normal(root, record),
                    record=record,
                    passed=passed,
                    decisions=decisions.of(image),
                )
            )
    tone = ItemTone([entry.image for entry in (*normals, *(sample.entry for sample in samples))])
    normals = [replace(entry, tone=tone) for entry in normals]
    samples = [replace(sample, entry=replace(sample.entry, tone=tone)) for sample in samples]
    return StoredItem(root, root.resolve().name, tuple(normals), tuple(samples), decisions, _settings(root))


def _unfinished(root: Path, records: Mapping[str, Record]) -> set[str]:
    """Images of samples that a run is just writing, or was killed in: those with the next number of their type. What another
    program wrote, or the user, has no run that numbers it."""
    if not (root / SETTINGS).is_file():
        return set()
    type_folders = {composed(path.name) for part in ("", REJECTED) for path in root.glob(f"{part}test/*")}
    folders = Counter(str(PurePosixPath(image).parent) for image in records)
    next_ones = set()
    for passed in (True, False):
        for type_folder in type_folders:
            first = PurePosixPath(sample_names(passed, type_folder, 0)[0])
            next_ones.add(sample_names(passed, type_folder, folders[str(first.parent)])[0])
    return next_ones - records.keys()


def _normal(root: Path, record: Record | None) -> Path | None:
    path = on_disk(root, record.normal) if record and record.normal else None
    return path if path is not None and path.is_file() else None


def _settings(root: Path) -> dict[str, Any]:
    path = root / SETTINGS
    try:
        value = read_json(path.read_bytes()) if is_there(path) else {}
    except ValueError:
        value = None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    if not isinstance(value, dict):
        raise InputError(f"{path}: not a run's settings; put it back as it was written, or move it away")
    return value
