"""Agent Loop Begin and End in a real host: any generator between them, candidates that do not fit, and live events."""

from __future__ import annotations

import asyncio
import json
import struct
import uuid

import aiohttp
import pytest
from graphs import TOO_MUCH, tensor

from anomaly_agent.agent.defects.prompt_text import read_prompt

BEGIN = {
    "class_type": "AnomalyAgentLoopBegin",
    "inputs": {
        "image": ["1", 0],
        "item": ["1", 1],
        "anomaly_type": "scratch",
        "max_attempts": 3,
        "threshold": 10.0,
        "seed": 5,
    },
}


def loop(product=None, end=None, **body):
    """A graph with nodes of one's own between Begin, "2", and End, "5"."""
    product = {"product": "hex_nut", "seed": 3, "size": 128, "count": 1, **(product or {})}
    return {
        "1": {"class_type": "AnomalyAgentExampleProduct", "inputs": product},
        "2": BEGIN,
        "5": {"class_type": "AnomalyAgentLoopEnd", "inputs": {"loop": ["2", 0], "image": ["3", 0], **(end or {})}},
        "6": {"class_type": "PreviewImage", "inputs": {"images": ["5", 5]}},
        **{key.removeprefix("n"): {"class_type": kind, "inputs": inputs} for key, (kind, inputs) in body.items()},
    }


#: Passes a picture through.
NOT_SCALED = {"upscale_method": "nearest-exact", "scale_by": 1.0}


def scaled(width, height):
    return "ImageScale", {
        "image": ["2", 1],
        "upscale_method": "area",
        "width": width,
        "height": height,
        "crop": "disabled",
    }


def test_an_own_generator_of_another_size_is_taken_at_the_normal_ones(host):
    run = host.run(loop(n4=scaled(192, 192), n3=("ImageInvert", {"image": ["4", 0]})))
    assert run.status == "success", run.error
    images = run.images("6")
    assert [image.shape for image in images] == [(128, 128, 3)] * 3


@pytest.mark.parametrize(
    ("body", "end", "says"),
    [
        ({"n3": scaled(128, 64)}, {}, "image: the candidate is 128x64 px, but the normal image is 128x128 px"),
        (
            {"n3": ("RepeatImageBatch", {"image": ["2", 1], "amount": 2})},
            {},
            "image: 2 images for one attempt; set the generator's batch size to 1",
        ),
        ({"n3": ("ImageInvert", {"image": ["2", 1]})}, {"score": 50.0}, "score"),
        (
            {"n3": ("ImageInvert", {"image": ["2", 1]}), "n7": ("PreviewAny", {"source": ["2", 2]})},
            {"review": ["7", 0]},
            "review: is connected without a score",
        ),
        (
            {
                "n3": ("ImageInvert", {"image": ["2", 1]}),
                "n7": ("SolidMask", {"value": 1.0, "width": 64, "height": 64}),
            },
            {"mask": ["7", 0]},
            "mask: 64x64 px, but the normal image is 128x128 px",
        ),
    ],
)
def test_candidates_that_do_not_fit_are_named(host, body, end, says):
    prompt = loop(end=end, **body)
    if says == "score":
        status, answer = host.post("/prompt", {"prompt": prompt})
        assert status == 400 and "score" in json.dumps(answer)
        return
    run = host.run(prompt)
    assert run.status == "error" and run.error.startswith(says) and "\n" not in run.error
    assert run.messages["execution_error"]["node_id"] == "5" and host.is_alive()


def prompts_after(host, end):
    """The prompts of every round with a judge of one's own, which finds a score of 2 for what is the normal picture."""
    prompt = loop(
        end={"score": 2.0, "review": "Far too large.", **end}, n3=("ImageScaleBy", {**NOT_SCALED, "image": ["2", 1]})
    )
    prompt["2"] = {**BEGIN, "inputs": {**BEGIN["inputs"], "policy": ["8", 0]}}
    prompt["8"] = {"class_type": "AnomalyAgentLoadPolicy", "inputs": {"policy": "scripted"}}
    prompt["9"] = {"class_type": "PreviewAny", "inputs": {"source": ["2", 2]}}
    for kind in ("too_small", "too_large"):
        prompt[kind] = {"class_type": "TestFaults", "inputs": {"kind": kind}}
    prompt["tensor"] = tensor("1,2", "1")
    return host.run(prompt)


@pytest.mark.parametrize(("kind", "grows"), [("too_small", True), ("too_large", False)])
def test_a_judges_faults_steer_the_next_prompt_and_its_words_do_not(host, kind, grows):
    run = prompts_after(host, {"faults": [kind, 0]})
    assert run.status == "success", run.error
    sizes = [read_prompt(said, "scratch")[0].size for said in run.texts("9")]
    assert len(sizes) == 3 and sizes == sorted(sizes, reverse=not grows) and sizes[0] != sizes[-1]


def test_where_a_judge_names_no_faults_they_are_measured(host):
    run = prompts_after(host, {})
    assert run.status == "success", run.error
    edits = [read_prompt(said, "scratch")[0] for said in run.texts("9")]
    assert len(edits) == 3
    assert edits[1].severity > edits[0].severity and edits[1].size == edits[0].size, "nothing to see: more contrast"


def test_what_is_no_faults_is_named(host):
    run = prompts_after(host, {"faults": ["tensor", 0]})
    assert run.status == "error" and run.error.startswith("faults: got Tensor, which is no fault; connect the faults")
    alone = loop(
        end={"faults": ["7", 0]}, n3=("ImageInvert", {"image": ["2", 1]}), n7=("TestFaults", {"kind": "faint"})
    )
    run = host.run(alone)
    assert run.status == "error" and run.error.startswith("faults: is connected without a score")


def test_a_loop_ends_for_each_image_of_a_batch_by_itself(host):
    prompt = loop(product={"count": 2}, n3=("ImageInvert", {"image": ["2", 1]}))
    prompt["8"] = {"class_type": "PreviewAny", "inputs": {"source": ["5", 3]}}
    run = host.run(prompt)
    assert run.status == "success", run.error
    assert len(run.images("6")) == 6 and run.texts("8") == ["False", "False"]


def test_odd_sizes_come_back_as_they_are(host):
    task = {"item": "nut", "anomaly_type": "stain", "max_attempts": 2, "threshold": 5.0, "seed": 1, "pause": False}
    prompt = loop(n3=scaled(333, 201))
    prompt["3"]["inputs"]["image"] = ["1", 0]
    del prompt["2"], prompt["5"]
    prompt["9"] = {"class_type": "AnomalyAgentLoop", "inputs": {"image": ["3", 0], **task}}
    prompt["6"]["inputs"]["images"] = ["9", 0]
    prompt["7"] = {"class_type": "MaskPreview", "inputs": {"mask": ["9", 1]}}
    run = host.run(prompt)
    assert run.status == "success", run.error
    assert run.images("6")[0].shape[:2] == run.images("7")[0].shape[:2] == (201, 333)


def test_the_page_gets_progress_previews_and_turns(host):
    """What a page receives while Agent Loop runs: progress by node, a preview for each attempt, every turn."""
    node = loop(n3=("ImageInvert", {"image": ["1", 0]}))
    del node["2"], node["5"]
    node["2"] = {
        "class_type": "AnomalyAgentLoop",
        "inputs": {**BEGIN["inputs"], "anomaly_type": TOO_MUCH, "seed": 4711, "pause": False},
    }
    node["6"]["inputs"]["images"] = ["2", 5]

    async def listen():
        client, previews, turns, values = uuid.uuid4().hex, [], [], set()
        address = f"{host.address}/ws?clientId={client}"
        async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
            await socket.send_json({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
            await session.post(f"{host.address}/prompt", json={"prompt": node, "client_id": client})
            while True:
                message = await asyncio.wait_for(socket.receive(), 60)
                if message.type == aiohttp.WSMsgType.BINARY and struct.unpack(">I", message.data[:4])[0] == 4:
                    length = struct.unpack(">I", message.data[4:8])[0]
                    previews.append(json.loads(message.data[8 : 8 + length])["node_id"])
                if message.type != aiohttp.WSMsgType.TEXT:
                    continue
                event = json.loads(message.data)
                data = event["data"]
                if event["type"] == "anomaly_agent.panel" and "turn" in data:
                    turns.append(data["turn"]["tool"])
                if event["type"] == "progress_state":
                    values |= {one["value"] for key, one in data["nodes"].items() if key == "2"}
                if event["type"] in ("execution_success", "execution_error"):
                    return event["type"], previews, turns, values

    ended, previews, turns, values = asyncio.run(listen())
    assert ended == "execution_success"
    assert previews.count("2") >= 3 and set(previews) == {"2"}
    assert turns.count("image_gen") == 3 and turns[0] == "prompt_gen" and turns[-1] == "answer"
    assert {1, 2, 3} <= values
