"""A review for people, written from a verdict's faults. No code reads it back."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.verdict import BACKGROUND, Fact, Fault, FaultKind
from ...defects.naming import FAMILIES
from .say_fact import say_values

#: What is said of a picture in which nothing has changed.
NO_CHANGE = "Barely visible: no change against the normal image. Raise the contrast."
_FINE = "On target, visible, without seams, of plausible size and tone."
# The strength from which a defect is "barely" visible, lies "mostly" off its target, and is "not" of a shape.
_MOSTLY = 0.5

# Facts of which the fault's own sentence says all.
_TOLD = ("family", "visible", "on_product")

_SENTENCES: dict[FaultKind, str] = {
    FaultKind.FAINT: "Barely visible against the surface's texture: raise the contrast",
    FaultKind.TOO_SMALL: "Too small for this defect",
    FaultKind.TOO_LARGE: "Too large for this defect",
    FaultKind.SEAM: "A hard, straight edge looks pasted: soften the edge",
    FaultKind.REST_CHANGED: "The rest of the picture has changed too: leave it untouched",
    FaultKind.TOO_BRIGHT: "Too bright for this defect: make it darker",
    FaultKind.TOO_DARK: "Too dark for this defect: make it brighter",
    FaultKind.TOO_STRONG: "Stronger than the words ask for: lower the contrast",
    FaultKind.MISSING_DEFECT: "A defect that was asked for is missing: add it",
    FaultKind.WRONG_COLOUR: "Of another colour",
    FaultKind.WRONG_COUNT: "Not as many as were asked for",
    FaultKind.WRONG_DIRECTION: "It runs another way: turn it",
    FaultKind.WRONG_PLACE: "In another place: move it",
    FaultKind.WRONG_WIDTH: "Its width is another",
    FaultKind.WRONG_SHAPE: "Its outline has another shape",
    FaultKind.WRONG_EDGE: "Its border is another",
    FaultKind.WRONG_GLOSS: "Its highlights are others",
    FaultKind.WRONG_RELIEF: "Its lit and its dark flank do not fit",
    FaultKind.WRONG_RELATION: "It lies otherwise to what it was asked to lie to",
}


def write_review(faults: Sequence[Fault], family: str, facts: Sequence[Fact] = ()) -> str:
    """Sentences on what is wrong, in the order of the faults. family: the defect family that was asked for first. facts: broken
    ones among them are told with what was asked for and what is seen."""
    if not faults:
        return _FINE
    broken = {fact.name: fact for fact in facts if not fact.kept and fact.name not in _TOLD}
    told = [(_sentence(fault, family), broken.get(fault.measure)) for fault in faults]
    sentences = [said if fact is None else f"{said} ({say_values(fact)})" for said, fact in told]
    return ". ".join(dict.fromkeys(sentences)) + "."


def _sentence(fault: Fault, family: str) -> str:
    if fault.kind is FaultKind.FAINT and fault.strength <= _MOSTLY:
        return "It stands out little: raise the contrast"
    if fault.kind is FaultKind.SEAM and fault.where:
        return f"A hard, straight edge on the {fault.where} looks pasted: soften the edge"
    if fault.kind is FaultKind.TOO_LARGE and fault.measure == "cover":
        return "Too large: it covers too much of the product"
    if fault.kind is FaultKind.OFF_TARGET:
        where = "on the background" if fault.where == BACKGROUND else "outside the region"
        return f"{'Mostly' if fault.strength > _MOSTLY else 'Partly'} {where}: move it onto the product"
    if fault.kind is FaultKind.UNLIKE:
        noun = FAMILIES[family].noun
        if fault.resembles:
            return f"Looks like a {FAMILIES[fault.resembles].noun}, not a {noun}"
        return f"Its shape is not {'' if fault.strength > _MOSTLY else 'quite '}that of a {noun}"
    return _SENTENCES[fault.kind]
