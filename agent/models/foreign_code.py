"""Refuses what would run code out of a model's folder: it holds weights and settings, and nothing else in it is ever run.

The libraries are told so too (trust_remote_code=False, use_safetensors=True). This says it in one line, before they read
anything, and does not depend on their version.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType
from typing import Any

from ..core.errors import InputError

_INDEX, _CONFIG = "model_index.json", "config.json"
_MAP = "auto_map"
# Libraries that a pipeline's parts may come from; importing any other runs it.
_LIBRARIES = ("diffusers", "transformers")
# Weights that libraries unpickle where there are no others, beside one of these settings.
_PICKLES = ("pytorch_model*.bin", "diffusion_pytorch_model*.bin", "adapter_model*.bin")
_BESIDE = ("config.json", "adapter_config.json")
# Where settings name a kernel, which the hub's library would fetch and run.
_KERNELS = ("attn_implementation", "experts_implementation", "kernel_config")
# Settings are small; what is larger is a vocabulary.
_MOST_SETTINGS = 2**20
_CURE = "code out of a model's folder is never run; take a model that the library itself knows"


def refuse_code(folder: Path) -> None:
    """Raises InputError, naming the file, for pickled weights without others, and for settings that have code fetched or run,
    whichever library reads the folder."""
    for path, settings in _settings(folder):
        if (name := _kernel(settings)) is not None:
            raise InputError(
                f"{path}: {name} names a kernel to fetch and run; delete the entry, as such code is never run"
            )
    for path in sorted(folder.rglob("*.bin")):
        read = any(fnmatchcase(path.name, one) for one in _PICKLES) and any(
            (path.parent / one).exists() for one in _BESIDE
        )
        if read and not any(path.parent.glob("*.safetensors")):
            raise InputError(f"{path}: pickled weights can run code when they are read; take the .safetensors version")


def refuse_pipeline_code(folder: Path, diffusers: ModuleType) -> None:
    """See refuse_code: for a pipeline of diffusers, whose parts must be diffusers' or transformers' own."""
    refuse_code(folder)
    index = folder / _INDEX
    settings = _read(index)
    if not isinstance(settings, dict):
        raise InputError(f"{index}: no JSON object; download the folder again")
    kind = settings.get("_class_name")
    if not isinstance(kind, str) or not hasattr(diffusers, kind) or (folder / "None.py").exists():
        raise InputError(f"{index}: its pipeline is {str(kind)[:60]!r}, which is none of diffusers' own; {_CURE}")
    for name, part in settings.items():
        if not (isinstance(part, list) and len(part) == 2) or part == [None, None] or name.startswith("_"):
            continue
        library, kind = part
        known = isinstance(library, str) and (library in _LIBRARIES or hasattr(diffusers.pipelines, library))
        if not known or not isinstance(kind, str) or (folder / name / f"{library}.py").exists():
            raise InputError(f"{index}: {name} is {str(kind)[:60]!r} of {str(library)[:60]!r}; {_CURE}")
        if kind.startswith("Auto"):
            refuse_mapped_code(folder / name)


def refuse_mapped_code(folder: Path, known: Container[str] = ()) -> None:
    """Raises InputError for a folder whose settings map a class to code of its own, unless the model's type is among `known`,
    whose classes are the library's own."""
    config = _read(folder / _CONFIG)
    kind = config.get("model_type") if isinstance(config, dict) else None
    if isinstance(kind, str) and kind in known:
        return
    for path, settings in _settings(folder, below=False):
        if settings.get(_MAP):
            raise InputError(f"{path}: {_MAP} names code of the model's own; {_CURE}")


def _settings(folder: Path, below: bool = True) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The settings in a folder. below: in those under it, too."""
    for path in sorted(folder.rglob("*.json") if below else folder.glob("*.json")):
        if path.is_file() and isinstance(settings := _read(path), dict):
            yield path, settings


def _read(path: Path) -> Any:
    try:
        if path.stat().st_size > _MOST_SETTINGS:
            return None
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None  # the library that needs it says so


def _kernel(value: Any, depth: int = 0) -> str | None:
    """The entry that names a kernel, at any depth."""
    for name, inner in value.items():
        if name.lstrip("_").startswith(_KERNELS) and "/" in json.dumps(inner):
            return str(name)[:60]
        if isinstance(inner, dict) and depth < 8 and (found := _kernel(inner, depth + 1)) is not None:
            return found
    return None
