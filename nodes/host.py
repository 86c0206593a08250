"""The host's services, imported when first used: devices, interrupt, progress with previews, folders, messages."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from PIL import Image

from ..agent.core.errors import InputError
from ..agent.core.foreign_files import real_path
from ..agent.core.text import one_line

# Longest side of a preview that is sent while a node runs, in px.
_PREVIEW_SIDE = 512
# Of what a model writes, so many characters are shown at least so many seconds apart.
_SHOWN, _PAUSE = 600, 0.3
# How often work in a thread looks for an interrupt, in seconds.
_POLL = 0.1
#: Folder of the pack's own examples, beside the workflows that use them.
_PACK = Path(__file__).resolve().parents[1] / "workflows"

T = TypeVar("T")


def to_host(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor on the device, and in the dtype, in which the host keeps images between nodes."""
    import comfy.model_management as management

    dtype = getattr(management, "intermediate_dtype", lambda: torch.float32)()
    return tensor.to(management.intermediate_device(), dtype)


def ordinary_tensors() -> torch.inference_mode:
    """For loading models: nodes run in inference mode, and weights that are made in it cannot be adapted or moved freely."""
    return torch.inference_mode(False)


def check_interrupt() -> None:
    """Raises the host's exception when the user has asked it to stop."""
    import comfy.model_management

    comfy.model_management.throw_exception_if_processing_interrupted()


def interruptible(work: Callable[[], T]) -> T:
    """What work() gives. It runs in a thread, so that an interrupt takes effect at once; its later result is discarded.

    For work on arrays that knows no steps of its own; torch's modes of the node's thread do not hold in it.
    """
    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    while not wait([future], timeout=_POLL).done:
        check_interrupt()
    return future.result()


class Progress:
    """The progress bar of the node that runs, of `total` steps. Every call also honours an interrupt."""

    def __init__(self, total: int) -> None:
        import comfy.utils

        self._bar = comfy.utils.ProgressBar(total)
        self._total = total

    def show(self, done: int, image: np.ndarray | None = None) -> None:
        """done: steps, 0 to total. image: (H, W, 3) uint8 for the preview."""
        check_interrupt()
        preview = None if image is None else ("JPEG", Image.fromarray(image), _PREVIEW_SIDE)
        self._bar.update_absolute(done, self._total, preview)

    def show_share(self, done: float, total: float) -> None:
        """For work that counts its own steps, such as bytes of a download."""
        self.show(round(self._total * min(1.0, done / total)) if total else 0)


def client() -> str | None:
    """The id of the client that queued the run, such as a tab of the page; None where it was queued without one."""
    from server import PromptServer

    return None if PromptServer.instance is None else PromptServer.instance.client_id


def send(event: str, data: dict[str, Any], to: str | None = None) -> None:
    """Sends an event to a client, by default the one that queued the run; nothing where there is none."""
    from server import PromptServer

    to = to or client()
    if to is not None:
        PromptServer.instance.send_sync(event, data, to)


def notice(text: str) -> None:
    """Tells the user of something that is no error: in the log, and on the node that runs where the page shows such texts."""
    from server import PromptServer

    logging.warning("AnomalyAgent: %s", one_line(text))
    node, to = running_node(), client()
    show = getattr(PromptServer.instance, "send_progress_text", None)
    if node is not None and to is not None and show is not None:
        show(one_line(text), node, to)


class Writing:
    """Shows what a language model writes while it writes, in the node that runs; honours an interrupt at every piece."""

    def __init__(self) -> None:
        self._tail = ""
        self._next = 0.0

    def __call__(self, piece: str) -> None:
        """piece: the next words; "" where nothing new has come."""
        check_interrupt()
        self._tail = (self._tail + piece)[-_SHOWN:]
        now = time.monotonic()
        if piece and now >= self._next:
            self._next = now + _PAUSE
            node = running_node()
            if node is not None:
                send("anomaly_agent.writing", {"node": node, "text": self._tail})


def running_node() -> str | None:
    """The id of the node that runs in this thread, as the page knows it."""
    try:
        from comfy_execution.utils import get_executing_context
    except ImportError:  # hosts before 0.3.50 do not say
        return None
    context = get_executing_context()
    return None if context is None else str(context.node_id)


def file_names(kind: str) -> list[str]:
    """Names of the files in the host's folders of a kind."""
    import folder_paths

    return list(folder_paths.get_filename_list(kind))


def find_file(kind: str, name: str) -> Path:
    """The file of that name. Raises InputError where it is gone."""
    import folder_paths

    found = folder_paths.get_full_path(kind, name)
    if found is None:
        raise InputError(f"{kind}: no file {name!r} (any more); reload the page's lists (R)")
    return Path(found)


def output_folder(name: str, field: str) -> Path:
    """A folder below the host's output folder. Raises InputError for a path that leaves it."""
    import folder_paths

    root = real_path(Path(folder_paths.get_output_directory()))
    folder = real_path(root / name.strip())
    if not name.strip():
        raise InputError(f"{field}: is empty; name a folder below {root}")
    if folder == root or not folder.is_relative_to(root):
        raise InputError(f"{field}: {name!r} is not inside the output folder {root}; give a name such as 'anomalies'")
    return folder


def find_folder(name: str, field: str) -> Path:
    """An existing folder: absolute, or below the host's input or output folder, or among the pack's examples."""
    import folder_paths

    given = name.strip()
    if not given:
        raise InputError(f"{field}: is empty; give a folder, absolute or inside ComfyUI's input or output folder")
    roots = [Path(folder_paths.get_input_directory()), Path(folder_paths.get_output_directory()), _PACK]
    for root in [Path(), *roots] if Path(given).expanduser().is_absolute() else roots:
        folder = root / Path(given).expanduser()
        if folder.is_dir():
            return folder
    looked = ", ".join(str(root) for root in roots[:2])
    raise InputError(f"{field}: no folder {given!r}; give an absolute path, or make it in one of {looked}")
