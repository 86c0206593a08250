"""Who decides."""

from __future__ import annotations

from typing import Protocol

from ..core.trajectory import Trajectory


class Policy(Protocol):
    """Sees the conversation, gives the next turn as text: reasoning and one tool call, or an answer.

    One instance may serve several threads and interleaved conversations: what it keeps from turn to turn lies in
    `conversation.kept[self]`, nothing of a conversation on the policy.
    """

    name: str

    def next_turn(self, conversation: Trajectory) -> str:
        """The next assistant turn. It reads the messages and images only; the same ones give the same turn."""
