"""One episode of one policy, and what is kept of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ....agent.assembly.embedded import embedded_backends
from ....agent.core.result import Result
from ....agent.loop.episode import Episode
from ....agent.policies.base import Policy
from ....agent.policies.prompt_state import PromptState
from ....agent.policies.trained import TrainedPolicy
from ...policy.rewards import score_rollout
from ...policy.rollout import Rollout, Turn, read_rollout
from ...policy.tasks import Assignment
from ...policy.unfaithful_editor import UnfaithfulEditor
from .task_groups import Setting

#: What all policies share; the embedded tools keep nothing between episodes.
_TOOLS = embedded_backends()


# Settings as version 0.1 recorded them.
_RENAMED: dict[str, Setting] = {"obedient": "faithful", "wayward": "unfaithful"}


@dataclass(frozen=True)
class EpisodeKey:
    """Which episode: the same key gives the same episode."""

    policy: str
    setting: Setting
    group: str
    seed: int
    index: int


@dataclass(frozen=True)
class EpisodeRecord:
    """What every figure is computed from.

    turns: as in Rollout. budget: attempts allowed. threshold: the score above which an image passes. stop: why it ended.
    passed, score (0-10): the verdict on the result; score is None where nothing was judged. first_score: on the first
    attempt. rewards: of score_rollout by name, with the weights by default. asked: the final prompt's size (of the product),
    severity (0-1) and box centre (x, y: 0-1), as far as it says so. drawn: the final mask's area (of the product's) and
    centre; None for an empty mask. tokens: written by the policy, None where it does not count them. policy_seconds,
    tool_seconds: time spent in each.
    """

    key: EpisodeKey
    product: str
    anomaly: str
    turns: tuple[Turn, ...]
    budget: int
    threshold: float
    stop: str
    passed: bool
    score: float | None
    first_score: float | None
    rewards: dict[str, float]
    asked: dict[str, float | None]
    drawn: dict[str, float] | None
    tokens: int | None
    policy_seconds: float
    tool_seconds: float

    @property
    def rollout(self) -> Rollout:
        """The turns, without the attempts, whose images are not kept."""
        return Rollout(self.turns, self.budget, self.threshold)

    def to_json(self) -> dict[str, Any]:
        """A flat record."""
        values = asdict(self)
        return {**values.pop("key"), **values}

    @staticmethod
    def from_json(values: dict[str, Any]) -> EpisodeRecord:
        """The inverse of to_json."""
        key = EpisodeKey(**{name: values.pop(name) for name in EpisodeKey.__dataclass_fields__})
        key = replace(key, setting=_RENAMED.get(key.setting, key.setting))
        turns = tuple(Turn(**turn) for turn in values.pop("turns"))
        return EpisodeRecord(key=key, turns=turns, **values)


def play(assignment: Assignment, setting: Setting, policy: Policy, max_attempts: int, threshold: float) -> Result:
    """Runs an episode to its end, with the embedded tools; an unfaithful editor has the task's bias."""
    tools = _TOOLS
    if setting == "unfaithful":
        tools = replace(tools, image_generator=UnfaithfulEditor(assignment.bias))
    episode = Episode(policy, tools, assignment.task, max_attempts, threshold, assignment.scene)
    for _ in episode.events():
        pass
    return episode.result()


def record_episode(
    key: EpisodeKey, assignment: Assignment, policy: Policy, max_attempts: int, threshold: float
) -> EpisodeRecord:
    """Plays an episode and keeps what figures need."""
    result = play(assignment, key.setting, policy, max_attempts, threshold)
    trajectory = result.trajectory
    first = trajectory.attempts[0].verdict if trajectory.attempts else None
    rollout = read_rollout(trajectory, max_attempts, threshold)
    return EpisodeRecord(
        key=key,
        product=assignment.product,
        anomaly=assignment.task.anomaly,
        turns=rollout.turns,
        budget=max_attempts,
        threshold=threshold,
        stop=result.stop.value,
        passed=result.passed,
        score=result.verdict.score if result.verdict else None,
        first_score=first.score if first else None,
        rewards={name: reward.value for name, reward in score_rollout(rollout).items()},
        asked=_asked(assignment, result),
        drawn=_drawn(assignment, result),
        tokens=policy.tokens_written if isinstance(policy, TrainedPolicy) else None,
        policy_seconds=round(trajectory.seconds - trajectory.seconds_in_tools, 4),
        tool_seconds=round(trajectory.seconds_in_tools, 4),
    )


def _asked(assignment: Assignment, result: Result) -> dict[str, float | None]:
    task = assignment.task
    prompt = next((attempt.prompt for attempt in result.trajectory.attempts if attempt.image is result.image), "")
    bounds = assignment.scene.bounding_box
    edit = PromptState(
        task.item, task.anomaly, prompt, bounds=bounds, size=task.image.shape[:2], meaning=task.meaning
    ).edit
    x, y = (None, None) if edit.box is None else ((edit.box[0] + edit.box[2]) / 2, (edit.box[1] + edit.box[3]) / 2)
    return {"size": edit.size, "severity": edit.severity, "x": x, "y": y}


def _drawn(assignment: Assignment, result: Result) -> dict[str, float] | None:
    rows, columns = np.nonzero(result.mask)
    if not len(rows):
        return None
    height, width = result.mask.shape
    return {
        "area": len(rows) / assignment.scene.product_size**2,
        "x": float(columns.mean() + 0.5) / width,
        "y": float(rows.mean() + 0.5) / height,
    }
