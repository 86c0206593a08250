"""The review page's server: standard library, 127.0.0.1 alone, one token a run."""

from __future__ import annotations

import json
import mimetypes
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ..core.errors import InputError
from ..core.task import MAX_SIDE
from ..dataset.decisions import StaleDecisionsError
from ..imaging.io import encode_png
from .guard import HOST, Guard
from .session import ReviewSession

_PAGE = Path(__file__).with_name("page")
_FILES = {"": "review.html", **{path.name: path.name for path in _PAGE.iterdir() if path.suffix in (".css", ".js")}}
_PICTURES = ("image", "normal", "mask", "thumb")
# A mask of the largest image, uncompressed RGBA, is the largest body that can mean something.
_MOST_BYTES = 4 * MAX_SIDE**2
# A request that does not come on within this many seconds is dropped.
_TIME_LIMIT = 30
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class ReviewServer(ThreadingHTTPServer):
    """Serves one session. address: where the page is, with this run's token."""

    daemon_threads = True

    def __init__(self, session: ReviewSession, port: int = 0) -> None:
        """Raises InputError where the port cannot be had."""
        self.session = session
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise InputError(f"port {port}: cannot be had ({error.strerror}); choose another --port") from error
        self.guard = Guard(self.server_address[1])
        self.address = f"http://{HOST}:{self.server_address[1]}/{self.guard.token}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores a browser that disconnected; prints any other error where the server runs."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: ReviewServer
    server_version = "anomaly-agent"
    sys_version = ""
    timeout = _TIME_LIMIT

    def do_GET(self) -> None:
        self._answer(writes=False)

    def do_POST(self) -> None:
        self._answer(writes=True)

    def log_message(self, *_: Any) -> None:
        """Nothing: the terminal is for the address."""

    def _answer(self, writes: bool) -> None:
        parts = urlsplit(self.path)
        refused = self.server.guard.objection(parts.path, self.headers, writes)
        if refused:
            self._send_json(HTTPStatus.FORBIDDEN, {"error": refused})
            return
        what = parts.path[1:].partition("/")[2]
        try:
            if writes:
                self._write(what, self._body())
            else:
                self._read(what, parse_qs(parts.query))
        except StaleDecisionsError as error:
            state = self.server.session.state()
            self._send_json(HTTPStatus.CONFLICT, {"error": f"{error}; showing the newer state", "state": state})
        except InputError as error:
            self._send_json(HTTPStatus.BAD_REQUEST, {"error": str(error)})

    def _read(self, what: str, query: dict[str, list[str]]) -> None:
        if what in _FILES:
            path = _PAGE / _FILES[what]
            content_type = mimetypes.types_map.get(path.suffix, "text/html")
            self._send(HTTPStatus.OK, path.read_bytes(), f"{content_type}; charset=utf-8")
        elif what == "state":
            self._send_json(HTTPStatus.OK, self.server.session.state())
        elif what in _PICTURES:
            picture = self.server.session.picture(_whole(query.get("sample", [""])[0], "sample"), what)
            self._send(HTTPStatus.OK, encode_png(picture), "image/png")
        else:
            self._send_json(HTTPStatus.NOT_FOUND, {"error": "no such page"})

    def _write(self, what: str, body: bytes) -> None:
        session = self.server.session
        query = parse_qs(urlsplit(self.path).query)
        number, revision = (_whole(query.get(name, [""])[0], name) for name in ("sample", "revision"))
        if what == "decision":
            answer = session.decide(number, body.decode(errors="replace"), revision)  # type: ignore[arg-type]
        elif what == "mask":
            answer = session.touch_up(number, body, revision)
        elif what == "restore":
            answer = session.restore(number, revision)
        else:
            self._send_json(HTTPStatus.NOT_FOUND, {"error": "no such action"})
            return
        self._send_json(HTTPStatus.OK, answer)

    def _body(self) -> bytes:
        length = _whole(self.headers.get("Content-Length", ""), "Content-Length")
        if length > _MOST_BYTES:
            self.close_connection = True
            raise InputError(f"the body is larger than {_MOST_BYTES >> 20} MiB")
        return self.rfile.read(length)

    def _send_json(self, status: HTTPStatus, value: Any) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _send(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Type": content_type, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise InputError(f"{name}: {text[:40]!r} is not a whole number")
    return int(text)
