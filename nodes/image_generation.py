"""Image Generation: edits each image by a prompt."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..agent.scene.recent import scene_of
from . import host
from .schema import (
    anomaly_type_input,
    editor_input,
    image_input,
    item_input,
    meaning_input,
    region_input,
    schema,
    seed_input,
)
from .tasks import choose_backends, make_tasks, only
from .tensors import matched


class ImageGeneration(io.ComfyNode):
    """IG on the canvas."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentImageGeneration",
            display_name="Image Generation (Anomaly)",
            category="AnomalyAgent/tools",
            description=(
                "Edits a normal image by a prompt so that it shows the defect. Outside the defect the pixels stay as they "
                "were, bit for bit."
            ),
            search_aliases=["anomaly synthesis", "defect generator", "IG", "image_gen", "edit image"],
            is_input_list=True,
            inputs=[
                image_input("The normal image."),
                io.String.Input(
                    "prompt",
                    multiline=True,
                    default="",
                    placeholder="e.g. A thin dark scratch near the upper left, about 20% long, faint.",
                    tooltip=(
                        "What to draw: where, what, how large, how strong, colour, direction, count. One for all images, "
                        "or one for each."
                    ),
                ),
                item_input(),
                anomaly_type_input(),
                seed_input(),
                region_input(),
                editor_input(),
                meaning_input(),
            ],
            outputs=[
                io.Image.Output("image", tooltip="The edited image, at the size it came in.", is_output_list=True),
                io.Mask.Output(
                    "mask",
                    tooltip="The defect's pixels: exact where the editor knows them, else from the change.",
                    is_output_list=True,
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        image: list[Any],
        prompt: list[str],
        item: list[str],
        anomaly_type: list[str],
        seed: list[int],
        region: list[Any] | None = None,
        editor: list[Any] | None = None,
        meaning: list[str] | None = None,
    ) -> io.NodeOutput:
        """Makes the images."""
        backends = choose_backends(editor=only(editor, "editor"))
        found, tasks = make_tasks(
            image, item, anomaly_type, region, seed, meaning=meaning, knowledge=backends.knowledge
        )
        progress = host.Progress(len(tasks))
        images, masks = [], []
        for done, (task, text) in enumerate(
            zip(tasks, matched(prompt, len(tasks), "prompt", "prompts"), strict=True), 1
        ):
            made = backends.image_generator.edit(task, scene_of(task.image), text, task.seed % 2**32)
            mask = made.mask if made.mask is not None else backends.mask_generator.segment(task.image, made.image)
            images.append(made.image)
            masks.append(mask)
            progress.show(done)
        return io.NodeOutput(found.images(images), found.masks(masks))
