"""What a task asks for, and its facts by name: for a judge that measures, and for one that is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....core.task import Task
from ....core.verdict import FactValue
from ....defects.describing import describe
from ....defects.description import Asked, Attributes, Description
from .place import cell_word
from .users_prompt import with_users_prompt


def describe_task(task: Task) -> Description:
    """What the task's text asks for, and the user's own prompt. Ranges that the task has as numbers take the place of the words
    for them."""
    description = with_users_prompt(describe(task.asked), task)
    return replace(description, defects=tuple(_ranged(asked, task) for asked in description.defects))


def _ranged(asked: Asked, task: Task) -> Asked:
    said: Attributes = asked.attributes
    if said.count is not None and task.defects is not None:
        said = replace(said, count=task.defects)
    if said.size is not None and task.size is not None:
        said = replace(said, size=task.size)
    return replace(asked, attributes=said)


def asked_facts(asked: Asked) -> Iterator[tuple[str, FactValue]]:
    """(name, value) of each fact that a description says of a defect, its family first."""
    said = asked.attributes
    yield "family", asked.words or asked.family
    for name, value in said.said():
        if name in ("angle", "direction"):
            yield "direction", value
        elif name == "cell":
            yield "place", cell_word(value)
        elif name == "place" or (name == "part" and said.relation is None):
            yield "place", value
        elif name == "relation":
            yield name, value if said.part is None else (value, said.part)
        elif name not in ("part", "part_number"):
            yield name, value
