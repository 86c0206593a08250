"""What the loop makes of the descriptions."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np

from ...agent.assembly.embedded import POLICIES, embedded_backends
from ...agent.core.errors import InputError
from ...agent.core.task import Task
from ...agent.loop.agent_loop import AgentLoop
from .descriptions import Description
from .facts import facts_of, spill, visibility
from .pictures import Picture
from .pixels import Change
from .samples import Sample, picture_of


def run_sample(sample: Sample, policy: str, data: Path | None) -> dict[str, Any]:
    """The record of one sample."""
    picture = picture_of(sample.picture, data)
    description = sample.description
    record: dict[str, Any] = {"text": description.text, "picture": sample.picture, "seed": sample.seed}
    try:
        result = loop_of(policy).synthesize(Task(picture.image, picture.item, description.text, seed=sample.seed))
    except InputError as error:
        return {**record, "passed": False, "stopped": str(error)[:160]}
    if result.verdict is None:
        return {**record, "passed": False, "stopped": f"no picture: {result.stop.value}"}
    record |= {"passed": result.passed, "score": result.verdict.score, "attempts": len(result.trajectory.attempts)}
    return {**record, **measure(description, picture, result.image, result.mask)}


@functools.lru_cache(4)
def loop_of(policy: str) -> AgentLoop:
    """The embedded loop with a policy by name."""
    return AgentLoop(POLICIES[policy](), embedded_backends())


def measure(description: Description, picture: Picture, edited: np.ndarray, mask: np.ndarray) -> dict[str, Any]:
    """What the pixels of an edited picture, (H, W, 3) uint8, and its mask, (H, W) bool, say: each fact as kind -> [kept,
    measured], visible (1 is the limit), spill in pixels."""
    change = Change(picture.image, edited, mask, picture.product, picture.slack)
    return {
        "facts": {fact.kind: [fact.kept, fact.measured] for fact in facts_of(description.asks, change)},
        "visible": round(visibility(change), 2),
        "spill": 0 if description.may_leave else spill(change),
    }


def keeps_all(record: dict[str, Any]) -> bool:
    """Whether a record's picture keeps every word, is visible and does not spill; a fact that the picture cannot decide does not
    count."""
    return broken(record) == []


def broken(record: dict[str, Any]) -> list[str]:
    """The kinds of words that a record's picture breaks, "visible" and "spill" among them."""
    kinds = [kind for kind, (kept, _) in record["facts"].items() if kept is False]
    unseen, spilt = record["visible"] < 1, record["spill"] > 0
    return [*kinds, *(["visible"] if unseen else []), *(["spill"] if spilt else [])]
