"""Runs tool calls for one task: checks them against the task, calls the backends, and puts results into words."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..core.errors import InputError
from ..core.protocol import ToolCall
from ..core.task import Task
from ..core.trajectory import Attempt, Trajectory
from ..core.verdict import PASS_THRESHOLD
from ..imaging.masks import bounding_box
from ..imaging.region import draw_region
from ..scene.scene import Scene, analyze_scene
from ..tools.interfaces import ImageGenerator, KnowledgeSource, MaskGenerator, PromptGenerator, QualityJudge
from ..tools.knowledge_retrieval import describe


@dataclass(frozen=True)
class Backends:
    """One backend a tool."""

    prompt_generator: PromptGenerator
    image_generator: ImageGenerator
    judge: QualityJudge
    knowledge: KnowledgeSource
    mask_generator: MaskGenerator


@dataclass(frozen=True, eq=False)
class Observation:
    """What a tool call gave. text: for the policy. error: the call was refused. image: a new one, if any."""

    text: str
    error: bool = False
    image: np.ndarray | None = None


class _RefusedError(Exception):
    """A call that the task does not allow; its message goes back to the policy."""


class Toolbox:
    """The five tools over one task. The task is the authority: item, anomaly type and image numbers are checked."""

    def __init__(
        self,
        task: Task,
        backends: Backends,
        trajectory: Trajectory,
        max_attempts: int = 3,
        threshold: float = PASS_THRESHOLD,
    ) -> None:
        self.task = task
        self.backends = backends
        self.trajectory = trajectory
        self.max_attempts = max_attempts
        self.threshold = threshold
        self.masks: dict[int, np.ndarray] = {}
        self._prompted = False

    @cached_property
    def scene(self) -> Scene:
        """The normal image's scene, analysed once, when first needed."""
        return analyze_scene(self.task.image)

    def call(self, call: ToolCall) -> Observation:
        """Runs one call. Refusals come back as observations with `error`; a backend's own failure raises."""
        started = time.perf_counter()
        tools: dict[str, Callable[..., Observation]] = {
            "prompt_gen": self._prompt_gen,
            "image_gen": self._image_gen,
            "quality_eval": self._quality_eval,
            "knowledge_retrieval": self._knowledge_retrieval,
            "mask_gen": self._mask_gen,
        }
        try:
            return tools[call.name](**call.arguments)
        except _RefusedError as refusal:
            return Observation(f"Error: {refusal}", error=True)
        finally:
            self.trajectory.seconds_in_tools += time.perf_counter() - started

    def mask(self, attempt: Attempt) -> np.ndarray:
        """(H, W) bool mask of an attempt: the generator's exact one where it is known, else made from the images."""
        if attempt.number not in self.masks:
            mask = attempt.exact_mask
            if mask is None:
                mask = self.backends.mask_generator.generate(self.task.image, attempt.image)
            self.masks[attempt.number] = mask
        return self.masks[attempt.number]

    def _prompt_gen(self, image: int, item: str, anomaly_type: str) -> Observation:
        self._check_normal(image)
        self._check_names(item, anomaly_type)
        if self._prompted:
            raise _RefusedError("prompt_gen is called once, first; rewrite the prompt yourself and call image_gen")
        self._prompted = True
        return Observation(self.backends.prompt_generator.generate(self.task, self.scene))

    def _image_gen(self, image: int, prompt: str, region: list[Any] | None = None) -> Observation:
        self._check_normal(image)
        number = len(self.trajectory.attempts) + 1
        if number > self.max_attempts:
            raise _RefusedError(f"the budget of {self.max_attempts} attempts is spent; finish with an <answer>")
        task = self.task if region is None else self._within(region)
        # The prompt is in the seed too, so that a rewritten prompt is not drawn with the last one's dice.
        seed = (self.task.seed * 1_000_003 + number * 7919 + zlib.crc32(prompt.encode())) % 2**32
        try:
            made = self.backends.image_generator.generate(task, self.scene, prompt, seed)
        except InputError as error:
            raise _RefusedError(str(error)) from error
        attempt = Attempt(prompt, made.image, len(self.trajectory.images) + 1, made.mask)
        self.trajectory.attempts.append(attempt)
        return Observation(f"Attempt {number} of {self.max_attempts}: made image {attempt.number}.", image=made.image)

    def _within(self, corners: list[Any]) -> Task:
        """The task, with the edit kept to what the call asks for, inside the region that the user drew."""
        region = draw_region(corners, *self.task.image.shape[:2])
        if self.task.region is not None:
            region &= self.task.region
        if not region.any():
            raise _RefusedError("region lies outside the one that the user drew; choose it inside, or leave it out")
        return replace(self.task, region=region)

    def _quality_eval(self, original: int, edited: int, item: str, anomaly_type: str) -> Observation:
        self._check_normal(original)
        self._check_names(item, anomaly_type)
        attempt = self._attempt(edited)
        verdict = self.backends.judge.judge(self.task, self.scene, attempt.image, self.threshold)
        attempt.verdict = verdict
        facts = {
            "image": edited,
            "location": verdict.location,
            "quality": verdict.quality,
            "score": verdict.score,
            "passed": verdict.passed,
            "review": verdict.review,
        }
        return Observation(json.dumps(facts))

    def _knowledge_retrieval(self, item: str, anomaly_type: str) -> Observation:
        self._check_names(item, anomaly_type)
        passages = self.backends.knowledge.search(item, anomaly_type)
        return Observation(describe(passages, item, anomaly_type))

    def _mask_gen(self, original: int, edited: int) -> Observation:
        self._check_normal(original)
        attempt = self._attempt(edited)
        mask = self.mask(attempt)
        share = 100 * np.count_nonzero(mask) / mask.size
        if not mask.any():
            return Observation(f"The mask of image {edited} is empty: nothing in it differs from image 1.")
        rows, columns = bounding_box(mask)
        box = [columns.start, rows.start, columns.stop, rows.stop]
        return Observation(f"Mask of image {edited}: {share:.2f}% of the picture, within {box} px.")

    def _check_normal(self, number: int) -> None:
        if number != 1:
            raise _RefusedError(f"the normal image is image 1, not {number}")

    def _check_names(self, item: str, anomaly: str) -> None:
        for what, given, expected in (("item", item, self.task.item), ("anomaly_type", anomaly, self.task.anomaly)):
            if given.strip().lower() != expected.strip().lower():
                raise _RefusedError(f"{what} is {expected!r} in this task, not {given[:60]!r}")

    def _attempt(self, number: int) -> Attempt:
        for attempt in self.trajectory.attempts:
            if attempt.number == number:
                return attempt
        made = ", ".join(str(attempt.number) for attempt in self.trajectory.attempts) or "none yet"
        raise _RefusedError(f"image {number} is no edited image; edited images: {made}")
