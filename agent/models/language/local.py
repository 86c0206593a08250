"""Language models through transformers: loaded from a folder, with an adapter from training where there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ...core.errors import InputError
from ...core.protocol import MAX_NEW_TOKENS, TIME_LIMIT, CutOff
from ..foreign_code import refuse_code, refuse_mapped_code
from ..hub import OnProgress, find_model
from ..libraries import require
from ..memory import Offload, Precision, choose_dtype, choose_offload, release, with_retry
from ..residency import ModelMemory, Resident, shared_memory
from ..weights import check_all_loaded, check_finite, check_weights, tensor_names, weight_bytes
from .base import GenerationOptions
from .chat import alternating, fit

Quantization = Literal["none", "8bit", "4bit"]

_CONFIG, _ADAPTER, _TEMPLATE = "config.json", "adapter_config.json", "chat_template.jinja"

# Nothing is fetched, and no code of the folder's own is run.
_HERE = {"local_files_only": True, "trust_remote_code": False}


class LocalLanguageModel:
    """A transformers model with its processor. See LanguageModel."""

    def __init__(
        self,
        model: Any,
        processor: Any,
        options: GenerationOptions | None = None,
        name: str = "",
        memory: ModelMemory | None = None,
        movable: bool = True,
    ) -> None:
        """model: one that generates from input_ids and, where the processor makes them, pixel values. movable: False
        where accelerate or bitsandbytes rule over where its weights lie.
        """
        self.model = model
        self.processor = processor
        self.options = options or GenerationOptions()
        self.name = name or type(model).__name__
        self.on_text: Callable[[str], None] | None = None
        self.resident = Resident([model], self.name, movable)
        self._memory = memory or shared_memory()

    def chat(self, messages: Sequence[dict[str, Any]], images: Sequence[np.ndarray], seed: int) -> str:
        """See LanguageModel. Special tokens of the answer are left out. A turn that met a limit is a CutOff."""
        return with_retry(lambda: self._generate(messages, images, seed), self._save_memory, self.name)

    def _save_memory(self) -> bool:
        """Keeps the weights in main memory, and brings each layer to the GPU for as long as it works."""
        if not self.resident.movable:
            return False
        accelerate = require("accelerate", "offloading")
        self.resident.movable = False
        self.model.to("cpu")
        release()
        accelerate.cpu_offload(self.model, self._memory.device)
        return True

    def _generate(self, messages: Sequence[dict[str, Any]], images: Sequence[np.ndarray], seed: int) -> str:
        import torch

        self._memory.use(self.resident)
        device = self._memory.device
        given = self._tokens(messages, images).to(device)
        length = given["input_ids"].shape[1]
        sampling: dict[str, Any] = {}
        if self.options.temperature is not None:
            sampling["do_sample"] = self.options.temperature > 0
            if sampling["do_sample"]:
                sampling["temperature"] = self.options.temperature
        tokenizer = getattr(self.processor, "tokenizer", self.processor)
        devices = [device] if device.type == "cuda" else []
        # Sampling draws from torch's global dice: they are thrown apart, and given back as they were.
        with torch.random.fork_rng(devices), torch.inference_mode():
            torch.manual_seed(seed % 2**63)
            made = self.model.generate(
                **given,
                max_new_tokens=self.options.max_new_tokens,
                max_time=self.options.time_limit,
                streamer=_streamer(tokenizer, self._say),
                pad_token_id=tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id,
                **sampling,
            )
        written = str(tokenizer.decode(made[0, length:], skip_special_tokens=True))
        if self._ended(made[0, length:]):
            return written
        spent = made.shape[1] - length >= self.options.max_new_tokens
        return CutOff(written, MAX_NEW_TOKENS if spent else TIME_LIMIT)

    def _ended(self, made: Any) -> bool:
        """Whether the model ended its turn by itself. made: the token's numbers."""
        config = getattr(self.model, "generation_config", None)
        ends = getattr(config, "eos_token_id", None)
        ends = ends if isinstance(ends, list) else [ends]
        return len(made) > 0 and int(made[-1]) in ends

    def _say(self, text: str) -> None:
        if self.on_text is not None:
            self.on_text(text)

    def _tokens(self, messages: Sequence[dict[str, Any]], images: Sequence[np.ndarray]) -> Any:
        pictures = [fit(image, self.options.image_side) for image in images]
        sees = hasattr(self.processor, "image_processor")
        turns = []
        for turn in alternating(messages):
            parts: list[dict[str, Any]] = []
            for part in turn["content"]:
                if part["type"] == "text":
                    parts.append(part)
                elif sees:
                    parts.append({"type": "image", "image": pictures[part["image"] - 1]})
            content: Any = parts if sees else "\n".join(part["text"] for part in parts)
            turns.append({"role": turn["role"], "content": content})
        return self.processor.apply_chat_template(
            turns, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        )


def _streamer(tokenizer: Any, say: Callable[[str], None]) -> Any:
    from transformers import TextStreamer

    class Streamer(TextStreamer):
        """Passes text on by the word, and calls at every token, so that a cancel takes effect within one."""

        def put(self, value: Any) -> None:
            say("")
            super().put(value)

        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            say(text)

    return Streamer(tokenizer, skip_prompt=True, skip_special_tokens=True)


def load_language_model(
    source: str,
    options: GenerationOptions | None = None,
    *,
    adapter: Path | None = None,
    precision: Precision = "auto",
    offload: Offload = "auto",
    quantization: Quantization = "none",
    download_to: Path | None = None,
    memory: ModelMemory | None = None,
    on_progress: OnProgress | None = None,
) -> LocalLanguageModel:
    """A model from a folder in transformers' format: one that sees images (Qwen3-VL first), or text alone.

    source: the folder, or a hub id, downloaded only where download_to names a folder for it. adapter: a folder that PEFT
    saved; a processor beside it takes the place of the model's. quantization: by bitsandbytes, on CUDA. Raises InputError,
    naming file and cause, for what cannot be used.
    """
    transformers = require("transformers", "a language model")
    folder = find_model(source, _CONFIG, "a model's folder in transformers' format", download_to, on_progress)
    refuse_code(folder)
    refuse_mapped_code(folder, transformers.CONFIG_MAPPING)
    check_weights(folder)
    memory = memory or shared_memory()
    device = memory.device
    arguments: dict[str, Any] = {"dtype": choose_dtype(precision, device), "use_safetensors": True, **_HERE}
    if quantization != "none":
        arguments["quantization_config"] = _quantization(transformers, quantization, arguments["dtype"], device.type)
    # What does not fit is spread over GPU and main memory by accelerate, layer by layer.
    weights = weight_bytes(folder)
    spread = choose_offload(offload, weights, device) != "none" or quantization != "none"
    if spread:
        require("accelerate", "offloading")
        arguments["device_map"] = "auto"
        memory.make_room(weights)
    try:
        config = transformers.AutoConfig.from_pretrained(folder, **_HERE)
        sees = type(config) in transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING
        auto = transformers.AutoModelForImageTextToText if sees else transformers.AutoModelForCausalLM
        model, told = auto.from_pretrained(folder, output_loading_info=True, **arguments)
        check_all_loaded(told["missing_keys"], folder)
        kind = transformers.AutoProcessor if sees else transformers.AutoTokenizer
        # Training may have changed the chat template and the images' size: an adapter brings its own processor then.
        trained = adapter is not None and (adapter / _TEMPLATE).is_file()
        processor = kind.from_pretrained(adapter if trained else folder, **_HERE)
    except InputError:
        raise
    except Exception as error:  # of any class, at damaged files
        refuse_mapped_code(folder)  # which the libraries' errors tell to allow
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{folder}: cannot be loaded as a language model ({reason[:300]})") from error
    if not getattr(processor, "chat_template", None):
        raise InputError(
            f"{folder}: has no chat template, so it is no chat model; take the instruct or thinking version"
        )
    if adapter is not None:
        model = _adapt(model, adapter)
    return LocalLanguageModel(model.eval(), processor, options, folder.name, memory, not spread)


def _adapt(model: Any, adapter: Path) -> Any:
    peft = require("peft", "an adapter")
    if not (adapter / _ADAPTER).is_file():
        raise InputError(f"{adapter}: no adapter, {_ADAPTER} is missing; give the folder that PEFT saved")
    refuse_code(adapter)
    refuse_mapped_code(adapter)
    check_weights(adapter)
    given = tensor_names(adapter / "adapter_model.safetensors")
    try:
        adapted = peft.PeftModel.from_pretrained(model, str(adapter))
        if given != set(peft.get_peft_model_state_dict(adapted)):
            raise ValueError("its layers have other names")
    except Exception as error:  # of any class, at damaged files
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        base = type(model).__name__
        raise InputError(f"{adapter}: does not fit {base} ({reason[:300]}); give an adapter trained on it") from error
    check_finite(((name, tensor) for name, tensor in adapted.named_parameters() if "lora_" in name), adapter)
    return adapted


def _quantization(transformers: Any, bits: Quantization, dtype: Any, device: str) -> Any:
    if device != "cuda":
        raise InputError("quantization: needs a CUDA GPU; choose none")
    require("bitsandbytes", "quantization")
    if bits == "8bit":
        return transformers.BitsAndBytesConfig(load_in_8bit=True)
    return transformers.BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)
