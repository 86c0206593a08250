"""Rewards of a rollout: a list of terms, each a small pure function with a value and its reason.

R = alpha * task + beta * reflection + gamma * behaviour (arXiv 2604.07900; its weights are not published). A new term is a
file with a `Term` and a line of TERMS: configuration, GRPO, logs, reports and evaluation read the list.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from ....agent.core.errors import InputError
from ..rollout import Rollout
from .base import Reward, Term, weighted
from .behaviour import BEHAVIOUR
from .reflection import REFLECTION
from .task import TASK
from .transitions import TRANSITIONS, illegal_transitions

__all__ = [
    "TERMS", "TOTAL", "TRANSITIONS", "Reward", "RewardConfig", "Term", "illegal_transitions", "score_rollout", "weighted",
]  # fmt: skip

#: What is rewarded.
TERMS: list[Term] = [
    TASK,
    REFLECTION,
    BEHAVIOUR,
]
#: The name of the weighted sum of all.
TOTAL = "total"


class RewardConfig(dict[str, float]):
    """Every number of the terms by its key, weights first: those given, and the defaults of the others.

    Raises InputError for a key that no term has, a value that is no number, and where every term's weight is 0.
    """

    def __init__(self, given: Mapping[str, float] | Iterable[tuple[str, float]] = (), /, **more: float) -> None:
        values = dict(given, **more)
        numbers = [number for term in TERMS for number in term.numbers()]
        keys = [key for key, _ in numbers]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ValueError(f"rewards: the key {twice!r} belongs to two terms; name one of them otherwise")
        super().__init__((term.weight_key, term.weight) for term in TERMS)
        super().update(numbers)
        for name, value in values.items():
            if name not in self:
                raise InputError(f"rewards: unknown key {name}; there are {', '.join(self)}")
            if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
                raise InputError(f"rewards: {name} must be a number, got {value!r}")
        super().update(values)
        weights = [term.weight_key for term in TERMS]
        if not any(self[key] for key in weights):
            raise InputError(f"rewards: {', '.join(weights)} are all 0, so there is nothing to learn from")


def score_rollout(rollout: Rollout, config: RewardConfig | None = None) -> dict[str, Reward]:
    """Every reward by name. Of a term: its value before the weight. Of a term's part: what it adds to the term. TOTAL: the
    weighted sum of the terms. config: default RewardConfig().
    """
    numbers = RewardConfig() if config is None else config
    rewards = {term.name: term.function(rollout, numbers) for term in TERMS}
    total = sum(numbers[term.weight_key] * rewards[term.name].value for term in TERMS)
    for term in TERMS:
        rewards |= weighted(term.parts, rollout, numbers)
    return {**rewards, TOTAL: Reward(total, "weighted sum")}
