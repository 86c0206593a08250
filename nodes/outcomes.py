"""The outputs that Agent Loop and Agent Loop End share."""

from __future__ import annotations

from comfy_api.latest import io

from ..agent.core.result import Result
from ..agent.core.task import Task
from ..agent.dataset.samples import Sample
from .panel import trajectory_text
from .schema import MAX_SCORE, Episode


def outcome_outputs(lists: bool) -> list[io.Output]:
    """lists: whether each output is a list, one element for each image or batch."""
    return [
        io.Image.Output(
            "image", tooltip="The image that passed; else the best attempt, with passed false.", is_output_list=lists
        ),
        io.Mask.Output("mask", tooltip="The defect's pixels in that image.", is_output_list=lists),
        io.Float.Output("score", tooltip=f"That image's score, 0-{MAX_SCORE:g}.", is_output_list=lists),
        io.Boolean.Output("passed", tooltip="Whether the score is above the threshold.", is_output_list=lists),
        io.String.Output(
            "trajectory",
            tooltip="Every turn of the episode in chat format, as one line of JSON: reasoning, calls, reviews, edits.",
            is_output_list=lists,
        ),
        io.Image.Output("attempts", tooltip="Every image that was made, in order, as a batch.", is_output_list=lists),
        Episode.Output(
            "episode",
            tooltip="Everything about it in one wire, for Save Anomaly Dataset.",
            is_output_list=lists,
        ),
    ]


def facts(task: Task, result: Result) -> tuple[float, bool, str, Sample]:
    """(score, passed, trajectory, episode) of a result."""
    score = result.verdict.score if result.verdict is not None else 0.0
    return score, result.passed, trajectory_text(result, task), Sample(task, None, result)
