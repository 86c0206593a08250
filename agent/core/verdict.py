"""The verdict on one attempt, and the one definition of what passes."""

from __future__ import annotations

from dataclasses import dataclass

#: An attempt passes when its score, 0-10, is above this (arXiv 2604.07900, section on quality evaluation).
PASS_THRESHOLD = 5.0
#: Upper end of each of the two scores that make up a verdict.
MAX_PART_SCORE = 5.0


@dataclass(frozen=True)
class Verdict:
    """What quality evaluation says of one image.

    location: 0-5, is the defect where it may be. quality: 0-5, does it look real. review: words a policy can act on.
    threshold: the score above which the attempt passes.
    """

    location: float
    quality: float
    review: str
    threshold: float = PASS_THRESHOLD

    def __post_init__(self) -> None:
        for name, value in (("location", self.location), ("quality", self.quality)):
            if not 0.0 <= value <= MAX_PART_SCORE:
                raise ValueError(f"{name} score must lie in 0..{MAX_PART_SCORE:g}, got {value!r}")

    @property
    def score(self) -> float:
        """Sum of both parts, 0-10."""
        return round(self.location + self.quality, 2)

    @property
    def passed(self) -> bool:
        """Whether the score is above the threshold."""
        return self.score > self.threshold
