"""Prompt Generation: the first local-edit prompt for each image."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..agent.scene.recent import scene_of
from . import host
from .schema import (
    anomaly_type_input,
    image_input,
    item_input,
    meaning_input,
    prompt_generator_input,
    region_input,
    schema,
    seed_input,
)
from .tasks import choose_backends, make_tasks, only


class PromptGeneration(io.ComfyNode):
    """PG on the canvas."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentPromptGeneration",
            display_name="Prompt Generation (Anomaly)",
            category="AnomalyAgent/tools",
            description=(
                "Looks at a normal image and writes one paragraph that asks for a local defect: where, what, how large, "
                "how strong, in which colour, and that all else stays."
            ),
            search_aliases=["anomaly prompt", "defect prompt", "PG", "prompt_gen"],
            is_input_list=True,
            inputs=[
                image_input("The normal image."),
                item_input(),
                anomaly_type_input(),
                seed_input(),
                region_input(),
                prompt_generator_input(),
                meaning_input(),
            ],
            outputs=[
                io.String.Output(
                    "prompt",
                    tooltip="The edit prompt, one for each image. Edit it by hand, or wire it into Image Generation.",
                    is_output_list=True,
                )
            ],
        )

    @classmethod
    def execute(
        cls,
        image: list[Any],
        item: list[str],
        anomaly_type: list[str],
        seed: list[int],
        region: list[Any] | None = None,
        prompt_generator: list[Any] | None = None,
        meaning: list[str] | None = None,
    ) -> io.NodeOutput:
        """Writes the prompts."""
        backends = choose_backends(prompt_generator=only(prompt_generator, "prompt_generator"))
        _, tasks = make_tasks(image, item, anomaly_type, region, seed, meaning=meaning, knowledge=backends.knowledge)
        progress = host.Progress(len(tasks))
        prompts = []
        for done, task in enumerate(tasks, 1):
            prompts.append(backends.prompt_generator.plan(task, scene_of(task.image)))
            progress.show(done)
        return io.NodeOutput(prompts)
