"""What the result is worth."""

from __future__ import annotations

from collections.abc import Mapping

from ..rollout import Rollout
from .base import FULL_SCORE, PAPER, Reward, Term


def _task(rollout: Rollout, numbers: Mapping[str, float]) -> Reward:
    score = rollout.final_score
    if score is None:
        return Reward(0.0, "no answer that names a judged image")
    return Reward(score / FULL_SCORE, f"the final image scores {score:g}")


TASK = Term(
    "task", 0.5, _task, "the score of the image that the answer names, 0-1; 0 where that was never judged", PAPER
)
