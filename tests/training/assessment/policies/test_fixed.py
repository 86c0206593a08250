"""The baseline without a loop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.result import Stop
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.edit import Edit
from anomaly_agent.agent.defects.prompt_text import read_prompt
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.training.assessment.policies.fixed import FixedPolicy
from anomaly_agent.training.policy.rollout import read_rollout
from anomaly_agent.training.policy.unfaithful_editor import EditorBias, UnfaithfulEditor

TASK = Task(render_normal("leather", 3, 128), "leather hide", "hole", seed=2)


@pytest.mark.parametrize(("threshold", "last", "stop"), [(0.0, "mask_gen", Stop.PASSED), (10.0, None, Stop.ANSWERED)])
def test_one_attempt_whatever_the_budget(threshold: float, last: str | None, stop: Stop) -> None:
    # What it draws has a seam: that passes only where everything does.
    tools = replace(embedded_backends(), image_generator=UnfaithfulEditor(EditorBias(seam=1.0)))
    result = AgentLoop(FixedPolicy(), tools, max_attempts=5, threshold=threshold).synthesize(TASK)
    turns = [turn.tool for turn in read_rollout(result.trajectory, 5, threshold).turns]
    assert turns == [name for name in ("image_gen", "quality_eval", last, "answer") if name]
    assert result.stop is stop
    assert len(result.trajectory.attempts) == 1
    assert result.verdict is not None


def test_its_prompt_says_nothing_but_the_names() -> None:
    result = AgentLoop(FixedPolicy(), embedded_backends()).synthesize(TASK)
    prompt = result.trajectory.attempts[0].prompt
    assert prompt == "Add a hole to the leather hide. Keep everything else unchanged."
    assert read_prompt(prompt, "hole")[0] == Edit(family="hole")


def test_a_refusal_ends_it() -> None:
    class Refuses:
        def edit(self, *_: object) -> None:
            raise InputError("no room")

    tools = replace(embedded_backends(), image_generator=Refuses())
    result = AgentLoop(FixedPolicy(), tools).synthesize(TASK)
    assert result.stop is Stop.ANSWERED
    assert not result.passed
    assert result.trajectory.attempts == []
