"""A response's body, bounded in bytes and time; one that is no success becomes an error with the server's words."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

from .server_words import words_in

_MOST_ERROR = 2**16
_STEP = 2**16
_LONGEST_PAUSE = 60.0


class StatusError(Exception):
    """A response that is no success; the message is one line. body: its beginning. pause: seconds that the server asks to wait,
    None where it asks for none.
    """

    def __init__(self, status: int, message: str, body: str = "", pause: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = body
        self.pause = pause


def check_status(response: Any) -> None:
    """Raises StatusError for a response of the client's that is no success. Its body is not read yet when this is called."""
    status = response.status_code
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise StatusError(status, f"it sends on to {_target(response)} ({status}), which is not followed")
    deadline = time.monotonic() + ((response.request.extensions.get("timeout") or {}).get("read") or _LONGEST_PAUSE)
    body = b""
    try:
        for chunk in plain(response.iter_raw(), response.headers.get("content-encoding", "")):
            body += chunk
            if len(body) > _MOST_ERROR or time.monotonic() > deadline:
                break
    except Exception:  # noqa: BLE001 - an error's body that breaks off: what came of it is shown
        pass
    text = body[:_MOST_ERROR].decode("utf-8-sig", "replace")
    raise StatusError(status, f"{_name(status)}: {words_in(text) or 'no words'}", text, _pause(response.headers))


def plain(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The bytes of a body; one that is compressed, although that was not asked for, in pieces of bounded size.

    Raises ValueError for a coding that is not known.
    """
    coding = encoding.strip().lower()
    if coding in ("", "identity"):
        yield from chunks
        return
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise ValueError(f"its answer is compressed ({coding[:20]}), which was not asked for")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)
    for chunk in chunks:
        data = chunk
        while data:
            yield unpack.decompress(data, _STEP)
            data = unpack.unconsumed_tail


def _name(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _target(response: Any) -> str:
    """Where a redirect leads, without what may be a key."""
    location = response.headers.get("location", "")
    try:
        parts = urlsplit(urljoin(str(response.request.url), location))
    except ValueError:
        return "no address"
    host = parts.netloc.rpartition("@")[2]
    return words_in(f"{parts.scheme}://{host}{parts.path}"[:200]) if location else "no address"


def _pause(headers: Any) -> float | None:
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds <= _LONGEST_PAUSE else None
