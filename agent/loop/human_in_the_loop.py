"""A user in the loop: what is proposed after an attempt, what the user decides, and how that is put on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..core.errors import InputError
from ..core.task import check_region
from ..core.trajectory import Attempt
from ..imaging.outline import outline_path

Action = Literal["continue", "retry", "finish"]


@dataclass(frozen=True, eq=False)
class Proposal:
    """What the policy is about to do after an attempt.

    prompt: of the next attempt; of the last one where the policy `finishes`. attempt: the last one. attempts_left: 1 or
    more. region: (H, W) bool as it stands, or None.
    """

    prompt: str
    finishes: bool
    attempt: Attempt
    attempts_left: int
    region: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Decision:
    """What the user decides.

    action: "continue" as proposed, with the changes below; "retry": another attempt though the policy would finish;
    "finish": stop here. prompt: for the next attempt, "" to leave it. region: (H, W) bool, None to leave it.
    """

    action: Action = "continue"
    prompt: str = ""
    region: np.ndarray | None = None

    def check(self, size: tuple[int, int]) -> None:
        """Raises InputError for a region that does not fit an image of (height, width)."""
        if self.action not in ("continue", "retry", "finish"):
            raise InputError(f"action must be continue, retry or finish, not {self.action!r}")
        if self.region is not None:
            check_region(self.region, size)


#: Shown what comes next, says what the user decides; may block for as long as the user thinks, and may raise to cancel.
Supervisor = Callable[[Proposal], Decision]


def describe_edit(proposal: Proposal, decision: Decision, prompt: str) -> dict[str, Any]:
    """The user's decision for the record: {"text", "action", "prompt": {before, after}, "region": {before, after}}.

    Regions are SVG paths in px, "" for none; prompt and region stand only where they were changed.
    """
    if decision.action == "finish":
        return {
            "text": f"User: stop here and keep the best of the images made so far ({_score(proposal)}).",
            "action": "finish",
        }
    facts: dict[str, Any] = {"action": decision.action}
    said = []
    if decision.action == "retry":
        said.append(f"image {proposal.attempt.number} will not do ({_score(proposal)}), try again")
    if prompt != proposal.prompt:
        facts["prompt"] = {"before": proposal.prompt, "after": prompt}
        said.append("I changed the prompt")
    if decision.region is not None:
        rows, columns = np.nonzero(decision.region)
        box = [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]
        before = outline_path(proposal.region) if proposal.region is not None else ""
        facts["region"] = {"before": before, "after": outline_path(decision.region)}
        share = 100 * float(decision.region.mean())
        said.append(f"the defect may now go within {box} px only ({share:.1f}% of the picture)")
    return {"text": f"User: {'; '.join(said)}.", **facts}


def _score(proposal: Proposal) -> str:
    verdict = proposal.attempt.verdict
    return "not judged" if verdict is None else f"score {verdict.score:g}"
