"""The pack in a real host: every node is listed, runs alone, is cached as it should, and survives bad input."""

from __future__ import annotations

import json
import re
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from anomaly_agent.nodes.extension import NODES
from anomaly_agent.nodes.model_folders import FROM_HUB, NONE

CORE_COPY = Path(__file__).resolve().parents[1] / "workflows" / "core_nodes.json"
PRODUCT = {
    "class_type": "AnomalyAgentExampleProduct",
    "inputs": {"product": "hex_nut", "seed": 3, "size": 128, "count": 1},
}
NAMES = {"item": ["1", 1], "anomaly_type": "scratch"}


def loop(**more):
    inputs = {"image": ["1", 0], **NAMES, "max_attempts": 3, "threshold": 10.0, "seed": 5, "pause": False, **more}
    return {"class_type": "AnomalyAgentLoop", "inputs": inputs}


def preview(kind, name, source):
    return {"class_type": kind, "inputs": {name: source}}


def graph(**nodes):
    return {"1": PRODUCT, **{key.removeprefix("n"): value for key, value in nodes.items()}}


def test_every_node_is_listed_with_words_on_everything(host):
    listed = {name: info for name, info in host.get("/object_info").items() if name.startswith("AnomalyAgent")}
    assert len(listed) == 21
    for name, info in listed.items():
        assert info["display_name"] and info["description"] and info["category"].startswith("AnomalyAgent"), name
        assert name == "AnomalyAgentLoopNextAttempt" or info["search_aliases"], name
        for part in ("required", "optional"):
            for field, (kind, options) in info["input"].get(part, {}).items():
                assert len(options.get("tooltip", "")) > 10, (name, field)
                if field == "seed" and kind == "INT":
                    assert options.get("control_after_generate"), name
                if kind in ("INT", "FLOAT") and not options.get("forceInput"):
                    assert {"default", "min", "max"} <= set(options), (name, field)
        assert all(tip and len(tip) > 10 for tip in info["output_tooltips"]), name


def plain(spec):
    """An input's spec in the newer form, with its choices among the options."""
    kind, options = spec[0], spec[1] if len(spec) > 1 else {}
    if isinstance(kind, list):
        kind, options = "COMBO", {**options, "options": kind}
    if options.get("default") in (FROM_HUB, NONE):  # a list of what lies in the host's folders
        options = {**options, "options": options["options"][:1]}
    return [kind, options]


def test_what_tests_without_a_host_assume_is_what_the_host_says(host):
    """The stand-in's schemas, and the copy of the schemas of the host's own nodes that the workflows use."""
    listed = host.get("/object_info")
    for node in NODES:
        assumed = node.GET_SCHEMA().info()
        said = listed[assumed["name"]]
        for key, value in assumed.items():
            if key != "input":
                assert said[key] == value, (assumed["name"], key)
                continue
            for part, fields in value.items():
                assert {n: plain(s) for n, s in said["input"].get(part, {}).items()} == {
                    n: plain(s) for n, s in fields.items()
                }
    for name, copy in json.loads(CORE_COPY.read_text()).items():
        assert (listed[name]["output"], listed[name]["output_name"]) == (copy["output"], copy["output_name"]), name
        for part, fields in copy["input"].items():
            for field, (kind, options) in fields.items():
                said_kind, said_options = plain(listed[name]["input"][part][field])
                assert (kind, options) == (said_kind, {key: said_options.get(key) for key in options}), (name, field)


def test_import_is_fast_and_loads_no_model(host):
    seconds = re.search(r"([\d.]+) seconds.*AnomalyAgent", host.log.read_text())
    assert seconds and float(seconds[1]) < 0.5
    assert "IMPORT FAILED" not in host.log.read_text()


def test_templates_help_and_translations_are_served(host):
    names = host.get("/workflow_templates")["AnomalyAgent"]
    assert "quickstart" in names and len(names) >= 6
    for name in names:
        assert host.read(f"/api/workflow_templates/AnomalyAgent/{name}.jpg")[:2] == b"\xff\xd8"
    assert b"Agent Loop" in host.read("/extensions/AnomalyAgent/docs/AnomalyAgentLoop/en.md")
    words = host.get("/i18n")
    assert {"AnomalyAgentLoop"} <= set(words["ko"]["nodeDefs"]) & set(words["zh"]["nodeDefs"])


def test_same_inputs_are_cached_and_a_new_seed_runs_again(host):
    prompt = graph(n2=loop(seed=71), n3=preview("PreviewImage", "images", ["2", 0]))
    first = host.run(prompt)
    assert "2" not in first.cached
    assert "2" in host.run(prompt).cached
    prompt["2"]["inputs"]["seed"] = 72
    other = host.run(prompt)
    assert "2" not in other.cached and "1" in other.cached
    assert (other.images("3")[0] != first.images("3")[0]).any()


def test_a_batch_and_rgba_come_through(host):
    join = {"class_type": "JoinImageWithAlpha", "inputs": {"image": ["1", 0], "alpha": ["8", 0]}}
    solid = {"class_type": "SolidMask", "inputs": {"value": 0.0, "width": 128, "height": 128}}
    product = {**PRODUCT, "inputs": {**PRODUCT["inputs"], "count": 3}}
    prompt = {
        **graph(n2=loop(threshold=5.0, image=["9", 0]), n8=solid, n9=join),
        "1": product,
        "3": preview("PreviewImage", "images", ["2", 0]),
        "4": preview("MaskPreview", "mask", ["2", 1]),
    }
    run = host.run(prompt)
    assert run.status == "success", run.error
    images, masks = run.images("3"), run.images("4")
    assert [image.shape for image in images] == [(128, 128, 3)] * 3
    assert all(mask.max() == 255 and 0 < (mask > 0).mean() < 0.5 for mask in masks) and len(masks) == 3


def test_an_interrupt_is_honoured_within_a_second(host):
    product = {**PRODUCT, "inputs": {**PRODUCT["inputs"], "count": 64, "size": 512, "seed": 900}}
    slow = {**graph(n2=loop(max_attempts=20), n3=preview("PreviewImage", "images", ["2", 0])), "1": product}
    prompt_id = host.queue(slow)
    end = time.monotonic() + 60
    while "2" not in json.dumps(host.get("/queue")["queue_running"][:1])[:200] and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(12)
    assert host.get("/queue")["queue_running"], "the run is long enough to be stopped"
    started = time.monotonic()
    host.post("/interrupt", {})
    run = host.wait(prompt_id, 10)
    assert time.monotonic() - started < 1.5
    assert run.status == "error" and "execution_interrupted" in run.messages
    assert host.run(graph(n2=loop(), n3=preview("PreviewImage", "images", ["2", 0]))).status == "success"


def solid(width, height, value=1.0):
    return {"class_type": "SolidMask", "inputs": {"value": value, "width": width, "height": height}}


def empty_image(width, height, batch=1):
    return {
        "class_type": "EmptyImage",
        "inputs": {"width": width, "height": height, "batch_size": batch, "color": 8421504},
    }


def masks_of(source):
    return {"class_type": "ImageToMask", "inputs": {"image": source, "channel": "red"}}


TASK = {"image": ["1", 0], "item": "hex nut", "anomaly_type": "scratch", "seed": 0}
WITH_REGION = {
    "AnomalyAgentLoop": {**TASK, "max_attempts": 2, "threshold": 5.0, "pause": False},
    "AnomalyAgentLoopBegin": {**TASK, "max_attempts": 2, "threshold": 5.0},
    "AnomalyAgentPromptGeneration": TASK,
    "AnomalyAgentImageGeneration": {**TASK, "prompt": "Add a scratch."},
    "AnomalyAgentQualityEvaluation": {
        "normal": ["1", 0],
        "edited": ["1", 0],
        "item": "hex nut",
        "anomaly_type": "scratch",
        "threshold": 5.0,
    },
}


def refused(host, prompt, says):
    run = host.run(prompt)
    assert run.status == "error" and re.search(says, run.error), run.error
    assert "\n" not in run.error and host.is_alive()
    assert host.get("/system_stats")["system"]


@pytest.mark.parametrize("node", WITH_REGION)
@pytest.mark.parametrize(
    ("region", "says"),
    [
        (solid(128, 128, 0.0), "region: mask is empty; paint"),
        (solid(64, 96), "region is 64x96 px but the image is 128x128 px"),
        (masks_of(["8", 0]), "region: 3 masks for 1 image; give one for all"),
    ],
)
def test_bad_regions_are_named(host, node, region, says):
    tested = {"class_type": node, "inputs": {**WITH_REGION[node], "region": ["9", 0]}}
    shown = preview("PreviewAny", "source", ["2", 0])
    refused(host, {**graph(n2=tested, n3=shown, n9=region, n8=empty_image(128, 128, 3))}, says)


@pytest.mark.parametrize("node", [*WITH_REGION, "AnomalyAgentMaskGeneration"])
def test_images_that_are_too_small_are_named(host, node):
    inputs = dict(WITH_REGION.get(node, {"normal": ["1", 0], "edited": ["1", 0]}))
    name = "normal" if "normal" in inputs else "image"
    tested = {"class_type": node, "inputs": {**inputs, name: ["8", 0]}}
    says = f"{name}: image is 32x32 px, but each side must be 64-4096 px"
    shown = preview("PreviewAny", "source", ["2", 0])
    refused(host, graph(n2=tested, n3=shown, n8=empty_image(32, 32)), says)


def test_pairs_that_do_not_fit_are_named(host):
    for node, more in (
        ("AnomalyAgentMaskGeneration", {}),
        ("AnomalyAgentQualityEvaluation", {"item": "nut", "anomaly_type": "dent", "threshold": 5.0}),
    ):
        tested = {"class_type": node, "inputs": {"normal": ["1", 0], "edited": ["8", 0], **more}}
        shown = preview("PreviewAny", "source", ["2", 0])
        refused(host, graph(n2=tested, n3=shown, n8=empty_image(96, 96)), "edited: 96x96 px, but normal is 128x128 px")


@pytest.mark.parametrize("node", [*WITH_REGION, "AnomalyAgentMaskGeneration", "AnomalyAgentSaveDataset"])
def test_not_a_number_is_named(host, broken_vae, node):
    """A VAE that overflows gives NaN, as half precision does to users."""
    inputs = dict(WITH_REGION.get(node, {"normal": ["1", 0], "edited": ["1", 0]}))
    if node == "AnomalyAgentSaveDataset":
        inputs = {"image": ["1", 0], "mask": ["11", 0], "item": "nut", "anomaly_type": "dent", "folder": "out"}
    name = "edited" if "edited" in inputs else "image"
    prompt = graph(
        n2={"class_type": node, "inputs": {**inputs, name: ["10", 0]}},
        n3=preview("PreviewAny", "source", ["2", 0]),
        n8={"class_type": "VAELoader", "inputs": {"vae_name": broken_vae.name}},
        n9={"class_type": "EmptyLatentImage", "inputs": {"width": 128, "height": 128, "batch_size": 1}},
        n10={"class_type": "VAEDecode", "inputs": {"samples": ["9", 0], "vae": ["8", 0]}},
        n11=solid(128, 128),
    )
    refused(host, prompt, f"{name}: 49152 of 49152 values are NaN or infinite; the node before it failed")


def test_texts_and_folders_are_named(host):
    shown = preview("PreviewAny", "source", ["2", 0])
    for node, inputs, says in (
        ("AnomalyAgentLoop", {**WITH_REGION["AnomalyAgentLoop"], "item": "  "}, "item is empty"),
        ("AnomalyAgentLoop", {**WITH_REGION["AnomalyAgentLoop"], "anomaly_type": "flurble"}, "flurble"),
        ("AnomalyAgentKnowledgeRetrieval", {"item": "", "anomaly_type": "dent", "limit": 3}, "item: is empty"),
        ("AnomalyAgentLoadKnowledgeBase", {"folder": "gone", "packaged": True}, "folder: no folder 'gone'"),
        (
            "AnomalyAgentLoadDataset",
            {"folder": "gone", "split": "all", "anomaly_type": "", "limit": 0},
            "folder: no folder 'gone'",
        ),
        ("AnomalyAgentPaintRegion", {"image": ["1", 0], "strokes": "{"}, "strokes: not a list of"),
        (
            "AnomalyAgentSaveDataset",
            {"image": ["1", 0], "mask": ["9", 0], "item": "nut", "anomaly_type": "dent", "folder": "../out"},
            "folder: '../out' is not inside the output folder",
        ),
        (
            "AnomalyAgentSaveDataset",
            {"image": ["1", 0], "mask": ["10", 0], "item": "nut", "anomaly_type": "dent", "folder": "out"},
            "mask: mask 1 is empty",
        ),
    ):
        nodes = {"n2": {"class_type": node, "inputs": inputs}, "n9": solid(128, 128), "n10": solid(128, 128, 0.0)}
        refused(host, graph(**nodes, n3=shown), says)


@pytest.mark.parametrize(
    ("field", "value"), [("max_attempts", 0), ("max_attempts", 21), ("threshold", 11.0), ("seed", -1), ("policy", "x")]
)
def test_values_out_of_range_never_start(host, field, value):
    node = (
        {"class_type": "AnomalyAgentLoadPolicy", "inputs": {"policy": value}}
        if field == "policy"
        else loop(**{field: value})
    )
    status, answer = host.post("/prompt", {"prompt": graph(n2=node, n3=preview("PreviewAny", "source", ["2", 0]))})
    assert status == 400 and field in json.dumps(answer)


def test_the_trajectory_is_kept_in_saved_pictures(host):
    save = {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "kept"}}
    workflow = {"nodes": [{"id": 2, "type": "AnomalyAgentLoop", "properties": {}}], "links": []}
    run = host.run(graph(n2=loop(seed=33), n3=save), {"extra_pnginfo": {"workflow": workflow}})
    picture = Image.open(BytesIO(run.files("3")[0]))
    info = picture.info
    (record,) = json.loads(info["anomaly_agent"])["2"]
    assert record["seed"] == 33 and len(record["attempts"]) == 3
    kept = json.loads(info["workflow"])["nodes"][0]["properties"]["anomaly_agent_run"]
    assert len(kept["episodes"][0]["attempts"]) == 3
    assert picture.size == (128, 128)
