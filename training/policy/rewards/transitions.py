"""Which step may follow which."""

from __future__ import annotations

from collections.abc import Mapping

from ..rollout import ANSWER, MALFORMED, Rollout, Turn
from .base import PAPER, Reward, Term

# Where a call may come from; a verdict counts as another place by its outcome.
_START, _FAILED, _PASSED, _SPENT = "start", "failed", "passed", "spent"
#: What may follow: after a failed verdict another image or a look-up; with the budget spent, the answer.
TRANSITIONS: dict[str, frozenset[str]] = {
    _START: frozenset({"prompt_gen"}),
    "prompt_gen": frozenset({"image_gen"}),
    "image_gen": frozenset({"quality_eval"}),
    _FAILED: frozenset({"knowledge_retrieval", "image_gen"}),
    _PASSED: frozenset({"mask_gen"}),
    _SPENT: frozenset({ANSWER}),
    "knowledge_retrieval": frozenset({"image_gen"}),
    "mask_gen": frozenset({ANSWER}),
    ANSWER: frozenset(),
}


def illegal_transitions(rollout: Rollout) -> list[str]:
    """Each step that the table does not have, as "from > to". A call that was refused may be made again."""
    found = []
    place, made = _START, 0
    for turn in rollout.turns:
        if turn.tool == MALFORMED:
            continue  # counted by the format alone
        if turn.tool not in TRANSITIONS[place]:
            found.append(f"{place} > {turn.tool}")
        if turn.refused:
            continue
        made += turn.tool == "image_gen"
        place = _place_after(turn, made >= rollout.budget, rollout.threshold)
    return found


def _place_after(turn: Turn, spent: bool, threshold: float) -> str:
    if turn.tool != "quality_eval" or turn.score is None:
        return turn.tool
    if turn.score > threshold:
        return _PASSED
    return _SPENT if spent else _FAILED


def _transitions(rollout: Rollout, numbers: Mapping[str, float]) -> Reward:
    found = illegal_transitions(rollout)
    return Reward(float(len(found)), f"illegal: {', '.join(found)}" if found else "every step is legal")


ILLEGAL = Term(
    "transitions", -0.25, _transitions, "steps that the table of legal transitions does not have", PAPER, key="illegal"
)
