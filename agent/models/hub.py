"""Finds a model's folder on this machine, or downloads it if the user allows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from ..core.errors import InputError
from ..core.text import one_line
from .libraries import require

# Code, weights in formats that can run code when they are read, and those of other frameworks.
_UNWANTED = [
    "*.py", "*.pyc", "*.pyd", "*.so", "*.dll", "*.dylib", "*.exe", "*.sh", "*.bat", "*.ps1", "*.ipynb", "*.jar", "*.whl",
    "*.bin", "*.ckpt", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.joblib", "*.dill", "*.npy", "*.npz", "*.zip", "*.tar*", "*.7z",
    "*.msgpack", "*.h5", "*.keras", "*.pb", "*.tflite", "*.ot", "*.onnx*", "*.gguf",
]  # fmt: skip


#: Called while a model is downloaded, with (done, total) of what the hub's library counts; may raise to cancel.
OnProgress = Callable[[float, float], None]


def find_model(
    source: str, index: str, expected: str, download_to: Path | None = None, on_progress: OnProgress | None = None
) -> Path:
    """The folder of a model. source: the folder, or a hub id such as "owner/name", which is looked for below download_to
    and downloaded into it; None allows no download. index: the file by which the folder is known. expected: what to give.

    Raises InputError for anything else.
    """
    try:
        folder = Path(source).expanduser()
        is_folder = folder.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # a name that no disk takes, or of nobody's home
        raise InputError(f"{one_line(source)[:200]}: can be no folder's name; give {expected}") from error
    source = one_line(source)
    if is_folder:
        if not (folder / index).is_file():
            raise InputError(f"{folder}: {index} is missing; give {expected}")
        return folder
    if folder.is_file():
        raise InputError(f"{folder}: a single file; give {expected}, with {index}")
    if folder.is_absolute() or source.count("/") != 1 or source.startswith((".", "~")):
        raise InputError(f"{source}: no such folder; give {expected}, or a hub id such as owner/name")
    if download_to is None:
        raise InputError(f"{source}: not on this machine; allow the download, or give {expected}")
    target = download_to / source.replace("/", "--")
    hub = require("huggingface_hub", "a download")
    try:
        # Goes on where an earlier download was cut off; what is complete is not fetched again.
        hub.snapshot_download(
            source, local_dir=str(target), ignore_patterns=_UNWANTED, tqdm_class=_progress_class(on_progress)
        )
    except (OSError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(f"{source}: cannot be downloaded ({reason[:200]})") from error
    return find_model(str(target), index, expected)


def _progress_class(on_progress: OnProgress | None) -> type[tqdm]:
    """The console's progress bar, which also calls on_progress."""
    if on_progress is None:
        return tqdm
    tell = on_progress

    class Progress(tqdm):
        def update(self, n: float | None = 1) -> bool | None:
            shown = super().update(n)
            tell(float(self.n), float(self.total or 0))
            return shown

    return Progress
