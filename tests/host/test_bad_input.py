"""Bad input to every node of the pack in a real host: one line that names the input and the cure, and the host lives on."""

from __future__ import annotations

import json
import re

import pytest
from graphs import graph, preview, solid, tensor

TASK = {"image": ["1", 0], "item": "hex nut", "anomaly_type": "scratch", "seed": 0}
SHOWN = preview("PreviewAny", "source", ["2", 0])
#: Good inputs of every node that takes pictures or masks, given as [node, output]; "5" is a white mask.
GOOD = {
    "AnomalyAgentLoop": {**TASK, "max_attempts": 2, "threshold": 5.0, "pause": False, "region": ["5", 0]},
    "AnomalyAgentLoopBegin": {**TASK, "max_attempts": 2, "threshold": 5.0, "region": ["5", 0]},
    "AnomalyAgentLoopEnd": {"loop": ["6", 0], "image": ["1", 0], "mask": ["5", 0]},
    "AnomalyAgentPromptGeneration": {**TASK, "region": ["5", 0]},
    "AnomalyAgentImageGeneration": {**TASK, "prompt": "Add a scratch.", "region": ["5", 0]},
    "AnomalyAgentQualityEvaluation": {
        "normal": ["1", 0],
        "edited": ["1", 0],
        "item": "hex nut",
        "anomaly_type": "scratch",
        "threshold": 5.0,
        "region": ["5", 0],
    },
    "AnomalyAgentMaskGeneration": {"normal": ["1", 0], "edited": ["1", 0]},
    "AnomalyAgentRebuildNormal": {"image": ["1", 0], "mask": ["5", 0], "item": "hex nut", "seed": 0},
    "AnomalyAgentSaveDataset": {
        "image": ["1", 0],
        "mask": ["5", 0],
        "item": "nut",
        "anomaly_type": "dent",
        "folder": "out",
    },
    "AnomalyAgentPaintRegion": {"image": ["1", 0], "strokes": '[{"points":[[0.2,0.2],[0.6,0.6]],"width":0.1}]'},
}
PICTURES = [(node, name) for node, given in GOOD.items() for name in ("image", "normal", "edited") if name in given]
MASKS = [(node, name) for node, given in GOOD.items() for name in ("region", "mask") if name in given]


def prompt_with(node, name, bad):
    """The node with one bad input, and what stands around it."""
    given = {**GOOD[node], name: ["9", 0]}
    begin = {"class_type": "AnomalyAgentLoopBegin", "inputs": GOOD["AnomalyAgentLoopBegin"]}
    return graph(n2={"class_type": node, "inputs": given}, n3=SHOWN, n5=solid(128, 128), n6=begin, n9=bad)


def refused(host, prompt, says):
    run = host.run(prompt)
    assert run.status == "error" and re.search(says, run.error), run.error
    assert "\n" not in run.error and host.is_alive()
    assert host.get("/system_stats")["system"]


def test_every_node_is_in_one_of_the_tests_here(host):
    """A new node that takes a picture or a mask comes here too."""
    listed = {name: info for name, info in host.get("/object_info").items() if name.startswith("AnomalyAgent")}
    for name, info in listed.items():
        fields = {**info["input"].get("required", {}), **info["input"].get("optional", {})}
        taken = {field for field, spec in fields.items() if spec[0] in ("IMAGE", "MASK")}
        assert taken == {field for node, field in PICTURES + MASKS if node == name}, name


@pytest.mark.parametrize(("node", "name"), PICTURES)
@pytest.mark.parametrize(
    ("shape", "value", "says"),
    [
        ("128,128,3", "0.5", r"shape \(128, 128, 3\) is no image batch .*; connect an IMAGE output"),
        ("1,128,128,5", "0.5", r"shape \(1, 128, 128, 5\) is no image batch .*; connect an IMAGE output"),
        ("0,128,128,3", "0.5", r"shape \(0, 128, 128, 3\) is no image batch .*; connect an IMAGE output"),
        ("1,32,32,3", "0.5", "image is 32x32 px, but each side must be 64-4096 px: resize or tile it"),
        ("1,128,128,3", "255", "values run from 255 to 255, but images are 0-1; scale it"),
        ("1,128,128,3", "nan", "49152 of 49152 values are NaN or infinite; the node before it failed"),
    ],
    ids=["one_image", "five_channels", "no_image", "small", "scale", "nan"],
)
def test_bad_pictures_are_named(host, node, name, shape, value, says):
    refused(host, prompt_with(node, name, tensor(shape, value)), f"^{name}: {says}")


@pytest.mark.parametrize(("node", "name"), MASKS)
@pytest.mark.parametrize(
    ("shape", "value", "says"),
    [
        ("1,128,128,1", "1", r": shape \(1, 128, 128, 1\) is no mask .*; connect a MASK output"),
        ("1,128,128", "nan", ": 16384 of 16384 values are NaN or infinite; the node before it failed"),
        ("1,64,96", "1", "(:| is) 96x64 px,? but the (normal )?image is 128x128 px[:;] (scale|draw) "),
        ("3,128,128", "1", ": 3 masks for (1|one) image.*; give one"),
        ("1,128,128", "0", ": mask( 1)? is empty; "),
    ],
    ids=["shape", "nan", "size", "batch", "empty"],
)
def test_bad_masks_are_named(host, node, name, shape, value, says):
    prompt = prompt_with(node, name, tensor(shape, value))
    if value == "0" and (node == "AnomalyAgentLoopEnd" or name == "region"):
        # What drew nothing is no error: the attempt is judged, and the loop goes on. A region of nothing is anywhere.
        run = host.run(prompt)
        assert run.status == "success", run.error
        return
    refused(host, prompt, f"^{name}{says}")


@pytest.mark.parametrize("node", ["AnomalyAgentMaskGeneration", "AnomalyAgentQualityEvaluation"])
def test_pairs_that_do_not_fit_are_named(host, node):
    bad = tensor("1,96,96,3", "0.5")
    refused(host, prompt_with(node, "edited", bad), "^edited: 96x96 px, but normal is 128x128 px; scale one")


@pytest.mark.parametrize(
    ("node", "name"),
    [
        *(("AnomalyAgentLoop", name) for name in ("policy", "prompt_generator", "judge", "knowledge", "segmenter")),
        ("AnomalyAgentLoopBegin", "policy"),
        ("AnomalyAgentImageGeneration", "editor"),
        ("AnomalyAgentRebuildNormal", "editor"),
        ("AnomalyAgentQualityEvaluation", "judge"),
        ("AnomalyAgentMaskGeneration", "segmenter"),
        ("AnomalyAgentLoopEnd", "loop"),
    ],
)
def test_what_is_no_backend_is_named(host, node, name):
    """A wire of any type, such as a reroute's or a switch's, can bring anything."""
    refused(host, prompt_with(node, name, tensor("1,2", "1")), f"^{name}: .*connect")


OWN = {"hub_id": "", "download": False, "precision": "auto", "offload": "auto", "quantization": "none"}
EDITOR = {**OWN, "model": "(hub id)", "steps": 0, "guidance": 0.0, "strength": 0.0, "lora": "(none)"}
WRITING = {"max_new_tokens": 16, "temperature": -1.0, "time_limit": 60.0}
MODEL = {**OWN, "model": "(hub id)", "adapter": "(none)", **WRITING}


@pytest.mark.parametrize(
    ("node", "given", "says"),
    [
        ("AnomalyAgentLoop", {"item": "  "}, "item is empty"),
        (
            "AnomalyAgentLoop",
            {"anomaly_type": "x" * 201},
            "anomaly type has 201 characters, but 200 is the most",
        ),
        ("AnomalyAgentKnowledgeRetrieval", {"item": "", "anomaly_type": "dent", "limit": 3}, "item: is empty"),
        ("AnomalyAgentLoadKnowledgeBase", {"folder": "gone", "packaged": True}, "folder: no folder 'gone'; "),
        (
            "AnomalyAgentLoadDataset",
            {"folder": "gone", "split": "all", "anomaly_type": "", "limit": 0},
            "folder: no folder 'gone'; ",
        ),
        ("AnomalyAgentPaintRegion", {"strokes": "{"}, "strokes: not a list of .*; clear the region"),
        ("AnomalyAgentSaveDataset", {"folder": "../out"}, "folder: '../out' is not inside the output folder"),
        ("AnomalyAgentLoadEditor", EDITOR, "hub_id: "),
        ("AnomalyAgentLoadLanguageModel", MODEL, "hub_id: "),
        ("AnomalyAgentLoadSegmenter", {"model": "(none)"}, "model: none chosen; put sam_vit_b"),
        (
            "AnomalyAgentLanguageModelServer",
            {"base_url": "ftp://x", "model": "qwen", **WRITING},
            "'ftp://x' is no server's",
        ),
        (
            "AnomalyAgentLanguageModelServer",
            {"base_url": "http://127.0.0.1:1/v1", "model": " ", **WRITING},
            "model is empty: give the model's name",
        ),
    ],
)
def test_texts_folders_and_models_are_named(host, node, given, says):
    tested = {"class_type": node, "inputs": {**GOOD.get(node, {}), **given}}
    refused(host, graph(n2=tested, n3=SHOWN, n5=solid(128, 128)), f"^{says}")


@pytest.mark.parametrize(
    ("node", "field", "value"),
    [
        ("AnomalyAgentLoop", "max_attempts", 0),
        ("AnomalyAgentLoop", "max_attempts", 21),
        ("AnomalyAgentLoop", "threshold", 11.0),
        ("AnomalyAgentLoop", "seed", -1),
        ("AnomalyAgentLoadPolicy", "policy", "x"),
    ],
)
def test_values_out_of_range_never_start(host, node, field, value):
    tested = {"class_type": node, "inputs": {**GOOD.get(node, {}), field: value}}
    status, answer = host.post("/prompt", {"prompt": graph(n2=tested, n3=SHOWN, n5=solid(128, 128))})
    assert status == 400 and field in json.dumps(answer)
