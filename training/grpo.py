"""Group-relative policy optimization in the environment: several rollouts a task, judged against each other.

TRL's GRPOTrainer runs the tools' loop and logs the reward's parts apart; `group_trainer` has what is ours.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from datasets import Dataset
from trl import GRPOConfig

from ..agent.embedded import embedded_backends
from .checkpoints import last_checkpoint, mark_done
from .config import TaskConfig, TrainingConfig
from .curves import draw_curves
from .environment import AnomalyEnvironment
from .group_trainer import GroupTrainer
from .kinds import choose_kind
from .rewards import RewardConfig, score_rollout
from .samples import SamplesPage
from .sft import FINAL
from .tasks import FolderTasks, RenderedTasks, TaskSource
from .tools import served_backends

#: The reward's parts, in the order of their weights.
PARTS = ("task", "reflection", "behaviour")


def run_grpo(config: TrainingConfig, start: Path, output: Path) -> Path:
    """Trains from the checkpoint of SFT in start, or goes on from the last one in output; returns the finished one's folder."""
    kind = choose_kind(config.model)
    model, processor = kind.load(start)
    grpo = config.grpo
    per_step = grpo.prompts * grpo.rollouts
    arguments: dict[str, Any] = {
        "output_dir": str(output),
        "max_steps": grpo.steps,
        "num_generations": grpo.rollouts,
        "per_device_train_batch_size": grpo.batch_size,
        "gradient_accumulation_steps": max(1, per_step // grpo.batch_size),
        "learning_rate": grpo.learning_rate,
        "lr_scheduler_type": "constant",
        "beta": grpo.kl,
        "temperature": grpo.temperature,
        "max_completion_length": grpo.length,
        "max_tool_calling_iterations": 4 * config.tasks.max_attempts + 3,
        "reward_weights": [float(getattr(config.rewards, part)) for part in PARTS],
        "use_vllm": grpo.vllm,
        "save_steps": grpo.save_every,
        "save_total_limit": 2,
        "logging_steps": grpo.log_every,
        "report_to": ["tensorboard"],
        "seed": config.seed,
        **kind.arguments(),
    }
    trainer = GroupTrainer(
        model=model,
        args=GRPOConfig(**arguments),
        reward_funcs=[_reward_function(part, config.rewards) for part in PARTS],
        train_dataset=Dataset.from_list(_rows(grpo.steps * grpo.prompts)),
        processing_class=processor,
        environment_factory=partial(make_environment, config, kind.sight),
        peft_config=kind.peft() if not _is_peft(model) else None,
    )
    trainer.samples = SamplesPage(output, grpo.samples_every)
    trainer.train(resume_from_checkpoint=last_checkpoint(output))
    final = output / FINAL
    kind.save(trainer.model, processor, final)
    rewards_logged = [f"rewards/{part}_reward/mean" for part in PARTS]
    panels = {"reward": ["reward"], "parts": rewards_logged, "KL": ["kl"], "tokens": ["completions/mean_length"]}
    draw_curves(trainer.state.log_history, panels, output / "grpo.png")
    mark_done(final, config)
    return final


def make_environment(config: TrainingConfig, sight: Any) -> AnomalyEnvironment:
    """An environment of the run: its tasks, and its tools as they are served."""
    tasks = config.tasks
    backends = served_backends(config.tools) or embedded_backends()
    wayward = not config.tools.editor
    return AnomalyEnvironment(
        task_source(tasks, config.seed), sight, backends, tasks.max_attempts, tasks.threshold, wayward
    )


def task_source(tasks: TaskConfig, seed: int) -> TaskSource:
    """Where a run's tasks come from."""
    if tasks.images:
        return FolderTasks.of(Path(tasks.images), tasks.item, tasks.anomalies, tasks.wayward, seed)
    return RenderedTasks(side=tasks.side, wayward=tasks.wayward, seed=seed)


def _rows(count: int) -> list[dict[str, Any]]:
    """The tasks by number; what the policy is shown of one comes from the environment."""
    return [{"prompt": [{"role": "user", "content": ""}], "index": index} for index in range(count)]


def _reward_function(part: str, config: RewardConfig) -> Any:
    def reward(completions: list[Any], environments: list[AnomalyEnvironment], **_: Any) -> list[float]:
        return [
            score_rollout(environment._rollout(last_text(completion)), config)[part].value
            for completion, environment in zip(completions, environments, strict=True)
        ]

    reward.__name__ = f"{part}_reward"
    return reward


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
