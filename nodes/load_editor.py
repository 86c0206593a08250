"""Load Editor: a diffusion model for image generation."""

from __future__ import annotations

from typing import Any, get_args

from comfy_api.latest import io

from ..agent.models.memory import Offload, Precision
from . import host
from .host_memory import host_memory
from .model_folders import EDITORS, FROM_HUB, NONE, choose_source, list_models
from .schema import Editor, download_input, hub_input, schema

#: Values of a number input that leave the choice to the model's family.
_BY_MODEL = 0


class LoadEditor(io.ComfyNode):
    """Any diffusers pipeline that inpaints or edits."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentLoadEditor",
            display_name="Load Editor (Anomaly)",
            category="AnomalyAgent/load",
            description=(
                "Loads a diffusion model that draws the defect: an inpainting model (SD 1.5, SDXL, FLUX Fill, Qwen-Image) or "
                "an instruction editor (Qwen-Image-Edit, FLUX.1 Kontext, FLUX.2 klein). Its kind is read from the model."
            ),
            search_aliases=["anomaly editor", "diffusers inpaint", "Qwen-Image-Edit", "FLUX Kontext", "SDXL inpaint"],
            inputs=[
                io.Combo.Input(
                    "model",
                    options=[FROM_HUB, *list_models(EDITORS)],
                    default=FROM_HUB,
                    tooltip="A folder in diffusers' format (with model_index.json) in models/diffusers, or the hub id below.",
                ),
                hub_input("Qwen/Qwen-Image-Edit-2511"),
                download_input("models/diffusers"),
                io.Int.Input(
                    "steps",
                    default=_BY_MODEL,
                    min=0,
                    max=200,
                    tooltip="Denoising steps; 0: what the model's family wants. Fewer are faster and coarser.",
                ),
                io.Float.Input(
                    "guidance",
                    default=_BY_MODEL,
                    min=0.0,
                    max=30.0,
                    step=0.1,
                    tooltip="How closely the prompt is followed; 0: what the model's family wants.",
                ),
                io.Float.Input(
                    "strength",
                    default=_BY_MODEL,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="For inpainting: how far the defect may leave what is there; 0: what the model's family wants.",
                ),
                io.Combo.Input(
                    "lora",
                    options=[NONE, *host.file_names("loras")],
                    default=NONE,
                    tooltip="A LoRA of the host's loras folder, at full weight.",
                ),
                *memory_inputs(),
            ],
            outputs=[
                Editor.Output("editor", tooltip="For the editor socket of the loop nodes and of Image Generation.")
            ],
        )

    @classmethod
    def execute(
        cls,
        model: str,
        hub_id: str,
        download: bool,
        steps: int,
        guidance: float,
        strength: float,
        lora: str,
        precision: str,
        offload: str,
        quantization: str,
    ) -> io.NodeOutput:
        """Loads it; its weights come to the GPU when it first draws."""
        from ..agent.tools.image_generation.diffusion import EditorOptions, load_editor

        source, download_to = choose_source(EDITORS, model, hub_id, download)
        options = EditorOptions(steps=steps or None, guidance=guidance or None, strength=strength or None)
        with host.ordinary_tensors():
            editor = load_editor(
                source,
                options,
                precision=precision,  # type: ignore[arg-type]
                offload=offload,  # type: ignore[arg-type]
                quantization=quantization,  # type: ignore[arg-type]
                loras=[] if lora == NONE else [host.find_file("loras", lora)],
                download_to=download_to,
                memory=host_memory(),
                on_progress=host.Progress(100).show_share,
            )
        editor.on_step = lambda *_: host.check_interrupt()
        return io.NodeOutput(editor)


def memory_inputs() -> list[Any]:
    """Inputs that say how a model's weights are held in memory."""
    return [
        io.Combo.Input(
            "precision",
            options=list(get_args(Precision)),
            default="auto",
            tooltip="Of the weights. auto: bfloat16 on a GPU that computes in it, float16 on others, float32 on the CPU.",
        ),
        io.Combo.Input(
            "offload",
            options=list(get_args(Offload)),
            default="auto",
            tooltip=(
                "What stays in main memory. auto: nothing where the model fits on the GPU, else whole parts (model). "
                "sequential: layer by layer, least memory, slowest."
            ),
        ),
        io.Combo.Input(
            "quantization",
            options=["none", "8bit", "4bit"],
            default="none",
            tooltip="Smaller weights by bitsandbytes; needs a CUDA GPU and pip install bitsandbytes.",
        ),
    ]
