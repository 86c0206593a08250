"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import InputError


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file beside its place and renames it. Raises OSError; what was there before stays then."""
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def not_writable(folder: Path, error: OSError) -> InputError:
    """The error to raise when the disk does not take what is written to a folder."""
    reason = error.strerror or type(error).__name__
    return InputError(f"{folder}: cannot be written ({reason}); free some space or choose another --output")
