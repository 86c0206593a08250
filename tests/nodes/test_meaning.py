"""The input that says how a type is meant: all nodes read it, and what is kept tells both."""

import json

import numpy as np
import pytest
from host_stand_in import HOST, run, run_all

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.nodes.agent_loop import AgentLoopNode
from anomaly_agent.nodes.image_generation import ImageGeneration
from anomaly_agent.nodes.loop_begin import LoopBegin
from anomaly_agent.nodes.panel import EVENT, KEY
from anomaly_agent.nodes.prompt_generation import PromptGeneration
from anomaly_agent.nodes.quality_evaluation import QualityEvaluation
from anomaly_agent.nodes.tensors import image_tensor

SLAB = render_normal("concrete", 3, 128)
ASKED = {"item": ["slab"], "anomaly_type": ["Macke"]}
LOOP = {"max_attempts": [1], "threshold": [0.0], "seed": [5]}


def looped(**more):
    policy = [ScriptedPolicy()]
    return run_all(AgentLoopNode, image=[image_tensor([SLAB])], policy=policy, pause=[False], **LOOP, **ASKED, **more)


def test_the_loop_draws_what_is_meant_and_keeps_both():
    output = looped(meaning=[" two dark dents "])
    record = json.loads(output.args[4][0])
    assert (record["anomaly_type"], record["meaning"], record["corrected"]) == ("Macke", "two dark dents", True)
    assert record["understood"].startswith("2 dark dents; corrected: 'Macke' by itself is read as")
    assert record["description"][0]["family"] == "dent" and record["description"][0]["count"] == [2, 2]
    (episode,) = output.ui[KEY][0]["episodes"]
    assert (episode["understood"], episode["corrected"], episode["meaning"]) == ("2 dark dents", True, "two dark dents")
    assert "2 " in record["attempts"][0]["prompt"] and "dent" in record["attempts"][0]["prompt"]
    (told,) = [data["start"] for event, data in HOST.sent if event == EVENT and "start" in data]
    assert told["understood"] == "2 dark dents"


@pytest.mark.parametrize("meaning", [None, [""], [" "]])
def test_an_empty_one_corrects_nothing(meaning):
    output = looped(meaning=meaning)
    record = json.loads(output.args[4][0])
    assert (record["meaning"], record["corrected"]) == ("", False) and record["understood"].startswith("unclassified")
    assert output.ui[KEY][0]["episodes"][0]["corrected"] is False


def test_the_tools_read_it_too():
    meant = {"meaning": ["one dark stain"], **ASKED}
    (prompts,) = run(PromptGeneration, image=[image_tensor([SLAB])], seed=[5], **meant)
    assert "darker stain (one dark stain)" in prompts[0]
    images, _ = run(ImageGeneration, image=[image_tensor([SLAB])], prompt=prompts, seed=[5], **meant)
    assert np.abs(images[0][0].numpy() - SLAB / 255).max() > 0.02
    judged = {"normal": [image_tensor([SLAB])], "edited": images, "threshold": [5.0], "item": ["slab"]}
    reviews = [
        run(QualityEvaluation, anomaly_type=[kind], meaning=[meaning], **judged)[:3]
        for kind, meaning in (("Macke", "one dark stain"), ("one dark stain", ""))
    ]
    assert reviews[0] == reviews[1], "the judge checks what is meant"
    assert reviews[0] != run(QualityEvaluation, anomaly_type=["Macke"], meaning=["bright scratch"], **judged)[:3]


def test_the_loop_on_the_canvas_hands_it_on():
    names = {"image": [image_tensor([SLAB])], "policy": [ScriptedPolicy()], **LOOP}
    begun = run(LoopBegin, **names, meaning=["dark stain"], **ASKED)
    assert [list(one) for one in begun[-2:]] == [["Macke"], ["dark stain"]]
    empty = run(LoopBegin, **names, item=["slab"], anomaly_type=["scratch"])
    assert [list(one) for one in empty[-2:]] == [["scratch"], [""]]


def test_each_image_may_have_its_own():
    images = image_tensor([SLAB, SLAB])
    names = {"image": [images], "seed": [5], **ASKED}
    (prompts,) = run(PromptGeneration, meaning=["dark stain", "bright dent"], **names)
    assert "stain" in prompts[0] and "dent" in prompts[1]
    with pytest.raises(InputError, match="meaning: 3 texts for 2 images"):
        run(PromptGeneration, meaning=["a", "b", "c"], **names)


@pytest.mark.parametrize("meaning", ["zorblax", "dark, upper left", "x" * 601])
def test_what_cannot_be_read_is_one_line(meaning):
    with pytest.raises(InputError, match=r"^meaning ") as caught:
        looped(meaning=[meaning])
    assert "\n" not in str(caught.value)
