"""Each fact that a description asks for, decided from the pixels.

The measure: a fact fails only where a person with the picture before them would say "that is not what I asked for". So words have
wide ranges, and ranges of neighbouring words overlap. A fact is a function of a change and the word; it gives whether the word is
kept, and what was measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import colours, lines, places, relations, shapes
from .pieces import pieces_of
from .pixels import Change


@dataclass(frozen=True)
class Fact:
    """One word against the picture. kept: None where this picture cannot decide it. measured: a number, or a few words."""

    kind: str
    asked: Any
    kept: bool | None
    measured: Any


#: word, change -> (kept, measured).
Measure = Callable[[Any, Change], tuple["bool | None", Any]]


def count(asked: int | list[int], change: Change) -> tuple[bool, int]:
    """How many defects a person would count; asked: so many, or from, to."""
    found = len(pieces_of(change.mask))
    least, most = (asked, asked) if isinstance(asked, int) else asked
    return least <= found <= most, found


def families(asked: list[str], change: Change) -> tuple[bool, str]:
    """Of several families in one text: whether a line, an area, or as many areas are there."""
    stroke, areas = shapes.lines_and_areas(change)
    kept = ("line" not in asked or stroke) and areas >= asked.count("area")
    return kept, f"{'a line' if stroke else 'no line'}, {areas} areas"


MEASURES: dict[str, Measure] = {
    "tone": colours.tone,
    "colour": colours.colour,
    "severity": colours.severity,
    "gloss": colours.gloss,
    "relief": colours.relief,
    "count": count,
    "place": places.place,
    "direction": lines.direction,
    "length": lines.length,
    "width": lines.width,
    "size": shapes.size,
    "shape": shapes.shape,
    "edge": shapes.edge,
    "relation": relations.relation,
    "families": families,
}


def facts_of(asks: dict[str, Any], change: Change) -> list[Fact]:
    """Every fact of a description against a picture. An empty mask keeps none."""
    if not change.mask.any():
        return [Fact(kind, asked, False, "nothing") for kind, asked in asks.items()]
    found = []
    for kind, asked in asks.items():
        kept, measured = MEASURES[kind](asked, change)
        value = round(float(measured), 2) if isinstance(measured, (float, np.floating)) else measured
        found.append(Fact(kind, asked, None if kept is None else bool(kept), value))
    return found


def visibility(change: Change) -> float:
    """How plainly a change is seen, 1 where it just is: the CIELAB difference of the core against twice a just noticeable
    difference and a share of the texture's own variation around."""
    return colours.visibility(change)


def spill(change: Change) -> int:
    """Pixels of the mask, or changed at all, further off the product than its silhouette is sure."""
    return places.spill(change)
