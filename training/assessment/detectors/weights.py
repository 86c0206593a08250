"""Weights of known networks, from a file that the user names: nothing is downloaded."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from ....agent.core.errors import InputError


def read_weights(path: Path, network: str) -> dict[str, torch.Tensor]:
    """A state dict from a .pth, .pt or .safetensors file; no code in it is run. network: its name, for errors.

    Raises InputError where the file cannot be read or holds no weights.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; give the weights of {network}")
    try:
        safe = path.suffix == ".safetensors"
        state = load_file(path) if safe else torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, KeyError, UnpicklingError, SafetensorError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: cannot be read as weights of {network} ({reason})") from error
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise InputError(f"{path}: holds no plain weights; give the state dict of {network}")
    return state


def load_weights(module: torch.nn.Module, state: dict[str, torch.Tensor], path: Path, network: str) -> None:
    """Puts weights into a module. Raises InputError where they are another network's."""
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        raise InputError(f"{path}: holds weights of another network than {network}") from error
