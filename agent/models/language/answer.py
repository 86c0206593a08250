"""A server's answer, read as it comes: a stream of events or a whole JSON, as OpenAI's API has them and others vary them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...core.json_reading import read_json
from .server_words import words_in, words_of

#: Bytes of one answer at most; 32,768 tokens in events of 300 bytes are a third of it.
MOST_BYTES = 32 * 2**20
_DONE = "[DONE]"
_FINISHED_BY_ERROR = ("error", "content_filter")


class BrokenAnswerError(Exception):
    """An answer that broke off, made no sense, or is an error's; the message is one line."""


class Answer:
    """Takes an answer's bytes and gives its pieces; then says how it ended.

    finished: whether the server said so. cut_off: whether it met the limit of tokens. calls: the tool calls that the server has
    taken out of the text, by number: [name, arguments].
    """

    def __init__(self, on_piece: Callable[[str, str], None]) -> None:
        """on_piece: is given ("reasoning" or "content", text)."""
        self._on_piece = on_piece
        self._event: list[str] = []
        self._outside: list[str] = []
        self._any_event = self._any_choice = self._ended = False
        self.finished = self.cut_off = False
        self.calls: dict[int, list[str]] = {}

    def read(self, chunks: Iterable[bytes]) -> None:
        """Reads to the end. Raises BrokenAnswerError."""
        for line in _lines(chunks):
            self._line(line)
            if self._ended:
                break
        self._dispatch()
        self._read_outside()
        if not self._any_choice:
            raise BrokenAnswerError("its answer is empty: it holds no choices")
        if not self.finished:
            raise BrokenAnswerError("its answer was cut off")

    def _line(self, line: str) -> None:
        if not line.strip():
            self._dispatch()
            return
        name, colon, value = line.partition(":")
        if name == "data" and colon:
            self._any_event = True
            if value.strip() == _DONE:  # some servers keep the connection after it
                self._dispatch()
                self.finished = self._ended = True
            else:
                self._event.append(value.removeprefix(" "))
        elif name not in ("", "event", "id", "retry") or not colon:
            self._outside.append(line)

    def _dispatch(self) -> None:
        """An event's lines are one JSON; some servers leave out the empty line between events."""
        lines, self._event = self._event, []
        if not lines:
            return
        try:
            events: list[Any] = [read_json("\n".join(lines))]
        except ValueError:
            events = [self._read_event(line) for line in lines if line.strip()]
        for event in events:
            self._take(event)

    @staticmethod
    def _read_event(line: str) -> Any:
        try:
            return read_json(line)
        except ValueError:
            raise BrokenAnswerError(f"its answer could not be read: {words_in(line)}") from None

    def _read_outside(self) -> None:
        """What is no stream: a whole JSON, one a line, or an error in any form."""
        text = "\n".join(self._outside).strip()
        if not text:
            return
        try:
            values = [read_json(text)]
        except ValueError:
            try:
                values = [read_json(line) for line in self._outside if line.strip()]
            except ValueError:
                if self.finished:
                    return
                raise BrokenAnswerError(f"its answer could not be read: {words_in(text)}") from None
        for value in values:
            self._take(value)
        # A whole answer is finished, whether it says so or not.
        self.finished = self.finished or (self._any_choice and not self._any_event)

    def _take(self, event: Any) -> None:
        """An event of a stream, or a whole answer."""
        if not isinstance(event, dict):
            raise BrokenAnswerError(f"its answer could not be read: {words_of(event) or repr(event)}")
        choices = event.get("choices")
        if event.get("error") or (not isinstance(choices, list) and _says_error(event)):
            raise BrokenAnswerError(words_of(event) or "an error without words")
        for choice in choices if isinstance(choices, list) else []:
            if isinstance(choice, dict) and choice.get("index") in (0, None):
                self._take_choice(choice)

    def _take_choice(self, choice: dict[str, Any]) -> None:
        self._any_choice = True
        told = choice.get("delta") or choice.get("message")
        delta: dict[str, Any] = told if isinstance(told, dict) else {"content": told or choice.get("text")}
        thought = next((text for name in _THOUGHTS if (text := _text(delta.get(name)))), "")
        for part in _parts(delta.get("content")):
            thought += part[1] if part[0] == "reasoning" else ""
        content = "".join(text for kind, text in _parts(delta.get("content")) if kind == "content")
        content = content or _text(delta.get("refusal"))
        if thought:
            self._on_piece("reasoning", thought)
        if content:
            self._on_piece("content", content)
        self._take_calls(delta.get("tool_calls"))
        reason = choice.get("finish_reason")
        if reason in _FINISHED_BY_ERROR:
            raise BrokenAnswerError(f"it ended its answer with {reason!r}")
        self.finished = self.finished or bool(reason)
        self.cut_off = self.cut_off or reason == "length"

    def _take_calls(self, calls: Any) -> None:
        for number, call in enumerate(calls if isinstance(calls, list) else []):
            function = call.get("function") if isinstance(call, dict) else None
            if not isinstance(function, dict):
                continue
            index = call.get("index")
            kept = self.calls.setdefault(index if isinstance(index, int) else number, ["", ""])
            arguments = function.get("arguments")
            kept[0] += _text(function.get("name"))
            kept[1] += arguments if isinstance(arguments, str) else json.dumps(arguments) if arguments else ""

    def written_calls(self) -> str:
        """The tool calls as a model writes them into its text."""
        return "\n".join(
            f'<tool_call>{{"name": {json.dumps(name)}, "arguments": {arguments or "{}"}}}</tool_call>'
            for name, arguments in self.calls.values()
        )


# Where servers put what a model thinks; one of them, where they give several.
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")


def _says_error(event: dict[str, Any]) -> bool:
    return event.get("object") == "error" or any(event.get(name) for name in ("detail", "message", "msg", "errors"))


def _text(value: Any) -> str:
    return "".join(text for _, text in _parts(value))


def _parts(value: Any) -> Iterator[tuple[str, str]]:
    """("reasoning" or "content", text) of a text, or of a list of parts such as {"type": "text", "text": ...}."""
    if isinstance(value, str):
        yield "content", value
    elif isinstance(value, list):
        for part in value:
            if isinstance(part, dict):
                thinks = part.get("type") in ("thinking", "reasoning")
                told = next((part[name] for name in ("text", "thinking", "reasoning", "content") if part.get(name)), "")
                if text := "".join(inner for _, inner in _parts(told)):
                    yield ("reasoning" if thinks else "content"), text
            elif isinstance(part, str):
                yield "content", part


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Lines of UTF-8 text, whichever way they end. Raises BrokenAnswerError for an answer of too many bytes."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MOST_BYTES:
            raise BrokenAnswerError(f"its answer is too long: more than {MOST_BYTES // 2**20} MB")
        if b"\n" not in chunk and b"\r" not in chunk:
            held.append(chunk)
            continue
        lines = b"".join([*held, chunk]).splitlines(keepends=True)
        held = [] if lines[-1].endswith(b"\n") else [lines.pop()]
        for line in lines:
            yield line.decode("utf-8-sig", "replace").rstrip("\r\n")
    if rest := b"".join(held):
        yield rest.decode("utf-8-sig", "replace").rstrip("\r\n")
