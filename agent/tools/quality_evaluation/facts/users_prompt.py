"""What a user's own prompt asks for beyond the anomaly type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ....core.task import Task
from ....defects.description import Attributes, Cell, Description
from ....defects.edit import Box, Edit
from ....defects.prompt_text import read_prompt

# A number in a prompt is meant within this factor, a severity within this much.
_FACTOR, _REACH = 1.35, 0.12
# Softness of an edge up to which it is a sharp one, and from which a soft one.
_SHARP, _SOFT = 0.3, 0.6
# A box that spans less than this share of the picture says where along that side.
_NARROW = 0.75
_AS_SAID = (
    "tone",
    "colour",
    "width",
    "angle",
    "direction",
    "place",
    "relation",
    "part",
    "part_number",
    "shape",
    "gloss",
    "relief",
)
# What says where: one of them is enough, and they go together.
_WHERE = ("place", "cell", "relation", "part", "part_number")


def with_users_prompt(description: Description, task: Task) -> Description:
    """The description with what the user's own prompt says of its families; the anomaly type has the last word."""
    if not task.prompt:
        return description
    edits: dict[str, Edit] = {}
    for edit in read_prompt(task.prompt, task.asked, size=task.image.shape[:2], item=task.item):
        edits.setdefault(edit.family, edit)
    return replace(
        description,
        defects=tuple(
            replace(asked, attributes=_filled(asked.attributes, edits[asked.family]))
            if asked.family in edits
            else asked
            for asked in description.defects
        ),
    )


def _filled(said: Attributes, edit: Edit) -> Attributes:
    """What is said of a defect, and of the rest what an edit says."""
    told: dict[str, Any] = {name: getattr(edit, name) for name in _AS_SAID}
    if edit.count is not None:
        told["count"] = (edit.count, edit.count)
    if edit.size is not None:
        told["size"] = (edit.size / _FACTOR, edit.size * _FACTOR)
    if edit.severity is not None:
        told["severity"] = (max(0.0, edit.severity - _REACH), min(1.0, edit.severity + _REACH))
    told["edge"] = _edge(edit)
    told["cell"] = None if edit.box is None else _cell(edit.box)
    held = dict(said.said())
    if held.keys() & set(_WHERE):
        told = {name: value for name, value in told.items() if name not in _WHERE}
    if held.keys() & {"angle", "direction"}:
        told = {name: value for name, value in told.items() if name not in ("angle", "direction")}
    if held.keys() & {"tone", "colour"}:
        told = {name: value for name, value in told.items() if name not in ("tone", "colour")}
    return said.with_(**{name: value for name, value in told.items() if value is not None and name not in held})


def _edge(edit: Edit) -> str | None:
    if edit.halo:
        return "halo"
    if edit.softness is None or _SHARP < edit.softness < _SOFT:
        return None
    return "sharp" if edit.softness <= _SHARP else "soft"


def _cell(box: Box) -> Cell | None:
    """The third of the picture's height and width in which a box has its middle; None along a side that it spans."""
    row, column = (
        min(2, int(1.5 * (low + high))) if high - low < _NARROW else None
        for low, high in ((box[1], box[3]), (box[0], box[2]))
    )
    return None if row is None and column is None else (row, column)
