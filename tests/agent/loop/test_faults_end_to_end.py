"""From a flaw in a picture to the change of the prompt: the real critic finds it, and each policy answers it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anomaly_agent.agent.assembly.embedded import POLICIES, embedded_backends
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.verdict import BACKGROUND, FaultKind
from anomaly_agent.agent.defects.prompt_text import read_prompt
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.interfaces import GeneratedImage

PRODUCTS = ("painted_metal", "brushed_steel", "tablet", "washer")


def faint(task: Task, made: np.ndarray) -> np.ndarray:
    """A twentieth of the change."""
    return np.rint(task.image + 0.05 * (made.astype(float) - task.image)).astype(np.uint8)


def pasted(task: Task, made: np.ndarray) -> np.ndarray:
    """The defect's enclosing rectangle in another tone."""
    rows, columns = np.nonzero((made != task.image).any(axis=2))
    box = np.s_[max(rows.min() - 6, 0) : rows.max() + 6, max(columns.min() - 6, 0) : columns.max() + 6]
    image = made.astype(int)
    image[box] += 55 if image[box].mean() < 128 else -55
    return np.clip(image, 0, 255).astype(np.uint8)


def beside(task: Task, made: np.ndarray) -> np.ndarray:
    """A dark blot in the corner, off the product."""
    y, x = np.mgrid[: task.image.shape[0], : task.image.shape[1]]
    blot = np.exp(-(((y - 12) ** 2 + (x - 12) ** 2) / 30))[..., None]
    return np.rint(task.image * (1 - 0.8 * blot)).astype(np.uint8)


class Spoiling:
    """Draws as the embedded renderer does, and spoils the first attempt."""

    def __init__(self, spoil):
        self.inner, self.spoil, self.calls = ProceduralGenerator(), spoil, 0

    def edit(self, task, scene, prompt, seed):
        made = self.inner.edit(task, scene, prompt, seed)
        self.calls += 1
        return GeneratedImage(self.spoil(task, made.image)) if self.calls == 1 else made


def two_attempts(policy: str, name: str, spoil, anomaly: str = "contamination"):
    """(faults of the first attempt, what the first prompt asked for, what the second does)."""
    image = render_normal(name, 1, 160)
    backends = replace(embedded_backends(), image_generator=Spoiling(spoil))
    result = AgentLoop(POLICIES[policy](), backends).synthesize(Task(image, name.replace("_", " "), anomaly, seed=3))
    first, second = result.trajectory.attempts[:2]
    bounds = analyze_scene(image).bounding_box
    edits = [read_prompt(made.prompt, anomaly, bounds, image.shape[:2])[0] for made in (first, second)]
    return first.verdict.faults, *edits


@pytest.mark.parametrize("policy", sorted(POLICIES))
@pytest.mark.parametrize("name", PRODUCTS)
def test_a_faint_defect_is_asked_for_stronger_in_the_same_place(policy, name):
    faults, first, second = two_attempts(policy, name, faint)
    assert FaultKind.FAINT in [fault.kind for fault in faults]
    # At full strength there is only size left to add.
    assert second.severity > first.severity or (first.severity == 1.0 and second.size > first.size)
    if {fault.kind for fault in faults} == {FaultKind.FAINT}:
        assert second.box == pytest.approx(first.box, abs=0.01) and second.family == first.family


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_a_seam_is_answered_by_a_softer_edge(policy):
    softer = 0
    for name in PRODUCTS:
        faults, first, second = two_attempts(policy, name, pasted)
        assert FaultKind.SEAM in [fault.kind for fault in faults]
        softer += (second.softness or 0.0) > (first.softness or 0.0)
    assert softer >= 3


@pytest.mark.parametrize("name", ["tablet", "washer"])
def test_a_defect_on_the_background_is_moved(name):
    faults, first, second = two_attempts("scripted", name, beside)
    off = [fault for fault in faults if fault.kind is FaultKind.OFF_TARGET]
    assert [fault.where for fault in off] == [BACKGROUND]
    assert first.box is not None and second.box is None and second.place == "centre"
