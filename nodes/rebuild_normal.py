"""Rebuild Normal: the normal image that an anomalous one may have come from."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..agent.core.errors import InputError
from ..agent.tools.image_generation.diffusion import DiffusionEditor, DiffusionInverseEditor
from ..agent.tools.image_generation.inverse import InverseEditor, TextureInverseEditor
from . import host
from .schema import editor_input, image_input, item_input, schema, seed_input
from .tasks import only
from .tensors import check_mask_size, check_painted, masks, matched, pictures


class RebuildNormal(io.ComfyNode):
    """Inverse editing on the canvas."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentRebuildNormal",
            display_name="Rebuild Normal (Anomaly)",
            category="AnomalyAgent/tools",
            description=(
                "Removes a defect: rebuilds the normal image from an anomalous one and its mask. Away from the mask the pixels "
                "stay, bit for bit. Makes normals where there are only pictures of defects."
            ),
            search_aliases=["inverse editing", "remove defect", "anomaly to normal", "heal", "inpaint defect"],
            is_input_list=True,
            inputs=[
                image_input("The image with a defect."),
                io.Mask.Input("mask", tooltip="The defect's pixels (white): one mask, or one for each image."),
                item_input(),
                seed_input(),
                editor_input(),
            ],
            outputs=[
                io.Image.Output("image", tooltip="The normal image, at the size it came in.", is_output_list=True)
            ],
        )

    @classmethod
    def execute(
        cls, image: list[Any], mask: list[Any], item: list[str], seed: list[int], editor: list[Any] | None = None
    ) -> io.NodeOutput:
        """Rebuilds the images."""
        chosen = only(editor, "editor")
        inverse: InverseEditor = TextureInverseEditor()
        if isinstance(chosen, DiffusionEditor):
            inverse = DiffusionInverseEditor(chosen)
        elif chosen is not None:
            raise InputError("editor: cannot rebuild images; connect one that Load Editor gives, or none")
        found = pictures(image, "image")
        drawn = masks(mask, "mask")
        check_painted(drawn, "mask", "paint the defect that is to be removed")
        count = len(found)
        items = matched(item, count, "item", "names")
        seeds = [seed[0] + index for index in range(count)] if len(seed) == 1 else matched(seed, count, "seed", "seeds")
        progress = host.Progress(count)
        normals = []
        for index, (array, area) in enumerate(zip(found.arrays, matched(drawn, count, "mask", "masks"), strict=True)):
            check_mask_size(area, array, "mask")
            normals.append(inverse.rebuild(array, area, items[index], int(seeds[index]) % 2**32))
            progress.show(index + 1)
        return io.NodeOutput(found.images(normals))
