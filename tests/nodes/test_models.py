"""Loaders of models: found in the host's folders, loaded as real ones, interrupted at every step and token."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tiny_models
import torch
from faulty_server import FaultyServer, acting, says
from host_stand_in import InterruptedRun, run, run_all
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.nodes import host_memory
from anomaly_agent.nodes.agent_loop import AgentLoopNode
from anomaly_agent.nodes.image_generation import ImageGeneration
from anomaly_agent.nodes.language_models import LanguageModelServer, LoadLanguageModel, UseLanguageModel
from anomaly_agent.nodes.load_editor import LoadEditor
from anomaly_agent.nodes.load_segmenter import LoadSegmenter
from anomaly_agent.nodes.mask_generation import MaskGeneration
from anomaly_agent.nodes.model_folders import FROM_HUB, choose_source, list_models, register_folders
from anomaly_agent.nodes.rebuild_normal import RebuildNormal

KEY = "sk-a-key-that-nobody-may-see"
NORMAL = torch.from_numpy(render_normal("hex_nut", 1, 128).astype(np.float32) / 255)[None]
MEMORY = {"precision": "auto", "offload": "auto", "quantization": "none"}
EDITOR = {"hub_id": "", "download": False, "steps": 1, "guidance": 0.0, "strength": 0.0, "lora": "(none)", **MEMORY}
WRITING = {"max_new_tokens": 16, "temperature": -1.0, "time_limit": 60.0}
NAMES = {"item": ["hex nut"], "anomaly_type": ["scratch"], "seed": [1]}


@pytest.fixture(autouse=True)
def own_memory(monkeypatch):
    """Each test's host rules over a memory of its own."""
    monkeypatch.setattr(host_memory, "_memory", None)


@pytest.fixture
def models(host):
    """The host's folder of models."""
    for kind in ("diffusers", "LLM", "sams", "loras"):
        (host.folder / "models" / kind).mkdir(parents=True)
    return host.folder / "models"


def options(node, name):
    """What a list offers."""
    return next(one.options["options"] for one in node.GET_SCHEMA().inputs if one.id == name)


def test_models_are_found_below_every_folder_of_their_kind(host, models):
    elsewhere = host.folder / "elsewhere"
    for folder in (models / "diffusers" / "sd", models / "diffusers" / "flux" / "kontext", elsewhere / "qwen"):
        (folder / "transformer").mkdir(parents=True)
        (folder / "model_index.json").write_text("{}")
        (folder / "transformer" / "model_index.json").write_text("{}")
    host.model_folders["diffusers"] = [str(elsewhere)]
    assert list_models("diffusers") == ["flux/kontext", "qwen", "sd"]
    assert options(LoadEditor, "model") == [FROM_HUB, "flux/kontext", "qwen", "sd"]
    (models / "sams" / "sam_vit_b.pth").write_text("")
    assert options(LoadSegmenter, "model") == ["(none)", "sam_vit_b.pth"]


def test_the_pack_makes_its_folders_known(host):
    register_folders()
    assert set(host.model_folders) == {"LLM", "sams", "anomaly_policies"}


def test_an_editor_of_the_folder_draws_and_the_host_moves_it(host, models):
    tiny_models.sd_inpaint().save_pretrained(models / "diffusers" / "sd")
    (editor,) = run(LoadEditor, model="sd", **EDITOR)
    assert not host.loaded
    images, masks = run(ImageGeneration, image=[NORMAL], prompt=["Add a scratch."], editor=[editor], **NAMES)
    (patcher,) = host.loaded
    weights = sum(value.numel() for value in patcher.model.parameters())
    assert weights == sum(
        v.numel() for p in (editor.pipe.unet, editor.pipe.vae, editor.pipe.text_encoder) for v in p.parameters()
    )
    assert images[0].shape == NORMAL.shape and (images[0] != NORMAL).any() and masks[0].shape == (1, 128, 128)
    assert not any(value.is_inference() for value in editor.pipe.unet.parameters())


def test_an_interrupt_takes_effect_within_a_denoising_step(host, models):
    tiny_models.sd_inpaint().save_pretrained(models / "diffusers" / "sd")
    (editor,) = run(LoadEditor, model="sd", **{**EDITOR, "steps": 20})
    steps = []
    forward = editor.pipe.unet.forward

    def step(*arguments, **named):
        steps.append(1)
        host.interrupted = len(steps) == 3
        return forward(*arguments, **named)

    editor.pipe.unet.forward = step
    with pytest.raises(InterruptedRun):
        run(ImageGeneration, image=[NORMAL], prompt=["Add a scratch."], editor=[editor], **NAMES)
    assert len(steps) == 3


def test_a_lora_of_the_hosts_folder_is_applied(host, models):
    pipe = tiny_models.sd_inpaint()
    pipe.save_pretrained(models / "diffusers" / "sd")
    pipe.unet.add_adapter(LoraConfig(r=2, target_modules=["to_q"], init_lora_weights=False))
    type(pipe).save_lora_weights(models / "loras", get_peft_model_state_dict(pipe.unet), weight_name="rust.safetensors")
    assert options(LoadEditor, "lora") == ["(none)", "rust.safetensors"]
    made = []
    for lora in ("(none)", "rust.safetensors"):
        (editor,) = run(LoadEditor, model="sd", **{**EDITOR, "lora": lora})
        made.append(run(ImageGeneration, image=[NORMAL], prompt=["Add a scratch."], editor=[editor], **NAMES)[0][0])
    assert (made[0] != made[1]).any()
    with pytest.raises(InputError, match=r"loras: no file 'gone\.safetensors'"):
        run(LoadEditor, model="sd", **{**EDITOR, "lora": "gone.safetensors"})


@pytest.mark.parametrize(
    ("model", "hub_id", "words"),
    [
        ("gone", "", "model: no 'gone' in"),
        ("../../secret", "", "model: no '../../secret' in"),
        (FROM_HUB, "", "hub_id: is empty; choose a model in the list"),
        (FROM_HUB, "Qwen/Qwen-Image-Edit", "Qwen/Qwen-Image-Edit: not on this machine; allow the download"),
    ],
)
def test_a_model_that_is_not_there_is_named(host, models, model, hub_id, words):
    (host.folder / "secret").mkdir()
    with pytest.raises(InputError, match=words):
        run(LoadEditor, model=model, **{**EDITOR, "hub_id": hub_id})


def test_what_was_downloaded_is_used_and_what_may_be_goes_into_the_folder(host, models):
    folder = models / "LLM" / "Qwen--Qwen3-VL"
    assert choose_source("LLM", FROM_HUB, "Qwen/Qwen3-VL", True) == ("Qwen/Qwen3-VL", models / "LLM")
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    assert choose_source("LLM", FROM_HUB, "Qwen/Qwen3-VL", False) == (str(folder), None)


@pytest.mark.parametrize("name", ["sam.pth", "sam2"])
def test_a_segmenter_makes_masks(host, models, name):
    torch.save(tiny_models.sam().state_dict(), models / "sams" / "sam.pth")
    for part in tiny_models.sam2():
        part.save_pretrained(models / "sams" / "sam2")
    (segmenter,) = run(LoadSegmenter, model=name)
    edited = NORMAL.clone()
    edited[:, 40:50, 40:70] = 0
    masks, areas = run(MaskGeneration, normal=[NORMAL], edited=[edited], segmenter=[segmenter])
    assert masks[0].shape == (1, 128, 128) and areas[0] > 0 and len(host.loaded) == 1


def test_no_segmenter_chosen_is_named():
    with pytest.raises(InputError, match="model: none chosen; put sam_vit_b_01ec64"):
        run(LoadSegmenter, model="(none)")


@pytest.fixture
def language_model(models):
    """Qwen3-VL in the host's folder, with an adapter."""
    model, processor = tiny_models.qwen3_vl()
    model.save_pretrained(models / "LLM" / "qwen")
    processor.save_pretrained(models / "LLM" / "qwen")
    tuned = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False))
    tuned.save_pretrained(models / "LLM" / "tuned")


def test_a_language_model_of_the_folder_takes_every_role(host, language_model):
    assert options(LoadLanguageModel, "model") == [FROM_HUB, "qwen"]
    assert options(LoadLanguageModel, "adapter") == ["(none)", "tuned"]
    given = {"hub_id": "", "download": False, **WRITING, **MEMORY}
    policy, planner, judge = run(LoadLanguageModel, model="qwen", adapter="tuned", **given)
    model = policy.model
    assert planner.model is model and judge.model is model and type(model.model).__name__ == "PeftModel"
    script = ScriptedPolicy()

    def write(messages, images):
        role = messages[0]["content"][0]["text"]
        if role.startswith("You write prompts"):
            return "Inside the box (0.4, 0.4, 0.6, 0.6), add a dark scratch."
        if role.startswith("You inspect"):
            return json.dumps({"location": 4, "quality": 4, "review": "Good."})
        return script.next_turn(type("Told", (), {"messages": messages}))

    tiny_models.force(model, write)
    outputs = run_all(
        AgentLoopNode, image=[NORMAL], max_attempts=[2], threshold=[5.0], pause=[False], policy=[policy],
        prompt_generator=[planner], judge=[judge], **NAMES,
    )  # fmt: skip
    assert outputs.args[3] == [True] and outputs.args[2] == [8.0]
    writing = [data["text"] for event, data in host.sent if event == "anomaly_agent.writing"]
    assert writing and all(data["node"] == "7" for event, data in host.sent if event == "anomaly_agent.writing")
    assert len(host.loaded) >= 1 and len({id(patcher) for patcher in host.loaded}) == 1


def test_an_interrupt_takes_effect_within_a_token(host, language_model):
    given = {"hub_id": "", "download": False, **{**WRITING, "max_new_tokens": 200}, **MEMORY}
    policy, _, _ = run(LoadLanguageModel, model="qwen", adapter="(none)", **given)
    tokens = []

    def token(*_):
        tokens.append(1)
        host.interrupted = len(tokens) == 5

    policy.model.model.register_forward_hook(token)
    with pytest.raises(InterruptedRun):
        run(AgentLoopNode, image=[NORMAL], max_attempts=[2], threshold=[5.0], pause=[False], policy=[policy], **NAMES)
    assert len(tokens) == 5


def test_a_server_decides_and_judges_and_its_key_is_in_nothing_that_is_kept(host, monkeypatch):
    server = FaultyServer()
    monkeypatch.setenv("ANOMALY_AGENT_BASE_URL", server.url)
    monkeypatch.setenv("ANOMALY_AGENT_API_KEY", KEY)
    verdict = json.dumps({"location": 4, "quality": 4, "review": f"Fine; {KEY}."})
    server.replies = [says(acting(ScriptedPolicy(), [verdict]))]
    policy, planner, judge = run(LanguageModelServer, base_url="", model="qwen", **WRITING)
    workflow = {"workflow": {"nodes": [{"id": 7, "properties": {}}]}}
    outputs = run_all(
        AgentLoopNode, extra_pnginfo=workflow, image=[NORMAL], max_attempts=[2], threshold=[5.0], pause=[False],
        policy=[policy], prompt_generator=[planner], judge=[judge], **NAMES,
    )  # fmt: skip
    server.close()
    kept = json.dumps([outputs.args[4], outputs.ui, workflow, host.sent])
    assert outputs.args[3] == [True] and "[key]" in kept and KEY not in kept
    assert set(server.keys) == {f"Bearer {KEY}"}
    assert not [one for one in LanguageModelServer.GET_SCHEMA().inputs if "key" in one.id]


class Clip:
    """A text encoder of the host as nodes see it: it notes what it is asked, and says what it is told to."""

    def __init__(self, answer="<think></think>", template="<|im_start|>user\n{}<|im_end|>\n"):
        self.answer, self.asked = answer, []
        self.cond_stage_model = type("Inner", (), {"clip_name": "qwen3vl_4b", "generate": None})()
        self.tokenizer = type("Tokenizer", (), {"llama_template": template})()

    def tokenize(self, text, **given):
        self.asked.append((text, given))
        return text

    def generate(self, tokens, **given):
        self.asked.append((tokens, given))
        return [1]

    def decode(self, ids, skip_special_tokens):
        return self.answer


def test_the_hosts_language_model_gets_the_conversation_in_its_own_turns():
    clip = Clip('{"location": 4, "quality": 4, "review": "Good."}')
    _, _, judge = run(UseLanguageModel, clip=clip, max_new_tokens=64, temperature=0.0, thinking=False)
    task = Task((NORMAL[0].numpy() * 255).astype(np.uint8), "hex nut", "scratch")
    assert judge.judge(task, None, 255 - task.image, 5.0).score == 8.0
    (text, given), (_, sampling) = clip.asked
    assert text.startswith("<|im_start|>system\nYou inspect") and text.endswith("<think>\n\n</think>\n\n")
    assert text.count("<|image_pad|>") == len(given["images"]) >= 2 and given["skip_template"]
    assert given["images"][0].shape == (1, 128, 128, 3) and float(given["images"][0].max()) <= 1.0
    assert sampling["max_length"] == 64 and not sampling["do_sample"]


def test_other_language_models_get_it_as_one_turn_with_a_batch_of_images():
    clip = Clip("A prompt.", template="<start_of_turn>user\n{}")
    _, planner, _ = run(UseLanguageModel, clip=clip, max_new_tokens=64, temperature=-1.0, thinking=True)
    task = Task((NORMAL[0].numpy() * 255).astype(np.uint8), "hex nut", "scratch")
    assert planner.plan(task, None) == "A prompt."
    (text, given), (_, sampling) = clip.asked
    assert "<|im_start|>" not in text and given["image"].shape == (1, 128, 128, 3) and not given["skip_template"]
    assert sampling["do_sample"] and sampling["temperature"] == 0.7


def test_a_text_encoder_that_writes_nothing_is_named():
    with pytest.raises(InputError, match="clip: writes no text; connect a language model"):
        run(UseLanguageModel, clip=object(), max_new_tokens=64, temperature=-1.0, thinking=True)


@pytest.mark.parametrize("with_editor", [False, True])
def test_a_normal_image_is_rebuilt(host, models, with_editor):
    editor = None
    if with_editor:
        tiny_models.sd_inpaint().save_pretrained(models / "diffusers" / "sd")
        editor = list(run(LoadEditor, model="sd", **EDITOR))
    mask = torch.zeros(1, 128, 128)
    mask[:, 50:60, 40:80] = 1
    (images,) = run(RebuildNormal, image=[NORMAL], mask=[mask], item=["hex nut"], seed=[1], editor=editor)
    changed = (images[0] - NORMAL).abs().amax(-1) > 1e-6
    assert images[0].shape == NORMAL.shape and changed[mask > 0].any() and not changed[:, :40].any()
    with pytest.raises(InputError, match="mask: mask is empty; paint the defect"):
        run(RebuildNormal, image=[NORMAL], mask=[mask * 0], item=["hex nut"], seed=[1])
    with pytest.raises(InputError, match="editor: cannot rebuild images"):
        run(RebuildNormal, image=[NORMAL], mask=[mask], item=["hex nut"], seed=[1], editor=["renderer"])
