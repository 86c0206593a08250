"""The tools over one task: what they refuse and what they say."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from anomaly_agent.agent.core.protocol import ToolCall
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.loop.toolbox import Backends, Toolbox
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.interfaces import Passage
from anomaly_agent.agent.tools.knowledge_retrieval import KnowledgeBase, describe
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
    return Toolbox(task, BACKENDS, trajectory, 2)


def _edit(toolbox, prompt="Add a large dark stain."):
    observation = toolbox.call(ToolCall("image_gen", {"image": 1, "prompt": prompt}))
    if observation.image is not None:
        toolbox.trajectory.add_image(observation.image, "")
    return observation


def test_a_whole_episode_by_hand(toolbox):
    prompt = toolbox.call(ToolCall("prompt_gen", {"image": 1, **NAMES}))
    assert not prompt.error
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
    "name,arguments,said",
    [
        ("prompt_gen", {"image": 2, **NAMES}, "normal image is image 1"),
        ("prompt_gen", {"image": 1, "item": "bottle", "anomaly_type": "oil_stain"}, "item is 'concrete slab'"),
        ("knowledge_retrieval", {"item": "concrete slab", "anomaly_type": "crack"}, "anomaly_type is 'oil_stain'"),
        ("image_gen", {"image": 0, "prompt": "x"}, "normal image is image 1"),
        ("quality_eval", {"original": 1, "edited": 2, **NAMES}, "edited images: none yet"),
        ("quality_eval", {"original": 1, "edited": 1, **NAMES}, "image 1 is no edited image"),
        ("mask_gen", {"original": 1, "edited": -(10**30)}, "is no edited image"),
    ],
)
def test_refusals_name_the_cause(toolbox, name, arguments, said):
    observation = toolbox.call(ToolCall(name, arguments))
    assert observation.error
    assert observation.text.startswith("Error: ")
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
    assert observation.error and "region lies outside the one that the user drew" in observation.text
    inside = ToolCall("image_gen", {"image": 1, "prompt": "Add a stain.", "region": [0, 0.2, 1, 1]})
    changed = (toolbox.call(inside).image != toolbox.task.image).any(axis=2)
    assert changed.any() and not (changed & ~region).any() and not changed[:18].any()


def test_names_are_compared_without_case_and_blanks(toolbox):
    assert not toolbox.call(
        ToolCall("prompt_gen", {"image": 1, "item": " Concrete SLAB", "anomaly_type": "OIL_stain "})
    ).error


def test_prompt_gen_once_and_the_budget_is_kept(toolbox):
    call = ToolCall("prompt_gen", {"image": 1, **NAMES})
    assert not toolbox.call(call).error
    assert "called once" in toolbox.call(call).text
    assert not _edit(toolbox).error
    assert not _edit(toolbox).error
    assert "budget of 2 attempts is spent" in _edit(toolbox).text
    assert len(toolbox.trajectory.attempts) == 2


def test_the_same_prompt_twice_gives_another_image(toolbox):
    _edit(toolbox)
    _edit(toolbox)
    first, second = toolbox.trajectory.attempts
    assert not np.array_equal(first.image, second.image)


def test_passages_in_words():
    passage = Passage("Looks wet.", "stone.md#oil", "oil", 1.0)
    assert describe([passage], "a", "b") == "[stone.md#oil] Looks wet."
    assert describe([], "a", "b") == "Nothing found on 'b' of 'a'."
