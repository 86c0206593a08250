"""JSON that somebody else wrote: files of a set, a server's or a page's words, a model's calls."""

from __future__ import annotations

import json
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
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [inner for outer in level if isinstance(outer, list | dict) for inner in _parts(outer)]
        if not level:
            return value
    raise _too_deep()


def _parts(outer: list[Any] | dict[str, Any]) -> Any:
    return outer if isinstance(outer, list) else outer.values()


def _too_deep() -> ValueError:
    return ValueError(f"nested more than {MAX_DEPTH} deep")
