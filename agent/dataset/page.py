"""Pages and other texts that a command leaves, written whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from ..core.files import appearing, write_whole
from .layout import not_writable


def write_page(path: Path, template: Path, **values: Any) -> None:
    """Writes an HTML page from a jinja2 template's file; texts are escaped.

    Raises InputError where the disk does not take it.
    """
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string(template.read_text(encoding="utf-8")).stream(**values)
    try:
        with appearing(path) as beside:
            # Piece by piece: a page of thousands of cards is never in memory.
            page.dump(str(beside), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise not_writable(path.parent, error) from error


def write_text(path: Path, text: str) -> None:
    """Writes a text file. Raises InputError where the disk does not take it."""
    try:
        write_whole(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise not_writable(path.parent, error) from error
