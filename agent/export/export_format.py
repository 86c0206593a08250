"""What an export format says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .content import Content


@dataclass(frozen=True)
class ExportFormat:
    """One format, as the command line, the checks and the datasheet know it.

    name: as `--format` takes it. write: writes the content into an empty folder. needs_normal: detectors of this format
    learn from normal images alone, so every item must have some. split: how it uses the split, in sentences for the datasheet.
    """

    name: str
    write: Callable[[Content, Path], None]
    needs_normal: bool
    split: str
