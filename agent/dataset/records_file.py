"""trajectories.jsonl of a set that one process alone writes, which notices what others do to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..core.errors import LostFilesError
from ..core.files import append_line
from .recovery import whole_records

_BLOCK = 1 << 20


class RecordsFile:
    """The file, with what this process knows to be in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._length = 0
        self._digest = hashlib.sha256()

    def read(self) -> Iterator[dict[str, Any]]:
        """What is there when a run begins; see whole_records. Must be read to its end."""
        yield from whole_records(self.path)
        self._length, self._digest = _measured(self.path)

    def append(self, line: bytes) -> None:
        """Adds a line and waits until the disk has it. Raises OSError, and LostFilesError where the file is not as it was
        left."""
        self.check_length()
        append_line(self.path, line)
        self._length += len(line)
        self._digest.update(line)
        self.check_length()

    def check_length(self) -> None:
        """Raises LostFilesError where the file is gone, or longer or shorter than it was left."""
        found = self.path.stat().st_size if self.path.is_file() else -1
        if found != self._length:
            what = "is gone" if found < 0 else f"has {found} bytes, and {self._length} were written"
            raise LostFilesError(f"{self.path}: {what}; let nobody else change a set while a run writes it, and re-run")

    def is_whole(self) -> bool:
        """Whether the file holds what this process read and wrote, byte for byte."""
        length, digest = _measured(self.path) if self.path.is_file() else (-1, self._digest)
        return length == self._length and digest.digest() == self._digest.digest()


def _measured(path: Path) -> tuple[int, Any]:
    length, digest = 0, hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            length += len(block)
            digest.update(block)
    return length, digest
