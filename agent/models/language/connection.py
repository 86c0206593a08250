"""The way to a server: the client library's own HTTP client, with what the environment says of proxies and certificates.

A redirect is never followed, as the key and the images would go along.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from ...core.errors import InputError
from .address import address_problem

_PROXIES = ("http", "https", "socks5", "socks5h")
_LIBRARIES = ("httpx", "httpx2", "httpcore", "httpcore2", "h11")
_FINAL = ("LocalProtocolError", "UnsupportedProtocol", "ProxyError", "InvalidURL")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


def open_client(openai: ModuleType, url: str, key: str | None, on_response: Callable[[Any], None]) -> Any:
    """The library's client for a checked address; it sends nothing yet, and repeats nothing by itself. on_response: is given
    each response before its body is read, and may raise.

    Raises InputError, naming the variable of the environment, for a proxy or a certificate that cannot be used.
    """
    try:
        # The proxy that concerns this server alone: another one, however broken, is none of its business.
        http = openai.DefaultHttpxClient(
            proxy=_proxy(openai, url),
            verify=_certificates(openai),
            trust_env=False,
            follow_redirects=False,
            event_hooks={"response": [on_response]},
        )
        # An empty organization keeps the library from sending OpenAI's settings to other servers.
        return openai.OpenAI(
            base_url=url, api_key=key or "none", organization="", project="", max_retries=0, http_client=http
        )
    except InputError:
        raise
    except Exception as error:  # what a library raises for an address that it cannot take has no common class
        raise InputError(
            f"the server's address cannot be used ({type(error).__name__}); write it another way"
        ) from error


def proxy_variable(url: str) -> str:
    """The variable of the environment whose proxy serves an address; "" for none, "the system's settings" where they say so."""
    parts = urlsplit(url)
    found = getproxies()
    if proxy_bypass(parts.netloc) or proxy_bypass(parts.hostname or ""):
        return ""
    for scheme in (parts.scheme, "all"):
        if found.get(scheme):
            names = [f"{scheme}_proxy", f"{scheme}_proxy".upper()]
            set_ones = [name for name in names if os.environ.get(name)]
            return set_ones[0] if set_ones else "the system's settings"
    return ""


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it came of, the nearest first."""
    seen: set[int] = set()
    below: BaseException | None = error
    while below is not None and id(below) not in seen:
        yield below
        seen.add(id(below))
        below = below.__cause__ or below.__context__  # libraries hide the system's errors behind their own


def cause_of(error: BaseException) -> BaseException:
    """What lies at the bottom of a library's error."""
    *_, last = chain_of(error)
    return last


def can_pass(error: BaseException) -> bool:
    """Whether a connection's failure may be over the next time: not that of a host's name, of a certificate, of a proxy that
    refuses, or of a request that the library does not write."""
    cause = cause_of(error)
    if isinstance(cause, socket.gaierror):
        return cause.errno == socket.EAI_AGAIN
    if isinstance(cause, OSError | EOFError):
        return not isinstance(cause, ssl.SSLError)
    kind = type(cause)
    return kind.__module__.partition(".")[0] in _LIBRARIES and kind.__name__ not in _FINAL


def reason_of(error: BaseException) -> str:
    """Why a request did not arrive, in one line with what can be done."""
    cause = cause_of(error)
    said = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    if isinstance(cause, socket.gaierror):
        return f"its host's name is not known ({said}); is the address right?"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({cause.verify_message}); name its authority's file in SSL_CERT_FILE"
    if isinstance(cause, ssl.SSLError):
        return f"it does not speak TLS as this machine does ({said}); does its address begin with http://?"
    if isinstance(cause, OSError):
        return f"cannot be reached ({said}); is the server running, and the address right?"
    if can_pass(error):
        return f"the connection broke ({said}); is the server running, and the address right?"
    return f"the request cannot be sent ({type(cause).__name__}: {said}); check the address and the environment"


def _proxy(openai: ModuleType, url: str) -> str | None:
    variable = proxy_variable(url)
    if not variable:
        return None
    found = getproxies()
    proxy = found.get(urlsplit(url).scheme) or found["all"]
    proxy = (proxy if "://" in proxy else f"http://{proxy}").strip()
    cure = f"correct it, unset it, or name {urlsplit(url).hostname} in NO_PROXY"
    problem = address_problem(proxy, _PROXIES, credentials=True)
    if problem:
        raise InputError(f"{variable}: is no proxy's address: {problem}; {cure}")
    try:
        openai.DefaultHttpxClient(proxy=proxy, trust_env=False, verify=False).close()
    except ImportError:
        raise InputError(
            f"{variable}: a SOCKS proxy needs socksio (pip install socksio); install it, or {cure}"
        ) from None
    except Exception as error:  # as in open_client
        raise InputError(f"{variable}: is no proxy's address ({type(error).__name__}); {cure}") from error
    return proxy


def _certificates(openai: ModuleType) -> ssl.SSLContext:
    try:
        return _library(openai).create_ssl_context()
    except (OSError, ValueError) as error:  # SSLError is an OSError
        reason = (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:120]
        given = [name for name in _CERTIFICATES if os.environ.get(name)]
        at_fault = next(
            (name for name in given if _breaks(name)), given[0] if given else "the certificates of this system"
        )
        cure = "name a readable file of certificates in PEM format, or unset it"
        if at_fault == "SSLKEYLOGFILE":
            cure = "name a file that can be written, or unset it"
        raise InputError(f"{at_fault}: cannot be used ({reason}); {cure}") from error


def _breaks(name: str) -> bool:
    """Whether this variable alone keeps a context from being made."""
    value = os.environ[name]
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if name == "SSL_CERT_FILE":
            context.load_verify_locations(cafile=value)
        elif name == "SSL_CERT_DIR":
            context.load_verify_locations(capath=value)
        else:
            context.keylog_filename = value
    except (OSError, ValueError):
        return True
    return False


def _library(openai: ModuleType) -> ModuleType:
    """httpx, or the library that took its place, whichever the client is built on."""
    base = next(kind for kind in openai.DefaultHttpxClient.__mro__ if kind.__name__ == "Client")
    return sys.modules[base.__module__.partition(".")[0]]
