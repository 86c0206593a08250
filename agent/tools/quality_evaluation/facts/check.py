"""All facts of a picture: what was asked for, defect by defect, against what is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ....core.task import Task
from ....core.verdict import Fact
from ....defects.description import Asked, Description
from ..measures import MeasuredChange, Measures
from .border import edge
from .colour import colour
from .count import count
from .direction import direction
from .extent import size, width
from .family import assign, family, missing
from .on_product import on_product
from .place import place
from .relation import relation
from .relief import gloss, relief
from .seen import SeenDefect
from .shape import shape
from .tone import tone
from .view import ChangeView
from .visible import severity, visible

#: What checks one kind of fact, None where the text says nothing of it or the picture cannot tell; in the order of
#: verdict.FACTS.
CHECKS: tuple[Callable[[SeenDefect], Fact | None], ...] = (
    visible, count, place, relation, tone, colour, direction, size, width, shape, edge, gloss, relief, severity,
)  # fmt: skip


class Part(NamedTuple):
    """A defect that was asked for, and the measures of its part of the change; None where it is missing."""

    asked: Asked
    measures: Measures | None


class Checked(NamedTuple):
    """facts: of each defect in the text's order. parts: the defects with their measures."""

    facts: tuple[Fact, ...]
    parts: tuple[Part, ...]


def check_facts(description: Description, task: Task, change: MeasuredChange) -> Checked:
    """Facts of a change that is there, see Change.support. For each defect: its family, visibility, and what the text says of
    it; for all together, whether they keep to the product."""
    view = ChangeView(change.normal, change.edited, change.scene, change.change)
    facts: list[Fact] = []
    parts: list[Part] = []
    for asked, pieces in zip(description.defects, assign(view, description.defects), strict=True):
        if not pieces:
            facts.append(missing(asked))
            parts.append(Part(asked, None))
            continue
        seen = SeenDefect(view, task, asked, pieces)
        measures = change.measures if len(description.defects) == 1 else change.measures_of(seen.support())
        assert measures is not None, "there are pieces"
        facts.append(family(seen, measures))
        facts += filter(None, (check(seen) for check in CHECKS))
        parts.append(Part(asked, measures))
    facts.insert(1, on_product(view, task, description))
    return Checked(tuple(facts), tuple(parts))
