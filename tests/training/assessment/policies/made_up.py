"""Made-up episodes, and a plan of few and small tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from anomaly_agent.training.assessment.policies.candidates import Candidate, list_candidates
from anomaly_agent.training.assessment.policies.episodes import EpisodeKey, EpisodeRecord
from anomaly_agent.training.assessment.policies.run import Plan
from anomaly_agent.training.assessment.policies.task_groups import TaskGroup, rendered_groups
from anomaly_agent.training.policy.rewards import score_rollout
from anomaly_agent.training.policy.rollout import Rollout, Turn

PASS = (
    Turn("prompt_gen"), Turn("image_gen"), Turn("quality_eval", score=8.0, image=2), Turn("mask_gen", image=2),
    Turn("answer", image=2),
)  # fmt: skip
#: Two attempts, 3 and 4, with a malformed turn between.
FAIL = (
    Turn("prompt_gen"), Turn("image_gen"), Turn("quality_eval", score=3.0, image=2), Turn("malformed", refused=True),
    Turn("image_gen"), Turn("quality_eval", score=4.0, image=3), Turn("answer", image=3),
)  # fmt: skip


def record(policy: str, index: int, turns: tuple[Turn, ...], seed: int = 0, **changes: Any) -> EpisodeRecord:
    """An episode with these turns; its scores are those of the verdicts among them."""
    scores = [turn.score for turn in turns if turn.score is not None]
    made = EpisodeRecord(
        key=EpisodeKey(policy, "unfaithful", "held-out products", seed, index),
        product="leather",
        anomaly="hole",
        turns=turns,
        budget=2,
        threshold=5.0,
        stop="passed" if scores and scores[-1] > 5 else "attempt budget spent",
        passed=bool(scores) and scores[-1] > 5,
        score=max(scores, default=None),
        first_score=scores[0] if scores else None,
        rewards={name: reward.value for name, reward in score_rollout(Rollout(turns, 2)).items()},
        asked={"size": 0.1, "severity": 0.5, "x": 0.5, "y": 0.5},
        drawn={"area": 0.01, "x": 0.5, "y": 0.5},
        tokens=30,
        policy_seconds=0.2,
        tool_seconds=0.1,
    )
    return replace(made, **changes)


def small_plan(count: int = 2, seeds: int = 2, candidates: list[Candidate] | None = None) -> Plan:
    """Rendered tasks at the smallest size, for the two baselines."""
    groups: list[TaskGroup] = rendered_groups(count, 64)
    return Plan(candidates or list_candidates(), groups, seeds, max_attempts=2)
