"""How the policy goes about it: four parts, each with a weight of its own."""

from __future__ import annotations

from collections.abc import Mapping

from ..rollout import ANSWER, MALFORMED, Rollout
from .base import PAPER, Reward, Term, sum_of
from .transitions import ILLEGAL


def _knowledge(rollout: Rollout, numbers: Mapping[str, float]) -> Reward:
    last: float | None = None
    for turn in rollout.turns:
        if turn.tool == "knowledge_retrieval" and not turn.refused and last is not None and last < numbers["delta"]:
            return Reward(1.0, f"looked up after a score of {last:g}")
        last = turn.score if turn.score is not None else last
    return Reward(0.0, "no look-up after a low score")


def _format(rollout: Rollout, numbers: Mapping[str, float]) -> Reward:
    malformed = sum(turn.tool == MALFORMED for turn in rollout.turns)
    if malformed:
        return Reward(-1.0, f"{malformed} malformed turns")
    if not rollout.turns or rollout.turns[-1].tool != ANSWER:
        return Reward(-1.0, "no answer at the end")
    return Reward(1.0, "well-formed")


def _length(rollout: Rollout, numbers: Mapping[str, float]) -> Reward:
    late = max(0.0, len(rollout.turns) - numbers["most_turns"])
    return Reward(late, f"{late:g} turns too many" if late else "short enough")


_KNOWLEDGE = Term(
    "knowledge", 0.2, _knowledge, "1 for a look-up while the last score, 0-10, is below `delta`", PAPER,
    settings={"delta": 5.0},
)  # fmt: skip
_FORMAT = Term(
    "format", 0.5, _format, "1 where every turn could be read and the last is an answer, else -1", PAPER,
    key="well_formed",
)  # fmt: skip
# A single attempt takes five turns: the other terms pay as much for being right in the end as for being right at once.
_LENGTH = Term(
    "length", -0.1, _length, "turns past `most_turns`, which is what a single attempt takes", PAPER,
    key="late", settings={"most_turns": 5},
)  # fmt: skip

BEHAVIOUR = sum_of("behaviour", 0.2, "the weighted sum of its parts", PAPER, ILLEGAL, _KNOWLEDGE, _FORMAT, _LENGTH)
