"""What each attempt gained over the one before."""

from __future__ import annotations

from collections.abc import Mapping

from ..rollout import Rollout
from .base import FULL_SCORE, PAPER, Reward, Term


def _reflection(rollout: Rollout, numbers: Mapping[str, float]) -> Reward:
    # The normal image, with no defect on it, counts as attempt 0 with score 0: without it a policy would be paid for
    # failing first. At most 1, so that going up and down does not pay either.
    gains = [
        max(0.0, after - before) / FULL_SCORE
        for before, after in zip([0.0, *rollout.scores], rollout.scores, strict=False)
    ]
    return Reward(min(1.0, sum(gains)), f"gains {', '.join(f'{gain:.2f}' for gain in gains) or 'none'}")


REFLECTION = Term(
    "reflection",
    0.3,
    _reflection,
    "the sum of what each attempt's score gains over the one before, from 0 for the normal image on; 0-1",
    PAPER,
)
