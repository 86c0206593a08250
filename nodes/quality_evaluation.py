"""Quality Evaluation: scores each edited image against its normal one."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..agent.core.verdict import MAX_PART_SCORE
from ..agent.scene.recent import scene_of
from . import host
from .schema import (
    MAX_SCORE,
    Faults,
    anomaly_type_input,
    image_input,
    item_input,
    judge_input,
    meaning_input,
    region_input,
    schema,
    threshold_input,
)
from .tasks import choose_backends, make_tasks, only, same_size
from .tensors import matched, pictures


class QualityEvaluation(io.ComfyNode):
    """QE on the canvas."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentQualityEvaluation",
            display_name="Quality Evaluation (Anomaly)",
            category="AnomalyAgent/tools",
            description=(
                "Judges an edited image against its normal one: is the defect where it may be, and does it look real. "
                "Gives a score, a review in words, and the faults as data."
            ),
            search_aliases=["anomaly score", "defect critic", "QE", "quality_eval", "judge"],
            is_input_list=True,
            inputs=[
                image_input("The normal image, before the edit; one for all edited images, or one for each.", "normal"),
                image_input("The edited image, at the normal one's size.", "edited"),
                item_input(),
                anomaly_type_input(),
                threshold_input(),
                region_input(),
                judge_input(),
                meaning_input(),
            ],
            outputs=[
                io.Float.Output(
                    "score",
                    tooltip=f"Location and quality together, 0-{MAX_SCORE:g}, for each image.",
                    is_output_list=True,
                ),
                io.Boolean.Output("passed", tooltip="Whether the score is above the threshold.", is_output_list=True),
                io.String.Output(
                    "review",
                    tooltip="What is wrong, or right, in words: for people, and for a language model as policy.",
                    is_output_list=True,
                ),
                io.Float.Output(
                    "location", tooltip=f"Is the defect where it may be, 0-{MAX_PART_SCORE:g}.", is_output_list=True
                ),
                io.Float.Output("quality", tooltip=f"Does it look real, 0-{MAX_PART_SCORE:g}.", is_output_list=True),
                Faults.Output("faults", tooltip="What is wrong, as data, for Agent Loop End.", is_output_list=True),
            ],
        )

    @classmethod
    def execute(
        cls,
        normal: list[Any],
        edited: list[Any],
        item: list[str],
        anomaly_type: list[str],
        threshold: list[float],
        region: list[Any] | None = None,
        judge: list[Any] | None = None,
        meaning: list[str] | None = None,
    ) -> io.NodeOutput:
        """Judges the images."""
        backends = choose_backends(judge=only(judge, "judge"))
        candidates = pictures(edited, "edited").arrays
        tasks = make_tasks(normal, item, anomaly_type, region, [0], "normal", meaning, backends.knowledge)[1]
        tasks = matched(tasks, len(candidates), "normal", "images")
        progress = host.Progress(len(candidates))
        verdicts = []
        for done, (task, candidate) in enumerate(zip(tasks, candidates, strict=True), 1):
            same_size(candidate, task.image, "edited", "normal")
            verdicts.append(backends.judge.judge(task, scene_of(task.image), candidate, only(threshold, "threshold")))
            progress.show(done)
        return io.NodeOutput(
            [verdict.score for verdict in verdicts],
            [verdict.passed for verdict in verdicts],
            [verdict.review for verdict in verdicts],
            [verdict.location for verdict in verdicts],
            [verdict.quality for verdict in verdicts],
            [verdict.faults for verdict in verdicts],
        )
