"""Evens out one type's samples over sizes and places, down to a number, and keeps a share of hard ones."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A sample that may stay. cell: its size and place. score: 0-10. hard: it can hardly be seen. fixed: a reviewer has
    accepted it.
    """

    name: str
    cell: str
    score: float
    hard: bool
    fixed: bool


def thin_out(candidates: Sequence[Candidate], most: int, ratio: float, hard: float) -> dict[str, str]:
    """The samples to drop, by name, and why.

    most: samples that stay at most. ratio: no cell keeps more than so many times the cells' mean. hard: share of those that
    stay that is hard at least, as far as there are any. The fullest cell gives first, its lowest score before the others;
    what a reviewer accepted stays in any case.
    """
    cells: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda one: (-one.score, one.name)):
        cells[candidate.cell].append(candidate)
    limit = max(1, math.floor(ratio * len(candidates) / max(len(cells), 1)))
    staying = len(candidates)
    hard_staying = sum(candidate.hard for candidate in candidates)
    dropped: dict[str, str] = {}
    while True:
        hard_needed = math.ceil(hard * min(most, staying - 1))
        crowded = staying <= most
        victim = next(
            (
                candidate
                for cell in sorted(cells.values(), key=lambda cell: (-len(cell), cell[0].cell if cell else ""))
                if not crowded or len(cell) > limit
                for candidate in reversed(cell)
                if not candidate.fixed and (not candidate.hard or hard_staying > hard_needed)
            ),
            None,
        )
        if victim is None:
            return dropped
        cells[victim.cell].remove(victim)
        staying -= 1
        hard_staying -= victim.hard
        dropped[victim.name] = (
            f"{victim.cell}: more than {ratio:g} times the mean of its type's sizes and places"
            if crowded
            else f"its type has more than {most}, {ratio:g} times the rarest type"
        )
