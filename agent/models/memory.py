"""Devices and memory: where a model runs, in which precision, and what to do when it does not fit."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeVar

from ..core.errors import BackendError

if TYPE_CHECKING:
    import torch

Offload = Literal["auto", "none", "model", "sequential"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]

Made = TypeVar("Made")

#: Memory that a model needs, as a multiple of its weights: the rest is for activations.
ROOM = 1.35
# Models of this process work one at a time: they share the GPU's memory and torch's global dice, and a segmentation model
# keeps the picture that it looks at.
_working = threading.RLock()


def choose_device() -> torch.device:
    """The GPU where there is one, else the CPU."""
    import torch

    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def choose_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """The dtype of weights. auto: bfloat16 on a GPU that computes in it, float16 on others, float32 on the CPU."""
    import torch

    if precision != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[precision]
    if device.type == "cpu":
        return torch.float32
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.bfloat16
    return torch.float16


def choose_offload(asked: Offload, weight_bytes: int, device: torch.device) -> Offload:
    """auto: "none" where the weights fit into the GPU's memory with room for activations, else "model"."""
    import torch

    if device.type != "cuda":
        return "none"
    if asked != "auto":
        return asked
    _, total = torch.cuda.mem_get_info(device)
    return "none" if weight_bytes * ROOM < total else "model"


def free_memory(device: torch.device) -> int:
    """Bytes that are free on the device; on one that shares the main memory, as many as there can be."""
    import torch

    return int(torch.cuda.mem_get_info(device)[0]) if device.type == "cuda" else 2**62


def release() -> None:
    """Gives unused memory back."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def with_retry(work: Callable[[], Made], save_memory: Callable[[], bool], model: str) -> Made:
    """Runs `work`; out of memory, calls `save_memory` (False where nothing is left to save) and tries once more.

    Only one thread is in here at a time. Raises BackendError where it does not fit even so.
    """
    import torch

    with _working:
        try:
            return work()
        except torch.OutOfMemoryError:
            release()
            if not save_memory():
                raise BackendError(_too_large(model)) from None
        try:
            return work()
        except torch.OutOfMemoryError:
            release()
            raise BackendError(_too_large(model)) from None


def _too_large(model: str) -> str:
    return f"{model} does not fit into the GPU's memory, offloaded too; use a smaller or quantized model, or a smaller size"
