"""What a run that was killed left behind: which samples are whole, and what is to be taken away."""

from __future__ import annotations

import glob
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..core.errors import InputError
from ..core.files import PART_SUFFIX
from ..core.json_reading import read_json
from ..core.names import composed
from .layout import attempt_name, sample_names
from .records import is_written


def whole_records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a trajectories.jsonl that this process may write; a last line that was cut off is taken away.

    Raises InputError for a line that is no record.
    """
    if path.is_symlink() or not (path.is_file() or not path.exists()):
        raise InputError(f"{path}: is a link or no regular file, and is not written to; take it away")
    path.touch()
    whole = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                break
            try:
                record = read_json(line)
            except ValueError:
                record = None
            if not is_written(record):
                raise InputError(
                    f"{path}: line {number} is damaged; put the file back as it was, or choose another --output"
                )
            whole += len(line)
            yield record
    if whole < path.stat().st_size:
        os.truncate(path, whole)


def first_record(path: Path) -> dict[str, Any] | None:
    """The first record of a trajectories.jsonl; None where there is none that can be read. Raises OSError."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        try:
            record = read_json(file.readline())
        except ValueError:
            return None
    return record if is_written(record) else None


def remove_unrecorded(root: Path, tried: Counter[str], passed: Counter[str]) -> None:
    """Removes parts of files, and the images of the one sample that has no record yet: those with its type's next number.

    tried, passed: how many samples have a record, by the type's folder.
    """
    for part in root.rglob(f".*{PART_SUFFIX}"):
        part.unlink()
    parts = ("test", "ground_truth", "rejected/test", "rejected/ground_truth", "attempts")
    for type_folder in {folder.name for part in parts for folder in root.glob(f"{part}/*")}:
        name = composed(type_folder)
        for good, number in ((True, passed[name]), (False, tried[name] - passed[name])):
            for path in sample_names(good, type_folder, number):
                (root / path).unlink(missing_ok=True)
            for left in root.glob(attempt_name(good, glob.escape(type_folder), number, "*")):
                left.unlink()


def first_difference(found: bytes, wanted: bytes) -> str:
    """What differs first between two settings, JSON texts, in words."""
    try:
        before, now = _leaves(read_json(found)), _leaves(read_json(wanted))
    except ValueError:
        return "its settings cannot be read"
    for name in dict.fromkeys((*now, *before)):
        if before.get(name) != now.get(name):
            return f"{name} was {_said(before.get(name))}, is {_said(now.get(name))}"
    return "its settings are written otherwise"


def _leaves(value: Any, name: str = "") -> dict[str, Any]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None or not value:
        return {name: value}
    leaves: dict[str, Any] = {}
    for key, one in inner:
        leaves.update(_leaves(one, f"{name}.{key}" if name else str(key)))
    return leaves


def _said(value: Any) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)[:60]
