"""The two sets of an evaluation: real pictures with labels, and synthesized ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...agent.dataset.reader import Entry, list_items, scan_item
from ...agent.errors import InputError
from .localization import LabelledTest, Protocol
from .pictures import Pictures, plain_type, read_pictures

# VisA has one folder of normal pictures: by name, every tenth is tested on, as many as in its own one-class split.
_VISA_TEST = 10


@dataclass(frozen=True, eq=False)
class Labelled:
    """An item's real pictures. normals: to train on, may be empty. test: to test on. centres: by type, the first third of the
    defects, by name. left_out: a line for each picture that cannot be used.
    """

    name: str
    normals: Pictures
    test: LabelledTest
    centres: dict[str, tuple[Entry, ...]]
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Synthesized:
    """An item's synthesized pictures with their masks, and the normal ones kept beside them, which may be none."""

    name: str
    pictures: Pictures
    normals: Pictures
    left_out: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The defect types, by name."""
        return tuple(sorted(set(self.pictures.types)))


def pair_items(labelled: Path, synthesized: Path) -> list[tuple[Path, Path]]:
    """Items' folders of both sets, paired by name; one item on each side is a pair whatever the names.

    Raises InputError for a layout that nobody knows, or where an item has no partner.
    """
    real, made = list_items(labelled), list_items(synthesized)
    if len(real) == len(made) == 1:
        return [(real[0], made[0])]
    by_name = {plain_type(path.name): path for path in made}
    missing = [path.name for path in real if plain_type(path.name) not in by_name]
    if missing:
        raise InputError(
            f"{synthesized}: has no folder named {missing[0]}; give both sets item folders of the same names, or one item "
            "on each side"
        )
    return [(path, by_name[plain_type(path.name)]) for path in real]


def read_labelled(folder: Path, side: int, protocol: Protocol) -> Labelled:
    """Reads an item. strict tests on all its defects, paper on those behind the first third of each type.

    Raises InputError where no normal picture or no defect with a mask is left to test on.
    """
    listing = scan_item(folder)
    left_out = list(listing.problems)
    normal = [entry for entry in listing.entries if not entry.anomaly]
    train, good = _split_normal(folder, normal)
    defects: dict[str, list[Entry]] = defaultdict(list)
    for entry in listing.entries:
        if entry.anomaly:
            defects[plain_type(entry.anomaly)].append(entry)
    centres = {kind: tuple(entries[: len(entries) // 3]) for kind, entries in defects.items()}
    tested = [
        entry
        for kind, entries in defects.items()
        for entry in entries[len(centres[kind]) if protocol == "paper" else 0 :]
    ]
    found = read_pictures([*good, *tested], side, left_out.append)
    if not found.types.count(""):
        raise InputError(_nothing(folder, "no normal picture to test on", "put some into test/good", left_out))
    if found.types.count("") == len(found):
        cure = "put some into test/TYPE with masks in ground_truth/TYPE"
        raise InputError(_nothing(folder, "no defect with a mask to test on", cure, left_out))
    names = tuple(entry.image.relative_to(folder).as_posix() for entry in found.entries)
    test = LabelledTest(found.images, found.masks, found.types, names)
    return Labelled(folder.name, read_pictures(train, side, left_out.append), test, centres, left_out)


def read_synthesized(folder: Path, side: int) -> Synthesized:
    """Reads an item; samples below rejected/ are not part of it. Raises InputError where no defect with a mask is there."""
    listing = scan_item(folder)
    left_out = list(listing.problems)
    pictures = read_pictures([entry for entry in listing.entries if entry.anomaly], side, left_out.append)
    if not len(pictures):
        cure = "give a set of `anomaly-agent synthesize`, or test/TYPE with masks in ground_truth/TYPE"
        raise InputError(_nothing(folder, "no synthesized defect with a mask", cure, left_out))
    normals = read_pictures([entry for entry in listing.entries if not entry.anomaly], side, left_out.append)
    return Synthesized(folder.name, pictures, normals, left_out)


def training_normals(labelled: Labelled, synthesized: Synthesized) -> np.ndarray:
    """(N, S, S, 3) uint8: the labelled set's normal pictures for training, else those beside the synthesized ones.

    Raises InputError where neither has any.
    """
    for normals in (labelled.normals, synthesized.normals):
        if len(normals):
            return normals.images
    raise InputError(f"{labelled.name}: no normal picture to train on; put some into train/good")


def _split_normal(folder: Path, entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """(train, test) of the normal pictures: by their folders, in VisA's layout by their order."""
    parts = [entry.image.relative_to(folder).parts[0] for entry in entries]
    if not set(parts) <= {"train", "test"}:
        return (
            [entry for index, entry in enumerate(entries) if index % _VISA_TEST],
            [entry for index, entry in enumerate(entries) if not index % _VISA_TEST],
        )
    train = [entry for entry, part in zip(entries, parts, strict=True) if part == "train"]
    return train, [entry for entry, part in zip(entries, parts, strict=True) if part == "test"]


def _nothing(folder: Path, what: str, cure: str, left_out: Sequence[str]) -> str:
    first = f" (first of {len(left_out)} left out: {left_out[0]})" if left_out else ""
    return f"{folder}: has {what}; {cure}{first}"
