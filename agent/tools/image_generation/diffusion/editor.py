"""The diffusion backend of image generation: one window, one call of the pipeline, one paste."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ....core.errors import InputError
from ....core.task import Task
from ....defects.prompt_text import MAX_CHARACTERS
from ....imaging.change import find_change
from ....imaging.channels import is_monochrome, without_colours
from ....models.memory import with_retry
from ....scene.scene import Scene
from ...interfaces import GeneratedImage
from ..placement import attempt_area
from .calls import describe
from .windows import choose_window, soft_inside

# What no picture of a defect should look like; for pipelines that take a negative prompt.
_NEGATIVE = "drawing, cartoon, text, watermark, blurry, second object, hands"
# CLIP reads 77 tokens, about this many words.
_MOST_WORDS = 55
# An instruction editor's change is pasted with this much room around it, as a share of the window's side.
_ROOM = 0.02


@dataclass(frozen=True)
class EditorOptions:
    """None leaves a value to the pipeline's family. steps: 1 or more. guidance: 0 or more; classifier-free guidance, or
    what stands for it in the family. strength: 0-1, for inpainting: how far the result may leave what is there. side: the
    working size in px. negative_prompt: used where the pipeline takes one.
    """

    steps: int | None = None
    guidance: float | None = None
    strength: float | None = None
    side: int | None = None
    negative_prompt: str = _NEGATIVE

    def __post_init__(self) -> None:
        if self.steps is not None and self.steps < 1:
            raise InputError(f"steps must be 1 or more, got {self.steps}")
        if self.guidance is not None and self.guidance < 0:
            raise InputError(f"guidance must be 0 or more, got {self.guidance:g}")
        if self.strength is not None and not 0 < self.strength <= 1:
            raise InputError(f"strength must be above 0 and at most 1, got {self.strength:g}")


class DiffusionEditor:
    """Edits by a diffusers pipeline. on_step: called with (step, steps) after each denoising step; may raise to cancel.

    prepare: called before each edit; brings the weights to where they are needed. save_memory: called when the GPU's
    memory runs out; moves parts of the model off it, and is False when nothing is left to move.
    """

    def __init__(
        self,
        pipe: Any,
        options: EditorOptions | None = None,
        on_step: Callable[[int, int], None] | None = None,
        prepare: Callable[[], None] = lambda: None,
        save_memory: Callable[[], bool] = lambda: False,
    ) -> None:
        self.pipe = pipe
        self.options = options or EditorOptions()
        self.on_step = on_step
        self.call = describe(pipe)
        self._prepare = prepare
        self._save_memory = save_memory

    def edit(self, task: Task, scene: Scene, prompt: str, seed: int) -> GeneratedImage:
        """The edited image, (H, W, 3) uint8 of the task's size; outside the prompt's area it is the normal image, bit for
        bit. The same seed gives the same image on the same device. The mask is left to mask generation.
        """
        area = attempt_area(task, scene, prompt)
        words = self._words(task, prompt)
        return GeneratedImage(self.repaint(task.image, area, words, seed, self.options, whole=False))

    def repaint(
        self, image: np.ndarray, area: np.ndarray, words: str, seed: int, options: EditorOptions, whole: bool = True
    ) -> np.ndarray:
        """image, (H, W, 3) uint8, repainted within area, (H, W) bool, not empty, and nowhere else. One without colours stays so.

        whole: an instruction editor's result is taken over all of the area, else where it clearly changed something.
        """
        side = (options.side or self.call.side) // self.call.multiple * self.call.multiple
        window = choose_window(area, max(self.call.multiple, side), self.call.multiple)
        picture = window.cut(image)
        edited = self._run(picture, window.cut(area), words, seed, options)
        if is_monochrome(image):
            edited = without_colours(edited)
        alpha = soft_inside(area)
        if self.call.mode == "edit" and not whole:
            alpha = alpha * _whole(_change(picture, edited), window.rows, window.columns, area.shape)
        return window.paste(image, edited, alpha)

    def _run(self, picture: np.ndarray, area: np.ndarray, prompt: str, seed: int, options: EditorOptions) -> np.ndarray:
        import torch

        height, width = picture.shape[:2]
        given = self._arguments(options)
        given.update(prompt=prompt, image=Image.fromarray(picture), generator=torch.Generator("cpu").manual_seed(seed))
        sizes = {"height": height, "width": width, "max_area": height * width}
        given.update({name: value for name, value in sizes.items() if name in self.call.takes})
        if self.call.mode == "inpaint":
            given["mask_image"] = Image.fromarray(area.astype(np.uint8) * 255)

        def edit() -> Any:
            self._prepare()
            return self.pipe(**given)

        result = with_retry(edit, self._save_memory, type(self.pipe).__name__)
        made = np.asarray(result.images[0].convert("RGB"))
        if made.shape[:2] != (height, width):
            made = cv2.resize(made, (width, height), interpolation=cv2.INTER_AREA)
        return made

    def _arguments(self, options: EditorOptions) -> dict[str, Any]:
        """The call's arguments but for image and prompt."""
        takes = self.call.takes
        given = dict(self.call.defaults)
        if options.steps is not None:
            given["num_inference_steps"] = options.steps
        if options.guidance is not None:
            # Where both stand, guidance_scale is an embedding of distilled models and true_cfg_scale the guidance.
            given["true_cfg_scale" if "true_cfg_scale" in takes else "guidance_scale"] = options.guidance
        if options.strength is not None and "strength" in takes:
            given["strength"] = options.strength
        if "negative_prompt" in takes and options.negative_prompt:
            given["negative_prompt"] = options.negative_prompt
        if "callback_on_step_end" in takes:
            given["callback_on_step_end"] = self._stepped
        return {name: value for name, value in given.items() if name in takes}

    def _stepped(self, pipe: Any, step: int, _: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        if self.on_step is not None:
            self.on_step(step + 1, int(getattr(pipe, "num_timesteps", 0)) or step + 1)
        return tensors

    def _words(self, task: Task, prompt: str) -> str:
        """The prompt as the text encoder can read it: for CLIP the defect's looks alone, for the mask says where."""
        if not self.call.short_prompts:
            return prompt
        looks = re.sub(r"\([^)]{0,400}\)", "", prompt[:MAX_CHARACTERS])
        looks = re.sub(r"^.{0,160}?\b[Aa]dd(?:ing)?\s+", "", looks, count=1)
        words = f"photo of {task.item} with {looks}".split()
        return " ".join(words[:_MOST_WORDS])


def _change(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """(h, w) float32, 0-1: where an instruction editor drew something, soft at the edge, without its drift elsewhere."""
    support = find_change(before, after).support.astype(np.uint8)
    room = 2 * max(2, round(_ROOM * min(support.shape))) + 1
    grown = cv2.dilate(support, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (room, room)))
    return np.clip(cv2.GaussianBlur(grown.astype(np.float32), (0, 0), room / 5), 0.0, 1.0)


def _whole(part: np.ndarray, rows: slice, columns: slice, size: tuple[int, int]) -> np.ndarray:
    whole = np.zeros(size, np.float32)
    target = (columns.stop - columns.start, rows.stop - rows.start)
    whole[rows, columns] = cv2.resize(part, target, interpolation=cv2.INTER_AREA)
    return whole
