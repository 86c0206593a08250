"""The `models` of a plan's file: the same choices as the command line's options."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from ..assembly.choice import ModelChoice
from ..assembly.options import MODEL_OPTIONS
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
            reader.problem(keys[one.name], f"{one.name} must be a number above 0, got {text[:40]!r}")
            continue
        if one.name == "server":
            _check_address(reader, keys[one.name], text)
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


def _check_address(reader: NodeReader, node: yaml.Node, text: str) -> None:
    try:
        choose_url(text)
    except ValueError as error:  # an InputError is one; the library that takes addresses apart raises others
        reader.problem(node, f"server: {error}")
