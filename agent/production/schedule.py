"""Which sample is made next. Episodes of a type are tried until enough have passed; none is made that is not needed."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..dataset.samples import most_episodes
from .plan import Plan


@dataclass(frozen=True, order=True)
class Job:
    """One sample to make: the plan's item and that item's type, by number, and the type's episode, counted from 0."""

    item: int
    type: int
    episode: int


@dataclass
class _TypeState:
    """count, most: samples that must pass, and episodes at most. passed, tried: of those that are finished.
    published: of them, those that are in the data set. returned: episodes that were handed out in vain."""

    count: int
    most: int
    passed: int = 0
    tried: int = 0
    published: int = 0
    published_passed: int = 0
    next: int = 0
    in_hand: int = 0
    returned: list[int] = field(default_factory=list)
    ahead: set[int] = field(default_factory=set)

    @property
    def wants_more(self) -> bool:
        """Whether another episode is needed even if all those in hand pass."""
        return self.passed + self.in_hand < self.count

    @property
    def published_all(self) -> bool:
        return self.published_passed >= self.count or self.published >= self.most

    def take(self) -> int | None:
        if self.returned:
            return heapq.heappop(self.returned)
        while self.next in self.ahead:
            self.ahead.remove(self.next)
            self.next += 1
        # A later episode is finished, so this one was needed.
        if self.next < self.most and (self.wants_more or self.ahead):
            self.next += 1
            return self.next - 1
        return None


class Schedule:
    """Hands out jobs, in the plan's order where it can, and says in which order samples go into the data sets.

    An episode is handed out only when its type lacks samples even if all those in hand pass: so many workers make exactly the
    samples that one would make.
    """

    def __init__(self, plan: Plan) -> None:
        self._items = [[_TypeState(one.count, most_episodes(one.count)) for one in item.types] for item in plan.items]

    @property
    def passed(self) -> int:
        """Finished samples that passed."""
        return sum(state.passed for state in self._states())

    @property
    def tried(self) -> int:
        """Finished samples."""
        return sum(state.tried for state in self._states())

    @property
    def done(self) -> bool:
        """Whether all there is to make is in the data sets."""
        return all(state.published_all for state in self._states())

    def restore(self, item: int, type_index: int, tried: int, passed: int) -> None:
        """Takes account of the samples that a data set holds already: a type's first `tried` episodes."""
        state = self._items[item][type_index]
        state.tried, state.passed = tried, passed
        state.published, state.published_passed = tried, passed
        state.next = tried

    def restore_ahead(self, job: Job, passed: bool) -> None:
        """Takes account of a finished sample whose turn has not come."""
        state = self._items[job.item][job.type]
        state.ahead.add(job.episode)
        state.tried += 1
        state.passed += passed

    def take(self) -> Job | None:
        """The next job; None while nothing is needed unless one in hand fails, and at the end."""
        for item, states in enumerate(self._items):
            for type_index, state in enumerate(states):
                episode = state.take()
                if episode is not None:
                    state.in_hand += 1
                    return Job(item, type_index, episode)
        return None

    def give_back(self, job: Job) -> None:
        """A job that was not done: it is the next to be handed out."""
        state = self._items[job.item][job.type]
        state.in_hand -= 1
        heapq.heappush(state.returned, job.episode)

    def finish(self, job: Job, passed: bool) -> None:
        """A job that was done."""
        state = self._items[job.item][job.type]
        state.in_hand -= 1
        state.tried += 1
        state.passed += passed

    def turn(self, item: int) -> Job | None:
        """Whose turn it is to go into an item's data set; None when that is complete."""
        for type_index, state in enumerate(self._items[item]):
            if not state.published_all:
                return Job(item, type_index, state.published)
        return None

    def publish(self, job: Job, passed: bool) -> None:
        """The sample whose turn it was is in the data set."""
        state = self._items[job.item][job.type]
        state.published += 1
        state.published_passed += passed

    def counts(self, item: int, type_index: int) -> tuple[int, int]:
        """(tried, passed) of the samples in the data set."""
        state = self._items[item][type_index]
        return state.published, state.published_passed

    def _states(self) -> Iterator[_TypeState]:
        return (state for states in self._items for state in states)
