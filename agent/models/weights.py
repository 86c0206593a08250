"""Checks weights on the disk before a library reads them, so that an error names the broken file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import InputError
from ..core.foreign_files import is_there
from ..core.json_reading import read_json

# A safetensors header is JSON of at most this many bytes (the format's own limit).
_MOST_HEADER = 100_000_000
_METADATA = "__metadata__"


def check_weights(folder: Path) -> None:
    """Raises InputError, naming the file and what was expected, for a truncated or foreign .safetensors below folder."""
    for path in sorted(folder.rglob("*.safetensors")) if folder.is_dir() else [folder]:
        check_safetensors(path)


def weight_bytes(folder: Path) -> int:
    """Bytes of all weights below the folder."""
    return sum(path.stat().st_size for path in folder.rglob("*.safetensors"))


def check_safetensors(path: Path) -> None:
    """Compares the file's size with what its header says (format: 8 bytes of length, JSON, the tensors' bytes)."""
    length, header = _read_header(path)
    size = path.stat().st_size
    try:
        ends = [value["data_offsets"][1] for name, value in header.items() if name != _METADATA]
        expected = 8 + length + max(ends, default=0)
    except (KeyError, TypeError, IndexError) as error:
        raise InputError(f"{path}: no safetensors file (its header cannot be read); download it again") from error
    if size != expected:
        raise InputError(f"{path}: {size} bytes, but its header says {expected}; the download was cut off, repeat it")


def tensor_names(path: Path) -> set[str]:
    """Names of the tensors of a safetensors file. Raises InputError for any other file."""
    if not path.is_file():
        raise InputError(f"{path}: is missing; download the folder again")
    return set(_read_header(path)[1]) - {_METADATA}


def check_all_loaded(missing: Iterable[str], folder: Path) -> None:
    """Raises InputError where a model has tensors, by name, that its folder does not: libraries fill them with random numbers."""
    names = sorted(missing)
    if names:
        raise InputError(
            f"{folder}: its weights lack {len(names)} of the model's tensors, such as {names[0]}; download it again"
        )


def check_part(part: Any, folder: Path) -> None:
    """Raises InputError where most of a part's tensors are not in its folder's weights: they are another model's. Some may be
    stored under older names, which the library knows. part: a torch module."""
    files = list(folder.glob("*.safetensors"))
    stored = set().union(*map(tensor_names, files))
    wanted = set(part.state_dict())
    if files and 2 * len(wanted & stored) < len(wanted):
        check_all_loaded(wanted - stored, folder)


def check_finite(tensors: Iterable[tuple[str, Any]], path: Path) -> None:
    """Raises InputError where a tensor, by its name, holds NaN or infinity, as training that diverged leaves. tensors: NumPy's or
    torch's. path: where they are from."""
    for name, tensor in tensors:
        finite = tensor.isfinite() if hasattr(tensor, "isfinite") else np.isfinite(tensor)
        if not bool(finite.all()):
            raise InputError(
                f"{path}: {name} holds NaN or infinity, so its training diverged; give an earlier checkpoint, or train again "
                "with a lower learning rate"
            )


def _read_header(path: Path) -> tuple[int, dict[str, Any]]:
    try:
        is_there(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); download it again") from error
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or not 2 <= length <= min(_MOST_HEADER, size - 8):
            raise InputError(f"{path}: no safetensors file (its header does not fit {size} bytes); download it again")
        try:
            header = read_json(file.read(length))
        except ValueError as error:
            raise InputError(f"{path}: no safetensors file (its header cannot be read); download it again") from error
    if not isinstance(header, dict):
        raise InputError(f"{path}: no safetensors file (its header cannot be read); download it again")
    return length, header
