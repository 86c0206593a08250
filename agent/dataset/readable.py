"""A data set without the files of it that cannot be read: a broken one costs itself alone, and is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..core.errors import InputError
from .reader import Entry
from .stored import StoredItem, StoredSample


def readable(items: Sequence[StoredItem], tell: Callable[[str], None]) -> list[StoredItem]:
    """The items with those images, masks and normal images that can be read. tell: hears of each other one, once.

    Raises InputError where no sample is left.
    """
    kept = [_readable(item, tell) for item in items]
    if not any(item.samples for item in kept):
        raise InputError("no sample can be read; see the messages above for what is wrong with each")
    return kept


def _readable(item: StoredItem, tell: Callable[[str], None]) -> StoredItem:
    normals = [entry for entry in item.normals if _can_be_read(entry, tell)]
    there = {entry.image for entry in normals}
    # A normal image that was told of above is missed by the samples on it, no more.
    lost = {entry.image for entry in item.normals} - there
    samples: list[StoredSample] = []
    for sample in item.samples:
        if _can_be_read(sample.entry, tell):
            samples.append(replace(sample, normal=None) if sample.normal in lost else sample)
    return replace(item, normals=tuple(normals), samples=tuple(samples))


def _can_be_read(entry: Entry, tell: Callable[[str], None]) -> bool:
    try:
        entry.read()
    except InputError as error:
        tell(f"left out: {error}")
        return False
    return True
