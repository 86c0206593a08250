"""Where a conversation's prompt stands: what policies that change a prompt start from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ..core.verdict import Fault, FaultKind
from ..defects.describing import describe
from ..defects.edit import INSISTABLE, Box, Edit
from ..defects.prompt_text import note_of, read_prompt, split_explanation, write_prompt

# What a user's own prompt says stays as it is in every attempt, apart from what a review is about: size and strength.
_KEPT = (
    "tone",
    "colour",
    "angle",
    "direction",
    "count",
    "width",
    "shape",
    "relation",
    "part",
    "part_number",
    "gloss",
    "relief",
    "halo",
)


_MISSED: dict[FaultKind, str] = {
    FaultKind.WRONG_COUNT: "count",
    FaultKind.WRONG_PLACE: "place",
    FaultKind.WRONG_COLOUR: "colour",
    FaultKind.TOO_BRIGHT: "tone",
    FaultKind.TOO_DARK: "tone",
    FaultKind.WRONG_DIRECTION: "direction",
    FaultKind.WRONG_WIDTH: "width",
    FaultKind.WRONG_SHAPE: "shape",
    FaultKind.TOO_SMALL: "size",
    FaultKind.TOO_LARGE: "size",
    FaultKind.WRONG_RELATION: "relation",
    FaultKind.WRONG_EDGE: "edge",
    FaultKind.WRONG_GLOSS: "gloss",
    FaultKind.WRONG_RELIEF: "relief",
}


def missed_fields(faults: Iterable[Fault]) -> tuple[str, ...]:
    """The fields of a prompt, of edit.INSISTABLE, whose words a picture with these faults does not keep."""
    return tuple(dict.fromkeys(_MISSED[fault.kind] for fault in faults if fault.kind in _MISSED))


@dataclass(frozen=True)
class PromptState:
    """item, anomaly, meaning: the task's. prompt: the last one. knowledge: what was looked up. note: a sentence about the
    surface, for prompts that have none of their own. by_user: the last prompt in the user's own words, "" for none. bounds: the
    product's bounding box in fractions of the image. size: (height, width) px, for prompts with a box in px. images: the
    conversation's image by the number that the small policy is told. missed: fields of the prompt, of edit.INSISTABLE, that the
    last picture does not have as they were asked for.
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
    missed: tuple[str, ...] = ()
    meaning: str = ""

    @property
    def asked(self) -> str:
        """The text that says what to draw, as Task.asked."""
        return self.meaning or self.anomaly

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """The last prompt in numbers, one for each kind of defect, without what it tells of the knowledge."""
        return self._read(self.prompt)

    @property
    def edit(self) -> Edit:
        """The first of them."""
        return self.edits[0]

    def as_asked(self, edit: Edit) -> Edit:
        """The first edit, moved back to what the task asks for, and to where and how the user's own prompt has it."""
        first = describe(self.asked).first
        held = edit
        if edit.family == first.family:
            held = edit.held_to(first.attributes)
            if any(getattr(first.attributes, name) is not None for name in ("cell", "place", "part")):
                held = held.with_(box=self.edit.box)
        asked = self._read(self.by_user)[0]
        said = {name: value for name in _KEPT if (value := getattr(asked, name)) is not None}
        if asked.box is not None or asked.place is not None:
            said |= {"box": asked.box, "place": asked.place}
        return held.with_(**said)

    def rewritten(self, edit: Edit) -> str:
        """The paragraph for a changed first edit. It keeps the prompt's own sentences on what is not the defect itself, and
        stresses what the last picture lacked."""
        note = note_of(self.prompt, self.asked, self.bounds, self.size) or self.note
        missed = tuple(name for name in INSISTABLE if name in self.missed or name in edit.insisted)
        edits = (edit.with_(insisted=missed), *self.edits[1:])
        return write_prompt(edits, self.item, self.asked, note, self.bounds)

    def _read(self, prompt: str) -> tuple[Edit, ...]:
        text = split_explanation(prompt)[0]
        return tuple(read_prompt(text, self.asked, self.bounds, self.size, self.item))
