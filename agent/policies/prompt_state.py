"""Where a conversation's prompt stands: what policies that change a prompt start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ..defects.edit import Box, Edit
from ..defects.prompt_text import note_of, read_prompt, split_explanation, write_prompt


@dataclass(frozen=True)
class PromptState:
    """item, anomaly: the task's names. prompt: the last one. knowledge: what was looked up. note: a sentence about the surface,
    for prompts that have none of their own. by_user: the last prompt in the user's own words, "" for none. bounds: the
    product's bounding box in fractions of the image. size: (height, width) px, for prompts with a box in px. images: the
    conversation's image by the number that the small policy is told.
    """

    item: str
    anomaly: str
    prompt: str = ""
    knowledge: str = ""
    note: str = ""
    by_user: str = ""
    bounds: Box = (0.0, 0.0, 1.0, 1.0)
    size: tuple[int, int] | None = None
    images: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def edit(self) -> Edit:
        """The last prompt in numbers, without what it tells of the knowledge. Raises UnknownAnomalyError."""
        return self._read(self.prompt)

    def where_asked(self, edit: Edit) -> Edit:
        """The edit, moved back to where the user said that the defect goes."""
        asked = self._read(self.by_user)
        return edit if asked.box is None and asked.place is None else edit.with_(box=asked.box, place=asked.place)

    def rewritten(self, edit: Edit) -> str:
        """The paragraph for a changed edit. It keeps the prompt's own sentences on what is not the defect itself."""
        note = note_of(self.prompt, self.anomaly, self.bounds, self.size) or self.note
        return write_prompt(edit, self.item, self.anomaly, note, self.bounds)

    def _read(self, prompt: str) -> Edit:
        return read_prompt(split_explanation(prompt)[0], self.anomaly, self.bounds, self.size, self.item)[0]
