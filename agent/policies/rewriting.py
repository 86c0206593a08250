"""How a prompt is rewritten: from the review's words, and from what was looked up."""

from __future__ import annotations

from ..defects.edit import Edit
from ..defects.families import FAMILIES
from ..defects.prompt_text import read_prompt, write_prompt


def rewrite_prompt(prompt: str, review: str, knowledge: str, item: str, anomaly: str) -> tuple[str, str]:
    """(new prompt, what was changed and why) from the last prompt, its review, and knowledge ("" for none).

    Raises UnknownAnomalyError for the anomaly only.
    """
    edit = read_prompt(prompt, anomaly)[0]
    edit, changes = _by_review(edit, review.lower())
    if knowledge:
        edit, learned = _by_knowledge(edit, knowledge, anomaly)
        changes += learned
    if not changes:
        edit = edit.with_(angle=((edit.angle or 0.0) + 40.0) % 180)
        changes = ["turn it another way"]
    return write_prompt(edit, item, anomaly), "; ".join(changes)


def _by_review(edit: Edit, review: str) -> tuple[Edit, list[str]]:
    low, high = FAMILIES[edit.family].size
    middle = (low * high) ** 0.5
    size = edit.size if edit.size is not None else middle
    severity = edit.severity if edit.severity is not None else 0.6
    changes = []
    if "barely visible" in review:
        severity = min(1.0, severity + 0.3)
        changes.append("raise the contrast, as it was barely visible")
    if "too small" in review:
        size = min(1.5 * high, size * 1.5)
        changes.append("make it larger")
    if "too large" in review:
        size = max(0.5 * low, size * 0.6)
        changes.append("make it smaller")
    if "straight edge" in review or "hard edge" in review:
        edit = edit.with_(softness=min(0.9, (edit.softness or 0.3) + 0.3), angle=((edit.angle or 0.0) + 33.0) % 180)
        changes.append("soften the edge")
    if "background" in review or "outside the region" in review:
        edit = edit.with_(box=None, place="centre")
        changes.append("move it onto the product")
    if "looks like" in review or "its shape" in review:
        size = middle
        severity = max(severity, 0.65)
        edit = edit.with_(count=1, tone=FAMILIES[edit.family].tone or edit.tone, box=None)
        changes.append(f"state plainly what a {FAMILIES[edit.family].noun} looks like, in a calmer place")
    if "make it darker" in review:
        edit = edit.with_(tone="dark", colour=None)
        changes.append("make it darker")
    if "make it brighter" in review:
        edit = edit.with_(tone="bright", colour=None)
        changes.append("make it brighter")
    return edit.with_(size=round(size, 3), severity=round(severity, 2)), changes


def _by_knowledge(edit: Edit, knowledge: str, anomaly: str) -> tuple[Edit, list[str]]:
    """Takes over what the best passage says of tone, place and edge; the review rules over size and strength."""
    best = knowledge.split("\n", 1)[0].partition("] ")[2]
    seen = read_prompt(best, anomaly)[0]
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
