"""Who may talk to the review server: the page that it served itself, on this machine, in this run."""

from __future__ import annotations

import secrets
from email.message import Message

#: The only address that is listened on.
HOST = "127.0.0.1"
_NAMES = (HOST, "localhost")


class Guard:
    """token: first part of every path, new in each run, so that no page elsewhere can guess an address."""

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(24)
        self._hosts = {f"{name}:{port}" for name in _NAMES}
        self._origins = {f"http://{host}" for host in self._hosts}

    def objection(self, path: str, headers: Message, writes: bool) -> str:
        """Why a request is refused, in words; "" where it is not. path: with the leading "/".

        The Host header is checked against DNS rebinding, Origin and the browser's own word against requests that a page of
        another origin sends.
        """
        if headers.get("Host", "") not in self._hosts:
            return "this server answers to 127.0.0.1 and localhost alone"
        origin = headers.get("Origin")
        if (writes and origin is None) or (origin is not None and origin not in self._origins):
            return "requests of another origin are refused"
        if headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            return "requests of another site are refused"
        token = path[1:].partition("/")[0]
        if not secrets.compare_digest(token.encode(errors="replace"), self.token.encode()):
            return "the address has no valid token; open the one that anomaly-agent review printed"
        return ""
