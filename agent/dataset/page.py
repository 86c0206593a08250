"""Pages: a template filled in, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2

from ..files import part_of
from .layout import not_writable


def write_page(path: Path, template: Path, **values: Any) -> None:
    """Writes an HTML page from a jinja2 template's file; texts are escaped.

    Raises InputError where the disk does not take it.
    """
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string(template.read_text(encoding="utf-8")).stream(**values)
    # Piece by piece: a page of thousands of cards is never in memory.
    _write(path, lambda beside: page.dump(str(beside), encoding="utf-8"))


def write_whole(path: Path, text: str) -> None:
    """Writes a text file, which appears whole or not at all. Raises InputError where the disk does not take it."""
    _write(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def _write(path: Path, write: Callable[[Path], object]) -> None:
    beside = part_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(beside)
        os.replace(beside, path)
    except OSError as error:
        raise not_writable(path.parent, error) from error
    finally:
        beside.unlink(missing_ok=True)
