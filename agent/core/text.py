"""Text as files and servers take it."""

from __future__ import annotations

from typing import Any, TypeVar

Value = TypeVar("Value")


def whole_text(value: Value) -> Value:
    """A text, or the texts in a value of JSON, that can be written as UTF-8: the two halves of a character that stand side by
    side become one, and a half that stands alone becomes U+FFFD. Everything else is left as it is.
    """
    return _whole(value)


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
