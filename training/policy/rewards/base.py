"""What a reward term is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ....agent.core.verdict import MAX_SCORE
from ..rollout import Rollout

#: The paper that the pack follows.
PAPER = "arXiv 2604.07900"
#: The highest score of a verdict.
FULL_SCORE = MAX_SCORE


class Reward(NamedTuple):
    """value: about -1 to 1. reason: in words."""

    value: float
    reason: str


@dataclass(frozen=True)
class Term:
    """One thing that a rollout is paid for.

    name: in logs and reports. weight: its default; 0 switches the term off. function: the reward of a rollout before the
    weight; its second argument holds every number of the configuration's `rewards` by key. measures: what that is, in
    words. source: the paper, or "ours". key: of the weight in the configuration, where that is not the name. settings:
    other numbers of the term, key and default; a default without a fraction takes whole numbers alone. parts: the terms
    whose weighted sum this one is.
    """

    name: str
    weight: float
    function: Callable[[Rollout, Mapping[str, float]], Reward]
    measures: str
    source: str
    key: str = ""
    settings: Mapping[str, float] = field(default_factory=dict)
    parts: tuple[Term, ...] = ()

    @property
    def weight_key(self) -> str:
        """The key of the weight in the configuration."""
        return self.key or self.name

    def numbers(self) -> Iterator[tuple[str, float]]:
        """Each key of the term and of its parts with its default."""
        yield self.weight_key, self.weight
        yield from self.settings.items()
        for part in self.parts:
            yield from part.numbers()


def weighted(terms: tuple[Term, ...], rollout: Rollout, numbers: Mapping[str, float]) -> dict[str, Reward]:
    """What each term adds to the sum of all, by name."""
    rewards = {term.name: (numbers[term.weight_key], term.function(rollout, numbers)) for term in terms}
    return {name: Reward(weight * reward.value, reward.reason) for name, (weight, reward) in rewards.items()}


def sum_of(name: str, weight: float, measures: str, source: str, *parts: Term) -> Term:
    """A term that is the weighted sum of its parts."""

    def function(rollout: Rollout, numbers: Mapping[str, float]) -> Reward:
        added = weighted(parts, rollout, numbers)
        reason = "; ".join(f"{part} {reward.value:+.2f} ({reward.reason})" for part, reward in added.items())
        return Reward(sum(reward.value for reward in added.values()), reason)

    return Term(name, weight, function, measures, source, parts=parts)
