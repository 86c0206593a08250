"""Diffusion editors: real diffusers pipelines of tiny size, saved, loaded by path, and used as the loop uses them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tiny_models
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline
from peft import LoraConfig, get_peft_model_state_dict

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.errors import BackendError, InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.imaging.channels import is_monochrome, without_colours
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.loop.toolbox import Backends
from anomaly_agent.agent.models.memory import with_retry
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation.diffusion import (
    DiffusionEditor,
    DiffusionInverseEditor,
    EditorOptions,
    load_editor,
)
from anomaly_agent.agent.tools.image_generation.diffusion.editor import _change
from anomaly_agent.agent.tools.image_generation.diffusion.windows import choose_window, soft_inside
from anomaly_agent.agent.tools.image_generation.placement import attempt_area

NORMAL = render_normal("hex_nut", 1, 160)[:121, :150].copy()
TASK = Task(NORMAL, "hex nut", "scratch", seed=1)
SCENE = analyze_scene(NORMAL)
PROMPT = (
    "In the upper left of the hex nut, inside the box (0.3, 0.3, 0.5, 0.5), add a single dark scratch (scratch): long."
)
INPAINTING = ("sd_inpaint", "sdxl_inpaint", "sd_text")
LONG_PROMPTS = ("sd3_inpaint", "flux_fill")
EDITING = ("flux_kontext", "qwen_image_edit", "flux2_klein")
FAST = EditorOptions(steps=2, side=64)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with each pipeline, in diffusers' own format."""
    root = tmp_path_factory.mktemp("pipelines")
    for name in (*INPAINTING, *LONG_PROMPTS, *EDITING):
        getattr(tiny_models, name)().save_pretrained(root / name)
    return root


@pytest.mark.parametrize("name", [*INPAINTING, *LONG_PROMPTS])
def test_inpainting_changes_the_area_and_nothing_else(saved, name):
    editor = load_editor(str(saved / name), FAST)
    assert editor.call.mode == "inpaint" and editor.call.short_prompts == (name in INPAINTING)
    one, same, other = (editor.edit(TASK, SCENE, PROMPT, seed).image for seed in (5, 5, 6))
    assert (one == same).all() and (one != other).any()
    assert one.shape == NORMAL.shape and one.dtype == np.uint8
    changed = (one != NORMAL).any(axis=2)
    area = attempt_area(TASK, SCENE, PROMPT)
    assert changed.any() and not (changed & ~area).any()


@pytest.mark.parametrize("name", ["sd_inpaint", "flux2_klein"])
def test_a_picture_without_colours_stays_one(saved, name):
    grey = without_colours(NORMAL)
    task = Task(grey, "hex nut", "scratch", seed=1)
    image = load_editor(str(saved / name), FAST).edit(task, analyze_scene(grey), PROMPT, 5).image
    assert is_monochrome(image) and (image != grey).any()


def test_what_the_network_takes_says_how_far_it_may_leave_the_picture(saved):
    assert load_editor(str(saved / "sd_inpaint")).call.defaults["strength"] == 1.0
    assert load_editor(str(saved / "sd_text")).call.defaults["strength"] < 1.0
    assert load_editor(str(saved / "flux_fill")).call.defaults.get("strength", 1.0) == 1.0
    assert load_editor(str(saved / "sd3_inpaint")).call.defaults["strength"] < 1.0
    assert load_editor(str(saved / "sd_inpaint")).call.defaults["num_inference_steps"] == 30
    distilled = load_editor(str(saved / "flux2_klein")).call.defaults
    assert distilled["num_inference_steps"] == 4 and distilled["guidance_scale"] == 1.0
    assert load_editor(str(saved / "sd_inpaint")).call.side == 64


@pytest.mark.parametrize(("name", "steps"), [("flux_kontext", 2), ("qwen_image_edit", 1), ("flux2_klein", 2)])
def test_instruction_editors_take_the_picture_and_the_words(saved, name, steps):
    editor = load_editor(str(saved / name), EditorOptions(steps=steps, side=64))
    assert editor.call.mode == "edit" and not editor.call.short_prompts
    seen = []
    editor.on_step = lambda step, steps: seen.append((step, steps))
    made = editor.edit(TASK, SCENE, PROMPT, 5).image
    assert seen == [(step + 1, steps) for step in range(steps)]
    changed = (made != NORMAL).any(axis=2)
    assert made.shape == NORMAL.shape and not (changed & ~attempt_area(TASK, SCENE, PROMPT)).any()


def test_an_instruction_editors_drift_is_left_out():
    """A model that repaints everything a little, and one place much: only that place is taken over."""
    before = render_normal("leather", 2, 128)
    after = np.clip(before.astype(np.int16) + 2, 0, 255).astype(np.uint8)
    after[50:64, 70:90] = 20
    alpha = _change(before, after)
    assert alpha[53:61, 73:87].min() > 0.9
    assert alpha[:30].max() == 0 and alpha[100:].max() == 0 and (alpha > 0).mean() < 0.08


def test_cancel_takes_effect_within_a_step(saved):
    editor = load_editor(str(saved / "sd_inpaint"), EditorOptions(steps=20, side=64))
    seen = []

    def stop(step, steps):
        seen.append(step)
        if step == 3:
            raise KeyboardInterrupt

    editor.on_step = stop
    with pytest.raises(KeyboardInterrupt):
        editor.edit(TASK, SCENE, PROMPT, 1)
    assert seen == [1, 2, 3]


def test_the_whole_loop_runs_on_it(saved):
    tools = embedded_backends()
    editor = load_editor(str(saved / "sd_inpaint"), FAST)
    backends = Backends(tools.prompt_generator, editor, tools.judge, tools.knowledge, tools.mask_generator)
    result = AgentLoop(ScriptedPolicy(), backends, 2, 10.0).synthesize(TASK)
    assert len(result.trajectory.attempts) == 2 and result.verdict is not None
    assert result.mask.any() and result.image.shape == NORMAL.shape


def test_a_region_is_where_it_paints(saved):
    region = np.zeros(NORMAL.shape[:2], bool)
    region[70:90, 20:40] = True
    task = Task(NORMAL, "hex nut", "scratch", region)
    made = load_editor(str(saved / "sd_inpaint"), FAST).edit(task, SCENE, "Add a scratch.", 1).image
    assert not ((made != NORMAL).any(axis=2) & ~region).any() and (made != NORMAL).any()


@pytest.mark.parametrize("name", ["sd_inpaint", "sd_text", "sdxl_inpaint", "flux_kontext"])
def test_the_normal_image_is_rebuilt_under_the_mask_and_nowhere_else(saved, name):
    inverse = DiffusionInverseEditor(load_editor(str(saved / name), FAST))
    mask = np.zeros(NORMAL.shape[:2], bool)
    mask[40:60, 50:90] = True
    normal = inverse.rebuild(NORMAL, mask, "hex nut", 3)
    changed = (normal != NORMAL).any(axis=2)
    near = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9))) > 0
    assert changed[mask].mean() > 0.9 and not (changed & ~near).any()
    assert (normal == inverse.rebuild(NORMAL, mask, "hex nut", 3)).all()
    assert (inverse.rebuild(NORMAL, mask & False, "hex nut", 3) == NORMAL).all()
    with pytest.raises(InputError, match="give a bool mask at the image's size"):
        inverse.rebuild(NORMAL, mask[1:], "hex nut", 3)


def test_clip_gets_the_looks_in_few_words(saved):
    editor = load_editor(str(saved / "sd_inpaint"), FAST)
    words = editor._words(TASK, PROMPT + " thin" * 100)
    assert words.startswith("photo of hex nut with a single dark scratch") and len(words.split()) == 55
    assert load_editor(str(saved / "flux_kontext"), FAST)._words(TASK, PROMPT) == PROMPT


def test_a_lora_is_applied(saved, tmp_path):
    pipe = tiny_models.sd_inpaint()
    pipe.unet.add_adapter(LoraConfig(r=2, target_modules=["to_q", "to_v"], init_lora_weights=False))
    layers = get_peft_model_state_dict(pipe.unet)
    StableDiffusionInpaintPipeline.save_lora_weights(tmp_path, layers, weight_name="rust.safetensors")
    plain = load_editor(str(saved / "sd_inpaint"), FAST).edit(TASK, SCENE, PROMPT, 1).image
    file = tmp_path / "rust.safetensors"
    styled = load_editor(str(saved / "sd_inpaint"), FAST, loras=[file]).edit(TASK, SCENE, PROMPT, 1).image
    assert (plain != styled).any()
    with pytest.raises(InputError, match=r"none\.safetensors: no such LoRA file"):
        load_editor(str(saved / "sd_inpaint"), loras=[tmp_path / "none.safetensors"])


def cut_short(folder: Path) -> str:
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    return r"unet/diffusion_pytorch_model\.safetensors: \d+ bytes, but its header says \d+; the download was cut off"


def other_file(folder: Path) -> str:
    (folder / "vae" / "diffusion_pytorch_model.safetensors").write_text("<html>not found</html>" * 20)
    return r"vae/diffusion_pytorch_model\.safetensors: no safetensors file"


def no_index(folder: Path) -> str:
    (folder / "model_index.json").unlink()
    return r"model_index\.json is missing; give a pipeline's folder"


def missing_part(folder: Path) -> str:
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    return r"cannot be loaded as a diffusers pipeline"


@pytest.mark.parametrize("damage", [cut_short, other_file, no_index, missing_part])
def test_a_broken_checkpoint_is_named(tmp_path, damage):
    tiny_models.sd_inpaint().save_pretrained(tmp_path / "model")
    says = damage(tmp_path / "model")
    with pytest.raises(InputError, match=says) as caught:
        load_editor(str(tmp_path / "model"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("/nowhere/model", "no such folder"),
        ("someone/model", "not on this machine; allow the download"),
        ("model.safetensors", "no such folder"),
    ],
)
def test_a_source_that_is_not_there_is_named(source, says):
    with pytest.raises(InputError, match=says):
        load_editor(source)


def test_a_pipeline_of_another_kind_is_refused():
    pipe = StableDiffusionImg2ImgPipeline(**tiny_models.sd_inpaint(4).components, requires_safety_checker=False)
    with pytest.raises(InputError, match="StableDiffusionImg2ImgPipeline neither inpaints nor edits"):
        DiffusionEditor(pipe)


def test_out_of_memory_saves_memory_and_tries_once_more(saved):
    pipe = load_editor(str(saved / "sd_inpaint"), FAST).pipe
    saves = []
    forward = pipe.unet.forward

    def full(*arguments, **named):
        if not saves:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(*arguments, **named)

    pipe.unet.forward = full
    editor = DiffusionEditor(pipe, FAST, save_memory=lambda: saves.append(1) is None)
    assert editor.edit(TASK, SCENE, PROMPT, 1).image.shape == NORMAL.shape and saves == [1]

    def always():
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(BackendError, match="Model does not fit into the GPU's memory"):
        with_retry(always, lambda: True, "Model")
    with pytest.raises(BackendError, match="Model does not fit into the GPU's memory"):
        with_retry(always, lambda: False, "Model")


@pytest.mark.parametrize("bad", [{"steps": 0}, {"guidance": -1.0}, {"strength": 0.0}, {"strength": 1.2}])
def test_options_out_of_range_are_refused(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        EditorOptions(**bad)


@pytest.mark.parametrize("box", [(10, 14, 10, 14), (0, 3, 290, 300), (100, 180, 20, 280), (0, 200, 0, 300)])
def test_windows_hold_the_area_at_the_models_size(box):
    area = np.zeros((200, 300), bool)
    area[box[0] : box[1], box[2] : box[3]] = True
    window = choose_window(area, 128, 16)
    assert area[window.rows, window.columns].sum() == area.sum()
    assert all(side % 16 == 0 for side in window.size)
    assert window.size[0] * window.size[1] == pytest.approx(128 * 128, rel=0.25)
    shape = (window.rows.stop - window.rows.start) / (window.columns.stop - window.columns.start)
    assert window.size[0] / window.size[1] == pytest.approx(shape, rel=0.2)


def test_a_small_defect_is_worked_on_in_a_window_of_its_own():
    area = np.zeros((2000, 3000), bool)
    area[700:740, 900:960] = True
    window = choose_window(area, 1024, 16)
    assert window.columns.stop - window.columns.start == 512 and window.size == (1024, 1024)


def test_pasting_is_soft_inside_and_exact_outside():
    area = np.zeros((120, 120), bool)
    area[30:90, 40:80] = True
    alpha = soft_inside(area)
    assert alpha[~area].max() == 0 and alpha[60, 60] == 1 and 0 < alpha[30, 60] < 1
    image = np.random.default_rng(0).integers(0, 256, (120, 120, 3), np.uint8)
    window = choose_window(area, 64, 8)
    pasted = window.paste(image, np.zeros((*window.size, 3), np.uint8), alpha)
    assert (pasted[~area] == image[~area]).all() and (pasted[60, 60] == 0).all()
