"""Language models behind an OpenAI-compatible server: vLLM, Ollama, LM Studio, or a hosted one."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from ...core.errors import BackendError, InputError
from ...core.protocol import MAX_NEW_TOKENS, CutOff, parse_turn
from ...core.text import whole_text
from ..libraries import require
from .answer import Answer, BrokenAnswerError
from .base import GenerationOptions
from .chat import alternating, data_url, fit
from .connection import can_pass, chain_of, open_client, proxy_variable, reason_of
from .keys import KEY_VARIABLE, URL_VARIABLE, WithoutKey, choose_url, find_key
from .response import StatusError, check_status, plain

# Calls that are repeated: those refused for now, or not connected, with growing pauses; and answers that broke off or made no
# sense.
_RETRIES, _STREAM_RETRIES = 4, 2
_FOR_NOW = (408, 409, 425, 429)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0
# Parameters that some servers refuse; the call does without them, or takes the other name.
_OPTIONAL = {"seed": None, "temperature": None, "max_tokens": "max_completion_tokens"}
_POLL = 0.1
# Seconds in which more may follow an answer that is finished by its own word.
_GRACE = 1.0
_MOST_REASON = 300


class ServerLanguageModel:
    """A model behind a server. See LanguageModel; the key comes from the environment (see keys.py)."""

    def __init__(self, model: str, base_url: str = "", options: GenerationOptions | None = None) -> None:
        """model: its name at the server. base_url: where the API begins, such as http://127.0.0.1:8000/v1; empty: the
        environment's. Raises InputError for an address that cannot be one, and for a key, a proxy or a certificate of the
        environment that cannot be used.
        """
        if not model.strip():
            raise InputError("model is empty: give the model's name at the server")
        if whole_text(model) != model:
            raise InputError("the model's name is not UTF-8 text; give it as the server has it")
        self._openai = require("openai", "an OpenAI-compatible server")
        self.model = model.strip()
        self.base_url = choose_url(base_url)
        self.options = options or GenerationOptions()
        self.name = f"{self.model} at {urlsplit(self.base_url).netloc}"
        self.on_text: Callable[[str], None] | None = None
        self._key = find_key(self.base_url)
        self._proxy = proxy_variable(self.base_url)
        self._refused: set[str] = set()
        self._client = open_client(self._openai, self.base_url, self._key, check_status)

    def chat(self, messages: Sequence[dict[str, Any]], images: Sequence[np.ndarray], seed: int) -> str:
        """See LanguageModel. A turn that met the limit of tokens is a CutOff."""
        request: dict[str, Any] = {
            "messages": self._written(messages, images),
            "max_tokens": self.options.max_new_tokens,
            "seed": seed % 2**31,
        }
        if self.options.temperature is not None:
            request["temperature"] = self.options.temperature
        deadline = time.monotonic() + self.options.time_limit
        broken = failed = 0
        reason = ""
        while True:
            try:
                return self._read(self._fitting(request), deadline)
            except _FailedCallError as failure:
                error = failure.cause
            if self._leave_out(error):
                continue
            if self._is_out_of_time(error):
                before = f" (before that: {reason})" if reason else ""
                limit = f"{self.options.time_limit:g} s"
                raise BackendError(
                    f"{self.name}: no answer within {limit}{before}; raise time_limit, or ask for less"
                ) from None
            reason = self._line(str(error) if isinstance(error, StatusError | BrokenAnswerError) else reason_of(error))
            if isinstance(error, BrokenAnswerError):
                broken += 1
                again, pause = broken <= _STREAM_RETRIES, 0.0
            else:
                failed += 1
                pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (failed - 1))
                if isinstance(error, StatusError) and error.pause is not None:
                    pause = error.pause
                again = failed <= _RETRIES and self._can_pass(error)
            if not again or time.monotonic() + pause >= deadline:
                calls = broken + failed
                tried = f"; tried {calls} times" if calls > 1 else ""
                raise BackendError(f"{self.name}: {reason}{self._cure(error)}{tried}") from None
            self._wait(pause)

    def _can_pass(self, error: Exception) -> bool:
        if isinstance(error, StatusError):
            return error.status in _FOR_NOW or error.status >= 500
        return isinstance(error, self._openai.APIConnectionError) and can_pass(error)

    def _leave_out(self, error: Exception) -> bool:
        """Whether the server refused a parameter that the call can do without; it does from now on."""
        if not isinstance(error, StatusError) or error.status not in (400, 422):
            return False
        found = [name for name in _OPTIONAL if name in error.body and name not in self._refused]
        self._refused.update(found[:1])
        return bool(found)

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._say("")
            time.sleep(min(_POLL, left))

    def _fitting(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request without what this server refused before."""
        fitting = {name: value for name, value in request.items() if name not in self._refused}
        for name in self._refused & set(request):
            if (other := _OPTIONAL[name]) is not None:
                fitting[other] = request[name]
        return fitting

    def _written(self, messages: Sequence[dict[str, Any]], images: Sequence[np.ndarray]) -> list[dict[str, Any]]:
        urls = [data_url(fit(image, self.options.image_side)) for image in images]
        turns = []
        for turn in alternating(messages):
            if turn["role"] != "user":  # many servers take parts in user turns alone
                turns.append({"role": turn["role"], "content": "\n".join(part["text"] for part in turn["content"])})
                continue
            parts: list[dict[str, Any]] = []
            for part in turn["content"]:
                if part["type"] == "image":
                    parts.append({"type": "image_url", "image_url": {"url": urls[part["image"] - 1]}})
                else:
                    parts.append({"type": "text", "text": part["text"]})
            turns.append({"role": "user", "content": parts})
        return turns

    def _read(self, request: dict[str, Any], deadline: float) -> str:
        """One answer. A separate thread reads it, so that a cancel need not wait for a silent server."""
        pieces: queue.Queue[tuple[str, Any]] = queue.Queue()
        left = threading.Event()
        answer = Answer(lambda kind, text: pieces.put((kind, text)))
        worker = threading.Thread(target=self._stream, args=(request, deadline, answer, pieces, left), daemon=True)
        worker.start()
        told: dict[str, list[str]] = {"reasoning": [], "content": []}
        shown = WithoutKey(self._key)
        quiet = 0
        try:
            while True:
                if time.monotonic() > deadline:
                    raise _FailedCallError(_OutOfTimeError())
                try:
                    kind, value = pieces.get(timeout=_POLL)
                except queue.Empty:
                    self._say("")
                    quiet += 1
                    if answer.finished and quiet * _POLL > _GRACE:  # a server that leaves its stream open
                        break
                    continue
                quiet = 0
                if kind == "error":
                    raise _FailedCallError(value)
                if kind == "end":
                    break
                told[kind].append(value)
                self._say(whole_text(shown.take(value)))
            self._say(whole_text(shown.rest()))
        finally:
            left.set()
        return self._turn("".join(told["reasoning"]), "".join(told["content"]), answer)

    def _turn(self, thought: str, content: str, answer: Answer) -> str:
        """The answer as one text, as models write it themselves: thought, then what is said."""
        if answer.calls and parse_turn(content).error is not None:
            content = "\n".join(filter(None, (content, answer.written_calls())))
        in_thought = answer.cut_off and not content.strip()
        text = f"<think>{thought}" + ("" if in_thought else f"</think>\n{content}") if thought else content
        text = self._without_key(whole_text(text))
        return CutOff(text, MAX_NEW_TOKENS) if answer.cut_off else text

    def _stream(
        self,
        request: dict[str, Any],
        deadline: float,
        answer: Answer,
        pieces: queue.Queue[tuple[str, Any]],
        left: threading.Event,
    ) -> None:
        arrived = False
        try:
            with self._client.chat.completions.with_streaming_response.create(
                model=self.model,
                stream=True,
                timeout=max(0.1, deadline - time.monotonic()),
                extra_headers={"Accept-Encoding": "identity"},
                **request,
            ) as response:
                arrived = True
                raw = response.http_response
                body = plain(raw.iter_raw(), raw.headers.get("content-encoding", ""))
                answer.read(_until(body, deadline, left))
            pieces.put(("end", None))
        except Exception as error:  # noqa: BLE001 - whatever library or server bring up; the caller's thread raises it
            pieces.put(("error", self._taken_apart(error, arrived)))

    @staticmethod
    def _taken_apart(error: Exception, arrived: bool) -> Exception:
        """What lies in a library's error. arrived: the server had begun to answer."""
        for cause in chain_of(error):
            if isinstance(cause, StatusError | BrokenAnswerError | _OutOfTimeError):
                return cause
        if not arrived:
            return error
        if type(error).__name__ == "ReadTimeout":
            return _OutOfTimeError()
        return BrokenAnswerError(f"its answer could not be read ({type(error).__name__}: {error})")

    def _say(self, text: str) -> None:
        if self.on_text is not None:
            self.on_text(text)

    def _line(self, text: str) -> str:
        """What went wrong, in one line."""
        return self._without_key(" ".join(text.split()))[:_MOST_REASON]

    def _is_out_of_time(self, error: Exception) -> bool:
        return isinstance(error, _OutOfTimeError | self._openai.APITimeoutError)

    def _cure(self, error: Exception) -> str:
        through = f"; the request goes through the proxy of {self._proxy}: is that right?" if self._proxy else ""
        if not isinstance(error, StatusError):
            return "" if isinstance(error, BrokenAnswerError) else through
        if error.status in (401, 403):
            if self._key is None:
                return f"; it wants a key: set {URL_VARIABLE} to its address and {KEY_VARIABLE} to the key"
            return f"; it does not take the key from the environment: check {KEY_VARIABLE}"
        if error.status == 404:
            return "; check the model's name, and that the address ends where the API begins (often /v1)"
        if 300 <= error.status < 400:
            return "; give the address where it ends, if you trust that"
        if error.status == 407 or error.status >= 500:
            return through
        return ""

    def _without_key(self, text: str) -> str:
        """Nothing that a server says brings the key into a file or a log."""
        whole = WithoutKey(self._key)
        return whole.take(text) + whole.rest()


class _OutOfTimeError(Exception):
    """The time limit is over."""


class _FailedCallError(Exception):
    """What the thread that reads an answer met: the cause, apart from what a cancel raises here."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _until(chunks: Iterator[bytes], deadline: float, left: threading.Event) -> Iterator[bytes]:
    """The chunks, for as long as there is time and somebody waits for them."""
    for chunk in chunks:
        if left.is_set() or time.monotonic() > deadline:
            raise _OutOfTimeError
        yield chunk
