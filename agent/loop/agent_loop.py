"""The one agent loop: policy turns and tool observations until a pass, the budget's end, or a policy that is lost."""

from __future__ import annotations

from collections.abc import Callable, Generator

from ..core.result import Result
from ..core.task import Task
from ..core.verdict import PASS_THRESHOLD
from ..policies.base import Policy
from ..scene.scene import Scene
from .episode import Episode, Event
from .toolbox import Backends


class AgentLoop:
    """Runs a policy over a task with tools. One instance serves many tasks.

    max_attempts: images made at most, 1 or more. threshold: the score, 0-10, above which an image passes.
    """

    def __init__(
        self, policy: Policy, backends: Backends, max_attempts: int = 3, threshold: float = PASS_THRESHOLD
    ) -> None:
        if max_attempts < 1:
            raise ValueError(f"max_attempts must be 1 or more, got {max_attempts}")
        self.policy = policy
        self.backends = backends
        self.max_attempts = max_attempts
        self.threshold = threshold

    def start(self, task: Task, scene: Scene | None = None) -> Episode:
        """An episode that the caller takes forward, turn by turn. scene: the image's, where it is analysed already."""
        return Episode(self.policy, self.backends, task, self.max_attempts, self.threshold, scene)

    def synthesize(self, task: Task, on_event: Callable[[Event], None] | None = None) -> Result:
        """Runs an episode to its end; on_event is called after every turn and may raise to cancel."""
        episode = self.start(task)
        for event in episode.events():
            if on_event is not None:
                on_event(event)
        return episode.result()

    def run(self, task: Task) -> Generator[Event, None, Result]:
        """Yields an event a turn and returns the result. Closing the generator between two turns cancels the episode."""
        episode = self.start(task)
        yield from episode.events()
        return episode.result()
