"""The pack in a real host: every node is listed, is imported fast, is cached as it should, and can be interrupted."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

from graphs import PRODUCT, TOO_MUCH, graph, preview, solid, stop_after
from PIL import Image

from anomaly_agent.nodes.extension import NODES
from anomaly_agent.nodes.model_folders import FROM_HUB, NONE

CORE_COPY = Path(__file__).resolve().parents[1] / "workflows" / "core_nodes.json"


NAMES = {"item": ["1", 1], "anomaly_type": "scratch"}


def loop(**more):
    inputs = {"image": ["1", 0], **NAMES, "max_attempts": 3, "threshold": 10.0, "seed": 5, "pause": False, **more}
    return {"class_type": "AnomalyAgentLoop", "inputs": inputs}


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
    """The figure in the host's own log holds the garbage collections that fall into that time."""
    log = host.log.read_text()
    assert "AnomalyAgent" in log and "IMPORT FAILED" not in log
    script, pack = Path(__file__).with_name("import_pack.py"), host.base / "custom_nodes" / "AnomalyAgent"
    command = [sys.executable, str(script), str(host.comfyui), str(pack.resolve())]
    said = json.loads(subprocess.check_output(command, text=True).splitlines()[-1])
    assert said["seconds"] < 0.5
    assert said["nodes"] == len(NODES) and said["networks"] == 0
    heavy = {"diffusers", "transformers", "segment_anything", "peft", "accelerate", "openai", "playwright"}
    assert not heavy & set(said["added"])


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
    product = {**PRODUCT, "inputs": {**PRODUCT["inputs"], "count": 3}}
    prompt = {
        **graph(n2=loop(threshold=5.0, image=["9", 0]), n8=solid(128, 128, 0.0), n9=join),
        "1": product,
        "3": preview("PreviewImage", "images", ["2", 0]),
        "4": preview("MaskPreview", "mask", ["2", 1]),
    }
    run = host.run(prompt)
    assert run.status == "success", run.error
    images, masks = run.images("3"), run.images("4")
    assert [image.shape for image in images] == [(128, 128, 3)] * 3
    assert all(mask.max() == 255 and 0 < (mask > 0).mean() < 0.5 for mask in masks) and len(masks) == 3


def test_an_interrupt_is_honoured_while_a_large_picture_is_rendered(host):
    product = {**PRODUCT, "inputs": {**PRODUCT["inputs"], "count": 8, "size": 2048, "seed": 901}}
    prompt_id = host.queue({"1": product, "2": preview("PreviewImage", "images", ["1", 0])})
    stop_after(host, prompt_id, 3)


def test_an_interrupt_is_honoured_within_a_second(host):
    product = {**PRODUCT, "inputs": {**PRODUCT["inputs"], "count": 64, "size": 512, "seed": 900}}
    slow = {**graph(n2=loop(max_attempts=20), n3=preview("PreviewImage", "images", ["2", 0])), "1": product}
    prompt_id = host.queue(slow)
    end = time.monotonic() + 60
    while "2" not in json.dumps(host.get("/queue")["queue_running"][:1])[:200] and time.monotonic() < end:
        time.sleep(0.1)
    stop_after(host, prompt_id, 12)
    assert host.run(graph(n2=loop(), n3=preview("PreviewImage", "images", ["2", 0]))).status == "success"


def test_the_trajectory_is_kept_in_saved_pictures(host):
    save = {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "kept"}}
    workflow = {"nodes": [{"id": 2, "type": "AnomalyAgentLoop", "properties": {}}], "links": []}
    run = host.run(graph(n2=loop(seed=33, anomaly_type=TOO_MUCH), n3=save), {"extra_pnginfo": {"workflow": workflow}})
    picture = Image.open(BytesIO(run.files("3")[0]))
    info = picture.info
    (record,) = json.loads(info["anomaly_agent"])["2"]
    assert record["seed"] == 33 and len(record["attempts"]) == 3
    kept = json.loads(info["workflow"])["nodes"][0]["properties"]["anomaly_agent_run"]
    assert len(kept["episodes"][0]["attempts"]) == 3
    assert picture.size == (128, 128)
