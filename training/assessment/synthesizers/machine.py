"""When, where and with what figures were measured, for the page."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path

_PACKAGES = (
    "numpy", "opencv-python-headless", "opencv-python", "torch", "torchvision", "scikit-image", "anomalib", "imgaug",
)  # fmt: skip


def describe_run() -> dict[str, str]:
    """date: in ISO form. processor: name and cores. system: with Python's version. versions: of the libraries."""
    cores = _cores()
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "processor": f"{_processor()}, {cores} core{'s' if cores > 1 else ''}",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": ", ".join(_versions()),
    }


def _processor() -> str:
    """The processor's name; its architecture where the system does not name it."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _versions() -> list[str]:
    found = []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
