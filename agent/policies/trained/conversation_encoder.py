"""A conversation as the small policy reads it: images as words, verdicts as levels, prompts as what they change.

Budget and threshold are the user's and may be anything. The policy was trained on three attempts and a threshold of 5, so
it is told of every task in these terms: whether an attempt is the first, a later or the last one, and how near a score comes
to what passes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...core.protocol import parse_turn, read_task
from ...core.verdict import MAX_PART_SCORE, PASS_THRESHOLD
from ...defects.naming import resolve
from ...scene.scene import Scene, analyze_scene
from ...tools.knowledge_retrieval import read_passages
from ...tools.prompt_generation.scene import surface_note
from . import vocabulary as w
from .action_codec import Prompted, compress, describe_plan
from .features import describe_change, describe_scene

_ATTEMPT = re.compile(r"Attempt (\d+) of (\d+): made image (\d+)")
# Attempts and threshold in whose terms the policy is told.
_ATTEMPTS, _PASS = 3, round(PASS_THRESHOLD)
_THRESHOLD = re.compile(r"is above (\d+(?:\.\d+)?)")

#: {"role": "user", "assistant" or "tool", "content": text}
Message = dict[str, str]


@dataclass
class View:
    """Follows a conversation message by message. messages: what the policy reads. stands: where the prompt stands. families:
    that its vocabulary has words for."""

    messages: list[Message] = field(default_factory=list)
    stands: Prompted = field(default_factory=lambda: Prompted("", ""))
    scene: Scene | None = None
    families: Collection[str] = field(default_factory=w.known_families)
    _before: Prompted = field(default_factory=lambda: Prompted("", ""))
    _read: int = 0
    _threshold: float = PASS_THRESHOLD
    _called: str = ""

    def follow(self, messages: list[dict[str, Any]], images: list[np.ndarray], scene: Scene | None = None) -> None:
        """Reads what is new since the last time. messages, images: as in Trajectory. scene: image 1's, if it is known."""
        self.scene = self.scene or scene
        for message in messages[self._read :]:
            self._add(message, images)
        self._read = len(messages)

    def _add(self, message: dict[str, Any], images: list[np.ndarray]) -> None:
        role, parts = message["role"], message["content"]
        text = parts[-1]["text"]
        if role == "system":
            found = _THRESHOLD.search(text)
            self._threshold = float(found[1]) if found else PASS_THRESHOLD
        elif role == "assistant":
            self._add_turn(text)
        elif role == "tool" and text.startswith("Held: "):
            self._take_back()
        elif role == "tool":
            self.messages.append({"role": "tool", "content": f" {self._observed(text)}"})
        elif parts[0]["type"] == "image" and len(self.messages) == 0:
            self._add_task(text, images[parts[0]["image"] - 1])
        elif parts[0]["type"] == "image":
            asked = self.stands.edit.box
            assert self.scene is not None
            seen = describe_change(images[0], images[parts[0]["image"] - 1], self.scene, asked)
            self.messages[-1]["content"] += f" {seen}"
        elif self.messages[-1]["role"] == "assistant":  # a user in the loop, who does not let it end
            self._take_back()

    def _add_task(self, text: str, image: np.ndarray) -> None:
        item, anomaly = read_task(text)
        if self.scene is None:
            self.scene = analyze_scene(image)
        region = '"region": true' in text
        self.stands = Prompted(
            item, anomaly, note=surface_note(self.scene), frame=self.scene.frame, size=image.shape[:2]
        )
        self.messages.append(
            {
                "role": "user",
                "content": f" task family {w.word_of(resolve(anomaly).family, self.families)} region {'yes' if region else 'no'} "
                f"{describe_scene(self.scene)} budget {_ATTEMPTS} threshold {_PASS}",
            }
        )

    def _add_turn(self, text: str) -> None:
        turn = parse_turn(text)
        self._before = self.stands
        self.messages.append({"role": "assistant", "content": compress(text, self.stands)})
        self._called = turn.call.name if turn.call is not None else ""
        if turn.call is not None and turn.call.name == "image_gen":
            self.stands = replace(self.stands, prompt=turn.call.arguments["prompt"])

    def _take_back(self) -> None:
        """The last turn was put aside for what the user wants, which follows as a turn."""
        self.messages.pop()
        self.stands = self._before

    def _observed(self, text: str) -> str:
        if text.startswith("Error: "):
            return "error last" if "budget" in text else "error faint" if "more severity" in text else "error"
        if self._called == "prompt_gen":
            self.stands = replace(self.stands, prompt=text)
            return describe_plan(self.stands.edit)
        if self._called == "image_gen":
            match = _ATTEMPT.match(text)
            number, most, image = (int(group) for group in match.groups()) if match else (1, 1, 1)
            told = _ATTEMPTS if number == most else min(number, _ATTEMPTS - 1)
            self.stands = replace(self.stands, images={**self.stands.images, told + 1: image})
            return f"attempt {told} of {_ATTEMPTS} image {told + 1}"
        if self._called == "quality_eval":
            return self._describe_verdict(json.loads(text))
        if self._called == "knowledge_retrieval":
            passages = read_passages(text)
            self.stands = replace(self.stands, knowledge=passages[0].text if passages else "")
            return f"knowledge {min(len(passages), 3) or 'none'}"
        return "mask empty" if "is empty" in text else "mask"

    def _describe_verdict(self, verdict: dict[str, Any]) -> str:
        outcome = "passed" if verdict["passed"] else "failed"
        scale = _PASS / self._threshold if self._threshold > 0 else 1.0
        location, quality = (
            w.clamp(round(scale * float(verdict[name])), 0, round(MAX_PART_SCORE)) for name in ("location", "quality")
        )
        # A judge that finds no fault, but not enough merit either, misses the likeness.
        faults = w.faults_in(str(verdict["review"])) or ([] if verdict["passed"] else ["unlike"])
        return (
            f"image {self.stands.told(verdict['image'])} location {location} quality {quality} {outcome} "
            f"review {' '.join(faults) or 'fine'}"
        )
