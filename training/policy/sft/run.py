"""Supervised fine-tuning on trajectories: the likelihood of the policy's own turns, what tools said out of the loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trl import SFTConfig, SFTTrainer

from ....agent.core.errors import InputError
from ..backbones import Backbone, choose_backbone
from ..checkpoints import last_checkpoint, mark_done
from ..config import TrainingConfig
from ..curves import draw_curves
from ..distributed import is_first_process
from ..trajectories.load import Record

#: SFT's finished checkpoint in its output folder.
FINAL = "policy"


def run_sft(config: TrainingConfig, records: list[Record], output: Path) -> Path:
    """Trains from the start, or goes on from the last checkpoint in output; returns the finished checkpoint's folder.

    Raises InputError where there is nothing to train on.
    """
    if not records:
        raise InputError("no trajectories to train on")
    backbone = choose_backbone(config.model)
    arguments = sft_arguments(
        config, backbone, output
    )  # before the model: ZeRO-3 spreads its weights as they are loaded
    model, processor = backbone.start()
    trainer = SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=backbone.dataset(records),
        processing_class=processor,
        peft_config=backbone.peft(),
    )
    trainer.train(resume_from_checkpoint=last_checkpoint(output))
    final = output / FINAL
    backbone.save(trainer, final)
    if is_first_process():
        panels = {"loss": ["loss"], "token accuracy": ["mean_token_accuracy"]}
        draw_curves(trainer.state.log_history, panels, output / "sft.png")
        mark_done(final, config)
    return final


def sft_arguments(config: TrainingConfig, backbone: Backbone, output: Path) -> SFTConfig:
    """The configuration in TRL's words."""
    sft = config.sft
    arguments: dict[str, Any] = {
        "output_dir": str(output),
        "num_train_epochs": sft.epochs,
        "per_device_train_batch_size": sft.batch_size,
        "gradient_accumulation_steps": sft.accumulation,
        "learning_rate": sft.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": sft.warmup,
        "weight_decay": sft.weight_decay,
        "dataloader_num_workers": sft.workers,
        "save_steps": sft.save_every,
        "save_total_limit": 2,
        "logging_steps": sft.log_every,
        "report_to": ["tensorboard"],
        "seed": config.seed,
        "assistant_only_loss": True,
        "max_length": None,
        **backbone.arguments(),
    }
    return SFTConfig(**arguments)
