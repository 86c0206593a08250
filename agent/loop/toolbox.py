"""Runs tool calls for one task: checks them against the task, calls the backends, and observes what came of it."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.errors import InputError, NotVisibleError
from ..core.names import composed
from ..core.protocol import (
    Found,
    MadeImage,
    Masked,
    Observation,
    Planned,
    Refusal,
    Refused,
    ToolCall,
    judged,
    write_observation,
)
from ..core.task import Task
from ..core.trajectory import Attempt, Trajectory
from ..core.verdict import PASS_THRESHOLD
from ..imaging.masks import bounding_box
from ..imaging.region import draw_region
from ..scene.scene import Scene
from ..tools.interfaces import ImageGenerator, KnowledgeSource, MaskGenerator, PromptGenerator, QualityJudge
from ..tools.quality_evaluation.measures import MeasuredChange


@dataclass(frozen=True)
class Backends:
    """One backend a tool."""

    prompt_generator: PromptGenerator
    image_generator: ImageGenerator
    judge: QualityJudge
    knowledge: KnowledgeSource
    mask_generator: MaskGenerator


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a tool call gave. observation: as data. image: a new one, (H, W, 3) uint8, if any."""

    observation: Observation
    image: np.ndarray | None = None

    @property
    def text(self) -> str:
        """For the policy."""
        return write_observation(self.observation)

    @property
    def refused(self) -> bool:
        """Whether the call was turned down."""
        return isinstance(self.observation, Refused)


class _RefusedError(Exception):
    """A call that the task does not allow; its message goes back to the policy."""

    def __init__(self, code: Refusal, message: str) -> None:
        super().__init__(message)
        self.code = code


# What a backend refuses, the special before the general.
_CODES: tuple[tuple[type[InputError], Refusal], ...] = (
    (NotVisibleError, Refusal.NOT_VISIBLE),
    (InputError, Refusal.UNUSABLE),
)


class Toolbox:
    """The five tools over one task. The task is the authority: item, anomaly type and image numbers are checked.

    scene: of the task's image.
    """

    def __init__(
        self,
        task: Task,
        backends: Backends,
        trajectory: Trajectory,
        scene: Scene,
        max_attempts: int = 3,
        threshold: float = PASS_THRESHOLD,
    ) -> None:
        self.task = task
        self.backends = backends
        self.trajectory = trajectory
        self.scene = scene
        self.max_attempts = max_attempts
        self.threshold = threshold
        self.masks: dict[int, np.ndarray] = {}
        self._prompted = False

    def call(self, call: ToolCall) -> Outcome:
        """Runs one call. Refusals come back as observations; a backend's own failure raises."""
        started = time.perf_counter()
        tools: dict[str, Callable[..., Outcome]] = {
            "prompt_gen": self._prompt_gen,
            "image_gen": self._image_gen,
            "quality_eval": self._quality_eval,
            "knowledge_retrieval": self._knowledge_retrieval,
            "mask_gen": self._mask_gen,
        }
        try:
            return tools[call.name](**call.arguments)
        except _RefusedError as refusal:
            return Outcome(Refused(refusal.code, str(refusal)))
        finally:
            self.trajectory.seconds_in_tools += time.perf_counter() - started

    def mask(self, attempt: Attempt) -> np.ndarray:
        """(H, W) bool mask of an attempt: the generator's exact one where it is known, else made from the images."""
        if attempt.number not in self.masks:
            mask = attempt.exact_mask
            if mask is None:
                mask = self.backends.mask_generator.segment(self.task.image, attempt.image)
            self.masks[attempt.number] = mask
        return self.masks[attempt.number]

    def _prompt_gen(self, image: int, item: str, anomaly_type: str) -> Outcome:
        self._check_normal(image)
        self._check_names(item, anomaly_type)
        if self._prompted:
            message = "prompt_gen is called once, first; rewrite the prompt yourself and call image_gen"
            raise _RefusedError(Refusal.ALREADY_PLANNED, message)
        self._prompted = True
        prompt = self.task.prompt or self.backends.prompt_generator.plan(self.task, self.scene)
        return Outcome(Planned(prompt))

    def _image_gen(self, image: int, prompt: str, region: list[Any] | None = None) -> Outcome:
        self._check_normal(image)
        number = len(self.trajectory.attempts) + 1
        if number > self.max_attempts:
            message = f"the budget of {self.max_attempts} attempts is spent; finish with an <answer>"
            raise _RefusedError(Refusal.BUDGET_SPENT, message)
        task = self.task if region is None else self._within(region)
        # Prompt and picture are in the seed too: neither a rewritten prompt nor another picture is drawn with the same dice.
        seed = (self.task.seed * 1_000_003 + number * 7919 + zlib.crc32(prompt.encode()) + self.task.image_key) % 2**32
        try:
            made = self.backends.image_generator.edit(task, self.scene, prompt, seed)
        except InputError as error:
            code = next(code for kind, code in _CODES if isinstance(error, kind))
            raise _RefusedError(code, str(error)) from error
        change = MeasuredChange(self.task.image, made.image, self.scene)
        attempt = Attempt(prompt, made.image, len(self.trajectory.images) + 1, made.mask, change=change)
        self.trajectory.attempts.append(attempt)
        return Outcome(MadeImage(number, self.max_attempts, attempt.number), made.image)

    def _within(self, corners: list[Any]) -> Task:
        """The task, with the edit kept to what the call asks for, inside the region that the user drew."""
        region = draw_region(corners, *self.task.image.shape[:2])
        if self.task.region is not None:
            region &= self.task.region
        if not region.any():
            message = "region lies outside the one that the user drew; choose it inside, or leave it out"
            raise _RefusedError(Refusal.OUTSIDE_REGION, message)
        return replace(self.task, region=region)

    def _quality_eval(self, original: int, edited: int, item: str, anomaly_type: str) -> Outcome:
        self._check_normal(original)
        self._check_names(item, anomaly_type)
        attempt = self._attempt(edited)
        judge = self.backends.judge
        attempt.verdict = judge.judge(self.task, self.scene, attempt.image, self.threshold, attempt.change)
        return Outcome(judged(edited, attempt.verdict))

    def _knowledge_retrieval(self, item: str, anomaly_type: str) -> Outcome:
        self._check_names(item, anomaly_type)
        passages = self.backends.knowledge.search(item, anomaly_type)
        return Outcome(Found(tuple(passages), item, anomaly_type))

    def _mask_gen(self, original: int, edited: int) -> Outcome:
        self._check_normal(original)
        mask = self.mask(self._attempt(edited))
        box = None
        if mask.any():
            rows, columns = bounding_box(mask)
            box = (columns.start, rows.start, columns.stop, rows.stop)
        return Outcome(Masked(edited, np.count_nonzero(mask) / mask.size, box))

    def _check_normal(self, number: int) -> None:
        if number != 1:
            raise _RefusedError(Refusal.WRONG_IMAGE, f"the normal image is image 1, not {number}")

    def _check_names(self, item: str, anomaly: str) -> None:
        for what, given, expected in (("item", item, self.task.item), ("anomaly_type", anomaly, self.task.anomaly)):
            if composed(given.strip()).casefold() != composed(expected.strip()).casefold():
                message = f"{what} is {expected!r} in this task, not {given[:60]!r}"
                raise _RefusedError(Refusal.WRONG_NAME, message)

    def _attempt(self, number: int) -> Attempt:
        for attempt in self.trajectory.attempts:
            if attempt.number == number:
                return attempt
        made = ", ".join(str(attempt.number) for attempt in self.trajectory.attempts) or "none yet"
        raise _RefusedError(Refusal.WRONG_IMAGE, f"image {number} is no edited image; edited images: {made}")
