"""The one agent loop: policy turns and tool observations until a pass, the budget's end, or a policy that is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np

from .policies.base import Policy
from .protocol import parse_turn, system_prompt, task_text
from .result import Result, Stop
from .task import Task
from .toolbox import Backends, Observation, Toolbox
from .trajectory import Attempt, Trajectory
from .verdict import PASS_THRESHOLD

#: After this many refused or unreadable turns in a row the policy is given up.
MAX_ERRORS_IN_A_ROW = 3


@dataclass(frozen=True, eq=False)
class Event:
    """One turn as it happened. tool: the tool called, "answer", or "" for an unreadable turn. error: it was refused.

    attempt: the attempt that the turn made or judged, with its image for a preview.
    """

    turn: int
    reasoning: str
    tool: str
    observation: str
    error: bool = False
    attempt: Attempt | None = None


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
        # Five turns an attempt (think of a retry and a knowledge look-up), and the opening and closing ones.
        self.max_turns = 5 * max_attempts + 5

    def synthesize(self, task: Task, on_event: Callable[[Event], None] | None = None) -> Result:
        """Runs an episode to its end; on_event is called after every turn and may raise to cancel."""
        events = self.run(task)
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                return end.value
            if on_event is not None:
                on_event(event)

    def run(self, task: Task) -> Generator[Event, None, Result]:
        """Yields an event a turn and returns the result. Closing the generator between two turns cancels the episode."""
        started = time.perf_counter()
        trajectory = Trajectory()
        toolbox = Toolbox(task, self.backends, trajectory, self.max_attempts, self.threshold)
        trajectory.add_text("system", system_prompt(self.max_attempts, self.threshold))
        trajectory.add_image(task.image, task_text(task.item, task.anomaly, task.region is not None))
        stop, errors = Stop.TURNS, 0
        for turn in range(1, self.max_turns + 1):
            text = self.policy.next_turn(trajectory)
            trajectory.add_text("assistant", text)
            parsed = parse_turn(text)
            if parsed.answer is not None:
                stop = self._finished(trajectory)
                yield Event(turn, parsed.reasoning, "answer", "")
                break
            if parsed.call is None:
                name, observation = "", Observation(f"Error: {parsed.error}", error=True)
            else:
                name, observation = parsed.call.name, toolbox.call(parsed.call)
            trajectory.add_text("tool", observation.text)
            attempt = None
            if observation.image is not None:
                trajectory.add_image(observation.image, "Image {number}, the edited image.")
                attempt = trajectory.attempts[-1]
            elif name == "quality_eval" and not observation.error and parsed.call is not None:
                edited = parsed.call.arguments["edited"]
                attempt = next(made for made in trajectory.attempts if made.number == edited)
            errors = errors + 1 if observation.error else 0
            yield Event(turn, parsed.reasoning, name, observation.text, observation.error, attempt)
            if errors >= MAX_ERRORS_IN_A_ROW:
                stop = Stop.BROKEN
                break
        result = self._result(toolbox, stop)
        trajectory.seconds = time.perf_counter() - started
        return result

    def _finished(self, trajectory: Trajectory) -> Stop:
        best = trajectory.best
        if best is not None and best.verdict is not None and best.verdict.passed:
            return Stop.PASSED
        return Stop.BUDGET if len(trajectory.attempts) >= self.max_attempts else Stop.ANSWERED

    def _result(self, toolbox: Toolbox, stop: Stop) -> Result:
        trajectory, task = toolbox.trajectory, toolbox.task
        best = trajectory.best or next(reversed(trajectory.attempts), None)
        if best is None:
            return Result(task.image, np.zeros(task.image.shape[:2], bool), None, trajectory, stop)
        return Result(best.image, toolbox.mask(best), best.verdict, trajectory, stop)
