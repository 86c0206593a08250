"""The two sets of an evaluation: real pictures with labels, and synthesized ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ....agent.core.errors import InputError
from ....agent.dataset.reader import Entry, Listing, list_items, scan_item, scan_kept
from .localization import LabelledTest, Protocol
from .pictures import Pictures, plain_type, read_pictures

# VisA has one folder of normal pictures: by name, every tenth is tested on, as many as in its own one-class split.
_VISA_TEST = 10
# What is missing, and the cure.
_NO_SYNTHESIZED = (
    "no synthesized defect with a mask",
    "give a set of `anomaly-agent synthesize`, or test/TYPE with masks in ground_truth/TYPE",
)


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
    """An item's synthesized pictures with their masks, and the normal ones beside them, if there are any."""

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


def check_items(pairs: Sequence[tuple[Path, Path]]) -> None:
    """Raises InputError, before any long work, where an item's listing has nothing to test on or to train on."""
    for real, made in pairs:
        _list_labelled(real)
        _list_synthesized(made)


def read_labelled(folder: Path, side: int, protocol: Protocol) -> Labelled:
    """Reads an item. strict tests on all its defects, paper on those behind the first third of each type.

    Raises InputError where no normal picture or no defect with a mask is left to test on.
    """
    listing = _list_labelled(folder)
    left_out = list(listing.problems)
    train, good = _split_normal(folder, listing.entries)
    centres, tested = {}, []
    for kind, entries in _by_type(listing.entries).items():
        third = len(entries) // 3
        centres[kind] = tuple(entries[:third])
        tested += entries[third if protocol == "paper" else 0 :]
    found = read_pictures([*good, *tested], side, left_out.append)
    _refuse_nothing(folder, found.types.count(""), len(found) - found.types.count(""), left_out)
    names = tuple(entry.image.relative_to(folder).as_posix() for entry in found.entries)
    test = LabelledTest(found.images, found.masks, found.types, names)
    return Labelled(folder.name, read_pictures(train, side, left_out.append), test, centres, left_out)


def read_synthesized(folder: Path, side: int) -> Synthesized:
    """Reads an item; samples below rejected/ are not part of it. Raises InputError where no defect with a mask is there."""
    listing = _list_synthesized(folder)
    left_out = list(listing.problems)
    pictures = read_pictures([entry for entry in listing.entries if entry.anomaly], side, left_out.append)
    if not len(pictures):
        raise InputError(_nothing(folder, *_NO_SYNTHESIZED, left_out))
    normals = read_pictures(_split_normal(folder, listing.entries)[0], side, left_out.append)
    return Synthesized(folder.name, pictures, normals, left_out)


def training_normals(labelled: Labelled, synthesized: Synthesized) -> np.ndarray:
    """(N, S, S, 3) uint8: the labelled set's normal pictures for training, else those beside the synthesized ones.

    Raises InputError where neither has any.
    """
    for normals in (labelled.normals, synthesized.normals):
        if len(normals):
            return normals.images
    raise InputError(f"{labelled.name}: no normal picture to train on; put some into train/good")


def _list_labelled(folder: Path) -> Listing:
    listing = scan_item(folder)
    good = _split_normal(folder, listing.entries)[1]
    _refuse_nothing(folder, len(good), len(_by_type(listing.entries)), listing.problems)
    return listing


def _list_synthesized(folder: Path) -> Listing:
    listing = scan_kept(folder)
    if not _by_type(listing.entries):
        raise InputError(_nothing(folder, *_NO_SYNTHESIZED, listing.problems))
    return listing


def _by_type(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """The defects."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.anomaly:
            found[plain_type(entry.anomaly)].append(entry)
    return found


def _split_normal(folder: Path, entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """(train, test) of the normal pictures: by their folders, in VisA's layout by their order."""
    normal = [entry for entry in entries if not entry.anomaly]
    parts = [entry.image.relative_to(folder).parts[0] for entry in normal]
    if set(parts) <= {"train", "test"}:
        tested = [part == "test" for part in parts]
    else:
        tested = [index % _VISA_TEST == 0 for index in range(len(normal))]
    return (
        [entry for entry, chosen in zip(normal, tested, strict=True) if not chosen],
        [entry for entry, chosen in zip(normal, tested, strict=True) if chosen],
    )


def _refuse_nothing(folder: Path, normal: int, defects: int, left_out: Sequence[str]) -> None:
    if not normal:
        raise InputError(_nothing(folder, "no normal picture to test on", "put some into test/good", left_out))
    if not defects:
        cure = "put some into test/TYPE with masks in ground_truth/TYPE"
        raise InputError(_nothing(folder, "no defect with a mask to test on", cure, left_out))


def _nothing(folder: Path, what: str, cure: str, left_out: Sequence[str]) -> str:
    first = f" (first of {len(left_out)} left out: {left_out[0]})" if left_out else ""
    return f"{folder}: has {what}; {cure}{first}"
