"""Keys for servers: from the environment alone, and each sent to its own server alone.

A workflow that somebody else made may name any server; it gets no key that was not meant for it.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from ...core.errors import InputError
from .address import address_problem

#: The user's server, and its key.
URL_VARIABLE, KEY_VARIABLE = "ANOMALY_AGENT_BASE_URL", "ANOMALY_AGENT_API_KEY"
_OPENAI, _OPENAI_KEY = "https://api.openai.com/v1", "OPENAI_API_KEY"
_EXAMPLE = "http://127.0.0.1:8000/v1"


def choose_url(given: str, source: str = "") -> str:
    """The server's address: the one given, else the environment's. source: where the given one stands, for the error.

    Raises InputError for none, for one that cannot be an address, and for one with a key in it.
    """
    url = given.strip()
    if not url:
        url, source = os.environ.get(URL_VARIABLE, "").strip(), URL_VARIABLE
    if not url:
        raise InputError(f"no server: give its address, such as {_EXAMPLE}, or set {URL_VARIABLE}")
    problem = address_problem(url)
    if problem:
        lead = f"{source}: " if source else ""
        more = f", and put the key into {KEY_VARIABLE}" if {"@", "?", "#"} & set(url) else ""
        raise InputError(f"{lead}{_shown(url)} is no server's address: {problem}; give one such as {_EXAMPLE}{more}")
    return url.rstrip("/")


def find_key(url: str) -> str | None:
    """The key for a server; None where the environment has none for it. Raises InputError for one that cannot be sent."""
    own = os.environ.get(URL_VARIABLE, "").strip()
    if own and not address_problem(own) and _origin(url) == _origin(own):
        return _read_key(KEY_VARIABLE)
    if _origin(url) == _origin(_OPENAI):
        return _read_key(_OPENAI_KEY)
    return None


class WithoutKey:
    """A text that comes in pieces, without the key, which may be split between them."""

    def __init__(self, key: str | None) -> None:
        """key: None where there is none to hide."""
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


def _read_key(variable: str) -> str | None:
    key = os.environ.get(variable, "")
    if not key:
        return None
    if not key.strip():
        raise InputError(f"{variable}: holds blanks alone; set it to the server's key, or unset it")
    if key != key.strip():
        raise InputError(f"{variable}: has a blank or a line's end before or after the key; set it again without")
    if any(character.isspace() or not character.isprintable() for character in key):
        raise InputError(f"{variable}: has a blank or a line's end within; a key is one word, set it again")
    if not key.isascii():
        raise InputError(
            f"{variable}: holds a letter outside ASCII, which no key has; set it again, as the server gave it"
        )
    return key


def _shown(url: str) -> str:
    """The address for an error's line, without what may be a key."""
    keys = [os.environ.get(name, "").strip() for name in (KEY_VARIABLE, _OPENAI_KEY)]
    if {"@", "?", "#"} & set(url) or any(key and key in url for key in keys):
        return "what is given"
    return repr(url[:80])


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
