"""The tools over one task: what they refuse and what they say."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from anomaly_agent.agent.core.protocol import Refusal, Refused, ToolCall
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.loop.toolbox import Backends, Toolbox
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.knowledge_retrieval import KnowledgeBase
from anomaly_agent.agent.tools.mask_generation import ChangeMaskGenerator
from anomaly_agent.agent.tools.prompt_generation import ScenePromptGenerator
from anomaly_agent.agent.tools.quality_evaluation import ComputedCritic

NAMES = {"item": "concrete slab", "anomaly_type": "oil_stain"}
BACKENDS = Backends(
    ScenePromptGenerator(), ProceduralGenerator(), ComputedCritic(), KnowledgeBase.packaged(), ChangeMaskGenerator()
)


@pytest.fixture
def toolbox():
    task = Task(render_normal("concrete", 1, 96), "concrete slab", "oil_stain", seed=3)
    trajectory = Trajectory()
    trajectory.add_image(task.image, "")
    return Toolbox(task, BACKENDS, trajectory, analyze_scene(task.image), 2)


def _edit(toolbox, prompt="Add a large dark stain."):
    observation = toolbox.call(ToolCall("image_gen", {"image": 1, "prompt": prompt}))
    if observation.image is not None:
        toolbox.trajectory.add_image(observation.image, "")
    return observation


def test_a_whole_episode_by_hand(toolbox):
    prompt = toolbox.call(ToolCall("prompt_gen", {"image": 1, **NAMES}))
    assert not prompt.refused
    made = _edit(toolbox, prompt.text)
    assert made.text == "Attempt 1 of 2: made image 2."
    judged = json.loads(toolbox.call(ToolCall("quality_eval", {"original": 1, "edited": 2, **NAMES})).text)
    assert judged["score"] == pytest.approx(judged["location"] + judged["quality"])
    assert judged["image"] == 2
    mask = toolbox.call(ToolCall("mask_gen", {"original": 1, "edited": 2}))
    assert "Mask of image 2" in mask.text
    assert np.array_equal(toolbox.masks[2], toolbox.trajectory.attempts[0].exact_mask)
    assert "stain" in toolbox.call(ToolCall("knowledge_retrieval", NAMES)).text
    assert toolbox.trajectory.seconds_in_tools > 0


@pytest.mark.parametrize(
    "name,arguments,code,said",
    [
        ("prompt_gen", {"image": 2, **NAMES}, Refusal.WRONG_IMAGE, "normal image is image 1"),
        (
            "prompt_gen",
            {"image": 1, "item": "bottle", "anomaly_type": "oil_stain"},
            Refusal.WRONG_NAME,
            "item is 'concrete slab'",
        ),
        (
            "knowledge_retrieval",
            {"item": "concrete slab", "anomaly_type": "crack"},
            Refusal.WRONG_NAME,
            "anomaly_type is 'oil_stain'",
        ),
        ("image_gen", {"image": 0, "prompt": "x"}, Refusal.WRONG_IMAGE, "normal image is image 1"),
        ("quality_eval", {"original": 1, "edited": 2, **NAMES}, Refusal.WRONG_IMAGE, "edited images: none yet"),
        ("quality_eval", {"original": 1, "edited": 1, **NAMES}, Refusal.WRONG_IMAGE, "image 1 is no edited image"),
        ("mask_gen", {"original": 1, "edited": -(10**30)}, Refusal.WRONG_IMAGE, "is no edited image"),
    ],
)
def test_refusals_have_a_code_and_name_the_cause(toolbox, name, arguments, code, said):
    observation = toolbox.call(ToolCall(name, arguments))
    assert observation.refused
    assert observation.observation == Refused(code, observation.observation.message)
    assert said in observation.text


@pytest.mark.parametrize("region", [[0.5, 0.5, 1, 1], [[0.5, 0.5], [1, 0.5], [1, 1], [0.5, 1]]])
def test_an_edit_stays_in_the_region_of_the_call(toolbox, region):
    call = ToolCall("image_gen", {"image": 1, "prompt": "Add a large dark stain.", "region": region})
    changed = (toolbox.call(call).image != toolbox.task.image).any(axis=2)
    assert changed[48:, 48:].any() and not changed[:48].any() and not changed[:, :48].any()
    assert toolbox.task.region is None


def test_a_call_cannot_leave_the_users_region(toolbox):
    region = np.zeros((96, 96), bool)
    region[:40, :40] = True
    toolbox.task = replace(toolbox.task, region=region)
    outside = ToolCall("image_gen", {"image": 1, "prompt": "Add a stain.", "region": [0.5, 0.5, 1, 1]})
    observation = toolbox.call(outside)
    assert observation.refused and "region lies outside the one that the user drew" in observation.text
    inside = ToolCall("image_gen", {"image": 1, "prompt": "Add a stain.", "region": [0, 0.2, 1, 1]})
    changed = (toolbox.call(inside).image != toolbox.task.image).any(axis=2)
    assert changed.any() and not (changed & ~region).any() and not changed[:18].any()


def test_names_are_compared_without_case_and_blanks(toolbox):
    assert not toolbox.call(
        ToolCall("prompt_gen", {"image": 1, "item": " Concrete SLAB", "anomaly_type": "OIL_stain "})
    ).refused


def test_prompt_gen_once_and_the_budget_is_kept(toolbox):
    call = ToolCall("prompt_gen", {"image": 1, **NAMES})
    assert not toolbox.call(call).refused
    assert toolbox.call(call).observation.code is Refusal.ALREADY_PLANNED
    assert not _edit(toolbox).refused
    assert not _edit(toolbox).refused
    assert _edit(toolbox).observation.code is Refusal.BUDGET_SPENT
    assert len(toolbox.trajectory.attempts) == 2


def test_the_same_prompt_twice_gives_another_image(toolbox):
    _edit(toolbox)
    _edit(toolbox)
    first, second = toolbox.trajectory.attempts
    assert not np.array_equal(first.image, second.image)


def test_a_defect_that_would_not_show_is_refused_with_that_code(toolbox):
    region = np.zeros((96, 96), bool)
    region[40, 40] = True
    toolbox.task = replace(toolbox.task, region=region)
    refused = _edit(toolbox, "Add a faint stain, severity 0.05, about 1% across.")
    assert refused.observation.code is Refusal.NOT_VISIBLE and toolbox.trajectory.attempts == []


def test_a_products_name_is_no_refusals_code():
    task = Task(render_normal("concrete", 1, 96), "budget tile, more severity", "stain")
    toolbox = Toolbox(task, BACKENDS, Trajectory(), analyze_scene(task.image), 2)
    refused = toolbox.call(ToolCall("prompt_gen", {"image": 1, "item": "tile", "anomaly_type": "stain"}))
    assert refused.observation.code is Refusal.WRONG_NAME


def test_the_change_of_an_attempt_is_measured_once(toolbox):
    _edit(toolbox)
    (attempt,) = toolbox.trajectory.attempts
    toolbox.call(ToolCall("quality_eval", {"original": 1, "edited": 2, **NAMES}))
    first = attempt.change.measures
    toolbox.call(ToolCall("quality_eval", {"original": 1, "edited": 2, **NAMES}))
    assert first is not None and attempt.change.measures is first
