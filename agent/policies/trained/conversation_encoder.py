"""A conversation as the small policy reads it: images as words, verdicts as levels, prompts as what they change.

Budget and threshold are the user's and may be anything. The policy was trained on three attempts and a threshold of 5, so
it is told of every task in these terms: whether an attempt is the first, a later or the last one, and how near a score comes
to what passes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...core.protocol import (
    Found,
    Held,
    Judged,
    MadeImage,
    Masked,
    Observation,
    Planned,
    Refusal,
    Refused,
    parse_turn,
    read_observation,
    read_task,
    read_threshold,
)
from ...core.trajectory import Attempt
from ...core.verdict import MAX_PART_SCORE, PASS_THRESHOLD, Fault, FaultKind
from ...defects.describing import resolve
from ...scene.scene import Scene, analyze_scene
from ...tools.prompt_generation.scene import surface_note
from ...tools.quality_evaluation.measures import MeasuredChange
from ..prompt_state import PromptState, missed_fields
from . import vocabulary as w
from .action_codec import compress, describe_plan, image_number
from .features import describe_change, describe_scene

# Attempts and threshold in whose terms the policy is told.
_ATTEMPTS, _PASS = 3, round(PASS_THRESHOLD)
_FAILED, _REVIEW = "failed", "review"
# Refusals that the policy has a word for, beside "error".
_REFUSALS = {Refusal.BUDGET_SPENT: " last", Refusal.NOT_VISIBLE: " faint"}

#: {"role": "user", "assistant" or "tool", "content": text}
Message = dict[str, str]


@dataclass
class ConversationEncoder:
    """Follows a conversation message by message. messages: what the policy reads. state: where the prompt stands. families:
    that its vocabulary has words for."""

    messages: list[Message] = field(default_factory=list)
    state: PromptState = field(default_factory=lambda: PromptState("", ""))
    scene: Scene | None = None
    families: Collection[str] = field(default_factory=w.known_families)
    _before: PromptState = field(default_factory=lambda: PromptState("", ""))
    _read: int = 0
    _threshold: float = PASS_THRESHOLD
    _called: str = ""

    def follow(
        self,
        messages: list[dict[str, Any]],
        images: list[np.ndarray],
        scene: Scene | None = None,
        attempts: Sequence[Attempt] = (),
    ) -> None:
        """Reads what is new since the last time. messages, images: as in Trajectory. scene: image 1's, and attempts: with
        their changes, where an episode has measured them already."""
        self.scene = self.scene or scene
        changes = {attempt.number: attempt.change for attempt in attempts}
        for message in messages[self._read :]:
            self._add(message, images, changes)
        self._read = len(messages)

    def _add(
        self, message: dict[str, Any], images: list[np.ndarray], changes: dict[int, MeasuredChange | None]
    ) -> None:
        role, parts = message["role"], message["content"]
        text = parts[-1]["text"]
        if role == "system":
            self._threshold = read_threshold(text)
        elif role == "assistant":
            self._add_turn(text)
        elif role == "tool":
            self._add_observation(read_observation(self._called, text))
        elif parts[0]["type"] == "image" and len(self.messages) == 0:
            self._add_task(text, images[parts[0]["image"] - 1])
        elif parts[0]["type"] == "image":
            assert self.scene is not None
            number = parts[0]["image"]
            change = changes.get(number) or MeasuredChange(images[0], images[number - 1], self.scene)
            self.messages[-1]["content"] += f" {describe_change(change.measures, self.state.edit.box)}"
        elif self.messages[-1]["role"] == "assistant":  # a user in the loop, who does not let it end
            self._take_back()
        if message.get("author") == "user" and role != "user" and self._called in ("prompt_gen", "image_gen"):
            self.state = replace(self.state, by_user=self.state.prompt)

    def _add_task(self, text: str, image: np.ndarray) -> None:
        task = read_task(text)
        if self.scene is None:
            self.scene = analyze_scene(image)
        self.state = PromptState(
            task.item,
            task.anomaly,
            note=surface_note(self.scene),
            bounds=self.scene.bounding_box,
            size=image.shape[:2],
            meaning=task.meaning,
        )
        self.messages.append(
            {
                "role": "user",
                "content": f" task family {w.word_of(resolve(task.meaning or task.anomaly).family, self.families)} "
                f"region {'yes' if task.has_region else 'no'} "
                f"{describe_scene(self.scene)} budget {_ATTEMPTS} threshold {_PASS}",
            }
        )

    def _add_turn(self, text: str) -> None:
        turn = parse_turn(text)
        self._before = self.state
        self.messages.append({"role": "assistant", "content": compress(text, self.state)})
        self._called = turn.call.name if turn.call is not None else ""
        if turn.call is not None and turn.call.name == "image_gen":
            self.state = replace(self.state, prompt=turn.call.arguments["prompt"])

    def _take_back(self) -> None:
        """The last turn was put aside for what the user wants, which follows as a turn."""
        self.messages.pop()
        self.state = self._before

    def _add_observation(self, observation: Observation) -> None:
        if isinstance(observation, Held):
            self._take_back()
        else:
            self.messages.append({"role": "tool", "content": f" {self._observed(observation)}"})

    def _observed(self, observation: Observation) -> str:
        match observation:
            case Refused(code):
                return f"error{_REFUSALS.get(code, '')}"
            case Planned(prompt):
                self.state = replace(self.state, prompt=prompt)
                return describe_plan(self.state.edit)
            case MadeImage(attempt, budget, image):
                told = _ATTEMPTS if attempt == budget else min(attempt, _ATTEMPTS - 1)
                self.state = replace(self.state, images={**self.state.images, told + 1: image})
                return f"attempt {told} of {_ATTEMPTS} image {told + 1}"
            case Judged(faults=faults):
                self.state = replace(self.state, missed=missed_fields(faults))
                return self._describe_verdict(observation)
            case Found(passages):
                self.state = replace(self.state, knowledge=passages[0].text if passages else "")
                return f"knowledge {min(len(passages), 3) or 'none'}"
            case Masked(box=None):
                return "mask empty"
        return "mask"

    def _describe_verdict(self, verdict: Judged) -> str:
        outcome = "passed" if verdict.passed else _FAILED
        scale = _PASS / self._threshold if self._threshold > 0 else 1.0
        location, quality = (
            w.clamp(round(scale * part), 0, round(MAX_PART_SCORE)) for part in (verdict.location, verdict.quality)
        )
        # A judge that finds no fault, but not enough merit either, misses the likeness.
        faults = verdict.faults or (() if verdict.passed else (Fault(FaultKind.UNLIKE),))
        return (
            f"image {image_number(self.state, verdict.image)} location {location} quality {quality} {outcome} "
            f"{_REVIEW} {' '.join(w.fault_words(faults)) or 'fine'}"
        )


def tells_of_failure(text: str) -> bool:
    """Whether an observation that the encoder wrote is the verdict on an image that did not pass."""
    verdict, review, _ = text.partition(f" {_REVIEW} ")
    return bool(review) and verdict.split()[-1:] == [_FAILED]
