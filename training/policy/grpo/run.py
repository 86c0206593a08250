"""Group-relative policy optimization in the environment: several rollouts a task, judged against each other.

TRL's GRPOTrainer runs the tools' loop and logs the reward's parts apart; `group_trainer` has what is ours.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Any

from datasets import Dataset
from trl import GRPOConfig

from ....agent.assembly.embedded import embedded_backends
from ....agent.core.errors import InputError
from ..backbones import Backbone, choose_backbone
from ..checkpoints import last_checkpoint, mark_done
from ..config import GrpoConfig, TaskConfig, TrainingConfig
from ..curves import draw_curves
from ..distributed import is_first_process, process_count
from ..environment import AnomalyEnvironment, Modality, opening
from ..rewards import TERMS, Reward, RewardConfig, Term, score_rollout
from ..served_tools import served_backends
from ..sft.run import FINAL
from ..tasks import FolderTasks, RenderedTasks, TaskSource
from .sample_rollouts import SamplesPage
from .trainer import GroupTrainer


def run_grpo(config: TrainingConfig, start: Path, output: Path) -> Path:
    """Trains from the checkpoint of SFT in start, or goes on from the last one in output; returns the finished one's folder."""
    backbone = choose_backbone(config.model)
    arguments = grpo_arguments(
        config, backbone, output
    )  # before the model: ZeRO-3 spreads its weights as they are loaded
    model, processor = backbone.load(start)
    # TRL's type of environments knows of text alone.
    environments: Any = partial(make_environment, config, backbone.modality, backbone.families)
    trainer = GroupTrainer(
        model=model,
        args=arguments,
        reward_funcs=reward_functions(config.rewards),
        train_dataset=Dataset.from_list(_rows(config, backbone.modality)),
        processing_class=processor,
        environment_factory=environments,
        peft_config=backbone.peft() if not _is_peft(model) else None,
    )
    trainer.by_attempt = config.grpo.by_attempt
    trainer.samples = SamplesPage(output, config.grpo.samples_every, partial(_rewards, config.rewards))
    trainer.train(resume_from_checkpoint=last_checkpoint(output))
    final = output / FINAL
    backbone.save(trainer, final)
    if is_first_process():
        rewards_logged = [f"rewards/{term.name}_reward/mean" for term in TERMS]
        panels = {"reward": ["reward"], "parts": rewards_logged, "KL": ["kl"], "tokens": ["completions/mean_length"]}
        draw_curves(trainer.state.log_history, panels, output / "grpo.png")
        mark_done(final, config)
    return final


def grpo_arguments(config: TrainingConfig, backbone: Backbone, output: Path) -> GRPOConfig:
    """The configuration in TRL's words. Raises InputError for values that do not fit together."""
    grpo = config.grpo
    if grpo.vllm != "none" and config.model.lora_rank and config.model.image_side:
        raise InputError("model.image_side: with LoRA, vLLM reads images as the base model does; set it to 0 for vLLM")
    arguments: dict[str, Any] = {
        "output_dir": str(output),
        "max_steps": grpo.steps,
        "num_generations": grpo.rollouts,
        "per_device_train_batch_size": grpo.batch_size,
        "gradient_accumulation_steps": _accumulation(grpo),
        "learning_rate": grpo.learning_rate,
        "warmup_steps": grpo.warmup,
        "lr_scheduler_type": "linear",
        "beta": grpo.kl,
        "temperature": grpo.temperature,
        "max_completion_length": grpo.length,
        "max_tool_calling_iterations": 4 * config.tasks.max_attempts + 3,
        "reward_weights": [float(config.rewards[term.weight_key]) for term in TERMS],
        **_generation(grpo),
        "save_steps": grpo.save_every,
        "save_total_limit": 2,
        "logging_steps": grpo.log_every,
        "report_to": ["tensorboard"],
        "seed": config.seed,
        **backbone.arguments(),
    }
    return GRPOConfig(**arguments)


def make_environment(
    config: TrainingConfig, modality: Any, families: Collection[str] | None = None
) -> AnomalyEnvironment:
    """An environment of the run: its tasks, and its tools as they are served. families: see AnomalyEnvironment."""
    tasks = config.tasks
    backends = served_backends(config.tools) or embedded_backends()
    unfaithful = not config.tools.editor
    source = task_source(tasks, config.seed)
    return AnomalyEnvironment(source, modality, backends, tasks.max_attempts, tasks.threshold, unfaithful, families)


def task_source(tasks: TaskConfig, seed: int) -> TaskSource:
    """Where a run's tasks come from."""
    if tasks.images:
        return FolderTasks.of(Path(tasks.images), tasks.item, tasks.anomalies, tasks.unfaithful, seed)
    return RenderedTasks(side=tasks.side, unfaithful=tasks.unfaithful, seed=seed)


def _accumulation(grpo: GrpoConfig) -> int:
    """Forward passes of a process that make a step, so that a step has as many rollouts on one GPU as on many."""
    rollouts, at_once = grpo.prompts * grpo.rollouts, grpo.batch_size * process_count()
    if at_once == 0 or rollouts % at_once:
        raise InputError(
            f"grpo: a step's {rollouts} rollouts (prompts x rollouts) do not divide into passes of {at_once} (batch_size x "
            "processes); change one of them"
        )
    return rollouts // at_once


def _generation(grpo: GrpoConfig) -> dict[str, Any]:
    """TRL's arguments for who writes the rollouts."""
    if grpo.vllm == "none":
        return {"use_vllm": False}
    arguments: dict[str, Any] = {"use_vllm": True, "vllm_mode": grpo.vllm}
    if grpo.vllm == "server":
        if not grpo.vllm_server:
            raise InputError(
                'grpo.vllm_server is empty: give the address of `vllm serve`, or set grpo.vllm to "colocate"'
            )
        return {**arguments, "vllm_server_base_url": grpo.vllm_server}
    # Asleep while the weights are trained, vLLM leaves its share of the GPU to them.
    arguments |= {"vllm_gpu_memory_utilization": grpo.vllm_memory, "vllm_enable_sleep_mode": True}
    return {**arguments, "vllm_max_model_length": grpo.vllm_length or None}


def _rows(config: TrainingConfig, modality: Modality) -> list[dict[str, Any]]:
    """The tasks by number; what the policy is shown of one comes from the environment."""
    prompt = opening(modality, config.tasks.max_attempts, config.tasks.threshold)
    return [{"prompt": prompt, "index": index} for index in range(config.grpo.steps * config.grpo.prompts)]


def reward_functions(config: RewardConfig) -> list[Any]:
    """TRL's reward functions, one a term, in the order of the weights."""
    return [_reward_function(term, config) for term in TERMS]


def _reward_function(term: Term, config: RewardConfig) -> Any:
    def reward(completions: list[Any], environments: list[AnomalyEnvironment], **_: Any) -> list[float]:
        return [
            term.function(environment._rollout(last_text(completion)), config).value
            for completion, environment in zip(completions, environments, strict=True)
        ]

    reward.__name__ = f"{term.name}_reward"
    return reward


def _rewards(config: RewardConfig, completion: list[Any], environment: AnomalyEnvironment) -> dict[str, Reward]:
    return score_rollout(environment._rollout(last_text(completion)), config)


def last_text(completion: list[dict[str, Any]]) -> str:
    """What ended a rollout: its last turn where that is no call that ran, else nothing."""
    last = completion[-1] if completion else {}
    if last.get("role") != "assistant" or last.get("tool_calls"):
        return ""
    content = last.get("content") or ""
    if isinstance(content, list):
        content = "".join(part.get("text", "") for part in content)
    return f"<think>{last.get('reasoning_content') or ''}</think>{content}"


def _is_peft(model: Any) -> bool:
    return hasattr(model, "peft_config")
