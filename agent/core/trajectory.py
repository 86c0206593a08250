"""The record of an episode: every turn in chat format, images by number, attempts with their verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .protocol import image_text
from .verdict import Verdict


@dataclass(eq=False)
class Attempt:
    """One prompt and the image that came of it.

    image: (H, W, 3) uint8. number: the image's number in the conversation. exact_mask: (H, W) bool where the generator
    knows it. verdict: None until judged. change: against the normal image, a MeasuredChange, measured once for all who ask;
    None in a record that was read from a file.
    """

    prompt: str
    image: np.ndarray
    number: int
    exact_mask: np.ndarray | None = None
    verdict: Verdict | None = None
    change: Any = None


@dataclass(eq=False)
class Trajectory:
    """Messages of an episode in the chat format that SFT reads, and the images that they number from 1.

    A message is {"role", "content": [parts]}; a part is {"type": "text", "text"} or {"type": "image", "image": number}.
    Messages that a user in the loop wrote have "author": "user" as well. edits: what that user changed, in order.
    rejected: numbers of images that the user turned down. usable_turns: turns of the policy whose call or answer could be read,
    carried out or not. scene: the normal image's Scene, analysed once for all who ask. A record that was read from a file has
    0 and None. kept: what a policy keeps of this conversation from turn to turn, by policy; empty once it is over, and in no
    record.
    """

    messages: list[dict[str, Any]] = field(default_factory=list)
    images: list[np.ndarray] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    edits: list[dict[str, Any]] = field(default_factory=list)
    rejected: set[int] = field(default_factory=set)
    usable_turns: int = 0
    seconds_in_tools: float = 0.0
    seconds: float = 0.0
    scene: Any = None
    kept: dict[Any, Any] = field(default_factory=dict, repr=False)

    def add_text(self, role: str, text: str, author: str = "") -> None:
        """Appends a message of one text. author: "user" where a user in the loop wrote it."""
        message: dict[str, Any] = {"role": role, "content": [{"type": "text", "text": text}]}
        self.messages.append({**message, "author": author} if author else message)

    def add_image(self, image: np.ndarray, text: str = "") -> int:
        """Appends an image in a user turn, which chat templates keep; returns its number. text: "" for an edited image's."""
        self.images.append(image)
        number = len(self.images)
        content = [{"type": "image", "image": number}, {"type": "text", "text": text or image_text(number)}]
        self.messages.append({"role": "user", "content": content})
        return number

    @property
    def had_usable_turn(self) -> bool:
        """Whether any turn of the policy held a call or an answer that could be read."""
        return self.usable_turns > 0

    @property
    def best(self) -> Attempt | None:
        """The judged attempt with the highest score, the first among equals; None before any verdict.

        One that the user turned down counts only where there is no other.
        """
        judged = [attempt for attempt in self.attempts if attempt.verdict is not None]
        judged = [attempt for attempt in judged if attempt.number not in self.rejected] or judged
        return max(judged, key=lambda attempt: attempt.verdict.score, default=None)  # type: ignore[union-attr]

    def to_record(self, image_paths: Sequence[str], **facts: Any) -> dict[str, Any]:
        """One line of trajectories.jsonl. image_paths: where image 1, 2, ... lie; facts: item, stop reason and such.

        Times are left out: the same seed gives the same bytes.
        """
        if len(image_paths) != len(self.images):
            raise ValueError(f"{len(self.images)} images in the conversation but {len(image_paths)} paths")
        attempts = [
            {
                "image": attempt.number,
                "prompt": attempt.prompt,
                "location": attempt.verdict.location if attempt.verdict else None,
                "quality": attempt.verdict.quality if attempt.verdict else None,
                "score": attempt.verdict.score if attempt.verdict else None,
                "passed": attempt.verdict.passed if attempt.verdict else False,
                "faults": [fault.to_json() for fault in attempt.verdict.faults] if attempt.verdict else [],
                "facts": [fact.to_json() for fact in attempt.verdict.facts] if attempt.verdict else [],
                "review": attempt.verdict.review if attempt.verdict else "",
                "rejected_by_user": attempt.number in self.rejected,
            }
            for attempt in self.attempts
        ]
        return {
            **facts,
            "attempts": attempts,
            "edits": self.edits,
            "messages": self.messages,
            "images": list(image_paths),
        }
