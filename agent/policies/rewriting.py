"""How the script rewrites a prompt: by the faults that were found, and by what was looked up."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.verdict import Fault, FaultKind
from ..defects.edit import Edit
from ..defects.families import FAMILIES
from ..defects.prompt_text import read_prompt
from .prompt_state import PromptState


def rewrite_prompt(state: PromptState, faults: Sequence[Fault]) -> tuple[str, str]:
    """(new prompt, what was changed and why) from the last prompt, its faults, and the knowledge looked up ("" for none).

    What the user named stays, whatever is wrong.
    """
    edit, changes = _by_faults(state.edit, {fault.kind for fault in faults})
    if state.knowledge:
        edit, learned = _by_knowledge(edit, state.knowledge, state.asked)
        changes += learned
    edit = state.as_asked(edit)
    if state.missed:
        changes.append(f"stress its {', '.join(state.missed)}")
    if not changes:
        edit = edit.with_(angle=((edit.angle or 0.0) + 40.0) % 180)
        changes = ["turn it another way"]
    return state.rewritten(edit), "; ".join(changes)


def _by_faults(edit: Edit, found: set[FaultKind]) -> tuple[Edit, list[str]]:
    family = FAMILIES[edit.family]
    low, high = family.size
    middle = (low * high) ** 0.5
    size = edit.size if edit.size is not None else middle
    severity = edit.severity if edit.severity is not None else 0.6
    changes = []
    if FaultKind.FAINT in found:
        severity = min(1.0, severity + 0.3)
        changes.append("raise the contrast, as it was barely visible")
    if FaultKind.TOO_SMALL in found:
        size = min(1.5 * high, size * 1.5)
        changes.append("make it larger")
    if FaultKind.TOO_LARGE in found:
        size = max(0.5 * low, size * 0.6)
        changes.append("make it smaller")
    if FaultKind.SEAM in found:
        edit = edit.with_(softness=min(0.9, (edit.softness or 0.3) + 0.3), angle=((edit.angle or 0.0) + 33.0) % 180)
        changes.append("soften the edge")
    if FaultKind.OFF_TARGET in found:
        edit = edit.with_(box=None, place="centre")
        changes.append("move it onto the product")
    if FaultKind.UNLIKE in found:
        size = middle
        severity = max(severity, 0.65)
        edit = edit.with_(count=1, tone=family.tone or edit.tone, box=None)
        changes.append(f"state plainly what a {family.noun} looks like, in a calmer place")
    if FaultKind.TOO_BRIGHT in found:
        edit = edit.with_(tone="dark", colour=None)
        changes.append("make it darker")
    if FaultKind.TOO_DARK in found:
        edit = edit.with_(tone="bright", colour=None)
        changes.append("make it brighter")
    return edit.with_(size=round(size, 3), severity=round(severity, 2)), changes


def _by_knowledge(edit: Edit, knowledge: str, anomaly: str) -> tuple[Edit, list[str]]:
    """Takes over what the best passage says of tone, place and edge; the faults rule over size and strength."""
    seen = read_prompt(knowledge, anomaly)[0]
    changes: list[str] = []
    if seen.family != edit.family:
        return edit, changes
    if seen.place is not None and edit.place is None and edit.box is None:
        edit = edit.with_(place=seen.place)
        changes.append(f"put it at the {seen.place}, as the knowledge base says")
    if seen.tone is not None and edit.tone is None:
        edit = edit.with_(tone=seen.tone)
        changes.append(f"make it {seen.tone}, as the knowledge base says")
    if seen.softness is not None and edit.softness is None:
        edit = edit.with_(softness=seen.softness)
        changes.append("give it the edge that the knowledge base describes")
    return edit, changes
