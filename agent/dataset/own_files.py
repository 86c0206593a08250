"""The files of a set that one run alone writes: whether all that its records name is there, as it was written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..core.errors import InputError
from ..core.files import holds
from .layout import SETTINGS, TRAJECTORIES
from .records_file import RecordsFile

# The last chunk of a PNG file: a file that was cut off lacks it.
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"


class OwnFiles:
    """records: the set's trajectories.jsonl. path_of: where a file that a record names lies."""

    def __init__(self, root: Path, settings: bytes, path_of: Callable[[str], Path]) -> None:
        self.records = RecordsFile(root / TRAJECTORIES)
        self._settings_path, self._settings = root / SETTINGS, settings
        self._path_of = path_of
        # Bytes of each file; None where this process did not write it, or a reviewer may change it.
        self._sizes: dict[str, int | None] = {}

    def check(self, line: int, record: Mapping[str, Any]) -> None:
        """Takes account of a record that is there, by its line. Raises InputError where a file that it names is not."""
        for name in _named(record):
            if name not in self._sizes and not _is_whole_png(self._path_of(name)):
                raise InputError(
                    f"{self._path_of(name)}: is missing or cut off, and line {line} of {TRAJECTORIES} names it; put it back, or "
                    f"take the lines from {line} on out of {TRAJECTORIES}: their samples are then made again"
                )
            self._sizes[name] = None

    def add(self, record: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
        """Takes account of a record that was written, with its files."""
        for name in _named(record):
            changes = name == record["mask"] or name not in files
            self._sizes.setdefault(name, None if changes else len(files[name]))

    def knows(self, name: str) -> bool:
        """Whether a record names a file."""
        return name in self._sizes

    def lost(self) -> list[str]:
        """Names of files that are gone or not as they were written; empty where all is well."""
        found = [] if holds(self._settings_path, self._settings) else [SETTINGS]
        found += [] if self.records.is_whole() else [TRAJECTORIES]
        return found + [name for name, size in self._sizes.items() if not self._is_there(name, size)]

    def _is_there(self, name: str, size: int | None) -> bool:
        path = self._path_of(name)
        try:
            return _is_whole_png(path) if size is None else path.stat().st_size == size
        except (OSError, ValueError):  # a name that no disk takes
            return False


def _named(record: Mapping[str, Any]) -> tuple[str, ...]:
    return record["image"], record["mask"], *record["images"]


def _is_whole_png(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-len(_PNG_END), os.SEEK_END)
            return file.read() == _PNG_END
    except (OSError, ValueError):  # a name that no disk takes
        return False
