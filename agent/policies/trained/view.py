"""A conversation as the small policy reads it: images as words, verdicts as levels, prompts as what they change."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...defects.families import resolve
from ...imaging.scene import Scene, analyze_scene, product_frame
from ...protocol import parse_turn, read_task
from ...tools.knowledge_retrieval import read_passages
from ...tools.prompt_generation.scene import surface_note
from . import words as w
from .shorthand import Prompted, compress, describe_plan
from .sight import describe_change, describe_scene

_ATTEMPT = re.compile(r"Attempt (\d+) of (\d+): made image (\d+)")
_BUDGET = re.compile(r"You have (\d+) attempts")
_THRESHOLD = re.compile(r"is above (\d+(?:\.\d+)?)")

#: {"role": "user", "assistant" or "tool", "content": text}
Message = dict[str, str]


@dataclass
class View:
    """Follows a conversation message by message. messages: what the policy reads. stands: where the prompt stands."""

    messages: list[Message] = field(default_factory=list)
    stands: Prompted = field(default_factory=lambda: Prompted("", ""))
    scene: Scene | None = None
    _read: int = 0
    _system: str = ""
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
            self._system = text
        elif role == "assistant":
            self._add_turn(text)
        elif role == "tool":
            self.messages.append({"role": "tool", "content": f" {self._observed(text)}"})
        elif parts[0]["type"] == "image" and len(self.messages) == 0:
            self._add_task(text, images[parts[0]["image"] - 1])
        elif parts[0]["type"] == "image":
            asked = self.stands.edit.box
            assert self.scene is not None
            seen = describe_change(images[0], images[parts[0]["image"] - 1], self.scene, asked)
            self.messages[-1]["content"] += f" {seen}"
        else:  # a user in the loop
            self.messages.append({"role": "tool", "content": " edit"})

    def _add_task(self, text: str, image: np.ndarray) -> None:
        item, anomaly = read_task(text)
        if self.scene is None:
            self.scene = analyze_scene(image)
        region = '"region": true' in text
        budget, threshold = _BUDGET.search(self._system), _THRESHOLD.search(self._system)
        self.stands = Prompted(
            item, anomaly, note=surface_note(self.scene), frame=product_frame(self.scene), size=image.shape[:2]
        )
        attempts = w.clamp(int(budget[1]) if budget else 1, 0, w.MOST)
        least = w.clamp(round(float(threshold[1])) if threshold else 5, 0, 10)
        self.messages.append(
            {
                "role": "user",
                "content": f" task family {resolve(anomaly).family} region {'yes' if region else 'no'} "
                f"{describe_scene(self.scene)} budget {attempts} threshold {least}",
            }
        )

    def _add_turn(self, text: str) -> None:
        turn = parse_turn(text)
        self.messages.append({"role": "assistant", "content": compress(text, self.stands)})
        self._called = turn.call.name if turn.call is not None else ""
        if turn.call is not None and turn.call.name == "image_gen":
            self.stands = replace(self.stands, prompt=turn.call.arguments["prompt"])

    def _observed(self, text: str) -> str:
        if text.startswith("Error: "):
            return "error last" if "budget" in text else "error faint" if "more severity" in text else "error"
        if text.startswith("Held: "):
            return "held"
        if self._called == "prompt_gen":
            self.stands = replace(self.stands, prompt=text)
            return describe_plan(self.stands.edit)
        if self._called == "image_gen":
            match = _ATTEMPT.match(text)
            number, most, image = (w.clamp(int(group), 0, w.MOST) for group in match.groups()) if match else (0, 0, 0)
            return f"attempt {number} of {most} image {image}"
        if self._called == "quality_eval":
            return _describe_verdict(json.loads(text))
        if self._called == "knowledge_retrieval":
            passages = read_passages(text)
            self.stands = replace(self.stands, knowledge=passages[0].text if passages else "")
            return f"knowledge {min(len(passages), 3) or 'none'}"
        return "mask empty" if "is empty" in text else "mask"


def _describe_verdict(verdict: dict[str, Any]) -> str:
    faults = w.faults_in(str(verdict["review"]))
    outcome = "passed" if verdict["passed"] else "failed"
    image, location, quality = (round(float(verdict[name])) for name in ("image", "location", "quality"))
    return (
        f"image {w.clamp(image, 0, w.MOST)} location {w.clamp(location, 0, 5)} quality {w.clamp(quality, 0, 5)} "
        f"{outcome} review {' '.join(faults) or 'fine'}"
    )
