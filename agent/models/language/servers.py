"""Which API a server speaks, by its address. A new API is a file beside this, and a line below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .base import GenerationOptions, LanguageModel
from .keys import choose_url
from .server import ServerLanguageModel


@dataclass(frozen=True)
class ServerAPI:
    """name: for people. serves: whether a server with this address speaks it. connect: (model's name at the server, address,
    options) to the model; the key comes from the environment (see keys.py)."""

    name: str
    serves: Callable[[str], bool]
    connect: Callable[[str, str, GenerationOptions | None], LanguageModel]


#: The first that serves an address is taken; OpenAI's, which most servers speak, comes last.
SERVER_APIS: list[ServerAPI] = [ServerAPI("OpenAI", lambda url: True, ServerLanguageModel)]


def connect(model: str, base_url: str = "", options: GenerationOptions | None = None) -> LanguageModel:
    """The model behind a server, of whichever API; nothing is sent yet.

    model: its name at the server. base_url: where the API begins; empty: the environment's. Raises InputError for an empty
    name, and for an address that cannot be one.
    """
    url = choose_url(base_url)
    return next(api for api in SERVER_APIS if api.serves(url)).connect(model, url, options)
