"""Language models through transformers: a real Qwen3-VL of tiny size with its real processor, as policy, PG and QE."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tiny_models
import torch
from peft import LoraConfig, get_peft_model
from transformers import LogitsProcessorList, Qwen3Config, Qwen3ForCausalLM

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.errors import BackendError, InputError
from anomaly_agent.agent.core.protocol import MAX_NEW_TOKENS, TIME_LIMIT, CutOff
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.loop.toolbox import Backends
from anomaly_agent.agent.models.language import GenerationOptions
from anomaly_agent.agent.models.language.local import load_language_model
from anomaly_agent.agent.policies.model import LanguageModelPolicy
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.tools.prompt_generation import LanguagePromptGenerator
from anomaly_agent.agent.tools.quality_evaluation import LanguageJudge

NORMAL = render_normal("hex_nut", 1, 160)
TASK = Task(NORMAL, "hex nut", "scratch", seed=1)
SHORT = GenerationOptions(max_new_tokens=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Qwen3-VL in transformers' own format."""
    root = tmp_path_factory.mktemp("models") / "qwen3-vl"
    for part in tiny_models.qwen3_vl():
        part.save_pretrained(root)
    return root


def conversation() -> Trajectory:
    """The beginning of an episode, with two images."""
    told = Trajectory()
    told.add_text("system", "You are a policy.")
    told.add_image(NORMAL, "Image 1 is a normal image.")
    told.add_text("assistant", "<think>I look.</think>")
    told.add_text("tool", "made image 2")
    told.add_image(255 - NORMAL[:, :120])
    return told


def test_the_conversation_reaches_the_model_with_every_image_in_its_place(folder):
    model = load_language_model(str(folder), SHORT)
    told = conversation()
    given = model._tokens(told.messages, told.images)
    text = model.processor.tokenizer.decode(given["input_ids"][0])
    assert text.index("<|image_pad|><|vision_end|>Image 1 is") < text.index("<tool_response>\nmade image 2\n</tool")
    assert text.index("</tool_response>") < text.index("<|vision_end|>Image 2, the edited")
    assert text.endswith("<|im_start|>assistant\n")
    # 160 px images become 96 px ones: 6 x 6 patches, of which 4 make a token.
    assert given["image_grid_thw"].tolist()[0] == [1, 6, 6] and text.count("<|image_pad|>") == 9 + 6
    # The second picture is the darker one, as its pixels are the first one's, inverted.
    assert given["pixel_values"].shape[0] == 36 + 24
    assert (NORMAL.mean() > 127) == bool(given["pixel_values"][:36].mean() > given["pixel_values"][36:].mean())


def test_what_is_seen_and_the_seed_change_what_is_written(folder):
    model = load_language_model(str(folder), SHORT)
    told = conversation()
    one, same, other = (model.chat(told.messages, told.images, seed) for seed in (1, 1, 2))
    assert one == same != other
    assert model.chat(told.messages, [NORMAL, NORMAL], 1) != one
    state = torch.random.get_rng_state()
    model.chat(told.messages, told.images, 3)
    assert (torch.random.get_rng_state() == state).all()


def test_temperature_zero_takes_the_likeliest_token(folder):
    model = load_language_model(str(folder), GenerationOptions(max_new_tokens=12, temperature=0.0))
    told = conversation()
    assert model.chat(told.messages, told.images, 1) == model.chat(told.messages, told.images, 2)


def test_text_is_streamed_and_a_cancel_takes_effect_within_a_token(folder):
    model = load_language_model(str(folder), GenerationOptions(max_new_tokens=40, temperature=0.0))
    pieces = []
    model.on_text = pieces.append
    told = conversation()
    text = model.chat(told.messages, told.images, 1)
    assert "".join(pieces).strip() == text.strip() and len(pieces) >= 12
    steps = []
    model.model.register_forward_hook(lambda *_: steps.append(1))

    def stop(_):
        if len(steps) == 3:
            raise KeyboardInterrupt

    model.on_text = stop
    with pytest.raises(KeyboardInterrupt):
        model.chat(told.messages, told.images, 1)
    assert len(steps) == 3


def test_it_is_policy_planner_and_judge_of_a_whole_loop(folder):
    """Its words are forced, its forward passes are real: every turn goes through its template, processor and network."""
    model = load_language_model(str(folder))
    script = ScriptedPolicy()
    verdicts = iter([(2, 1, ["faint"], "Barely visible: raise the contrast."), (4.5, 4, [], "Convincing.")])

    def write(messages, images):
        role = messages[0]["content"][0]["text"]
        if role.startswith("You write prompts"):
            return "<think>Hm.</think>Inside the box (0.4, 0.4, 0.6, 0.6), add a thin dark scratch, about 20% long."
        if role.startswith("You inspect"):
            location, quality, faults, review = next(verdicts)
            return json.dumps({"location": location, "quality": quality, "faults": faults, "review": review})
        return script.next_turn(Trajectory(messages=messages, images=images))

    seen = tiny_models.force(model, write)
    tools = embedded_backends()
    backends = Backends(
        LanguagePromptGenerator(model),
        tools.image_generator,
        LanguageJudge(model),
        tools.knowledge,
        tools.mask_generator,
    )
    result = AgentLoop(LanguageModelPolicy(model), backends, 3).synthesize(TASK)
    assert result.passed and result.verdict.score == 8.5 and len(result.trajectory.attempts) == 2
    assert result.trajectory.attempts[0].prompt.startswith("Inside the box (0.4, 0.4, 0.6, 0.6)")
    # The policy's last turn sees the normal image and both attempts; the judge both images and a close-up of each.
    images = [len(given["image_grid_thw"]) for given in seen]
    assert images[-1] == 3 and images[1] == 1 and images[3] in (2, 4) and 4 in images


def test_a_model_that_only_babbles_ends_the_episode_without_a_pass(folder):
    model = load_language_model(str(folder), SHORT)
    tools = embedded_backends()
    result = AgentLoop(LanguageModelPolicy(model), tools, 3).synthesize(TASK)
    assert not result.passed and result.stop.value == "policy gave no usable turn" and not result.mask.any()


def test_an_adapter_from_training_is_applied(folder, tmp_path):
    base = load_language_model(str(folder), SHORT)
    tuned = get_peft_model(base.model, LoraConfig(r=2, target_modules=["q_proj", "v_proj"], init_lora_weights=False))
    tuned.save_pretrained(tmp_path / "adapter")
    told = conversation()
    plain = load_language_model(str(folder), SHORT).chat(told.messages, told.images, 1)
    adapted = load_language_model(str(folder), SHORT, adapter=tmp_path / "adapter")
    assert adapted.chat(told.messages, told.images, 1) != plain
    with pytest.raises(InputError, match=r"none: no adapter, adapter_config\.json is missing"):
        load_language_model(str(folder), adapter=tmp_path / "none")


def test_an_adapter_of_another_model_is_named(folder, tmp_path):
    config = Qwen3Config(
        vocab_size=64, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, head_dim=8
    )
    other = get_peft_model(Qwen3ForCausalLM(config), LoraConfig(r=2, target_modules=["q_proj"]))
    other.save_pretrained(tmp_path / "adapter")
    with pytest.raises(InputError, match=r"adapter: does not fit Qwen3VLForConditionalGeneration"):
        load_language_model(str(folder), adapter=tmp_path / "adapter")


def test_a_model_without_eyes_gets_the_words(tmp_path):
    tokenizer = tiny_models.qwen_tokenizer()
    tokenizer.chat_template = tiny_models.CHAT_TEMPLATE
    tokenizer.save_pretrained(tmp_path)
    config = Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, head_dim=8,
    )  # fmt: skip
    Qwen3ForCausalLM(config).save_pretrained(tmp_path)
    model = load_language_model(str(tmp_path), SHORT)
    told = conversation()
    text = model.processor.decode(model._tokens(told.messages, told.images)["input_ids"][0])
    assert "Image 2, the edited image." in text and "image_pad" not in text
    assert isinstance(model.chat(told.messages, told.images, 1), str)


def cut_short(root):
    file = root / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    return r"model\.safetensors: \d+ bytes, but its header says \d+; the download was cut off"


def no_config(root):
    (root / "config.json").unlink()
    return r"config\.json is missing; give a model's folder in transformers' format"


def no_weights(root):
    (root / "model.safetensors").unlink()
    return "cannot be loaded as a language model"


def no_template(root):
    (root / "chat_template.jinja").unlink()
    return "has no chat template"


def other_kind(root):
    (root / "config.json").write_text('{"model_type": "sam2"}')
    return "cannot be loaded as a language model"


@pytest.mark.parametrize("damage", [cut_short, no_config, no_weights, no_template, other_kind])
def test_a_broken_folder_is_named(tmp_path, damage):
    for part in tiny_models.qwen3_vl():
        part.save_pretrained(tmp_path / "model")
    says = damage(tmp_path / "model")
    with pytest.raises(InputError, match=says) as caught:
        load_language_model(str(tmp_path / "model"))
    assert "\n" not in str(caught.value) and "model" in str(caught.value)


def test_quantization_needs_a_gpu(folder):
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(InputError, match="quantization: needs a CUDA GPU"):
        load_language_model(str(folder), quantization="4bit")


def test_out_of_memory_offloads_and_tries_once_more(folder):
    model = load_language_model(str(folder), SHORT)
    told = conversation()
    expected = model.chat(told.messages, told.images, 1)
    fails = [True]
    generate = model.model.generate

    def full(**given):
        if fails.pop() if fails else False:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return generate(**given)

    model.model.generate = full
    assert model.chat(told.messages, told.images, 1) == expected
    assert hasattr(model.model.lm_head, "_hf_hook") and not model.resident.movable
    fails += [True]
    with pytest.raises(BackendError, match="qwen3-vl does not fit into the GPU's memory"):
        model.chat(told.messages, told.images, 1)


@pytest.mark.parametrize(
    "bad", [{"max_new_tokens": 0}, {"temperature": 3.0}, {"temperature": -1.0}, {"image_side": 8}, {"time_limit": 0.0}]
)
def test_options_out_of_range_are_refused(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        GenerationOptions(**bad)


def test_large_images_are_scaled_before_they_cost_tokens(folder):
    model = load_language_model(str(folder), GenerationOptions(image_side=64))
    told = Trajectory()
    told.add_image(np.zeros((2000, 1000, 3), np.uint8), "large")
    assert model._tokens(told.messages, told.images)["image_grid_thw"].tolist() == [[1, 4, 2]]


def test_a_turn_that_a_limit_cut_off_says_which(folder):
    told = conversation()
    model = load_language_model(str(folder), GenerationOptions(max_new_tokens=9))
    tiny_models.force(model, lambda *_: "So it is.")
    assert not isinstance(model.chat(told.messages, told.images, 1), CutOff)  # it ended by itself
    whole = load_language_model(str(folder), GenerationOptions(max_new_tokens=4))
    cut = _always("a", whole).chat(told.messages, told.images, 1)
    assert isinstance(cut, CutOff) and cut.limit == MAX_NEW_TOKENS and len(cut) == 4
    late = load_language_model(str(folder), GenerationOptions(max_new_tokens=100_000, time_limit=0.2))
    assert _always("a", late).chat(told.messages, told.images, 1).limit == TIME_LIMIT


def _always(letter, language_model):
    """The model, which writes that letter for ever."""
    token = language_model.processor.tokenizer(letter)["input_ids"][0]
    generate = language_model.model.generate

    def choose(input_ids, scores):
        forced = torch.full_like(scores, float("-inf"))
        forced[:, token] = 0.0
        return forced

    language_model.model.generate = lambda **given: generate(**given, logits_processor=LogitsProcessorList([choose]))
    return language_model
