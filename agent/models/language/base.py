"""What every language model offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...core.errors import InputError


@dataclass(frozen=True)
class GenerationOptions:
    """max_new_tokens: of one turn, reasoning included. temperature: 0 takes the likeliest token, None the model's own way
    of sampling. image_side: larger images are scaled to this longest side in px, for each costs tokens by its area.
    time_limit: seconds that one turn may take; retries are in it.
    """

    max_new_tokens: int = 2048
    temperature: float | None = None
    image_side: int = 1024
    time_limit: float = 300.0

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1:
            raise InputError(f"max_new_tokens must be 1 or more, got {self.max_new_tokens}")
        if self.temperature is not None and not 0 <= self.temperature <= 2:
            raise InputError(f"temperature must be 0-2, got {self.temperature:g}")
        if self.image_side < 64:
            raise InputError(f"image_side must be 64 px or more, got {self.image_side}")
        if self.time_limit <= 0:
            raise InputError(f"time_limit must be above 0 s, got {self.time_limit:g}")


class LanguageModel(Protocol):
    """A chat model that sees images. on_text: called with each piece of text as it is written, and at least a few times a
    second while nothing comes; may raise to cancel.
    """

    name: str
    on_text: Callable[[str], None] | None

    def chat(self, messages: Sequence[dict[str, Any]], images: Sequence[np.ndarray], seed: int) -> str:
        """The assistant's next turn. messages: as in Trajectory. images: (H, W, 3) uint8, numbered in messages from 1.

        The same seed gives the same text where the model allows it. Raises BackendError where the model fails.
        """
