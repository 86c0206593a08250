"""What can be a server's address, before anything is sent there."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

# Characters that no host's name has; a library may take them for something else.
_FOREIGN = frozenset("<>\"`{}|\\^%$!*'(),;=&~")


def address_problem(url: str, schemes: Sequence[str] = ("http", "https"), credentials: bool = False) -> str:
    """Why a URL cannot be an address of one of the schemes, as a phrase without the URL's own text; "" where it can.

    credentials: whether a user and a password may stand in it.
    """
    if any(character.isspace() or not character.isprintable() for character in url):
        return "it holds a blank or a character that cannot be shown"
    begins, _, rest = url.partition("://")
    if not rest or begins.lower() not in schemes:
        return f"it does not begin with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    if "?" in url or "#" in url:
        return "it holds a query or a fragment, after ? or #"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "its host cannot be read; an IPv6 address stands in brackets, such as http://[::1]:8000/v1"
    if "@" in parts.netloc and not credentials:
        return "it holds a user or a password, before @"
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        return "its port is no number from 1 to 65535"
    return _host_problem(host, "[" in parts.netloc)


def _host_problem(host: str, bracketed: bool) -> str:
    if not host:
        return "it names no host"
    if bracketed:
        return "" if ":" in host and _is_ip(host) else "what stands in brackets is no IPv6 address"
    if len(parts := host.split(".")) == 4 and all(part.isdecimal() for part in parts):
        return "" if _is_ip(host) else "its host is no IPv4 address"
    if _FOREIGN & set(host):
        return "its host's name holds a character that no such name has"
    try:
        host.encode("idna")
    except UnicodeError:
        return "its host's name has an empty part, one of more than 63 characters, or letters that no such name has"
    return ""


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
