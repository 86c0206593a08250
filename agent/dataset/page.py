"""Pages: a template filled in, written whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from .whole import not_writable, write_whole


def write_page(path: Path, template: Path, **values: Any) -> None:
    """Writes an HTML page from a jinja2 template's file; texts are escaped.

    Raises InputError where the disk does not take it.
    """
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string(template.read_text(encoding="utf-8")).render(**values)
    try:
        write_whole(path, page.encode())
    except OSError as error:
        raise not_writable(path.parent, error) from error
