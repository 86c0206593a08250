"""Real anomaly images with masks, out of data sets on the disk; what is broken is told by file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ....agent.core.errors import InputError
from ....agent.dataset.reader import Entry, list_items, scan_item
from ....agent.defects.describing import check_known
from ....agent.tools.image_generation.inverse import InverseEditor
from .defects import RealDefect, rebuilt


@dataclass(frozen=True)
class RealEntry:
    """An anomaly image of a data set, with its product and a type of anomaly that is known."""

    item: str
    anomaly: str
    entry: Entry


def list_defects(folders: Sequence[Path], unnamed: str, problems: list[str]) -> list[RealEntry]:
    """The anomaly images of data sets (see dataset.reader), by name. unnamed: what those are whose type's name says
    nothing, "" to leave them out. A line on each that cannot be used goes into `problems`.

    Raises InputError where `unnamed` is no known type.
    """
    if unnamed:
        check_known(unnamed)
    found: list[RealEntry] = []
    for folder in folders:
        try:
            items = list_items(folder)
        except InputError as error:
            problems.append(str(error))
            continue
        for item in items:
            listing = scan_item(item)
            problems += listing.problems
            anomalous = [entry for entry in listing.entries if entry.anomaly]
            if not anomalous and not listing.problems:
                problems.append(f"{item}: holds no anomaly image; put some where its layout has them, with masks")
            for entry in anomalous:
                known = _known_type(entry, unnamed, problems)
                if known:
                    found.append(RealEntry(item.resolve().name, known, entry))
    return found


def read_defects(
    entries: Sequence[RealEntry], inverse: InverseEditor, seed: int, problems: list[str]
) -> Iterator[RealDefect | None]:
    """One for each entry, None where it cannot be read, with a line on why in `problems`."""
    for index, found in enumerate(entries):
        try:
            image, mask = found.entry.read()
        except InputError as error:
            problems.append(str(error))
            yield None
            continue
        name = f"{found.item}/{found.entry.anomaly}/{found.entry.image.name}"
        yield rebuilt(image, mask, found.item, found.anomaly, name, inverse, seed + index)


def _known_type(entry: Entry, unnamed: str, problems: list[str]) -> str:
    try:
        check_known(entry.anomaly)
    except InputError as error:
        if not unnamed:
            problems.append(f"{entry.image}: {error}; rename it, or say what such are with --anomaly")
        return unnamed
    return entry.anomaly
