"""The training environment: the five tools over the same episode and toolbox that inference runs.

One instance serves one rollout after another (TRL's `environment_factory`). Its public methods are the tools; what they
return is what the policy reads: words and levels for the small policy, text and images for a vision-language model.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from PIL import Image

from ...agent.assembly.embedded import embedded_backends
from ...agent.core.protocol import TOOLS, ToolCall, format_call, system_prompt
from ...agent.core.trajectory import Trajectory
from ...agent.core.verdict import PASS_THRESHOLD
from ...agent.loop.episode import Episode
from ...agent.loop.toolbox import Backends
from ...agent.models.language import GenerationOptions
from ...agent.models.language.chat import fit
from ...agent.policies.trained.action_codec import expand, expand_arguments
from ...agent.policies.trained.conversation_encoder import ConversationEncoder
from ...agent.policies.trained.vocabulary import known_families
from .rollout import Rollout, read_rollout
from .tasks import TaskSource
from .unfaithful_editor import UnfaithfulEditor

Modality = Literal["words", "images"]
Content = str | list[dict[str, Any]]

_TYPES = {"integer": "int", "string": "str", "array": "list"}


def _documented(method: Callable) -> Callable:
    """Writes the tool's one description into the docstring from which TRL reads its schema."""
    tool = next(tool["function"] for tool in TOOLS if tool["function"]["name"] == method.__name__)
    lines = [f"    {name}: {value['description']}" for name, value in tool["parameters"]["properties"].items()]
    method.__doc__ = "\n".join([tool["description"], "", "Args:", *lines])
    return method


class _NoPolicy:
    """The trainer decides."""

    name = "trainer"

    def next_turn(self, conversation: Trajectory) -> str:
        raise RuntimeError("turns come from the trainer")


class AnomalyEnvironment:
    """See the module. source: where tasks come from. backends: the tools; its image generator draws where `unfaithful` is
    False, else the embedded one with the task's bias. families: that the small policy's vocabulary has words for; None for all.
    """

    def __init__(
        self,
        source: TaskSource,
        modality: Modality = "words",
        backends: Backends | None = None,
        max_attempts: int = 3,
        threshold: float = PASS_THRESHOLD,
        unfaithful: bool = True,
        families: Collection[str] | None = None,
    ) -> None:
        self._source = source
        self._modality = modality
        self._backends = backends or embedded_backends()
        self._max_attempts = max_attempts
        self._threshold = threshold
        self._unfaithful = unfaithful
        self._episode: Episode | None = None
        self._families = known_families() if families is None else families
        self._encoder = ConversationEncoder(families=self._families)
        self._failure: Exception | None = None

    def reset(self, index: int = 0, **_: Any) -> Content:
        """Begins the task of this number; returns what the policy is shown of it, which joins `opening`'s last message."""
        assignment = self._source.draw(int(index))
        backends = self._backends
        if self._unfaithful:
            backends = replace(backends, image_generator=UnfaithfulEditor(assignment.bias))
        limits = (self._max_attempts, self._threshold)
        self._episode = Episode(_NoPolicy(), backends, assignment.task, *limits, scene=assignment.scene)
        self._encoder = ConversationEncoder(families=self._families)
        self._failure = None
        if self._modality == "words":
            self._follow()
            return self._encoder.messages[0]["content"]
        task = self._trajectory.messages[-1]
        return [
            {"type": "image", "image": picture(assignment.task.image)},
            {"type": "text", "text": task["content"][-1]["text"]},
        ]

    @_documented
    def prompt_gen(self, image: int, item: str, anomaly_type: str) -> Content:
        return self._call("prompt_gen", image=image, item=item, anomaly_type=anomaly_type)

    @_documented
    def image_gen(self, image: int, prompt: str, region: list | None = None) -> Content:
        place = {} if region is None else {"region": region}
        return self._call("image_gen", image=image, prompt=prompt, **place)

    @_documented
    def quality_eval(self, original: int, edited: int, item: str, anomaly_type: str) -> Content:
        return self._call("quality_eval", original=original, edited=edited, item=item, anomaly_type=anomaly_type)

    @_documented
    def knowledge_retrieval(self, item: str, anomaly_type: str) -> Content:
        return self._call("knowledge_retrieval", item=item, anomaly_type=anomaly_type)

    @_documented
    def mask_gen(self, original: int, edited: int) -> Content:
        return self._call("mask_gen", original=original, edited=edited)

    @property
    def _trajectory(self) -> Trajectory:
        assert self._episode is not None, "reset first"
        return self._episode.trajectory

    def _follow(self) -> None:
        seen = self._trajectory
        self._encoder.follow(seen.messages, seen.images, seen.scene, seen.attempts)

    def _rollout(self, last: str) -> Rollout:
        """What happened. last: the text that ended the rollout. Raises what a tool's model or server has raised."""
        if self._failure is not None:
            raise self._failure
        text = expand(last, self._encoder.state) if self._modality == "words" else last
        return read_rollout(self._trajectory, self._max_attempts, self._threshold, text)

    def _call(self, name: str, **arguments: Any) -> Content:
        assert self._episode is not None, "reset first"
        if self._modality == "words":
            arguments = dict(expand_arguments(ToolCall(name, arguments), self._encoder.state))
        try:
            event = self._episode.act(self._episode.take(format_call("", name, **arguments)))
        except Exception as error:
            # The trainer would hand it to the policy as a tool's word and train on.
            self._failure = error
            raise
        if self._modality == "words":
            self._follow()
            return self._encoder.messages[-1]["content"]
        if name != "image_gen" or event.attempt is None:
            return event.observation
        shown = self._trajectory.messages[-1]["content"][-1]["text"]
        return [
            {"type": "text", "text": event.observation},
            {"type": "image", "image": picture(event.attempt.image)},
            {"type": "text", "text": shown},
        ]


def opening(modality: Modality, max_attempts: int, threshold: float) -> list[dict[str, str]]:
    """The messages before a task is shown: a system message where the policy reads the conversation in full."""
    task = {"role": "user", "content": ""}
    return (
        [{"role": "system", "content": system_prompt(max_attempts, threshold)}, task]
        if modality == "images"
        else [task]
    )


def picture(image: np.ndarray) -> Image.Image:
    """The image, (H, W, 3) uint8, as inference shows it to a language model."""
    return fit(image, GenerationOptions.image_side)
