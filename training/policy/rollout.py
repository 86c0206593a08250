"""What happened in an episode, turn by turn: what rewards and evaluation look at."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...agent.core.protocol import Judged, Refused, parse_turn, read_observation
from ...agent.core.trajectory import Attempt, Trajectory
from ...agent.core.verdict import PASS_THRESHOLD

#: Turns that are no tool call.
ANSWER, MALFORMED = "answer", "malformed"


@dataclass(frozen=True)
class Turn:
    """One turn. tool: a tool's name, "answer", or "malformed" where it could not be read. refused: the tool turned the call
    down. score: 0-10, of a verdict. image: the number that a call or answer named, 0 for none.
    """

    tool: str
    refused: bool = False
    score: float | None = None
    image: int = 0


@dataclass(frozen=True)
class Rollout:
    """An episode. threshold: the score above which an image passes. budget: attempts allowed. attempts: with their images,
    masks and verdicts, in order.
    """

    turns: tuple[Turn, ...]
    budget: int
    threshold: float = PASS_THRESHOLD
    attempts: tuple[Attempt, ...] = ()

    @property
    def scores(self) -> list[float]:
        """0-10, of the verdicts in order."""
        return [turn.score for turn in self.turns if turn.score is not None]

    @property
    def images_made(self) -> int:
        """How many images."""
        return sum(turn.tool == "image_gen" and not turn.refused for turn in self.turns)

    @property
    def final_score(self) -> float | None:
        """The score of the image that the answer names; None without an answer, or where that was never judged."""
        if not self.turns or self.turns[-1].tool != ANSWER:
            return None
        judged = [turn.score for turn in self.turns if turn.score is not None and turn.image == self.turns[-1].image]
        return judged[-1] if judged else None


def read_rollout(trajectory: Trajectory, budget: int, threshold: float = PASS_THRESHOLD, last: str = "") -> Rollout:
    """The rollout of a trajectory. last: a turn's text that ended it and is not in the trajectory."""
    turns: list[Turn] = []
    for message in trajectory.messages:
        text = message["content"][-1]["text"]
        if message["role"] == "assistant":
            turns.append(_read(text))
        elif message["role"] == "tool" and turns:
            turns[-1] = _with_outcome(turns[-1], text)
    if last:
        turns.append(_read(last))
    return Rollout(tuple(turns), budget, threshold, tuple(trajectory.attempts))


def _read(text: str) -> Turn:
    turn = parse_turn(text)
    if turn.answer is not None:
        number = turn.answer.get("image")
        return Turn(ANSWER, image=number if isinstance(number, int) else 0)
    if turn.call is None:
        return Turn(MALFORMED)
    return Turn(turn.call.name, image=turn.call.arguments.get("edited", 0))


def _with_outcome(turn: Turn, text: str) -> Turn:
    observation = read_observation("" if turn.tool == MALFORMED else turn.tool, text)
    if isinstance(observation, Refused):
        return replace(turn, refused=True)
    return replace(turn, score=observation.score) if isinstance(observation, Judged) else turn
