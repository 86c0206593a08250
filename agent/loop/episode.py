"""One task in work: the conversation so far, the tools, and whose turn it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..core.protocol import (
    Held,
    Judged,
    ParsedTurn,
    Planned,
    Refusal,
    Refused,
    format_answer,
    format_call,
    parse_turn,
    system_prompt,
    task_text,
    write_observation,
)
from ..core.result import Result, Stop
from ..core.task import Task
from ..core.trajectory import Attempt, Trajectory
from ..policies.base import Policy
from ..scene.recent import scene_of
from ..scene.scene import Scene
from ..tools.knowledge_retrieval.meaning import with_meaning
from .human_in_the_loop import Decision, Proposal, Supervisor, describe_edit
from .toolbox import Backends, Outcome, Toolbox

#: After this many refused or unreadable turns in a row the policy is given up.
MAX_ERRORS_IN_A_ROW = 3


@dataclass(frozen=True, eq=False)
class Event:
    """One turn as it happened. tool: the tool called, "answer", "user_edit", or "" for an unreadable turn. observation: what
    the policy reads.

    error: it was refused. attempt: the attempt that the turn made or judged, with its image for a preview.
    """

    turn: int
    reasoning: str
    tool: str
    observation: str
    error: bool = False
    attempt: Attempt | None = None


def turn_limit(max_attempts: int) -> int:
    """Turns of a policy at most: five an attempt (think of a retry and a look-up), and the opening and closing ones."""
    return 5 * max_attempts + 5


class Episode:
    """Takes one task forward: `ask` for the policy's next turn, `act` on it, until `ask` gives None; then `result`.

    scene: of the task's image, where it is analysed already. It is kept with the trajectory, for tools and policy alike.
    """

    def __init__(
        self,
        policy: Policy,
        backends: Backends,
        task: Task,
        max_attempts: int,
        threshold: float,
        scene: Scene | None = None,
    ) -> None:
        self.policy = policy
        task = with_meaning(task, backends.knowledge)
        scene = scene or scene_of(task.image)
        self.trajectory = Trajectory(scene=scene)
        self.toolbox = Toolbox(task, backends, self.trajectory, scene, max_attempts, threshold)
        self.stop: Stop | None = None
        self._turn = 0
        self._max_turns = turn_limit(max_attempts)
        self._errors = 0
        self._accepted = False
        self.trajectory.add_text("system", system_prompt(max_attempts, threshold))
        told = task_text(task.item, task.anomaly, task.region is not None, task.meaning)
        self.trajectory.add_image(task.image, told)

    @property
    def task(self) -> Task:
        """The task, with the region as the user last drew it."""
        return self.toolbox.task

    def events(self, supervisor: Supervisor | None = None) -> Iterator[Event]:
        """Runs to the end, an event a turn. supervisor: is shown each next step after an attempt, and may change it."""
        while (turn := self.ask()) is not None:
            if supervisor is not None and (proposal := self.proposal(turn)) is not None:
                decision = supervisor(proposal)
                edited = self.decide(turn, proposal, decision)
                if edited is not None:
                    yield Event(self._turn, "", "user_edit", self.trajectory.edits[-1]["text"])
                    turn = edited
            yield self.act(turn)

    def ask(self) -> ParsedTurn | None:
        """The policy's next turn, taken apart; None when the episode is over."""
        if self.stop is None and self._turn >= self._max_turns:
            self.stop = Stop.TURNS
        if self.stop is not None:
            self.trajectory.kept.clear()
            return None
        started = time.perf_counter()
        text = self.policy.next_turn(self.trajectory)
        self.trajectory.seconds += time.perf_counter() - started
        return self.take(text)

    def take(self, text: str) -> ParsedTurn:
        """Puts a turn into the conversation, taken apart: one that the policy gave, or that training rolls out."""
        self._turn += 1
        self.trajectory.add_text("assistant", text)
        turn = parse_turn(text)
        self.trajectory.usable_turns += turn.error is None
        return turn

    def act(self, turn: ParsedTurn) -> Event:
        """Runs what the turn calls for and writes the outcome into the conversation."""
        if turn.answer is not None:
            self.stop = self.stop or self._finished()
            return Event(self._turn, turn.reasoning, "answer", str(turn.answer.get("summary", "")))
        started = time.perf_counter()
        if turn.call is None:
            name, outcome = "", Outcome(Refused(Refusal.UNREADABLE, turn.error or ""))
        else:
            name, outcome = turn.call.name, self.toolbox.call(turn.call)
        by_user = isinstance(outcome.observation, Planned) and self.task.prompt
        self.trajectory.add_text("tool", outcome.text, author="user" if by_user else "")
        attempt = None
        if outcome.image is not None:
            self.trajectory.add_image(outcome.image)
            attempt = self.trajectory.attempts[-1]
        elif isinstance(outcome.observation, Judged):
            edited = outcome.observation.image
            attempt = next(made for made in self.trajectory.attempts if made.number == edited)
        self._errors = self._errors + 1 if outcome.refused else 0
        if self._errors >= MAX_ERRORS_IN_A_ROW:
            self.stop = Stop.BROKEN
        self.trajectory.seconds += time.perf_counter() - started
        return Event(self._turn, turn.reasoning, name, outcome.text, outcome.refused, attempt)

    def proposal(self, turn: ParsedTurn) -> Proposal | None:
        """What the user may decide now: the next attempt, or the end while attempts are left. None for other turns."""
        attempts = self.trajectory.attempts
        left = self.toolbox.max_attempts - len(attempts)
        if not attempts or left == 0:
            return None
        if turn.call is not None and turn.call.name == "image_gen":
            return Proposal(turn.call.arguments["prompt"], False, attempts[-1], left, self.task.region)
        ends = turn.answer is not None or (turn.call is not None and turn.call.name == "mask_gen")
        if ends and not self._accepted:
            return Proposal(attempts[-1].prompt, True, attempts[-1], left, self.task.region)
        return None

    def decide(self, turn: ParsedTurn, proposal: Proposal, decision: Decision) -> ParsedTurn | None:
        """The turn that the user puts in the policy's place, or None where the policy's own stands.

        The policy's turn stays in the conversation, marked as held; the user's follows it, with "user" as its author.
        """
        prompt = decision.prompt.strip() or proposal.prompt
        finish = decision.action == "finish"
        goes_on = proposal.finishes and decision.action == "continue"
        if goes_on or (finish and proposal.finishes):
            self._accepted = True
            return None
        if decision.region is not None:
            self.toolbox.task = replace(self.task, region=decision.region)
        if not finish and not proposal.finishes and prompt == proposal.prompt and decision.region is None:
            return None
        number = proposal.attempt.number
        if decision.action == "retry":
            self.trajectory.rejected.add(number)
        edit = describe_edit(proposal, decision, prompt)
        self.trajectory.edits.append({"after_message": len(self.trajectory.messages), **edit})
        if turn.answer is None:
            self.trajectory.add_text("tool", write_observation(Held()))
        self.trajectory.add_text("user", edit["text"], author="user")
        if finish:
            self.stop = Stop.USER
            best = self.trajectory.best or proposal.attempt
            passed = best.verdict is not None and best.verdict.passed
            text = format_answer("The user ends here.", image=best.number, passed=passed, summary="ended by the user")
        else:
            text = format_call("The user asks for this.", "image_gen", image=1, prompt=prompt)
        self.trajectory.add_text("assistant", text, author="user")
        return parse_turn(text)

    def result(self) -> Result:
        """The outcome, once `ask` has given None (or of what there is so far)."""
        stop = self.stop or Stop.ANSWERED
        best = self.trajectory.best or next(reversed(self.trajectory.attempts), None)
        if best is None:
            image = self.task.image
            return Result(image, np.zeros(image.shape[:2], bool), None, self.trajectory, stop)
        return Result(best.image, self.toolbox.mask(best), best.verdict, self.trajectory, stop)

    def _finished(self) -> Stop:
        best = self.trajectory.best
        if best is not None and best.verdict is not None and best.verdict.passed:
            return Stop.PASSED
        spent = len(self.trajectory.attempts) >= self.toolbox.max_attempts
        return Stop.BUDGET if spent else Stop.ANSWERED
