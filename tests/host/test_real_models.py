"""Models in a real host: found in its folders, moved and let go by it, interrupted; a server's key in nothing it writes."""

import json
from pathlib import Path

import numpy as np
import pytest
from faulty_server import FaultyServer, acting, says
from graphs import PRODUCT, by_class, free, graph, preview, put_tiny_models, shows_pictures, stop_after

from anomaly_agent.agent.policies.scripted import ScriptedPolicy

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
KEY = "sk-a-key-that-nobody-may-see"
MEMORY = {"precision": "auto", "offload": "auto", "quantization": "none"}
WRITING = {"max_new_tokens": 24, "temperature": -1.0}


def editor(model, **options):
    given = {"hub_id": "", "download": False, "steps": 2, "guidance": 0.0, "strength": 0.0, "lora": "(none)"}
    return {"class_type": "AnomalyAgentLoadEditor", "inputs": {"model": model, **given, **MEMORY, **options}}


def language_model(**options):
    given = {"model": "qwen3-vl", "hub_id": "", "download": False, "adapter": "(none)", "time_limit": 60.0}
    return {"class_type": "AnomalyAgentLoadLanguageModel", "inputs": {**given, **WRITING, **MEMORY, **options}}


def draw(**sockets):
    named = {
        "image": ["1", 0],
        "prompt": "Add a dark scratch.",
        "item": "hex nut",
        "anomaly_type": "scratch",
        "seed": 3,
    }
    return {"class_type": "AnomalyAgentImageGeneration", "inputs": {**named, **sockets}}


def loop(**sockets):
    task = {"image": ["1", 0], "item": "hex nut", "anomaly_type": "scratch", "seed": 3, "pause": False}
    return {"class_type": "AnomalyAgentLoop", "inputs": {**task, "max_attempts": 2, "threshold": 5.0, **sockets}}


def loaded(host):
    """What the host's model management holds now."""
    node = {"class_type": "TestLoadedModels", "inputs": {}}
    return json.loads(host.run({"1": node, "2": preview("PreviewAny", "source", ["1", 0])}).texts("2")[0])


def test_models_are_listed_from_every_folder(host, models):
    info = host.get("/object_info")

    def options(node, field):
        kind, more = info[node]["input"]["required"][field]
        return kind if isinstance(kind, list) else more["options"]

    assert options("AnomalyAgentLoadEditor", "model") == ["(hub id)", "kontext", "sd-inpaint"]
    assert options("AnomalyAgentLoadLanguageModel", "model") == ["(hub id)", "qwen3-vl"]
    assert options("AnomalyAgentLoadSegmenter", "model") == ["(none)", "sam2", "sam_vit_b.pth"]


@pytest.mark.parametrize("model", ["sd-inpaint", "kontext"])
def test_an_editor_draws_and_the_host_moves_it_and_lets_it_go(host, models, model):
    free(host)
    run = host.run(
        graph(n2=editor(model), n3=draw(editor=["2", 0]), n4=preview("PreviewImage", "images", ["3", 0]),
              n5=preview("PreviewImage", "images", ["1", 0]))
    )  # fmt: skip
    assert run.status == "success", run.error
    drawn, normal = run.images("4")[0], run.images("5")[0]
    # What an instruction editor of random weights gives is noise all over, in which no defect is found.
    assert drawn.shape == normal.shape and ((drawn != normal).any() or model == "kontext")
    assert "ModuleList" in loaded(host)
    free(host)
    assert "ModuleList" not in loaded(host)


@pytest.mark.parametrize("model", ["sam2", "sam_vit_b.pth"])
def test_a_segmenter_serves_the_loop(host, models, model):
    segmenter = {"class_type": "AnomalyAgentLoadSegmenter", "inputs": {"model": model}}
    run = host.run(
        graph(n2=segmenter, n3=editor("sd-inpaint"), n4=loop(segmenter=["2", 0], editor=["3", 0]),
              n5=preview("MaskPreview", "mask", ["4", 1]))
    )  # fmt: skip
    assert run.status == "success", run.error
    assert run.images("5")[0].shape[:2] == (128, 128)


def test_an_interrupt_takes_effect_within_a_step(host, models):
    prompt = graph(
        n2=editor("sd-inpaint", steps=200), n3=draw(editor=["2", 0]), n4=preview("PreviewImage", "images", ["3", 0])
    )
    prompt["1"] = {**PRODUCT, "inputs": {**PRODUCT["inputs"], "count": 16, "seed": 77}}
    stop_after(host, host.queue(prompt), 4)


@pytest.mark.parametrize("source", ["transformers", "host"])
def test_an_interrupt_takes_effect_within_a_token(host, models, source):
    model = language_model(max_new_tokens=30000)
    if source == "host":
        given = {"clip": ["8", 0], "max_new_tokens": 30000, "temperature": -1.0, "thinking": True}
        model = {"class_type": "AnomalyAgentUseLanguageModel", "inputs": given}
    prompt = graph(n2=model, n3=loop(policy=["2", 0]), n4=preview("PreviewImage", "images", ["3", 0]))
    if source == "host":
        prompt["8"] = {"class_type": "TestTinyLanguageModel", "inputs": {}}
    prompt["1"] = {**PRODUCT, "inputs": {**PRODUCT["inputs"], "count": 64, "seed": 78}}
    stop_after(host, host.queue(prompt), 6)


def test_a_language_model_that_babbles_is_named_and_never_passes(host, models):
    judged = host.run(
        graph(n2=language_model(), n3=loop(judge=["2", 2]), n4=preview("PreviewAny", "source", ["3", 3]),
              n5=preview("PreviewAny", "source", ["3", 4]))
    )  # fmt: skip
    assert judged.status == "success", judged.error
    assert judged.texts("4") == ["False"] and "Could not judge: qwen3-vl gave no verdict" in judged.texts("5")[0]
    lost = host.run(graph(n2=language_model(), n3=loop(policy=["2", 0]), n4=preview("PreviewAny", "source", ["3", 2])))
    assert lost.status == "error" and "no image could be made" in lost.error and host.is_alive()


def test_the_hosts_own_language_model_is_asked_in_its_own_turns(host, models):
    given = {"clip": ["8", 0], "max_new_tokens": 16, "temperature": 0.0, "thinking": False}
    prompt = graph(
        n2={"class_type": "AnomalyAgentUseLanguageModel", "inputs": given},
        n3=loop(judge=["2", 2], prompt_generator=["2", 1]),
        n4=preview("PreviewAny", "source", ["3", 4]),
        n8={"class_type": "TestTinyLanguageModel", "inputs": {}},
    )
    run = host.run(prompt)
    assert run.status == "success", run.error
    record = json.loads(run.texts("4")[0])
    assert record["attempts"][0]["review"].startswith("Could not judge") and record["attempts"][0]["prompt"]


def test_a_text_encoder_that_only_encodes_is_named(host, models, checkpoint):
    given = {"clip": ["8", 1], "max_new_tokens": 16, "temperature": 0.0, "thinking": False}
    run = host.run(
        graph(
            n2={"class_type": "AnomalyAgentUseLanguageModel", "inputs": given},
            n3=loop(judge=["2", 2]),
            n4=preview("PreviewAny", "source", ["3", 4]),
            n8={"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": checkpoint.name}},
        )
    )
    assert run.status == "error" and "clip: " in run.error and "connect" in run.error


def test_a_broken_download_is_named(host, models):
    file = host.base / "models" / "diffusers" / "broken" / "unet" / "diffusion_pytorch_model.safetensors"
    file.parent.mkdir(parents=True)
    (file.parents[1] / "model_index.json").write_text('{"_class_name": "StableDiffusionInpaintPipeline"}')
    whole = host.base / "models" / "diffusers" / "sd-inpaint" / "unet" / file.name
    file.write_bytes(whole.read_bytes()[:-100])
    run = host.run(graph(n2=editor("broken"), n3=draw(editor=["2", 0]), n4=preview("PreviewImage", "images", ["3", 0])))
    assert run.status == "error" and file.name in run.error and "the download was cut off" in run.error


def test_a_normal_image_is_rebuilt(host, models):
    mask = {"class_type": "SolidMask", "inputs": {"value": 1.0, "width": 128, "height": 128}}
    given = {"image": ["1", 0], "mask": ["5", 0], "item": "hex nut", "seed": 1, "editor": ["2", 0]}
    run = host.run(
        graph(n2=editor("sd-inpaint"), n3={"class_type": "AnomalyAgentRebuildNormal", "inputs": given},
              n4=preview("PreviewImage", "images", ["3", 0]), n5=mask)
    )  # fmt: skip
    assert run.status == "success", run.error
    assert run.images("4")[0].shape[:2] == (128, 128)


@pytest.fixture(scope="module")
def served(tmp_path_factory, host, models):
    """A host of its own whose environment names a server and its key."""
    base = tmp_path_factory.mktemp("with_key")
    for folder in ("input", "output"):
        (base / folder).mkdir()
    (base / "custom_nodes").mkdir()
    (base / "custom_nodes" / "AnomalyAgent").symlink_to((host.base / "custom_nodes" / "AnomalyAgent").resolve())
    (base / "extra.yaml").write_text("{}")
    server = FaultyServer()
    verdict = json.dumps({"location": 4, "quality": 4, "review": f"Your key {KEY} is fine."})
    server.replies = [says(acting(ScriptedPolicy(), [verdict] * 9))]
    environment = {"ANOMALY_AGENT_BASE_URL": server.url, "ANOMALY_AGENT_API_KEY": KEY}
    with type(host)(host.comfyui, base, **environment) as running:
        yield running, server
    server.close()


def test_a_server_serves_every_role_and_its_key_is_in_no_file(served):
    host, server = served
    connection = {"base_url": "", "model": "qwen", "time_limit": 60.0, **WRITING}
    prompt = graph(
        n2={"class_type": "AnomalyAgentLanguageModelServer", "inputs": connection},
        n3=loop(policy=["2", 0], prompt_generator=["2", 1], judge=["2", 2]),
        n4={"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "made"}},
        n5={
            "class_type": "AnomalyAgentSaveDataset",
            "inputs": {
                "image": ["3", 0], "mask": ["3", 1], "item": "hex nut", "anomaly_type": "scratch", "folder": "set",
                "episode": ["3", 6],
            },
        },
        n6=preview("PreviewAny", "source", ["3", 4]),
    )  # fmt: skip
    workflow = {"nodes": [{"id": 3, "properties": {}}], "links": [], "version": 0.4}
    run = host.run(prompt, {"extra_pnginfo": {"workflow": workflow}})
    assert run.status == "success", run.error
    assert set(server.keys) == {f"Bearer {KEY}"} and "[key]" in run.texts("6")[0]
    files = [path for path in host.base.rglob("*") if path.is_file() and "custom_nodes" not in path.parts]
    assert any(path.name.startswith("made") for path in files) and any(path.suffix == ".jsonl" for path in files)
    assert host.log in files
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    assert KEY not in json.dumps(host.get("/history")) and np.asarray(run.images("4")[0]).any()


def shipped(name):
    """A shipped workflow in API form."""
    return json.loads((WORKFLOWS / "api" / f"{name}.json").read_text())


@pytest.mark.parametrize("name", ["inpainting_editor", "instruction_editor"])
def test_the_editors_workflows_run(host, models, name):
    prompt = shipped(name)
    refused = host.run(prompt)
    assert refused.status == "error" and "not on this machine; allow the download, or give" in refused.error
    put_tiny_models(name, prompt)
    shows_pictures(host.run(prompt), prompt)


@pytest.mark.parametrize("name", ["vision_language_model", "comfyui_language_model"])
def test_the_language_models_workflows_run(host, models, name):
    prompt = shipped(name)
    put_tiny_models(name, prompt)
    shows_pictures(host.run(prompt), prompt)


def test_the_servers_workflow_runs(served):
    host, server = served
    prompt = shipped("language_model_server")
    by_class(prompt)["AnomalyAgentExampleProduct"].update(size=128)
    by_class(prompt)["AnomalyAgentLanguageModelServer"].update(base_url=server.url)
    server.replies = [says(acting(ScriptedPolicy(), ['{"location": 5, "quality": 4, "review": "Fine."}']))]
    shows_pictures(host.run(prompt), prompt)


def test_segment_anythings_workflow_runs(host, models):
    prompt = shipped("segment_anything_masks")
    refused = host.run(prompt)
    assert refused.status == "error" and "model: none chosen; put sam_vit_b" in refused.error
    put_tiny_models("segment_anything_masks", prompt)
    shows_pictures(host.run(prompt), prompt)


def test_the_workflow_back_to_normal_comes_near_the_truth(host):
    prompt = shipped("rebuild_normal")
    titled = {node["_meta"]["title"]: key for key, node in prompt.items()}
    run = host.run(prompt)
    shows_pictures(run, prompt)
    spoiled, rebuilt, truth = (
        run.images(titled[title])[0].astype(float)
        for title in ("With the defect", "Rebuilt", "The true normal picture")
    )
    where = np.abs(spoiled - truth).max(axis=-1) > 30
    assert np.abs(rebuilt - truth)[where].mean() < 0.35 * np.abs(spoiled - truth)[where].mean()
    assert np.abs(rebuilt - truth).mean() < 1.0
