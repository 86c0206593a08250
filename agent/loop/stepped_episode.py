"""An episode whose images are made elsewhere: it stops where an image is wanted and goes on when one is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..core.errors import InputError
from ..core.protocol import ParsedTurn, Passage, read_passages
from ..core.result import Result
from ..core.task import Task
from ..core.verdict import Fault, Verdict
from ..policies.base import Policy
from ..scene.scene import Scene
from ..tools.interfaces import GeneratedImage
from ..tools.quality_evaluation.measures import MeasuredChange
from .episode import Episode, Event
from .toolbox import Backends


class _ImageWantedError(Exception):
    """No image has been handed in for this attempt yet."""

    def __init__(self, prompt: str, seed: int) -> None:
        super().__init__("an image is wanted")
        self.prompt = prompt
        self.seed = seed


class _HandedIn:
    """Stands in the place of those backends whose work is handed in; each thing is used for one attempt."""

    def __init__(self, backends: Backends) -> None:
        self.backends = backends
        self.image: GeneratedImage | None = None
        self.verdict: Verdict | None = None
        self.faults_named = False
        self.knowledge: str | None = None

    def edit(self, task: Task, scene: Scene, prompt: str, seed: int) -> GeneratedImage:
        if self.image is None:
            raise _ImageWantedError(prompt, seed)
        image, self.image = self.image, None
        return image

    def judge(
        self, task: Task, scene: Scene, image: np.ndarray, threshold: float, change: MeasuredChange | None = None
    ) -> Verdict:
        verdict, self.verdict = self.verdict, None
        if verdict is not None and (verdict.passed or self.faults_named):
            return verdict
        own = self.backends.judge.judge(task, scene, image, threshold, change)
        # A score that comes with words alone: the loop's own judge names the faults, since nobody reads them out of a review.
        return own if verdict is None else replace(verdict, faults=own.faults)

    def search(self, item: str, anomaly: str, limit: int = 3) -> list[Passage]:
        if self.knowledge is None:
            return self.backends.knowledge.search(item, anomaly, limit)
        return list(read_passages(self.knowledge)[:limit])


class SteppedEpisode:
    """Runs the policy up to each attempt. While `wanted`, make an image from `prompt` and `seed` and `hand_in` it.

    prompt: the first prompt, "" to have the prompt generator write it. Raises InputError where the policy ends before
    any image.
    """

    def __init__(
        self, policy: Policy, backends: Backends, task: Task, max_attempts: int, threshold: float, prompt: str = ""
    ) -> None:
        self._handed = _HandedIn(backends)
        backends = replace(backends, image_generator=self._handed, judge=self._handed, knowledge=self._handed)
        self.episode = Episode(policy, backends, replace(task, prompt=prompt.strip()), max_attempts, threshold)
        self.threshold = threshold
        self.prompt, self.seed = "", 0
        self._turn: ParsedTurn | None = None
        #: Turns since the last image was handed in.
        self.events: list[Event] = []
        self._run()
        if not self.wanted:
            said = self.events[-1].observation if self.events else ""
            raise InputError(f"the policy ended before it asked for an image: {said or 'no usable turn'}")

    @property
    def wanted(self) -> bool:
        """Whether an image is wanted; False when the episode is over."""
        return self._turn is not None

    @property
    def number(self) -> int:
        """The number of the wanted attempt, counted from 1."""
        return len(self.episode.trajectory.attempts) + 1

    def hand_in(
        self,
        image: np.ndarray,
        mask: np.ndarray | None = None,
        score: float | None = None,
        review: str = "",
        knowledge: str | None = None,
        faults: Sequence[Fault] | None = None,
    ) -> None:
        """Takes the wanted image, (H, W, 3) uint8 of the task's size, and runs the policy up to the next or the end.

        mask: (H, W) bool where it is known. score: 0-10 where it was judged elsewhere (location and quality then count
        half each), with its review. knowledge: passages, as Knowledge Retrieval writes them. faults: what that judge
        found wrong; None where it says so in words alone.
        """
        if self._turn is None:
            raise ValueError("the episode is over; no image is wanted")
        self._handed.image = GeneratedImage(image, mask)
        self._handed.verdict = None
        if score is not None:
            self._handed.verdict = Verdict(score / 2, score / 2, review, self.threshold, tuple(faults or ()))
        self._handed.faults_named = faults is not None
        self._handed.knowledge = knowledge
        turn, self._turn = self._turn, None
        self.events = [self.episode.act(turn)]
        self._run()

    def result(self) -> Result:
        """The outcome."""
        return self.episode.result()

    def _run(self) -> None:
        while (turn := self.episode.ask()) is not None:
            try:
                self.events.append(self.episode.act(turn))
            except _ImageWantedError as wanted:
                self._turn, self.prompt, self.seed = turn, wanted.prompt, wanted.seed
                return
