"""Prompt generation by a language model that sees the image."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.errors import BackendError
from ...core.protocol import MAX_NEW_TOKENS, CutOff, without_reasoning
from ...core.task import Task
from ...imaging.masks import box_in_fractions
from ...models.language import LanguageModel
from ...scene.scene import Scene

_SYSTEM = (
    "You write prompts for an image editor that adds a realistic defect to a photograph of an industrial product. Look at "
    "the image, choose one small area where this defect would really occur, and describe the edit in one paragraph: where "
    "(in words, and as a box: inside the box (left, top, right, bottom), in fractions of the image from 0 to 1), what, its "
    "shape, texture, colour, contrast and limited extent, how it blends with the surface and its light, and that all else "
    "stays unchanged. Write the paragraph alone, without a heading."
)
_MOST_CHARACTERS = 2000


class LanguagePromptGenerator:
    """The planner that looks: the model sees the normal image, item, anomaly type and region."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model

    def plan(self, task: Task, scene: Scene) -> str:
        """One paragraph. Raises BackendError where the model writes none."""
        asked = f"Product: {task.item}. Defect: {_defect(task)}. {_where(task.region)}{_how(task)}"
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": [{"type": "text", "text": _SYSTEM}]},
            {"role": "user", "content": [{"type": "image", "image": 1}, {"type": "text", "text": asked}]},
        ]
        written = self.model.chat(messages, [task.image], task.seed)
        text = " ".join(without_reasoning(written).split())
        if not text:
            cure = f"raise {written.limit if isinstance(written, CutOff) else MAX_NEW_TOKENS}, or take another model"
            raise BackendError(f"{self.model.name}: wrote no prompt; {cure}")
        return text[:_MOST_CHARACTERS]


def _defect(task: Task) -> str:
    return f"{task.anomaly}, which means: {task.meaning}" if task.meaning else task.anomaly


def _where(region: np.ndarray | None) -> str:
    if region is None:
        return "It may be anywhere on the product, not on the background."
    return f"It must lie inside the box ({', '.join(f'{value:.2f}' for value in box_in_fractions(region))})."


def _how(task: Task) -> str:
    said = ""
    if task.size is not None:
        least, most = (f"{100 * value:.0f}%" for value in task.size)
        said += f" Its longest extent must be {least} to {most} of the product's size; say so."
    if task.severity is not None:
        least, most = (f"{value:.2f}" for value in task.severity)
        said += f" Its severity must be {least} to {most}, from 0 (barely visible) to 1 (gross); say so in words."
    return said
