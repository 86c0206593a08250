"""Qwen3-VL as the policy: a tiny random one with its real processor, through the same SFT and GRPO as a large one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from trl.chat_template_utils import parse_response
from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.protocol import parse_turn
from anomaly_agent.agent.models.language import GenerationOptions
from anomaly_agent.agent.models.language.local import LocalLanguageModel, load_language_model
from anomaly_agent.training.policy.backbones import choose_backbone
from anomaly_agent.training.policy.backbones.vision_language import VisionLanguageBackbone
from anomaly_agent.training.policy.config import GrpoConfig, ModelConfig, SftConfig
from anomaly_agent.training.policy.grpo import trainer as group_trainer
from anomaly_agent.training.policy.grpo.run import run_grpo
from anomaly_agent.training.policy.grpo.trainer import GroupTrainer
from anomaly_agent.training.policy.sft.run import run_sft

END = "<|im_end|>"
NEVER = 10**6
LIKELIEST = GenerationOptions(max_new_tokens=80, temperature=0.0)


@pytest.fixture(scope="module")
def policy(config, record, tmp_path_factory):
    """SFT's checkpoint after so many rounds over one trajectory that the model knows it by heart."""
    sft = SftConfig(epochs=80, batch_size=1, learning_rate=1e-2, save_every=NEVER)
    return run_sft(replace(config, sft=sft), [record], tmp_path_factory.mktemp("sft"))


@pytest.fixture(scope="module")
def start(backbone):
    return backbone.start()


@pytest.fixture
def collated(start, backbone, record):
    """A batch as SFTTrainer makes it."""
    return DataCollatorForVisionLanguageModeling(start[1], assistant_only_loss=True)([backbone.dataset([record])[0]])


def runs(ids, mask, tokenizer):
    """What stands under each run of a mask, as text. ids, mask: (L,)."""
    pairs = groupby(zip(ids.tolist(), mask.tolist(), strict=True), key=lambda pair: bool(pair[1]))
    return [tokenizer.decode([token for token, _ in run]) for kept, run in pairs if kept]


def inference_ids(start, messages, images):
    return LocalLanguageModel(*start)._tokens(messages, images)


def test_sft_reads_token_by_token_what_inference_reads(start, told, collated):
    ids = collated["input_ids"][0]
    asked = 0
    for at, message in enumerate(told.messages):
        if message["role"] != "assistant":
            continue
        given = inference_ids(start, told.messages[:at], told.images)
        length = given["input_ids"].shape[1]
        assert given["input_ids"][0].tolist() == ids[:length].tolist()
        patches = given["pixel_values"].shape[0]
        assert torch.equal(given["pixel_values"], collated["pixel_values"][:patches])
        asked += 1
    assert asked == len(told.turns)
    tokenizer = start[1].tokenizer
    rest = tokenizer(told.turns[-1] + END + "\n")["input_ids"]
    assert ids[length:].tolist() == rest and len(collated["image_grid_thw"]) == 3


def test_sft_learns_the_policys_tokens_and_no_others(start, told, collated):
    ids, labels, tokenizer = collated["input_ids"][0], collated["labels"][0], start[1].tokenizer
    learned = labels != -100
    assert runs(ids, learned, tokenizer) == [turn + END for turn in told.turns]
    assert int(learned.sum()) == sum(len(tokenizer(turn + END)["input_ids"]) for turn in told.turns)
    assert torch.equal(labels[learned], ids[learned])
    assert not (ids[learned] == start[1].image_token_id).any() and (ids == start[1].image_token_id).any()


def test_a_batch_of_unlike_lengths_is_masked_alike(start, backbone, record, told):
    short = replace(record, messages=told.messages[:3], image_paths=record.image_paths[:1])
    rows = backbone.dataset([short, record])
    batch = DataCollatorForVisionLanguageModeling(start[1], assistant_only_loss=True)([rows[0], rows[1]])
    for ids, labels, turns in zip(batch["input_ids"], batch["labels"], (told.turns[:1], told.turns), strict=True):
        assert runs(ids, labels != -100, start[1].tokenizer) == [turn + END for turn in turns]


def script(monkeypatch, turns):
    """Rollouts write these turns, token by token; everything else is the trainer's. Returns what is scored."""
    seen = []
    score = GroupTrainer._generate_and_score_completions

    def write(self, prompt_ids, images, fields, num_generations, has_tool_images=False):
        tokenizer = self.processing_class.tokenizer
        made = [sum(token == tokenizer.eos_token_id for token in ids) // 2 - 1 for ids in prompt_ids]
        return [tokenizer(turns[at] + END)["input_ids"] for at in made], None

    def keep(self, inputs):
        seen.append(score(self, inputs))
        return seen[-1]

    monkeypatch.setattr(GroupTrainer, "_generate_single_turn", write)
    monkeypatch.setattr(GroupTrainer, "_generate_and_score_completions", keep)
    return seen


def one_step(config, **given):
    return replace(config, grpo=GrpoConfig(**{**STEP, **given}))


STEP = {
    "steps": 1,
    "prompts": 1,
    "rollouts": 2,
    "batch_size": 2,
    "learning_rate": 1e-4,
    "length": 900,
    "save_every": NEVER,
}


def test_rollouts_read_token_by_token_what_inference_reads(config, base, start, told, tmp_path, monkeypatch):
    seen = script(monkeypatch, told.turns)
    # Rollouts of one script earn the same, and would be dropped.
    monkeypatch.setattr(group_trainer, "stage_advantages", lambda rewards, reached, size: reached.float())
    run_grpo(one_step(config), base, tmp_path)
    scored, tokenizer = seen[0], start[1].tokenizer
    given = inference_ids(start, told.messages[:-1], told.images)
    expected = given["input_ids"][0].tolist() + tokenizer(told.turns[-1] + END)["input_ids"]
    for row in range(2):
        ids = torch.cat([scored["prompt_ids"][row], scored["completion_ids"][row]]).tolist()
        assert ids == expected
        # Tools' words and images are out of the loss; the policy's own tokens are in it.
        written = runs(scored["completion_ids"][row], scored["tool_mask"][row], tokenizer)
        assert written == [turn + END for turn in told.turns]
    assert torch.equal(scored["pixel_values"][: len(given["pixel_values"])], given["pixel_values"])
    assert scored["num_images"] == [3, 3]


def test_grpo_trains_on_its_own_rollouts_with_images_that_tools_return(config, policy, tmp_path, monkeypatch):
    seen = []
    score = GroupTrainer._generate_and_score_completions
    monkeypatch.setattr(
        GroupTrainer,
        "_generate_and_score_completions",
        lambda self, inputs: seen.append(score(self, inputs)) or seen[-1],
    )
    trained = run_grpo(one_step(config, steps=2, rollouts=4, batch_size=4, temperature=0.7), policy, tmp_path)
    assert len(seen) == 2 and max(max(scored["num_images"]) for scored in seen) >= 2
    before, after = load_file(policy / "model.safetensors"), load_file(trained / "model.safetensors")
    assert all(torch.isfinite(weights).all() for weights in after.values())
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    told_apart = any(
        (scored["completion_mask"] * scored["tool_mask"]).any() for scored in seen
    )  # a group of equal rewards moves nothing
    assert bool(changed) == told_apart and not any(".visual." in name for name in changed)
    assert "[image]" in (tmp_path / "rollouts.html").read_text()


def test_the_checkpoint_is_a_policy_that_reads_its_earlier_reasoning(policy, told):
    model = load_language_model(str(policy), LIKELIEST)
    asked = [at for at, message in enumerate(told.messages) if message["role"] == "assistant"]
    written = [model.chat(told.messages[:at], told.images, seed=0) for at in asked]
    assert written == told.turns and parse_turn(written[1]).call.name == "image_gen"
    text = model.processor.tokenizer.decode(model._tokens(told.messages, told.images)["input_ids"][0])
    assert text.count("<think>") == len(told.turns) + 1  # and once in the system message
    assert not (policy / "training_args.bin").exists()


def test_all_weights_but_the_vision_encoders_are_trained(base, policy):
    before, after = load_file(base / "model.safetensors"), load_file(policy / "model.safetensors")
    assert set(before) == set(after)
    for name, weights in before.items():
        assert torch.equal(weights, after[name]) == ("visual" in name), name


def test_an_adapter_is_trained_improved_and_loaded(config, base, record, told, tmp_path, monkeypatch):
    model = replace(config.model, lora_rank=2, image_side=64)
    config = replace(config, model=model, sft=SftConfig(epochs=2, batch_size=1, learning_rate=1e-2))
    tuned = run_sft(config, [record], tmp_path / "sft")
    names = load_file(tuned / "adapter_model.safetensors")
    assert names and all(".language_model.layers." in name for name in names)
    plain, adapted = load_language_model(str(base)), load_language_model(str(base), adapter=tuned)
    assert any(bool(weights.any()) for name, weights in names.items() if "lora_B" in name)
    assert "endgeneration" in adapted.processor.chat_template and "endgeneration" not in plain.processor.chat_template
    assert adapted._tokens(told.messages, told.images)["image_grid_thw"].max() == 4  # 64 px, in patches of 16
    script(monkeypatch, told.turns)
    improved = run_grpo(one_step(config), tuned, tmp_path / "grpo")
    assert load_language_model(str(base), LIKELIEST, adapter=improved).chat(told.messages[:2], told.images, 0)
    assert not (improved / "ref").exists()
    with pytest.raises(InputError, match=r"holds an adapter; set model\.lora_rank"):
        VisionLanguageBackbone(ModelConfig(backbone="vision-language", base=str(base))).load(improved)


def test_killed_and_started_again_it_ends_where_an_undisturbed_run_does(config, record, tmp_path):
    config = replace(config, sft=SftConfig(epochs=4, batch_size=1, learning_rate=1e-3, save_every=2))
    whole = run_sft(config, [record], tmp_path / "whole")
    shutil.copytree(tmp_path / "whole" / "checkpoint-2", tmp_path / "killed" / "checkpoint-2")
    resumed = run_sft(config, [record], tmp_path / "killed")
    one, other = (load_file(folder / "model.safetensors") for folder in (whole, resumed))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_two_calls_in_a_turn_are_no_call_as_at_inference(start, told):
    tokenizer = start[1].tokenizer
    call = told.turns[0].partition("\n")[2]
    for text, calls in ((told.turns[0], 1), (f"<think>x</think>\n{call}\n{call}", 0), (f"{call} or {call}", 0)):
        parsed = parse_response(tokenizer, tokenizer(text + END)["input_ids"], prefix=tokenizer("hm")["input_ids"])
        assert len(parsed.get("tool_calls", [])) == calls == int(parse_turn(text).call is not None)


def test_an_image_has_at_most_the_pixels_that_the_configuration_allows(config, told):
    small = VisionLanguageBackbone(replace(config.model, image_side=64)).start()[1]
    grid = small.image_processor(images=[Image.fromarray(np.zeros((300, 300, 3), np.uint8))], return_tensors="pt")
    assert grid["image_grid_thw"].tolist() == [[1, 4, 4]]


def test_what_cannot_be_used_is_named(config, tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"model\.base is empty"):
        choose_backbone(ModelConfig(backbone="vision-language"))
    nothing = replace(config.model, base=str(tmp_path))
    with pytest.raises(InputError, match=r"config\.json is missing; give a model's folder"):
        VisionLanguageBackbone(nothing).start()
    (tmp_path / "config.json").write_text('{"model_type": "qwen3"}')
    with pytest.raises(InputError, match="no vision-language model"):
        VisionLanguageBackbone(config.model).load(tmp_path)
    with pytest.raises(InputError, match="no GPU here calculates in bfloat16"):
        monkeypatch.setattr("torch.cuda.is_available", lambda: False)
        VisionLanguageBackbone(replace(config.model, precision="bfloat16")).arguments()
