"""A language model as the policy."""

from __future__ import annotations

import json
import zlib

from ..core.trajectory import Trajectory
from ..models.language import LanguageModel


class LanguageModelPolicy:
    """Asks a language model for every turn; it sees the whole conversation with its images. seed: for its sampling."""

    def __init__(self, model: LanguageModel, seed: int = 0) -> None:
        self.model = model
        self.seed = seed
        self.name = model.name

    def next_turn(self, conversation: Trajectory) -> str:
        """See Policy. The dice are drawn from the conversation, so that the same one gives the same turn."""
        drawn = zlib.crc32(json.dumps(conversation.messages, sort_keys=True).encode(), self.seed % 2**32)
        for image in conversation.images[:1]:  # two products may share every word so far
            drawn = zlib.crc32(image.tobytes(), drawn)
        return self.model.chat(conversation.messages, conversation.images, drawn)
