"""Load Segmenter: Segment Anything for mask generation."""

from __future__ import annotations

from comfy_api.latest import io

from ..agent.core.errors import InputError
from . import host
from .host_memory import host_memory
from .model_folders import NONE, SEGMENTERS, find_model, list_models
from .schema import Segmenter, schema


class LoadSegmenter(io.ComfyNode):
    """Segment Anything 1 or 2."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentLoadSegmenter",
            display_name="Load Segmenter (Anomaly)",
            category="AnomalyAgent/load",
            description=(
                "Loads Segment Anything for sharper masks. It is prompted with what changed between the normal and the edited "
                "image; where it does not agree with the change, the computed mask stays."
            ),
            search_aliases=["anomaly segmenter", "SAM", "Segment Anything", "SAM 2", "sam_vit_h"],
            inputs=[
                io.Combo.Input(
                    "model",
                    options=[NONE, *list_models(SEGMENTERS, checkpoints=True)],
                    default=NONE,
                    tooltip=(
                        "In models/sams: a Segment Anything checkpoint (sam_vit_b, l or h; .pth), or a folder of Segment "
                        "Anything 2 in transformers' format."
                    ),
                )
            ],
            outputs=[
                Segmenter.Output(
                    "segmenter", tooltip="For the segmenter socket of the loop nodes and of Mask Generation."
                )
            ],
        )

    @classmethod
    def execute(cls, model: str) -> io.NodeOutput:
        """Loads it."""
        from ..agent.tools.mask_generation.loading import load_segmenter

        if model == NONE:
            raise InputError(
                "model: none chosen; put sam_vit_b_01ec64.pth or another one into models/sams, and choose it"
            )
        with host.ordinary_tensors():
            return io.NodeOutput(load_segmenter(find_model(SEGMENTERS, model), host_memory()))
