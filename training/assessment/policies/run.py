"""Runs every policy on every task, in a fixed order, so that an interrupted run can resume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ....agent.core.errors import InputError
from ....agent.core.verdict import PASS_THRESHOLD
from ...policy.rewards import RewardConfig
from .candidates import Candidate
from .episodes import EpisodeKey, EpisodeRecord, record_episode
from .records import RecordFile
from .task_groups import SETTINGS, TaskGroup


@dataclass(frozen=True, eq=False)
class Plan:
    """Which policies run on which tasks. seeds: how many; each has its own tasks and dice. max_attempts: images a task."""

    candidates: Sequence[Candidate]
    groups: Sequence[TaskGroup]
    seeds: int = 3
    max_attempts: int = 3
    threshold: float = PASS_THRESHOLD
    settings: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        facts = {
            "policies": {candidate.name: candidate.facts for candidate in self.candidates},
            "tasks": {group.name: group.facts for group in self.groups},
            "seeds": self.seeds,
            "max_attempts": self.max_attempts,
            "threshold": self.threshold,
            "rewards": RewardConfig(),
        }
        object.__setattr__(self, "settings", facts)

    def keys(self) -> Iterator[EpisodeKey]:
        """Every episode in order: the tasks of a group for one policy after the other."""
        for seed in range(self.seeds):
            for setting in SETTINGS:
                for group in self.groups:
                    for candidate in self.candidates:
                        for index in range(group.count):
                            yield EpisodeKey(candidate.name, setting, group.name, seed, index)

    def run(self, key: EpisodeKey) -> EpisodeRecord:
        """One episode. The policy is new: what it read before would change its last digits, which can decide a close choice."""
        group = next(group for group in self.groups if group.name == key.group)
        assignment = group.source(key.seed, float(key.setting == "unfaithful")).draw(key.index)
        return record_episode(key, assignment, self.policy(key), self.max_attempts, self.threshold)

    def policy(self, key: EpisodeKey) -> Any:
        """The policy of an episode, with the dice of its task."""
        candidate = next(candidate for candidate in self.candidates if candidate.name == key.policy)
        return candidate.make(key.seed * 1_000_003 + key.index)


def run_plan(plan: Plan, output: Path, show: bool = True) -> list[EpisodeRecord]:
    """All episodes' records, from output/results.jsonl as far as they are there; the others are run and added.

    Raises InputError where output holds results of another plan.
    """
    file = RecordFile(output, "results", plan.settings)
    keys = list(plan.keys())
    done = [EpisodeRecord.from_json(dict(record)) for record in file.records]
    if [record.key for record in done] != keys[: len(done)]:
        raise InputError(f"{file.path}: its lines are not those of this evaluation; choose another --output")
    for key in tqdm(keys[len(done) :], initial=len(done), total=len(keys), unit="episode", disable=not show):
        record = plan.run(key)
        file.append(record.to_json())
        done.append(record)
    return done
