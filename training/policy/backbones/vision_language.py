"""A vision-language model as the policy (Qwen3-VL): it reads the conversation in full and sees its images."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig, PeftModel
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor
from transformers.integrations import is_deepspeed_zero3_enabled
from transformers.utils import is_torch_bf16_gpu_available

from ....agent.core.errors import InputError
from ....agent.models.language.chat import alternating
from ....agent.models.weights import check_finite
from ..config import ModelConfig
from ..environment import Modality, picture
from ..trajectories.load import Record
from .response_template import RESPONSE_TEMPLATE

_TEMPLATE = Path(__file__).with_name("vision_language.jinja")
_CONFIG, _ADAPTER = "config.json", "adapter_config.json"
# Every linear layer of the language model, by full name: the vision encoder's have others.
_ADAPTED = r".*language_model\.layers\.\d+\.(self_attn\.[qkvo]_proj|mlp\.(gate|up|down)_proj)"
# TRL's copy of the SFT adapter, from which the divergence is measured; no part of the policy.
_REFERENCE = "ref"


class VisionLanguageBackbone:
    """See Backbone. Raises InputError for a configuration without a base model."""

    modality: Modality = "images"
    families: Collection[str] | None = None

    def __init__(self, config: ModelConfig) -> None:
        if not config.base:
            raise InputError("model.base is empty: give the folder of Qwen3-VL-4B-Thinking, in transformers' format")
        self.config = config

    def start(self) -> tuple[Any, Any]:
        """The base model and its processor, with the chat template of this pack."""
        base = Path(self.config.base)
        return self._model(base), self._processor(base)

    def load(self, folder: Path) -> tuple[Any, Any]:
        """See Backbone: all weights, or the base model with the adapter in the folder."""
        if not (folder / _ADAPTER).is_file():
            model = self._model(folder)
            check_finite(model.named_parameters(), folder)
            return model, self._processor(folder)
        if not self.config.lora_rank:
            raise InputError(f"{folder}: holds an adapter; set model.lora_rank to train it on")
        model = self._model(Path(self.config.base))
        try:
            adapted = PeftModel.from_pretrained(model, str(folder), is_trainable=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise InputError(f"{folder}: no adapter of {self.config.base} ({_first_line(error)})") from error
        check_finite(((name, one) for name, one in adapted.named_parameters() if "lora_" in name), folder)
        return adapted, self._processor(folder)

    def dataset(self, records: list[Record]) -> Dataset:
        """See Backbone: the conversation in the turns that inference asks in. Images are read when a batch needs them."""

        def read(batch: dict[str, list[int]]) -> dict[str, list[Any]]:
            rows = [_row(records[index]) for index in batch["record"]]
            return {name: [row[name] for row in rows] for name in ("messages", "images")}

        return Dataset.from_dict({"record": list(range(len(records)))}).with_transform(read)

    def arguments(self) -> dict[str, Any]:
        """See Backbone. Raises InputError for bfloat16 where no GPU calculates in it."""
        narrow = self.config.precision == "bfloat16"
        if narrow and not is_torch_bf16_gpu_available():
            raise InputError("model.precision: no GPU here calculates in bfloat16; set it to float32")
        return {
            "bf16": narrow,
            "gradient_checkpointing": self.config.gradient_checkpointing,
            "remove_unused_columns": False,  # rows are made from the record's number, which a trainer would take away
        }

    def peft(self) -> Any:
        """See Backbone."""
        rank = self.config.lora_rank
        return LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=_ADAPTED, task_type="CAUSAL_LM") if rank else None

    def save(self, trainer: Any, folder: Path) -> None:
        """See Backbone: weights or adapter, and the processor with the chat template."""
        trainer.save_model(str(folder))
        if trainer.is_world_process_zero():
            (folder / "training_args.bin").unlink(missing_ok=True)  # a pickle, which nobody should have to trust
            shutil.rmtree(folder / _REFERENCE, ignore_errors=True)

    def _model(self, folder: Path) -> Any:
        # All weights are trained in float32, with bfloat16 arithmetic, as steps of 1e-5 would be rounded away in bfloat16;
        # ZeRO-3 keeps such weights itself, in its optimizer.
        narrow = self.config.precision == "bfloat16" and (bool(self.config.lora_rank) or is_deepspeed_zero3_enabled())
        if not (folder / _CONFIG).is_file():
            raise InputError(f"{folder}: {_CONFIG} is missing; give a model's folder in transformers' format")
        try:
            model = AutoModelForImageTextToText.from_pretrained(
                folder,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.bfloat16 if narrow else torch.float32,
            )
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"{folder}: no vision-language model ({_first_line(error)})") from error
        visual = getattr(model.model, "visual", None)
        if visual is None:
            raise InputError(f"{folder}: {type(model).__name__} is no Qwen3-VL, whose vision encoder would stay frozen")
        visual.requires_grad_(False)
        return model

    def _processor(self, folder: Path) -> Any:
        try:
            processor = AutoProcessor.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        except (OSError, ValueError) as error:
            raise InputError(f"{folder}: no processor ({_first_line(error)})") from error
        processor.chat_template = _TEMPLATE.read_text(encoding="utf-8")
        processor.tokenizer.response_template = RESPONSE_TEMPLATE
        if self.config.image_side:
            pixels = self.config.image_side**2
            size = processor.image_processor.size
            least = min(size["shortest_edge"], pixels)  # so Qwen calls areas
            processor.image_processor.size = {"shortest_edge": least, "longest_edge": pixels}
        return processor


def _row(record: Record) -> dict[str, Any]:
    """{"messages": turns with images in their places, "images": the same pictures in order}."""
    pictures = [picture(image) for image in record.read_images()]
    turns = alternating(record.messages)
    shown: list[Image.Image] = []
    messages = []
    for turn in turns:
        parts = []
        for part in turn["content"]:
            if part["type"] == "image":
                shown.append(pictures[part["image"] - 1])
                parts.append({"type": "image"})
            else:
                parts.append(part)
        messages.append({"role": turn["role"], "content": parts})
    return {"messages": messages, "images": shown}


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
