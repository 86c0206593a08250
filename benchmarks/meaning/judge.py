"""The judge against the facts: what it passes that breaks a word, what it refuses that keeps all."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...agent.assembly.embedded import POLICIES, embedded_backends
from ...agent.core.errors import InputError
from ...agent.core.task import Task
from ...agent.loop.agent_loop import AgentLoop
from ...agent.loop.toolbox import Backends
from ...training.policy.unfaithful_editor import UnfaithfulEditor, draw_bias
from .pictures import Picture
from .pixels import Change
from .run import broken, measure
from .samples import Sample, picture_of
from .tamper import TAMPERINGS


def judge_sample(sample: Sample, data: Path | None) -> list[dict[str, Any]]:
    """Records of one description on one picture: the faithful editor's first attempt, an unfaithful one's, and the first spoiled
    in pixels where that breaks a word. Each is judged as a single picture, without a loop."""
    picture = picture_of(sample.picture, data)
    try:
        task = Task(picture.image, picture.item, sample.description.text, seed=sample.seed)
        made = list(_made(task, picture))
    except InputError:
        return []
    judge = _embedded().judge
    rows = []
    for editor, scene, image, mask in made:
        verdict = judge.judge(task, scene, image, _first_attempt().threshold)
        facts = measure(sample.description, picture, image, mask)
        if editor in TAMPERINGS and not broken(facts):
            continue  # it broke nothing that was asked, though perhaps what the noun implies: a crack is dark
        told = {"text": task.anomaly, "picture": sample.picture, "seed": sample.seed, "editor": editor}
        rows.append({**told, "passed": verdict.passed, "score": verdict.score, "broken": broken(facts)})
    return rows


@functools.cache
def _embedded() -> Backends:
    return embedded_backends()


@functools.cache
def _first_attempt() -> AgentLoop:
    return AgentLoop(POLICIES["scripted"](), _embedded(), max_attempts=1)


def _made(task: Task, picture: Picture) -> Iterator[tuple[str, Any, np.ndarray, np.ndarray]]:
    """(editor, scene, edited picture, its mask)."""
    result = _first_attempt().synthesize(task)
    scene = result.trajectory.scene
    unfaithful = UnfaithfulEditor(draw_bias(np.random.default_rng(task.seed)))
    backends = replace(_embedded(), image_generator=unfaithful)
    other = AgentLoop(POLICIES["scripted"](), backends, max_attempts=1).synthesize(task)
    if other.verdict is not None:
        yield "unfaithful", scene, other.image, other.mask
    if result.verdict is None or not result.mask.any():
        return
    yield "faithful", scene, result.image, result.mask
    change = Change(task.image, result.image, result.mask, picture.product, picture.slack)
    for name, tamper in TAMPERINGS.items():
        spoiled = tamper(change)
        if spoiled is not None and spoiled[1].any():
            yield name, scene, *spoiled
