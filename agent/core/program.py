"""Which program this is: its version, and what of its code and data decides how a sample looks."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

#: The program's name.
TOOL = "anomaly-agent"
# What a sample follows from: none of the commands, pages, readers and writers.
_DECIDING = (
    "assembly",
    "core",
    "defects",
    "imaging",
    "loop",
    "models",
    "policies",
    "scene",
    "tools",
    "dataset/samples.py",
)


def tool_version() -> str:
    """The installed version of this package, "unknown" where it runs from a folder, as in ComfyUI."""
    try:
        return version(TOOL)
    except PackageNotFoundError:
        return "unknown"


@lru_cache(maxsize=1)
def samples_digest() -> str:
    """Of the code, notes and checkpoint that samples are made with; 16 hex digits. A sample's bytes can only change with it,
    with the user's input, or with a library."""
    root = Path(__file__).parents[1]
    files: set[Path] = set()
    for part in _DECIDING:
        files.update([root / part] if part.endswith(".py") else (root / part).rglob("*"))
    digest = hashlib.sha256()
    for path in sorted(path for path in files if path.is_file() and "__pycache__" not in path.parts):
        digest.update(f"{path.relative_to(root).as_posix()}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
