"""Which models are on the GPU: all that fit together; the one used longest ago leaves first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from .memory import ROOM, choose_device, free_memory, release

if TYPE_CHECKING:
    import torch


class Resident:
    """A model's weights as one thing to move. movable: False where another library moves them, or they cannot be moved.

    parts: torch modules.
    """

    def __init__(self, parts: Sequence[Any], name: str, movable: bool = True) -> None:
        self.parts = list(parts)
        self.name = name
        self.movable = movable

    @property
    def size(self) -> int:
        """Bytes of all weights."""
        return sum(value.numel() * value.element_size() for part in self.parts for value in part.parameters())

    def size_on(self, device: torch.device) -> int:
        """Bytes of the weights that are on the device now."""
        return sum(
            value.numel() * value.element_size()
            for part in self.parts
            for value in part.parameters()
            if value.device.type == device.type
        )

    def move(self, device: torch.device) -> None:
        """Moves all parts."""
        for part in self.parts:
            part.to(device)


class ModelMemory(Protocol):
    """Who rules over the GPU's memory: this process, or the host. device: where models run."""

    device: torch.device

    def use(self, model: Resident) -> None:
        """Called before each use: brings the model to the device, or makes room for it where it is not movable."""

    def make_room(self, size: int) -> None:
        """Called before weights of `size` bytes are loaded straight to the device: others leave it where they must."""

    def let_go(self) -> None:
        """Moves every model off the device."""


class OwnMemory:
    """Rules over the GPU where no host does. free: bytes that are free there."""

    def __init__(self, device: torch.device, free: Callable[[], int]) -> None:
        self.device = device
        self._free = free
        self._loaded: list[Resident] = []

    def use(self, model: Resident) -> None:
        """See ModelMemory."""
        if model in self._loaded:
            self._loaded.remove(model)
            self._loaded.append(model)
            return
        self.make_room(model.size - model.size_on(self.device))
        if model.movable:
            model.move(self.device)
            self._loaded.append(model)

    def make_room(self, size: int) -> None:
        """See ModelMemory."""
        while self._loaded and self._free() < int(size * ROOM):
            _put_off(self._loaded.pop(0))

    def let_go(self) -> None:
        """See ModelMemory."""
        while self._loaded:
            _put_off(self._loaded.pop())


def _put_off(model: Resident) -> None:
    import torch

    if model.movable:
        model.move(torch.device("cpu"))
    release()


@lru_cache(maxsize=1)
def shared_memory() -> OwnMemory:
    """The one for models of this process that were given no other."""
    device = choose_device()
    return OwnMemory(device, lambda: free_memory(device))
