"""Where the user said that the defect goes, it goes in every attempt, whatever is wrong and whoever rewrites the prompt."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.verdict import Fault, FaultKind, Verdict
from anomaly_agent.agent.defects.prompt_text import read_prompt
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.loop.human_in_the_loop import Decision
from anomaly_agent.agent.loop.stepped_episode import SteppedEpisode
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.policies.trained import TrainedPolicy
from anomaly_agent.agent.products.catalogue import render_normal

# Neither 256 px nor square.
IMAGE = cv2.resize(render_normal("washer", 3), (400, 300), interpolation=cv2.INTER_AREA)
SIZE = IMAGE.shape[:2]
NOTE = "The steel is brushed. Do not touch the label."
SAID = {
    "inside [120, 105, 160, 135] px": (0.3, 0.35, 0.4, 0.45),
    "inside the box (0.3, 0.35, 0.4, 0.45)": (0.3, 0.35, 0.4, 0.45),
    "inside [30%, 35%, 40%, 45%]": (0.3, 0.35, 0.4, 0.45),
    "inside [300, 350, 400, 450]": (0.3, 0.35, 0.4, 0.45),
    "near the edge": None,
}


class Judge:
    """Finds the same faults in every image."""

    def __init__(self, *kinds: FaultKind) -> None:
        self.faults = tuple(map(Fault, kinds))

    def judge(self, task, scene, image, threshold, change=None):
        return Verdict(1.0, 1.0, "No.", threshold, self.faults)


def where(prompt: str, episode) -> tuple:
    """(box, place) that a prompt asks for."""
    edit = read_prompt(prompt, "scratch", episode.toolbox.scene.bounding_box, SIZE, "washer")[0]
    return edit.box and tuple(round(side, 2) for side in edit.box), edit.place


@pytest.mark.parametrize("policy", [ScriptedPolicy, TrainedPolicy])
@pytest.mark.parametrize("kinds", [(FaultKind.OFF_TARGET,), (FaultKind.OFF_TARGET, FaultKind.UNLIKE, FaultKind.FAINT)])
@pytest.mark.parametrize("said", SAID)
def test_in_a_prompt_of_the_users(policy, kinds, said):
    asked = SAID[said], "edge" if "edge" in said else None
    backends = replace(embedded_backends(), judge=Judge(*kinds))
    prompt = f"Add a scratch {said}. {NOTE}"
    episode = AgentLoop(policy(), backends, 3).start(Task(IMAGE, "washer", "scratch", seed=5, prompt=prompt))
    list(episode.events())
    prompts = [attempt.prompt for attempt in episode.trajectory.attempts]
    assert len(set(prompts)) > 1
    assert {where(one, episode) for one in prompts} == {asked} and all(NOTE in one for one in prompts)


@pytest.mark.parametrize("policy", [ScriptedPolicy, TrainedPolicy])
def test_in_a_prompt_that_the_user_changed_in_between(policy):
    backends = replace(embedded_backends(), judge=Judge(FaultKind.OFF_TARGET))
    episode = AgentLoop(policy(), backends, 3).start(Task(IMAGE, "washer", "scratch", seed=5))
    decisions = [Decision(prompt=f"Add a scratch inside [30%, 35%, 40%, 45%]. {NOTE}")]
    list(episode.events(lambda _: decisions.pop() if decisions else Decision()))
    prompts = [attempt.prompt for attempt in episode.trajectory.attempts][1:]
    assert len(prompts) == 2
    assert {where(one, episode) for one in prompts} == {((0.3, 0.35, 0.4, 0.45), None)}
    assert all(NOTE in one for one in prompts)


@pytest.mark.parametrize("policy", [ScriptedPolicy, TrainedPolicy])
def test_where_images_are_made_elsewhere_and_a_region_is_drawn(policy):
    region = np.zeros(SIZE, bool)
    region[100:150, 100:200] = True
    task = Task(IMAGE, "washer", "scratch", seed=5, region=region)
    prompt = f"Add a scratch inside [120, 105, 160, 135] px. {NOTE}"
    stepped = SteppedEpisode(policy(), embedded_backends(), task, 3, 5.0, prompt)
    prompts = []
    while stepped.wanted:
        prompts.append(stepped.prompt)
        stepped.hand_in(
            IMAGE, score=2.0, review="Elsewhere.", faults=[Fault(FaultKind.OFF_TARGET, where="outside_region")]
        )
    assert len(prompts) == 3
    assert {where(one, stepped.episode) for one in prompts} == {((0.3, 0.35, 0.4, 0.45), None)}
