"""Configurations: the packaged ones fit TRL and accelerate, and what is wrong in one is named with file and key."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from accelerate.commands.config.config_args import load_config_from_file

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.training.policy.backbones import choose_backbone
from anomaly_agent.training.policy.checkpoints import begin
from anomaly_agent.training.policy.config import PACKAGED, GrpoConfig, TrainingConfig, load_config
from anomaly_agent.training.policy.grpo.run import grpo_arguments
from anomaly_agent.training.policy.sft.run import sft_arguments

NAMES = sorted(path.stem for path in PACKAGED.glob("*.yaml"))
ON_CPU = ("model.precision=float32",)


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "run.yaml"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("name", NAMES)
def test_a_packaged_configuration_is_what_trl_takes(name, tmp_path):
    config = load_config(name, ON_CPU)
    backbone = choose_backbone(config.model)
    sft, grpo = sft_arguments(config, backbone, tmp_path), grpo_arguments(config, backbone, tmp_path)
    assert sft.learning_rate == config.sft.learning_rate and sft.assistant_only_loss
    assert grpo.generation_batch_size == config.grpo.prompts * config.grpo.rollouts and not grpo.use_vllm


def test_the_paper_figures_stand_in_the_large_configuration():
    config = load_config("qwen3-vl-4b")
    assert (config.sft.epochs, config.sft.learning_rate, config.model.precision) == (3.0, 1e-5, "bfloat16")
    assert (config.grpo.rollouts, config.grpo.temperature) == (8, 1.0)
    assert config.grpo.steps * config.grpo.prompts >= 2 * 1030 and config.model.lora_rank == 0
    assert load_config("qwen3-vl-4b-lora").model.lora_rank > 0


@pytest.mark.parametrize("path", sorted((PACKAGED / "accelerate").glob("*.yaml")), ids=lambda path: path.stem)
def test_accelerate_reads_its_configurations(path):
    kind = {"one_gpu": "NO", "zero3": "DEEPSPEED", "fsdp2": "FSDP"}[path.stem]
    config = load_config_from_file(str(path))
    assert str(getattr(config.distributed_type, "value", config.distributed_type)) == kind
    assert config.mixed_precision == "bf16"


def test_a_step_has_as_many_rollouts_on_one_gpu_as_on_many(tmp_path, monkeypatch):
    config = load_config("qwen3-vl-4b", ON_CPU)
    backbone = choose_backbone(config.model)
    assert grpo_arguments(config, backbone, tmp_path).gradient_accumulation_steps == 64
    monkeypatch.setenv("WORLD_SIZE", "8")
    assert grpo_arguments(config, backbone, tmp_path).gradient_accumulation_steps == 8
    monkeypatch.setenv("WORLD_SIZE", "7")
    with pytest.raises(InputError, match=r"64 rollouts \(prompts x rollouts\) do not divide into passes of 7"):
        grpo_arguments(config, backbone, tmp_path)


def test_vllm_beside_the_trainer_or_at_its_server(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "anomaly_agent.training.policy.grpo.run.GRPOConfig", lambda **given: given
    )  # it checks that vLLM is there
    config = load_config("qwen3-vl-4b", (*ON_CPU, "grpo.vllm=colocate", "grpo.vllm_memory=0.4"))
    backbone = choose_backbone(config.model)
    given = grpo_arguments(config, backbone, tmp_path)
    assert (given["use_vllm"], given["vllm_mode"], given["vllm_gpu_memory_utilization"]) == (True, "colocate", 0.4)
    assert given["vllm_max_model_length"] == 10240
    server = {"vllm": "server", "vllm_server": "http://127.0.0.1:8000"}
    config = replace(config, grpo=replace(config.grpo, **server))
    assert grpo_arguments(config, backbone, tmp_path)["vllm_server_base_url"] == "http://127.0.0.1:8000"
    with pytest.raises(InputError, match=r"grpo\.vllm_server is empty"):
        grpo_arguments(replace(config, grpo=GrpoConfig(vllm="server")), backbone, tmp_path)
    with pytest.raises(InputError, match=r"model\.image_side: with LoRA"):
        grpo_arguments(load_config("qwen3-vl-4b-lora", (*ON_CPU, "grpo.vllm=colocate")), backbone, tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("grop: {steps: 3}", r"run\.yaml: unknown key grop; there are seed, model"),
        ("grpo: {step: 3}", r"run\.yaml: unknown key grpo\.step; there are steps"),
        ("grpo: {steps: many}", r"run\.yaml: grpo\.steps must be int, got 'many'"),
        ("grpo: {steps: -1}", r"run\.yaml: grpo\.steps must be 0 or more, got -1"),
        ("sft: {learning_rate: fast}", r"run\.yaml: sft\.learning_rate must be float, got 'fast'"),
        ("model: {backbone: huge}", r"run\.yaml: model\.backbone must be one of small, vision-language, got 'huge'"),
        ("model: {gradient_checkpointing: 1}", r"model\.gradient_checkpointing must be bool, got 1"),
        ("tasks: {anomalies: scratch}", r"tasks\.anomalies must be a list of texts, got 'scratch'"),
        ("tasks: 3", r"run\.yaml: tasks\. must be keys and values, got 3"),
        ("- 1", r"run\.yaml: it must be keys and values"),
        ("a: [", r"run\.yaml: is no YAML"),
        ("rewards: {task: much}", r"run\.yaml: rewards\.task must be float, got 'much'"),
        ("rewards: {most_turns: 5.5}", r"run\.yaml: rewards\.most_turns must be int, got 5\.5"),
        ("rewards: {tusk: 1}", r"run\.yaml: unknown key rewards\.tusk; there are task, reflection, behaviour, illegal"),
        ("rewards: 3", r"run\.yaml: rewards\. must be keys and values, got 3"),
        ("rewards: {task: .nan}", r"rewards: task must be a number, got nan"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(written, text, says):
    with pytest.raises(InputError, match=says) as caught:
        load_config(str(written(text)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("grpo.steps", "give a change as section.key=value"),
        ("grpo.steps.more=1", "steps is no section"),
        ("grpo.stepz=1", r"unknown key grpo\.stepz"),
        ("grpo.steps=x", r"grpo\.steps must be int"),
        ("grpo.steps=[", r"'\[' is no YAML value"),
    ],
)
def test_a_bad_change_is_named(written, change, says):
    with pytest.raises(InputError, match=says):
        load_config(str(written("grpo: {steps: 2}")), (change,))


def test_changes_stand_over_the_file(written):
    path = written("sft: {learning_rate: 1e-5}")
    config = load_config(str(path), ("sft.epochs=1", "rewards.illegal=-0.5", "tasks.anomalies=[a, b]"))
    assert (config.sft.learning_rate, config.sft.epochs, config.rewards["illegal"]) == (1e-5, 1.0, -0.5)
    assert config.tasks.anomalies == ("a", "b")


def test_a_missing_configuration_is_told_with_those_there_are():
    with pytest.raises(InputError, match=r"no such configuration; give a YAML file, or one of embedded, qwen3-vl-4b"):
        load_config("nothing")


def test_an_output_folder_belongs_to_one_configuration_and_one_process_writes_it(tmp_path, monkeypatch):
    config = TrainingConfig()
    monkeypatch.setenv("RANK", "1")
    begin(tmp_path / "run", config)
    assert not (tmp_path / "run").exists()
    monkeypatch.setenv("RANK", "0")
    begin(tmp_path / "run", config)
    begin(tmp_path / "run", config)
    assert json.loads((tmp_path / "run" / "training_config.json").read_text())["seed"] == 0
    with pytest.raises(InputError, match="run of another configuration"):
        begin(tmp_path / "run", replace(config, seed=1))


def test_keys_of_version_0_1_are_read_under_their_old_names(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text("model: {kind: vision-language}\ntasks: {wayward: 0.5}\n")
    config = load_config(str(file))
    assert config.model.backbone == "vision-language" and config.tasks.unfaithful == 0.5
    assert load_config("embedded", ("model.kind=small", "model.seed=3")).model.seed == 3
    assert load_config(str(file), ("model.kind=small",)).model.backbone == "small"
    file.write_text("model: {kind: vision-language, backbone: small}\n")
    with pytest.raises(InputError, match=r"model\.kind is the old name of model\.backbone; give one of them"):
        load_config(str(file))


def test_a_run_that_version_0_1_began_goes_on(tmp_path):
    config = load_config("embedded")
    begin(tmp_path, config)
    path = tmp_path / "training_config.json"
    path.write_text(path.read_text().replace('"backbone"', '"kind"').replace('"unfaithful"', '"wayward"'))
    begin(tmp_path, config)
    path.write_text(path.read_text().replace("0.9", "0.8"))
    with pytest.raises(InputError, match="another configuration"):
        begin(tmp_path, config)
