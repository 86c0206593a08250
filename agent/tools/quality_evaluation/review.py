"""A review for people, written from a verdict's faults. No code reads it back."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.verdict import BACKGROUND, Fault, FaultKind
from ...defects.naming import FAMILIES

#: What is said of a picture in which nothing has changed.
NO_CHANGE = "Barely visible: no change against the normal image. Raise the contrast."
_FINE = "On target, visible, without seams, of plausible size and tone."
# Of a defect that lies off its target, the strength from which "mostly" is the word.
_MOSTLY = 0.5

_SENTENCES: dict[FaultKind, str] = {
    FaultKind.FAINT: "Barely visible against the surface's texture: raise the contrast",
    FaultKind.TOO_SMALL: "Too small for this defect",
    FaultKind.TOO_LARGE: "Too large for this defect",
    FaultKind.SEAM: "A hard, straight edge looks pasted: soften the edge",
    FaultKind.REST_CHANGED: "The rest of the picture has changed too: leave it untouched",
    FaultKind.TOO_BRIGHT: "Too bright for this defect: make it darker",
    FaultKind.TOO_DARK: "Too dark for this defect: make it brighter",
}


def write_review(faults: Sequence[Fault], family: str) -> str:
    """Sentences on what is wrong, in the order of the faults. family: the defect family that was asked for."""
    if not faults:
        return _FINE
    return ". ".join(dict.fromkeys(_sentence(fault, family) for fault in faults)) + "."


def _sentence(fault: Fault, family: str) -> str:
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
        return f"Its shape is not that of a {noun}"
    return _SENTENCES[fault.kind]
