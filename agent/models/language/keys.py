"""Keys for servers: from the environment alone, and each sent to its own server alone.

A workflow that somebody else made may name any server; it gets no key that was not meant for it.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from ...core.errors import InputError

#: The user's server, and its key.
URL_VARIABLE, KEY_VARIABLE = "ANOMALY_AGENT_BASE_URL", "ANOMALY_AGENT_API_KEY"
_OPENAI, _OPENAI_KEY = "https://api.openai.com/v1", "OPENAI_API_KEY"


def choose_url(given: str) -> str:
    """The server's address: the one given, else the environment's. Raises InputError for none, and for one with a key in it."""
    url = given.strip() or os.environ.get(URL_VARIABLE, "").strip()
    if not url:
        raise InputError(f"no server: give its address, such as http://127.0.0.1:8000/v1, or set {URL_VARIABLE}")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"{url[:80]!r} is no server's address; give one such as http://127.0.0.1:8000/v1")
    if parts.username or parts.password or parts.query:
        raise InputError(f"the server's address holds more than an address; put the key into {KEY_VARIABLE}")
    return url.rstrip("/")


def find_key(url: str) -> str | None:
    """The key for a server; None where the environment has none for it."""
    own = os.environ.get(URL_VARIABLE, "").strip()
    if own and _origin(url) == _origin(own):
        return os.environ.get(KEY_VARIABLE) or None
    if _origin(url) == _origin(_OPENAI):
        return os.environ.get(_OPENAI_KEY) or None
    return None


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
