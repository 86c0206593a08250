"""Language models behind an OpenAI-compatible server: vLLM, Ollama, LM Studio, or a hosted one."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from ...core.errors import BackendError, InputError
from ..libraries import require
from .base import GenerationOptions
from .chat import alternating, data_url, fit
from .keys import KEY_VARIABLE, URL_VARIABLE, choose_url, find_key

# Calls that are repeated: those refused with 429 or 5xx, or not connected (by the library, with growing pauses), and
# streams that broke off or made no sense (by us).
_RETRIES, _STREAM_RETRIES = 4, 2
# Parameters that some servers refuse; the call does without them, or takes the other name.
_OPTIONAL = {"seed": None, "temperature": None, "max_tokens": "max_completion_tokens"}
_POLL = 0.1
_MOST_REASON = 300


class ServerLanguageModel:
    """A model behind a server. See LanguageModel; the key comes from the environment (see keys.py)."""

    def __init__(self, model: str, base_url: str = "", options: GenerationOptions | None = None) -> None:
        """model: its name at the server. base_url: where the API begins, such as http://127.0.0.1:8000/v1; empty: the
        environment's. Raises InputError for an address that cannot be one.
        """
        if not model.strip():
            raise InputError("model is empty: give the model's name at the server")
        self._openai = require("openai", "an OpenAI-compatible server")
        self.model = model.strip()
        self.base_url = choose_url(base_url)
        self.options = options or GenerationOptions()
        self.name = f"{self.model} at {urlsplit(self.base_url).netloc}"
        self.on_text: Callable[[str], None] | None = None
        self._key = find_key(self.base_url)
        self._refused: set[str] = set()
        # An empty organization keeps the library from sending OpenAI's settings to other servers.
        self._client = self._openai.OpenAI(
            base_url=self.base_url, api_key=self._key or "none", organization="", project="", max_retries=_RETRIES
        )

    def chat(self, messages: Sequence[dict[str, Any]], images: Sequence[np.ndarray], seed: int) -> str:
        """See LanguageModel."""
        request: dict[str, Any] = {
            "messages": self._written(messages, images),
            "max_tokens": self.options.max_new_tokens,
            "seed": seed % 2**31,
        }
        if self.options.temperature is not None:
            request["temperature"] = self.options.temperature
        deadline = time.monotonic() + self.options.time_limit
        for attempt in range(_STREAM_RETRIES + len(_OPTIONAL) + 1):
            try:
                return self._without_key(self._read(self._fitting(request), deadline))
            except _BrokenStreamError as error:
                reason = self._line(error)
                if attempt >= _STREAM_RETRIES:
                    break
            except (self._openai.BadRequestError, self._openai.UnprocessableEntityError) as error:
                reason = self._line(error)
                found = [name for name in _OPTIONAL if name in str(error) and name not in self._refused]
                if not found:
                    break
                self._refused.add(found[0])
            except self._openai.OpenAIError as error:
                raise BackendError(f"{self.name}: {self._line(error)}{self._cure(error)}") from None
        raise BackendError(f"{self.name}: {reason}") from None

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
        worker = threading.Thread(target=self._stream, args=(request, deadline, pieces, left), daemon=True)
        worker.start()
        reasoning: list[str] = []
        content: list[str] = []
        shown = _WithoutKey(self._key)
        try:
            while True:
                if time.monotonic() > deadline:
                    limit = self.options.time_limit
                    raise BackendError(f"{self.name}: no answer within {limit:g} s; raise time_limit, or ask for less")
                try:
                    kind, value = pieces.get(timeout=_POLL)
                except queue.Empty:
                    self._say("")
                    continue
                if kind == "error":
                    raise value
                if kind == "end":
                    self._say(shown.rest())
                    break
                (reasoning if kind == "reasoning" else content).append(value)
                self._say(shown.take(value))
        finally:
            left.set()
        thought = "".join(reasoning)
        return (f"<think>{thought}</think>\n" if thought else "") + "".join(content)

    def _stream(
        self, request: dict[str, Any], deadline: float, pieces: queue.Queue[tuple[str, Any]], left: threading.Event
    ) -> None:
        try:
            timeout = max(1.0, deadline - time.monotonic())
            stream = self._client.chat.completions.create(model=self.model, stream=True, timeout=timeout, **request)
        except self._openai.OpenAIError as error:
            pieces.put(("error", error))
            return
        try:
            with stream:
                self._pass_on(stream, pieces, left)
        except _BrokenStreamError as error:
            pieces.put(("error", error))
        except Exception as error:  # noqa: BLE001 - whatever a server may send is read here; the caller's thread raises it
            kind = f"{type(error).__name__}: {error}"
            pieces.put(("error", _BrokenStreamError(f"its answer could not be read ({kind})")))

    @staticmethod
    def _pass_on(stream: Any, pieces: queue.Queue[tuple[str, Any]], left: threading.Event) -> None:
        finished = False
        for chunk in stream:
            if left.is_set():
                return
            for choice in chunk.choices or []:
                delta = choice.delta
                thought = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
                if isinstance(thought, str):
                    pieces.put(("reasoning", thought))
                if isinstance(delta.content, str):
                    pieces.put(("content", delta.content))
                finished = finished or choice.finish_reason is not None
        if not finished:
            raise _BrokenStreamError("its answer was cut off")
        pieces.put(("end", None))

    def _say(self, text: str) -> None:
        if self.on_text is not None:
            self.on_text(text)

    def _line(self, error: Exception) -> str:
        """What went wrong, in one line."""
        text = " ".join(str(getattr(error, "message", "") or error or type(error).__name__).split())
        return self._without_key(text)[:_MOST_REASON]

    def _cure(self, error: Exception) -> str:
        status = getattr(error, "status_code", None)
        if status in (401, 403):
            if self._key is None:
                return f"; it wants a key: set {URL_VARIABLE} to its address and {KEY_VARIABLE} to the key"
            return f"; it does not take the key from the environment: check {KEY_VARIABLE}"
        if status == 404:
            return "; check the model's name, and that the address ends where the API begins (often /v1)"
        if status is None:
            return "; is the server running, and the address right?"
        return f"; tried {_RETRIES + 1} times" if status == 429 or status >= 500 else ""

    def _without_key(self, text: str) -> str:
        """Nothing that a server says brings the key into a file or a log."""
        whole = _WithoutKey(self._key)
        return whole.take(text) + whole.rest()


class _WithoutKey:
    """A text that comes in pieces, without the key, which may be split between them."""

    def __init__(self, key: str | None) -> None:
        self._key = key or ""
        self._held = ""

    def take(self, piece: str) -> str:
        """What can be shown by now: the end of what came is held back while the key may begin there."""
        if not self._key:
            return piece
        text = (self._held + piece).replace(self._key, "[key]")
        longest = min(len(self._key) - 1, len(text))
        held = next((length for length in range(longest, 0, -1) if text.endswith(self._key[:length])), 0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def rest(self) -> str:
        """What was held back and is not the key."""
        rest, self._held = self._held, ""
        return rest


class _BrokenStreamError(Exception):
    """An answer that broke off or made no sense; it is asked for again."""
