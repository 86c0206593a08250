"""What an episode gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from .trajectory import Trajectory
from .verdict import Verdict


class Stop(str, Enum):
    """Why the loop ended."""

    PASSED = "passed"
    BUDGET = "attempt budget spent"
    ANSWERED = "policy finished"
    TURNS = "turn limit"
    USER = "ended by the user"
    BROKEN = "policy gave no usable turn"


@dataclass(frozen=True, eq=False)
class Result:
    """The outcome of an episode.

    image: (H, W, 3) uint8, the passed attempt or else the best one. mask: (H, W) bool. verdict: of that attempt.
    Where no image was ever made, image is the normal image, mask is empty and verdict is None.
    """

    image: np.ndarray
    mask: np.ndarray
    verdict: Verdict | None
    trajectory: Trajectory
    stop: Stop

    @property
    def passed(self) -> bool:
        """Whether the image passed."""
        return self.verdict is not None and self.verdict.passed
