"""Writes an episode down as it goes, through the episode and toolbox that inference runs: what happens is known before."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ....agent.core.protocol import Found, format_answer, format_call, read_observation
from ....agent.core.task import Task
from ....agent.core.trajectory import Trajectory
from ....agent.core.verdict import Verdict
from ....agent.loop.episode import Episode, Event
from ....agent.loop.toolbox import Backends
from ....agent.policies.prompt_state import PromptState, missed_fields
from ....agent.policies.trained import vocabulary as w
from ....agent.scene.scene import Scene
from ....agent.tools.interfaces import GeneratedImage
from ....agent.tools.prompt_generation.scene import surface_note
from ....agent.tools.quality_evaluation.measures import MeasuredChange


@dataclass(frozen=True, eq=False)
class Tried:
    """An image, (H, W, 3) uint8, its mask, (H, W) bool where it is known, and the critic's verdict on it."""

    image: np.ndarray
    mask: np.ndarray | None
    verdict: Verdict


class _Planner:
    """Gives the plan that is set."""

    prompt = ""

    def plan(self, task: Task, scene: Scene) -> str:
        """See PromptGenerator."""
        return self.prompt


class _Stage:
    """Shows the attempt that is set, and what the critic has said of it already."""

    tried: Tried

    def edit(self, task: Task, scene: Scene, prompt: str, seed: int) -> GeneratedImage:
        """See ImageGenerator."""
        return GeneratedImage(self.tried.image, self.tried.mask)

    def judge(
        self, task: Task, scene: Scene, image: np.ndarray, threshold: float, change: MeasuredChange | None = None
    ) -> Verdict:
        """See QualityJudge."""
        return self.tried.verdict


class _NoPolicy:
    name = "hindsight"

    def next_turn(self, conversation: Trajectory) -> str:
        """See Policy."""
        raise RuntimeError("turns come from hindsight")


class EpisodeWriter:
    """One episode in writing. state: where the prompt state, as the small policy's language has it."""

    def __init__(self, task: Task, scene: Scene, backends: Backends, max_attempts: int, threshold: float) -> None:
        self._planner, self._stage = _Planner(), _Stage()
        staged = replace(backends, prompt_generator=self._planner, image_generator=self._stage, judge=self._stage)
        self._episode = Episode(_NoPolicy(), staged, task, max_attempts, threshold, scene)
        self._names = {"item": task.item, "anomaly_type": task.anomaly}
        self.state = PromptState(
            task.item,
            task.anomaly,
            note=surface_note(scene),
            bounds=scene.bounding_box,
            size=task.image.shape[:2],
            meaning=task.meaning,
        )

    @property
    def trajectory(self) -> Trajectory:
        """What is written so far."""
        return self._episode.trajectory

    def plan(self, prompt: str) -> None:
        """PG gives this prompt."""
        self._planner.prompt = prompt
        self._call(("look",), "prompt_gen", image=1, **self._names)
        self.state = replace(self.state, prompt=prompt)

    def attempt(self, thoughts: tuple[str, ...], prompt: str, tried: Tried) -> None:
        """IG gives this image for a prompt, and QE judges it."""
        self._stage.tried = tried
        self._call(thoughts, "image_gen", image=1, prompt=prompt)
        self._call(("judge",), "quality_eval", original=1, edited=self._last, **self._names)
        self.state = replace(self.state, prompt=prompt, missed=missed_fields(tried.verdict.faults))

    def look_up(self, thoughts: tuple[str, ...]) -> None:
        """KR."""
        told = self._call(thoughts, "knowledge_retrieval", **self._names).observation
        found = read_observation("knowledge_retrieval", told)
        passages = found.passages if isinstance(found, Found) else ()
        self.state = replace(self.state, knowledge=passages[0].text if passages else "")

    def finish(self) -> None:
        """MG, and the answer that the last image has passed."""
        self._call(("passed",), "mask_gen", original=1, edited=self._last)
        self._answer(("done",), self._last, True)

    def give_up(self, thoughts: tuple[str, ...]) -> None:
        """The answer that none has passed, with the best image."""
        best = self.trajectory.best
        assert best is not None
        self._answer(thoughts, best.number, False)

    @property
    def _last(self) -> int:
        return self.trajectory.attempts[-1].number

    def _call(self, thoughts: tuple[str, ...], name: str, **arguments: object) -> Event:
        event = self._episode.act(self._episode.take(format_call(think(thoughts), name, **arguments)))
        if event.error:
            raise RuntimeError(f"hindsight wrote a call that the toolbox refuses: {event.observation}")
        return event

    def _answer(self, thoughts: tuple[str, ...], image: int, passed: bool) -> None:
        summary = f"{self.state.anomaly} on {self.state.item}: {'passed' if passed else 'did not pass'}"
        turn = format_answer(think(thoughts), image=image, passed=passed, summary=summary)
        self._episode.act(self._episode.take(turn))


def think(thoughts: tuple[str, ...]) -> str:
    """Keys of PHRASES as reasoning; keys that have no phrase say nothing."""
    return " ".join(w.PHRASES[thought] for thought in thoughts if thought in w.PHRASES)
