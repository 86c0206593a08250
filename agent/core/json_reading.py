"""JSON that somebody else wrote: files of a set, a server's or a page's words, a model's calls."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

#: Lists and objects inside one another at most; what the pack writes has under ten.
MAX_DEPTH = 64


def read_json(text: str | bytes, **options: Any) -> Any:
    """The value of a JSON text. options: of json.loads.

    Raises ValueError, a JSONDecodeError where the place is known: also for a text that is nested deeper than MAX_DEPTH, which
    the parser, or whoever walks through the value, would end with a RecursionError.
    """
    try:
        value = json.loads(text, **options)
    except RecursionError:
        raise _too_deep() from None
    level = _nested([value])
    for _ in range(MAX_DEPTH):
        level = _nested(inner for outer in level for inner in (outer if isinstance(outer, list) else outer.values()))
    if level:
        raise _too_deep()
    return value


def _nested(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, list | dict)]


def _too_deep() -> ValueError:
    return ValueError(f"nested more than {MAX_DEPTH} deep")
