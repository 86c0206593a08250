"""Text as files, servers and terminals take it."""

from __future__ import annotations

import re
from typing import Any, TypeVar

Value = TypeVar("Value")


def whole_text(value: Value) -> Value:
    """A text, or the texts in a value of JSON, that can be written as UTF-8: the two halves of a character that stand side by
    side become one, and a half that stands alone becomes U+FFFD. Everything else is left as it is.
    """
    return _whole(value)


def one_line(message: str) -> str:
    """With line breaks and control characters, which names of files may hold, written out."""
    shown = message.encode("utf-8", "backslashreplace").decode()
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", lambda found: repr(found[0])[1:-1], shown)


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return value
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(one) for name, one in value.items()}
    return value
