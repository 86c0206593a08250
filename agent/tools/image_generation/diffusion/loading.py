"""Loads a diffusers pipeline from a folder, or from the hub when the user asks for a download."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from ....core.errors import InputError
from ....models.foreign_code import refuse_pipeline_code
from ....models.hub import OnProgress, find_model
from ....models.libraries import require
from ....models.memory import Offload, Precision, choose_dtype, choose_offload, release
from ....models.residency import ModelMemory, Resident, shared_memory
from ....models.weights import check_part, check_safetensors, check_weights, weight_bytes
from .editor import DiffusionEditor, EditorOptions

Quantization = Literal["none", "8bit", "4bit"]


def load_editor(
    source: str,
    options: EditorOptions | None = None,
    *,
    precision: Precision = "auto",
    offload: Offload = "auto",
    quantization: Quantization = "none",
    loras: Sequence[Path] = (),
    download_to: Path | None = None,
    memory: ModelMemory | None = None,
    on_progress: OnProgress | None = None,
) -> DiffusionEditor:
    """An editor from a folder in diffusers' format, the family found from the pipeline itself.

    source: the folder, or a hub id such as "owner/name", which is downloaded only where download_to names a folder for it.
    A text-to-image pipeline is used for inpainting where diffusers knows how. quantization: by bitsandbytes, on CUDA.
    loras: .safetensors files, applied at full weight. Raises InputError, naming file and cause, for what cannot be used.
    """
    diffusers = require("diffusers", "a diffusion editor")
    folder = find_model(
        source, "model_index.json", "a pipeline's folder in diffusers' format", download_to, on_progress
    )
    refuse_pipeline_code(folder, diffusers)
    check_weights(folder)
    memory = memory or shared_memory()
    device = memory.device
    dtype = choose_dtype(precision, device)
    named = "dtype" if tuple(map(int, diffusers.__version__.split(".")[:2])) >= (0, 42) else "torch_dtype"
    arguments: dict[str, Any] = {
        named: dtype,
        "local_files_only": True,
        "use_safetensors": True,
        "trust_remote_code": False,
    }
    if quantization != "none":
        arguments["quantization_config"] = _quantization(diffusers, quantization, dtype, device.type)
        memory.make_room(weight_bytes(folder))
    try:
        pipe = diffusers.DiffusionPipeline.from_pretrained(str(folder), **arguments)
    except Exception as error:  # of any class, at damaged files
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{folder}: cannot be loaded as a diffusers pipeline ({reason[:300]})") from error
    for name, part in pipe.components.items():
        if isinstance(part, diffusers.ModelMixin):
            check_part(part, folder / name)
    pipe = _for_inpainting(diffusers, pipe)
    pipe.set_progress_bar_config(disable=True)
    for path in loras:
        _add_lora(pipe, path)
    resident, save_memory = _place(pipe, offload, device, folder.name, quantization == "none")
    return DiffusionEditor(pipe, options, prepare=lambda: memory.use(resident), save_memory=save_memory)


def _quantization(diffusers: Any, bits: Quantization, dtype: Any, device: str) -> Any:
    if device != "cuda":
        raise InputError("quantization: needs a CUDA GPU; choose none")
    require("bitsandbytes", "quantization")
    kwargs: dict[str, Any] = {"load_in_8bit": True} if bits == "8bit" else {
        "load_in_4bit": True,
        "bnb_4bit_quant_type": "nf4",
        "bnb_4bit_compute_dtype": dtype,
    }  # fmt: skip
    parts = ["transformer", "unet", "text_encoder", "text_encoder_2"]
    return diffusers.PipelineQuantizationConfig(
        quant_backend=f"bitsandbytes_{bits}", quant_kwargs=kwargs, components_to_quantize=parts
    )


def _for_inpainting(diffusers: Any, pipe: Any) -> Any:
    """The pipeline, or its parts as an inpainting one where it only makes pictures from text."""
    takes = inspect.signature(type(pipe).__call__).parameters
    if "image" in takes and ("mask_image" in takes or "strength" not in takes):
        return pipe
    try:
        return diffusers.AutoPipelineForInpainting.from_pipe(pipe)
    except ValueError:
        return pipe  # DiffusionEditor says what it is


def _add_lora(pipe: Any, path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path}: no such LoRA file; give a .safetensors file")
    check_safetensors(path)
    require("peft", "a LoRA")
    if not hasattr(pipe, "load_lora_weights"):
        raise InputError(f"{path}: {type(pipe).__name__} takes no LoRA")
    try:
        pipe.load_lora_weights(str(path.parent), weight_name=path.name, adapter_name=path.stem.replace(".", "_"))
    except Exception as error:  # of any class, at damaged files
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: does not fit {type(pipe).__name__} ({reason[:300]})") from error


def _place(pipe: Any, offload: Offload, device: Any, name: str, movable: bool) -> tuple[Resident, Callable[[], bool]]:
    """The pipeline's weights as they are moved, and what saves memory where that was too much."""
    resident = Resident([part for part in pipe.components.values() if hasattr(part, "parameters")], name, movable)
    chosen = choose_offload(offload, resident.size, device)
    steps = {"none": ["model", "sequential"], "model": ["sequential"], "sequential": []}[chosen]
    if chosen != "none":
        resident.movable = False
        _offload(pipe, chosen)
    elif not movable:  # the quantized parts are there already; the others follow
        pipe.to(device)

    def save_memory() -> bool:
        if device.type != "cuda" or not steps or not movable:
            return False
        resident.movable = False
        pipe.to("cpu")
        release()
        _offload(pipe, steps.pop(0))
        return True

    return resident, save_memory


def _offload(pipe: Any, how: str) -> None:
    require("accelerate", "offloading")
    if how == "model":
        pipe.enable_model_cpu_offload()
    else:
        pipe.enable_sequential_cpu_offload()
