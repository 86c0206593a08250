"""The loop with editors that drop a kind of word: how many pictures keep all words after one, two and three attempts."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...agent.assembly.embedded import POLICIES, embedded_backends
from ...agent.core.errors import InputError
from ...agent.core.task import Task
from ...agent.loop.agent_loop import AgentLoop
from ...training.policy.unfaithful_editor import EditorBias, UnfaithfulEditor
from .run import broken, measure
from .samples import Sample, choose, picture_of, spread

#: Kinds of words that an editor can drop; "" is the faithful one.
DROPS = ("", "count", "place", "colour", "tone", "direction", "width")
ATTEMPTS = 3


def can_drop() -> bool:
    """Whether this version's unfaithful editors can drop a kind of word."""
    return "drops" in {field.name for field in dataclasses.fields(EditorBias)}


def loop_rows(data: Path | None, which: str, each: int, processes: int) -> list[dict[str, Any]]:
    """The records of all editors and both policies; without editors that drop words there are none but the faithful one's."""
    if not can_drop():
        print("this version's EditorBias has no field `drops`: only the faithful editor is run")
    tasks = []
    for drops in DROPS if can_drop() else DROPS[:1]:
        for sample in choose(data, which, each if drops else 1, (drops,) if drops else DROPS[1:]):
            tasks += [(sample, drops, policy, data) for policy in sorted(POLICIES)]
    return [row for row in spread(loop_sample, tasks, processes) if row is not None]


def loop_sample(sample: Sample, drops: str, policy: str, data: Path | None) -> dict[str, Any] | None:
    """What an editor that drops this kind of word comes to: after each number of attempts, whether the picture that the loop
    would give back passed, and which words it breaks. None where nothing could be made."""
    picture = picture_of(sample.picture, data)
    try:
        task = Task(picture.image, picture.item, sample.description.text, seed=sample.seed)
        result = _loop(policy, drops).synthesize(task)
    except InputError:
        return None
    attempts = [attempt for attempt in result.trajectory.attempts if attempt.verdict is not None]
    if not attempts:
        return None
    after = []
    for number in range(1, ATTEMPTS + 1):
        best = max(attempts[:number], key=lambda attempt: attempt.verdict.score)
        mask = best.exact_mask if best.exact_mask is not None else result.mask
        facts = measure(sample.description, picture, best.image, mask)
        after.append({"passed": best.verdict.passed, "score": best.verdict.score, "broken": broken(facts)})
    told = {"text": task.anomaly, "picture": sample.picture, "seed": sample.seed}
    return {**told, "drops": drops, "policy": policy, "after": after}


@functools.cache
def _loop(policy: str, drops: str) -> AgentLoop:
    backends = embedded_backends()
    if drops:
        bias = EditorBias(drops=frozenset({drops}))  # type: ignore[call-arg]  # a field of later versions
        backends = replace(backends, image_generator=UnfaithfulEditor(bias))
    return AgentLoop(POLICIES[policy](), backends, max_attempts=ATTEMPTS)
