"""What a server says went wrong, in one line, whatever form it says it in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

# Where servers put their words, the most telling first.
_WORDS = ("error", "message", "detail", "msg", "error_description", "errors", "title", "reason", "description", "text")
_DEEPEST = 6
_MOST_OF_A_LIST = 3
_MOST = 300


def words_in(body: bytes | str) -> str:
    """The words of an error's body: JSON of any shape, HTML or text; "" where it says nothing."""
    text = body if isinstance(body, str) else body.decode("utf-8-sig", "replace")
    text = text.strip()
    if text[:1] in ("{", "[", '"'):
        try:
            return words_of(json.loads(text))
        except (ValueError, RecursionError):
            pass
    if text[:1] == "<":
        text = _page(text)
    return _line(text)


def words_of(value: Any) -> str:
    """The words of an error that is a value of JSON; its JSON where no place for words is known."""
    if value in (None, "", [], {}, True, False):
        return ""
    found = "; ".join(dict.fromkeys(_words(value, 0)))
    return _line(found or json.dumps(value, ensure_ascii=False))


def _words(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        # A server before another one quotes the other's answer.
        if depth < _DEEPEST and value.lstrip()[:1] == "{":
            try:
                inner = list(_words(json.loads(value), depth + 1))
            except (ValueError, RecursionError):
                inner = []
            if inner:
                yield from inner
                return
        if value.strip():
            yield value.strip()
    elif isinstance(value, list) and depth < _DEEPEST:
        for one in value[:_MOST_OF_A_LIST]:
            yield from _words(one, depth + 1)
    elif isinstance(value, dict) and depth < _DEEPEST:
        yield from _words_of_object({str(name).lower(): inner for name, inner in value.items()}, depth)


def _words_of_object(value: dict[str, Any], depth: int) -> Iterator[str]:
    for name in _WORDS:
        words = list(_words(value.get(name), depth + 1))
        if not words:
            continue
        place = value.get("loc")
        lead = ".".join(map(str, place)) + ": " if isinstance(place, list) and place else ""
        yield from (lead + one for one in words)
        break
    metadata = value.get("metadata")
    if isinstance(metadata, dict):
        yield from _words(metadata.get("raw"), depth + 1)


class _Page(HTMLParser):
    """The text of a page, without what is not shown."""

    _HIDDEN = ("script", "style", "head")

    def __init__(self) -> None:
        super().__init__()
        self.title, self.text = "", ""
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in (*self._HIDDEN, "title"):
            self._inside.append(tag)
        self.text += " "

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass
        self.text += " "

    def handle_data(self, data: str) -> None:
        if self._inside[-1:] == ["title"]:
            self.title += data
        elif not self._inside:
            self.text += data


def _page(text: str) -> str:
    page = _Page()
    page.feed(text)
    page.close()
    title, shown = _line(page.title), _line(page.text)
    return ": ".join(dict.fromkeys(part for part in (title, shown) if part)) or "a page without text"


def _line(text: str) -> str:
    """One line of what can be shown."""
    shown = "".join(character if character.isprintable() else " " for character in text[: 4 * _MOST])
    return " ".join(shown.split())[:_MOST]
