"""The `models` of a plan's file: the same choices as the command line's options."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from ..assembly.choice import ModelChoice
from ..assembly.options import MODEL_OPTIONS
from ..core.errors import InputError
from ..models.language.keys import choose_url
from .plan_nodes import NodeReader

_LORAS, _DOWNLOAD = "loras", "download_to"


def read_models(reader: NodeReader, node: yaml.Node, folder: Path) -> ModelChoice:
    """folder: what paths are relative to. A name that is also a folder there is that folder, else it is a hub id or a model
    at a server."""
    keys = reader.mapping(node, "models", (*(one.name for one in MODEL_OPTIONS), _LORAS))
    given: dict[str, Any] = {}
    for one in MODEL_OPTIONS:
        text = reader.text(keys[one.name], one.name) if one.name in keys else None
        if text is None:
            continue
        if one.choices is not None and text not in one.choices:
            reader.problem(keys[one.name], f"{one.name} must be one of {', '.join(one.choices)}, got {text[:40]!r}")
            continue
        try:
            given[one.name] = one.read(text)
        except (ValueError, OverflowError):
            reader.problem(keys[one.name], f"{one.name} must be {one.wanted}, got {text[:40]!r}")
            continue
        if one.name == "server" and not _check_address(reader, keys[one.name], text):
            del given[one.name]
        if one.read is Path:
            given[one.name] = _there(reader, keys[one.name], folder, text, one.name)
        elif one.name in ("editor", "language_model") and os.path.isdir(folder / os.path.expanduser(text)):
            given[one.name] = str(folder / os.path.expanduser(text))
    loras = reader.texts(keys[_LORAS], _LORAS) if _LORAS in keys else []
    given[_LORAS] = tuple(_there(reader, one, folder, text, _LORAS) for one, text in loras)
    return ModelChoice(**given)


def _there(reader: NodeReader, node: yaml.Node, folder: Path, text: str, name: str) -> Path:
    path = folder / os.path.expanduser(text)
    if name != _DOWNLOAD and not os.path.exists(path):
        reader.problem(node, f"{name}: no such file or folder: {text!r}")
    return path


def _check_address(reader: NodeReader, node: yaml.Node, text: str) -> bool:
    try:
        choose_url(text, "server")
    except InputError as error:
        reader.problem(node, str(error))
        return False
    return True
