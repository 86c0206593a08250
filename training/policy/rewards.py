"""Rewards of a rollout: small pure functions, each with a value and its reason.

R = alpha * task + beta * reflection + gamma * behaviour (arXiv 2604.07900; its weights are not published). Behaviour is the
sum of four parts that can be switched off one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import NamedTuple

from ...agent.core.errors import InputError
from ...agent.core.verdict import MAX_PART_SCORE
from .rollout import ANSWER, MALFORMED, Rollout, Turn

_FULL = 2 * MAX_PART_SCORE


class Reward(NamedTuple):
    """value: about -1 to 1. reason: in words."""

    value: float
    reason: str


@dataclass(frozen=True)
class RewardConfig:
    """Weights (0 switches a part off) and thresholds.

    task, reflection, behaviour: alpha, beta, gamma. illegal: for each transition that the table does not have. knowledge:
    once, for looking up while the last score is below delta. well_formed: where every turn could be read, and as much off
    where one could not. late: for each turn past most_turns, which is what a single attempt takes: the other parts pay as
    much for being right in the end as for being right at once.
    """

    task: float = 0.5
    reflection: float = 0.3
    behaviour: float = 0.2
    illegal: float = -0.25
    knowledge: float = 0.2
    delta: float = 5.0
    well_formed: float = 0.5
    late: float = -0.1
    most_turns: int = 5

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int | float) or isinstance(value, bool):
                raise InputError(f"rewards: {field.name} must be a number, got {value!r}")
        if self.task == self.reflection == self.behaviour == 0:
            raise InputError("rewards: task, reflection and behaviour are all 0, so there is nothing to learn from")


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


def task_reward(rollout: Rollout) -> Reward:
    """The judged score of the image that the answer names, 0-1."""
    score = rollout.final_score
    if score is None:
        return Reward(0.0, "no answer that names a judged image")
    return Reward(score / _FULL, f"the final image scores {score:g}")


def reflection_reward(rollout: Rollout) -> Reward:
    """What each attempt gained over the one before, 0-1: the sum of max(0, S_m - S_(m-1)).

    The normal image, with no defect on it, counts as attempt 0 with score 0: without it a policy would be paid for failing
    first. At most 1, so that going up and down does not pay either.
    """
    gains = [
        max(0.0, after - before) / _FULL for before, after in zip([0.0, *rollout.scores], rollout.scores, strict=False)
    ]
    return Reward(min(1.0, sum(gains)), f"gains {', '.join(f'{gain:.2f}' for gain in gains) or 'none'}")


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


def transition_reward(rollout: Rollout, config: RewardConfig) -> Reward:
    """A penalty for each illegal transition."""
    found = illegal_transitions(rollout)
    return Reward(config.illegal * len(found), f"illegal: {', '.join(found)}" if found else "every step is legal")


def knowledge_reward(rollout: Rollout, config: RewardConfig) -> Reward:
    """A bonus, once, for a look-up while the last score is below delta."""
    last: float | None = None
    for turn in rollout.turns:
        if turn.tool == "knowledge_retrieval" and not turn.refused and last is not None and last < config.delta:
            return Reward(config.knowledge, f"looked up after a score of {last:g}")
        last = turn.score if turn.score is not None else last
    return Reward(0.0, "no look-up after a low score")


def format_reward(rollout: Rollout, config: RewardConfig) -> Reward:
    """A bonus where every turn could be read and the last is an answer, else a penalty of the same size."""
    malformed = sum(turn.tool == MALFORMED for turn in rollout.turns)
    if malformed:
        return Reward(-config.well_formed, f"{malformed} malformed turns")
    if not rollout.turns or rollout.turns[-1].tool != ANSWER:
        return Reward(-config.well_formed, "no answer at the end")
    return Reward(config.well_formed, "well-formed")


def length_reward(rollout: Rollout, config: RewardConfig) -> Reward:
    """A penalty for each turn past most_turns."""
    late = max(0, len(rollout.turns) - config.most_turns)
    return Reward(config.late * late, f"{late} turns too many" if late else "short enough")


#: The parts of behaviour.
BEHAVIOUR: dict[str, Callable[[Rollout, RewardConfig], Reward]] = {
    "transitions": transition_reward,
    "knowledge": knowledge_reward,
    "format": format_reward,
    "length": length_reward,
}


def behaviour_reward(rollout: Rollout, config: RewardConfig) -> Reward:
    """The sum of its four parts."""
    parts = {name: part(rollout, config) for name, part in BEHAVIOUR.items()}
    reasons = "; ".join(f"{name} {part.value:+.2f} ({part.reason})" for name, part in parts.items())
    return Reward(sum(part.value for part in parts.values()), reasons)


def score_rollout(rollout: Rollout, config: RewardConfig) -> dict[str, Reward]:
    """Every part by name, and their weighted sum as "total"."""
    parts = {
        "task": task_reward(rollout),
        "reflection": reflection_reward(rollout),
        "behaviour": behaviour_reward(rollout, config),
    }
    total = sum(getattr(config, name) * part.value for name, part in parts.items())
    return {**parts, "total": Reward(total, "weighted sum")}
