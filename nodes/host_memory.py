"""The host's model management as the one that rules over our models' memory."""

from __future__ import annotations

import weakref
from typing import Any

import torch

from ..agent.models.memory import ROOM
from ..agent.models.residency import Resident


class HostMemory:
    """See ModelMemory: the host moves our models as it moves its own, and lets them go when it needs their place."""

    def __init__(self) -> None:
        import comfy.model_management as management

        self.device: torch.device = management.get_torch_device()
        self._patchers: weakref.WeakKeyDictionary[Resident, Any] = weakref.WeakKeyDictionary()

    def use(self, model: Resident) -> None:
        """See ModelMemory."""
        import comfy.model_management as management

        if not model.movable:
            self.make_room(model.size - model.size_on(self.device))
            return
        # All or nothing: the host's loading by halves needs layers of its own make.
        management.load_models_gpu([self._patcher(model)], force_full_load=True)

    def make_room(self, size: int) -> None:
        """See ModelMemory."""
        import comfy.model_management as management

        if self.device.type != "cpu" and size > 0:
            management.free_memory(size * ROOM, self.device)

    def let_go(self) -> None:
        """See ModelMemory."""
        import comfy.model_management as management

        management.unload_all_models()

    def _patcher(self, model: Resident) -> Any:
        import comfy.model_patcher

        if model not in self._patchers:
            whole = torch.nn.ModuleList(model.parts)
            self._patchers[model] = comfy.model_patcher.ModelPatcher(
                whole, load_device=self.device, offload_device=torch.device("cpu")
            )
        return self._patchers[model]


_memory: HostMemory | None = None


def host_memory() -> HostMemory:
    """The one of this process."""
    global _memory  # noqa: PLW0603 - the host has one memory
    if _memory is None:
        _memory = HostMemory()
    return _memory
