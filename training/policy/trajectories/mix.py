"""How often trajectories are of which sort."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ....agent.core.errors import InputError


@dataclass(frozen=True)
class TrajectoryMix:
    """TrajectoryMix of trajectories, 0-1.

    single, dual, triple: with one, two or three attempts, the last of which passes; spent: with as many as the budget
    has, none of which does (these four by their weight). hedged: of singles, those whose first prompt departs from the
    plan for an editor that needs it. knowledge: of those with a failed attempt and an editor that takes the defect for
    what it is, those that look it up; one that does not always does. region: with a region to keep to. imperfect: with
    a needless look-up or change: a flawless teacher leaves reinforcement learning nothing to gain.
    """

    single: float = 0.3
    dual: float = 0.45
    triple: float = 0.2
    spent: float = 0.05
    hedged: float = 0.6
    knowledge: float = 0.5
    region: float = 0.25
    imperfect: float = 0.15

    def __post_init__(self) -> None:
        for share in fields(self):
            if not 0 <= getattr(self, share.name) <= 1:
                raise InputError(
                    f"share of {share.name} trajectories must lie in 0-1, got {getattr(self, share.name)!r}"
                )
        if self.single + self.dual + self.triple + self.spent <= 0:
            raise InputError("single, dual, triple and spent are all 0: give one of them a share")
