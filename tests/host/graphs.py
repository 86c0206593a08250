"""What several host tests share: parts of prompts in API format, what a run showed, and an interrupt that is checked."""

import time

#: An interrupt takes effect within a second; the rest is the host's queue and HTTP, on a busy machine.
WITHIN = 1.5

PRODUCT = {
    "class_type": "AnomalyAgentExampleProduct",
    "inputs": {"product": "hex_nut", "seed": 3, "size": 128, "count": 1},
}


#: What no small picture has room for: the budget is spent, however strict or mild the judge is.
TOO_MUCH = "nine large cracks in the upper left"


def graph(**nodes):
    """A prompt: the product is node "1"; n2=, n3= ... are the nodes of these numbers."""
    return {"1": PRODUCT, **{key.removeprefix("n"): value for key, value in nodes.items()}}


def preview(kind, name, source):
    """A node that shows an output."""
    return {"class_type": kind, "inputs": {name: source}}


def solid(width, height, value=1.0):
    """A mask of one value."""
    return {"class_type": "SolidMask", "inputs": {"value": value, "width": width, "height": height}}


def tensor(shape, value):
    """A tensor that no well-behaved node gives. shape: "1,128,128,3"; value: a number, nan or inf, as text."""
    return {"class_type": "TestTensor", "inputs": {"shape": shape, "value": value}}


#: What a shipped workflow takes from the tests' tiny models, by the class of the node.
TINY = {
    "inpainting_editor": {"AnomalyAgentLoadEditor": {"model": "sd-inpaint", "hub_id": "", "steps": 1}},
    "instruction_editor": {"AnomalyAgentLoadEditor": {"model": "kontext", "hub_id": "", "steps": 1}},
    "vision_language_model": {
        "AnomalyAgentLoadLanguageModel": {"model": "qwen3-vl", "hub_id": "", "max_new_tokens": 16}
    },
    "comfyui_language_model": {"AnomalyAgentUseLanguageModel": {"max_new_tokens": 16}},
    "segment_anything_masks": {"AnomalyAgentLoadSegmenter": {"model": "sam_vit_b.pth"}},
    "own_generator_inpainting": {"KSampler": {"steps": 2}},
}


def by_class(prompt):
    """The inputs of a prompt's nodes by class; of one that stands there twice, the last."""
    return {node["class_type"]: node["inputs"] for node in prompt.values()}


def put_tiny_models(name, prompt):
    """Changes a shipped workflow in API form so that it runs on the tests' tiny models."""
    kinds = by_class(prompt)
    kinds["AnomalyAgentExampleProduct"].update(size=128)
    for kind, values in TINY[name].items():
        kinds[kind].update(values)
    if name in ("vision_language_model", "comfyui_language_model"):
        # A policy of random weights would be given up; planner and judge are asked all the same.
        del kinds["AnomalyAgentLoop"]["policy"]
    for key, node in prompt.items():
        if node["class_type"] == "CLIPLoader":
            prompt[key] = {"class_type": "TestTinyLanguageModel", "inputs": {}}


def shows_pictures(run, prompt):
    """Checks that a run went well and that each node that shows pictures shows one."""
    assert run.status == "success", run.error
    shown = [key for key, node in prompt.items() if node["class_type"] in ("SaveImage", "PreviewImage", "MaskPreview")]
    assert shown and all(run.images(key) for key in shown)


def scores(run, node):
    """(score of every attempt, whether it passed) from the panel's last record."""
    episodes = run.shown(node)[-1]["anomaly_agent_run"][-1]["episodes"]
    return [([attempt["score"] for attempt in one["attempts"]], one["outcome"]["passed"]) for one in episodes]


def free(host):
    """Lets the host let go of its models and of what it keeps of earlier runs, which it does after the run that it is asked in,
    or the next one."""
    host.post("/free", {"unload_models": True, "free_memory": True})
    host.run({"1": {"class_type": "TestLoadedModels", "inputs": {}}, "2": preview("PreviewAny", "source", ["1", 0])})


def stop_after(host, prompt_id, seconds):
    """Interrupts a queued run that is under way by then, and checks that it ends in time."""
    time.sleep(seconds)
    assert host.get("/queue")["queue_running"], "the run is long enough to be stopped"
    started = time.monotonic()
    host.post("/interrupt", {})
    run = host.wait(prompt_id, 10)
    assert time.monotonic() - started < WITHIN
    assert run.status == "error" and "execution_interrupted" in run.messages
