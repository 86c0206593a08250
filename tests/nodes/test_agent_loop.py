"""Agent Loop: its outputs, its progress and panel, and a user who steps in after an attempt."""

import base64
import io
import json
import threading
import time

import numpy as np
import pytest
import torch
from host_stand_in import HOST, PAGE, InterruptedRun, run, run_all
from PIL import Image

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.policies.trained import TrainedPolicy
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.nodes import pause
from anomaly_agent.nodes.agent_loop import AgentLoopNode
from anomaly_agent.nodes.panel import EVENT, KEY
from anomaly_agent.nodes.tensors import image_tensor

NUTS = [render_normal("hex_nut", seed, 128) for seed in (3, 4)]
#: No nut has room for them: every attempt of the budget is made.
TOO_MUCH = "nine large cracks in the upper left"
NEVER = {"max_attempts": [3], "anomaly_type": [TOO_MUCH]}
#: Whatever can be seen scores more: the first attempt passes, however strict the judge is.
AT_ONCE = {"threshold": [0.0]}


def inputs(images=NUTS, **more):
    batch = image_tensor(images)
    names = {"item": ["hex nut"], "anomaly_type": ["scratch"], "seed": [5], "pause": [False]}
    names["policy"] = [ScriptedPolicy()]
    return {"image": [batch], **names, "max_attempts": [3], "threshold": [5.0], **more}


def test_outputs_are_those_of_the_agents_loop():
    image, mask, score, passed, trajectory, attempts, episode = run(AgentLoopNode, **inputs(**NEVER))
    loop = AgentLoop(ScriptedPolicy(), embedded_backends(), 3)
    for index, normal in enumerate(NUTS):
        result = loop.synthesize(Task(normal, "hex nut", TOO_MUCH, seed=5 + index))
        assert (np.round(image[0][index].numpy() * 255) == result.image).all()
        assert (mask[0][index].numpy() == result.mask).all()
        assert (score[index], passed[index]) == (result.verdict.score, False)
        record = json.loads(trajectory[index])
        assert record["messages"] == result.trajectory.messages and record["stop"] == "attempt budget spent"
        assert episode[index].result.stop == result.stop
    assert attempts[0].shape == (6, 128, 128, 3)
    assert run(AgentLoopNode, **inputs(**AT_ONCE))[3] == [True, True]


def test_unconnected_the_trained_policy_decides():
    trajectory = run(AgentLoopNode, **inputs(NUTS[:1], policy=None))[4]
    result = AgentLoop(TrainedPolicy(), embedded_backends(), 3).synthesize(Task(NUTS[0], "hex nut", "scratch", seed=5))
    assert json.loads(trajectory[0])["messages"] == result.trajectory.messages


def test_progress_shows_each_attempt():
    run(AgentLoopNode, **inputs(**NEVER))
    shown = [(value, preview[1].size) for value, total, preview in HOST.progress if preview is not None]
    assert {value for value, _ in shown} == {1, 2, 3, 4, 5, 6}
    assert {size for _, size in shown} == {(128, 128)}
    assert all(total == 6 for _, total, _ in HOST.progress)


def test_the_panel_is_told_every_turn_and_the_record_is_kept():
    saved = {"workflow": {"nodes": [{"id": 7, "properties": {}}, {"id": 8}]}}
    output = run_all(AgentLoopNode, extra_pnginfo=saved, **inputs(**NEVER))
    (record,) = output.ui[KEY]
    steps = [data for event, data in HOST.sent if event == EVENT]
    assert {step["run"] for step in steps} == {record["run"]} and {step["node"] for step in steps} == {"7"}
    for index, episode in enumerate(record["episodes"]):
        mine = [step for step in steps if step["index"] == index]
        assert "start" in mine[0] and "outcome" in mine[-1]
        assert [step["turn"] for step in mine[1:-1]] == episode["turns"]
        assert [turn["tool"] for turn in episode["turns"]] == [
            *["prompt_gen", "image_gen", "quality_eval", "knowledge_retrieval"],
            *["image_gen", "quality_eval"] * 2,
            "answer",
        ]
        assert len(episode["attempts"]) == 3 and episode["outcome"]["passed"] is False
        for attempt in episode["attempts"]:
            assert attempt["picture"].startswith("data:image/jpeg;base64,") and attempt["outline"].startswith("M")
            assert attempt["score"] == pytest.approx(attempt["location"] + attempt["quality"], abs=0.01)
    assert saved["workflow"]["nodes"][0]["properties"][KEY] == record
    assert [one["seed"] for one in saved["anomaly_agent"]["7"]] == [5, 6]


def test_a_node_in_a_subgraph_keeps_its_record_there():
    inner = {"id": 3, "type": "AnomalyAgentLoop"}
    workflow = {
        "nodes": [{"id": 12, "type": "uuid"}],
        "definitions": {"subgraphs": [{"id": "uuid", "nodes": [inner]}]},
    }
    run(AgentLoopNode, unique_id="12:3", extra_pnginfo={"workflow": workflow}, **inputs())
    assert inner["properties"][KEY]["count"] == 2


def test_an_interrupt_is_honoured_between_turns():
    calls = []

    class Stopping(ScriptedPolicy):
        def next_turn(self, conversation):
            calls.append(1)
            HOST.interrupted = len(calls) == 3
            return super().next_turn(conversation)

    with pytest.raises(InterruptedRun):
        run(AgentLoopNode, **inputs(policy=[Stopping()], **NEVER))
    assert len(calls) == 3


def test_what_cannot_be_drawn_says_why():
    speck = torch.zeros(1, 128, 128)
    speck[0, 0, 0] = 1.0
    with pytest.raises(InputError, match=r"no image could be made: .*could be rendered|region"):
        run(AgentLoopNode, **inputs(images=NUTS[:1], region=[speck]))
    with pytest.raises(InputError, match="anomaly type has 201 characters"):
        run(AgentLoopNode, **inputs(anomaly_type=["x" * 201]))


def in_background(**given):
    outcome = {}

    def work():
        try:
            outcome["output"] = run(AgentLoopNode, **inputs(images=NUTS[:1], pause=[True], **given))
        except InterruptedRun:
            outcome["interrupted"] = True

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread, outcome


def questions():
    """What the page was asked and may still answer."""
    told = [data for event, data in HOST.sent if event == pause.EVENT]
    over = {data["run"] for data in told if "prompt" not in data}
    return [data for data in told if data["run"] not in over]


def next_question(answered=()):
    for _ in range(200):
        for question in questions():
            if question["prompt"] not in answered:
                return question
        time.sleep(0.02)
    raise AssertionError("no question came")


def answer(run, *given, **named):
    pause.answer(PAGE, run, *given, **named)


def region_url(mask):
    data = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8) * 255).save(data, "PNG")
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()


def test_a_paused_run_takes_the_users_prompt_and_region():
    thread, outcome = in_background(**NEVER)
    first = next_question()
    assert first["attempts_left"] == 2 and not first["finishes"] and first["review"]
    region = np.zeros((128, 128), bool)
    region[30:100, 70:110] = True
    mine = "Add one dark stain, about 20% of the product across."
    answer(first["run"], "continue", mine, region_url(region))
    second = next_question({first["prompt"]})
    answer(second["run"])
    thread.join(20)
    assert questions() == []
    record = json.loads(outcome["output"][4][0])
    (edit,) = record["edits"]
    assert edit["prompt"] == {"before": first["prompt"], "after": mine}
    assert edit["region"]["before"] == "" and edit["region"]["after"].startswith("M")
    assert "[70, 30, 110, 100] px" in edit["text"]
    by_user = [message for message in record["messages"] if message.get("author") == "user"]
    assert [message["role"] for message in by_user] == ["user", "assistant"]
    assert record["attempts"][1]["prompt"] == mine
    attempts = outcome["output"][5][0].numpy()
    changed = np.argwhere(np.abs(attempts[1] - NUTS[0] / 255.0).max(axis=2) > 0.01)
    assert changed.min(axis=0)[1] >= 62 and changed.min(axis=0)[0] >= 22, "the defect stays where the user painted"


def test_a_pass_may_be_turned_down_and_a_run_ended():
    thread, outcome = in_background(**AT_ONCE)
    question = next_question()
    assert question["finishes"]
    answer(question["run"], "retry", "Add one fine scratch near the lower left, faint.")
    again = next_question({question["prompt"]})
    answer(again["run"], "finish")
    thread.join(20)
    record = json.loads(outcome["output"][4][0])
    assert record["attempts"][0]["rejected_by_user"] and not record["attempts"][1]["rejected_by_user"]
    assert record["edits"][0]["action"] == "retry" and len(record["attempts"]) == 2
    made = np.round(outcome["output"][0][0][0].numpy() * 255)
    second = np.round(outcome["output"][5][0][1].numpy() * 255)
    assert (made == second).all(), "the image that the user turned down is not the result"


def test_a_run_ended_by_the_user_says_so():
    thread, outcome = in_background(**NEVER)
    question = next_question()
    answer(question["run"], "finish")
    thread.join(20)
    record = json.loads(outcome["output"][4][0])
    assert record["stop"] == "ended by the user" and len(record["attempts"]) == 1


def test_a_waiting_run_can_be_interrupted_at_once():
    thread, outcome = in_background(**NEVER)
    next_question()
    HOST.interrupted = True
    started = time.monotonic()
    thread.join(5)
    assert outcome == {"interrupted": True} and time.monotonic() - started < 1.0
    assert questions() == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"run": "nobody"}, "no run of this page waits"),
        ({"action": "jump"}, "action must be"),
        ({"action": 3}, "must be texts"),
        ({"action": "x" * 100}, "action has 100 characters"),
        ({"prompt": 3}, "must be texts"),
        ({"prompt": "x" * 20_001}, "prompt has 20001 characters"),
        ({"prompt": "\ud800"}, "prompt holds half a character"),
        ({"region": "data:image/png;base64,AAAA"}, "no PNG"),
        ({"region": "http://somewhere"}, "must be a PNG as data URL"),
        ({"region": region_url(np.zeros((128, 128), bool))}, "region is empty"),
    ],
)
def test_an_answer_that_cannot_be_used_leaves_the_run_waiting(body, says):
    thread, outcome = in_background(**NEVER)
    run_id = next_question()["run"]
    with pytest.raises(InputError, match=says):
        answer(**{"run": run_id, **body})
    assert len(questions()) == 1
    answer(run_id, "finish")
    thread.join(20)
    assert outcome["output"]
