"""The verdict on one attempt, its faults as data, and the one definition of what passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

#: An attempt passes when its score, 0-10, is above this (arXiv 2604.07900, section on quality evaluation).
PASS_THRESHOLD = 5.0
#: Upper end of each of the two scores that make up a verdict.
MAX_PART_SCORE = 5.0
#: The full score: nothing falls short.
MAX_SCORE = 2 * MAX_PART_SCORE


class FaultKind(str, Enum):
    """What can be wrong with an attempt; a judge names these, a policy answers them."""

    FAINT = "faint"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    SEAM = "seam"
    OFF_TARGET = "off_target"
    UNLIKE = "unlike"
    TOO_BRIGHT = "too_bright"
    TOO_DARK = "too_dark"
    REST_CHANGED = "rest_changed"
    MISSING_DEFECT = "missing_defect"
    WRONG_COLOUR = "wrong_colour"
    WRONG_COUNT = "wrong_count"
    WRONG_DIRECTION = "wrong_direction"
    WRONG_PLACE = "wrong_place"
    WRONG_WIDTH = "wrong_width"
    WRONG_SHAPE = "wrong_shape"
    WRONG_EDGE = "wrong_edge"
    WRONG_GLOSS = "wrong_gloss"
    WRONG_RELIEF = "wrong_relief"
    WRONG_RELATION = "wrong_relation"
    TOO_STRONG = "too_strong"


#: Where a fault can be: the side of a seam, and what a defect off its target lies on.
SIDES = ("left", "right", "top", "bottom")
BACKGROUND, OUTSIDE_REGION = "background", "outside_region"
PLACES = (*SIDES, BACKGROUND, OUTSIDE_REGION)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    strength: 0, hardly worth a word, to 1, as bad as can be. where: one of PLACES, "" where the fault has no place. measure:
    the judge's measure that shows it, "" where it names none. resembles: the defect family that the picture shows instead, for
    UNLIKE; "" where that is not known. Raises ValueError for values outside."""

    kind: FaultKind
    strength: float = 1.0
    where: str = ""
    measure: str = ""
    resembles: str = ""

    def __post_init__(self) -> None:
        if not 0.0 <= self.strength <= 1.0:
            raise ValueError(f"a fault's strength must lie in 0..1, got {self.strength!r}")
        if self.where and self.where not in PLACES:
            raise ValueError(f"a fault's place must be one of {', '.join(PLACES)}, got {self.where!r}")

    def to_json(self) -> dict[str, Any]:
        """For files and conversations; what is empty is left out."""
        told = {"where": self.where, "measure": self.measure, "resembles": self.resembles}
        return {
            "kind": self.kind.value,
            "strength": round(self.strength, 2),
            **{name: value for name, value in told.items() if value},
        }

    @staticmethod
    def from_json(value: Any) -> Fault:
        """The inverse of to_json; a bare kind will do. Raises ValueError, saying what is wrong, for anything else."""
        given: Mapping[str, Any] = {"kind": value} if isinstance(value, str) else value
        if not isinstance(given, Mapping):
            raise ValueError("a fault must be an object with a kind")
        known = [kind.value for kind in FaultKind]
        if given.get("kind") not in known:
            raise ValueError(f"a fault's kind must be one of {', '.join(known)}, got {str(given.get('kind'))[:40]!r}")
        strength = given.get("strength", 1.0)
        if isinstance(strength, bool) or not isinstance(strength, int | float):
            raise ValueError(f"a fault's strength must be a number from 0 to 1, got {str(strength)[:40]!r}")
        words = {name: given.get(name) or "" for name in ("where", "measure", "resembles")}
        for name, word in words.items():
            if not isinstance(word, str):
                raise ValueError(f"a fault's {name} must be a word, got {str(word)[:40]!r}")
        # Before it becomes a float: a whole number may be too large for one.
        if not 0.0 <= strength <= 1.0:
            raise ValueError(f"a fault's strength must lie in 0..1, got {str(strength)[:40]}")
        return Fault(FaultKind(given["kind"]), float(strength), **words)


#: What a judge checks of an attempt, in the order in which it is told. family, visible and on_product are always asked for.
FACTS = (
    "family", "visible", "on_product", "count", "place", "relation", "tone", "colour", "direction", "size", "width",
    "shape", "edge", "gloss", "relief", "severity",
)  # fmt: skip
#: What was asked for or seen, as data: a word, a number, or some of them.
FactValue = str | float | tuple[str | float, ...]


@dataclass(frozen=True)
class Fact:
    """One thing that was asked for, and what a judge sees of it.

    name: one of FACTS. asked, seen: short values, e.g. "dark" and "bright", (3, 3) and 1, degrees. kept: whether the picture
    shows what was asked for. strength: 0-1, how far it falls short; one that is kept may fall a little short. family: the
    defect that it is asked of. Raises ValueError for values outside."""

    name: str
    asked: FactValue
    seen: FactValue
    kept: bool
    strength: float = 0.0
    family: str = ""

    def __post_init__(self) -> None:
        if self.name not in FACTS:
            raise ValueError(f"a fact's name must be one of {', '.join(FACTS)}, got {str(self.name)[:40]!r}")
        if not 0.0 <= self.strength <= 1.0:
            raise ValueError(f"a fact's strength must lie in 0..1, got {self.strength!r}")

    def to_json(self) -> dict[str, Any]:
        """For files and conversations."""
        told = {"name": self.name, "asked": _plain(self.asked), "seen": _plain(self.seen), "kept": self.kept}
        return {**told, "strength": round(self.strength, 2), **({"family": self.family} if self.family else {})}

    @staticmethod
    def from_json(value: Any) -> Fact:
        """The inverse of to_json. Raises ValueError, saying what is wrong, for anything else."""
        if not isinstance(value, Mapping):
            raise ValueError("a fact must be an object with a name")
        kept, strength, family = value.get("kept"), value.get("strength", 0.0), value.get("family", "")
        if not isinstance(kept, bool):
            raise ValueError(f"a fact's kept must be true or false, got {str(kept)[:40]!r}")
        if isinstance(strength, bool) or not isinstance(strength, int | float) or not 0.0 <= strength <= 1.0:
            raise ValueError(f"a fact's strength must be a number from 0 to 1, got {str(strength)[:40]!r}")
        if not isinstance(family, str):
            raise ValueError(f"a fact's family must be a word, got {str(family)[:40]!r}")
        asked, seen = (_fact_value(value.get(name), name) for name in ("asked", "seen"))
        return Fact(str(value.get("name")), asked, seen, kept, float(strength), family)


# The most values that a fact holds, and the most characters of a word among them.
_MOST_VALUES, _LONGEST_WORD = 8, 200


def _plain(value: FactValue) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return round(value, 2) if isinstance(value, float) else value


def _fact_value(value: Any, name: str) -> FactValue:
    if isinstance(value, list) and len(value) <= _MOST_VALUES:
        return tuple(_single_value(each, name) for each in value)
    return _single_value(value, name)


def _single_value(value: Any, name: str) -> str | float:
    if isinstance(value, str) and len(value) <= _LONGEST_WORD:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return value
    raise ValueError(f"a fact's {name} must be a short word, a number or a short list of them, got {str(value)[:40]!r}")


# No measure is larger; a whole number of a foreign file may be too large for a float.
_LARGEST = 1e9


@dataclass(frozen=True)
class Verdict:
    """What quality evaluation says of one image.

    location: 0-5, is the defect where it may be. quality: 0-5, does it look real. review: the same for people, in words; no
    code reads it. threshold: the score above which the attempt passes. faults: what is wrong, the worst first; one that passes
    may have faults, too, and one that fails may have none that the judge could name. facts: what was asked for and what is seen
    of it, in the order of FACTS for each defect; none where the judge checks none.
    """

    location: float
    quality: float
    review: str
    threshold: float = PASS_THRESHOLD
    faults: tuple[Fault, ...] = ()
    facts: tuple[Fact, ...] = ()

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
        """Whether the score is above the threshold, or full: a threshold of 10 asks for no less."""
        return self.score > self.threshold or self.score >= MAX_SCORE

    def has(self, kind: FaultKind) -> bool:
        """Whether a fault of this kind was found."""
        return any(fault.kind is kind for fault in self.faults)
