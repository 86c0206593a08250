"""JSON as it is written into a data set."""

from __future__ import annotations

import json
from typing import Any


def json_bytes(value: Any, indent: int | None = None) -> bytes:
    """UTF-8 with a line's end. Half a character, as in file names of another encoding, is written as JSON's own escape."""
    return (json.dumps(value, indent=indent, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
