"""Mask Generation: the pixels that changed between a normal and an edited image."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from . import host
from .schema import image_input, schema, segmenter_input
from .tasks import choose_backends, only, same_size
from .tensors import matched, pictures


class MaskGeneration(io.ComfyNode):
    """MG on the canvas."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentMaskGeneration",
            display_name="Mask Generation (Anomaly)",
            category="AnomalyAgent/tools",
            description=(
                "Makes the defect's pixel mask from the normal and the edited image alone. Robust to a global change of "
                "brightness, JPEG noise and a shift of a few pixels."
            ),
            search_aliases=["anomaly mask", "defect mask", "MG", "mask_gen", "change detection", "difference mask"],
            is_input_list=True,
            inputs=[
                image_input("The normal image; one for all edited images, or one for each.", "normal"),
                image_input("The edited image, at the normal one's size.", "edited"),
                segmenter_input(),
            ],
            outputs=[
                io.Mask.Output(
                    "mask", tooltip="White where the defect is; empty where nothing changed.", is_output_list=True
                ),
                io.Float.Output(
                    "area", tooltip="The mask's share of the picture, 0-1, for each image.", is_output_list=True
                ),
            ],
        )

    @classmethod
    def execute(cls, normal: list[Any], edited: list[Any], segmenter: list[Any] | None = None) -> io.NodeOutput:
        """Makes the masks."""
        generator = choose_backends(segmenter=only(segmenter, "segmenter")).mask_generator
        found = pictures(edited, "edited")
        normals = matched(pictures(normal, "normal").arrays, len(found), "normal", "images")
        progress = host.Progress(len(found))
        masks = []
        for done, (before, after) in enumerate(zip(normals, found.arrays, strict=True), 1):
            same_size(after, before, "edited", "normal")
            masks.append(generator.segment(before, after))
            progress.show(done)
        return io.NodeOutput(found.masks(masks), [float(mask.mean()) for mask in masks])
