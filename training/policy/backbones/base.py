"""What a backbone brings to training."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Protocol

from datasets import Dataset

from ..environment import Modality
from ..trajectories.load import Record


class Backbone(Protocol):
    """What is trained. modality: how its environment shows images to it. families: defect families that it has words for; None
    for all."""

    modality: Modality
    families: Collection[str] | None

    def start(self) -> tuple[Any, Any]:
        """(model, tokenizer or processor) that SFT starts from. Raises InputError where there is none."""

    def load(self, folder: Path) -> tuple[Any, Any]:
        """(model, tokenizer or processor) that SFT or GRPO has saved. Raises InputError for another folder."""

    def dataset(self, records: list[Record]) -> Dataset:
        """Trajectories as SFTTrainer takes them: {"messages"} with, for a model that sees, {"images"}."""

    def arguments(self) -> dict[str, Any]:
        """Arguments for both trainers' configs that this backbone needs."""

    def peft(self) -> Any:
        """A PEFT configuration, or None where all weights are trained."""

    def save(self, trainer: Any, folder: Path) -> None:
        """Writes a checkpoint that the pack's policies load. Every process calls it: weights may lie in parts on all."""
