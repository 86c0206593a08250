"""What a tool call gave, as data, and the text that stands for it in the conversation: written and read here alone.

A language model reads the text; policies, training and evaluation read the data back with `read_observation`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..json_reading import read_json
from ..verdict import Fact, Fault, Verdict


class Refusal(str, Enum):
    """Why a turn was not carried out. OTHER: recorded before refusals had codes."""

    UNREADABLE = "unreadable"
    WRONG_IMAGE = "wrong_image"
    WRONG_NAME = "wrong_name"
    ALREADY_PLANNED = "already_planned"
    BUDGET_SPENT = "budget_spent"
    NOT_VISIBLE = "not_visible"
    OUTSIDE_REGION = "outside_region"
    UNKNOWN_ANOMALY = "unknown_anomaly"
    UNUSABLE = "unusable"
    OTHER = "other"


@dataclass(frozen=True)
class Passage:
    """A piece of knowledge. source: file and heading. rank: higher is a better match."""

    text: str
    source: str
    title: str
    rank: float


@dataclass(frozen=True)
class Refused:
    """The turn was not carried out. message: one line with the cause and the cure."""

    code: Refusal
    message: str


@dataclass(frozen=True)
class Planned:
    """PG's prompt, one paragraph."""

    prompt: str


@dataclass(frozen=True)
class MadeImage:
    """IG made an image. attempt: its number among the attempts, from 1. budget: attempts allowed. image: its number."""

    attempt: int
    budget: int
    image: int


@dataclass(frozen=True)
class Judged:
    """QE's verdict on an image."""

    image: int
    location: float
    quality: float
    score: float
    passed: bool
    review: str
    faults: tuple[Fault, ...] = ()
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Found:
    """KR's passages, the best first. item, anomaly: what was asked for."""

    passages: tuple[Passage, ...]
    item: str = ""
    anomaly: str = ""


@dataclass(frozen=True)
class Masked:
    """MG's mask of an image. share: of the picture, 0-1. box: (left, top, right, bottom) px; None where the mask is empty."""

    image: int
    share: float
    box: tuple[int, int, int, int] | None


@dataclass(frozen=True)
class Held:
    """A turn that a user in the loop put aside."""


Observation = Refused | Planned | MadeImage | Judged | Found | Masked | Held

_HELD = "Held: the user decides otherwise."
# Stands before a prompt that would be taken for something else.
_PLANNED = "Prompt: "
_NOTHING = "Nothing found on "
_BRACKETS = str.maketrans("[]", "()")
_REFUSED = re.compile(r"Error \[([a-z_]+)\]: (.*)", re.DOTALL)
# As version 0.1 recorded refusals.
_UNCODED = "Error: "
_MADE = re.compile(r"Attempt (\d+) of (\d+): made image (\d+)\.")
_MASK = re.compile(r"Mask of image (\d+): (\d+(?:\.\d+)?)% of the picture, within \[(\d+), (\d+), (\d+), (\d+)\] px\.")
_EMPTY = re.compile(r"The mask of image (\d+) is empty")


def judged(image: int, verdict: Verdict) -> Judged:
    """The observation of a verdict on the image of this number."""
    return Judged(
        image,
        verdict.location,
        verdict.quality,
        verdict.score,
        verdict.passed,
        verdict.review,
        verdict.faults,
        verdict.facts,
    )


def write_observation(observation: Observation) -> str:
    """The text for the conversation; `read_observation` reads it back."""
    match observation:
        case Refused(code, message):
            return f"Error [{code.value}]: {message}"
        case Planned(prompt):
            return prompt if read_observation("prompt_gen", prompt) == observation else f"{_PLANNED}{prompt}"
        case MadeImage(attempt, budget, image):
            return f"Attempt {attempt} of {budget}: made image {image}."
        case Judged():
            scores = {
                name: value for name, value in vars(observation).items() if name not in ("review", "faults", "facts")
            }
            faults = [fault.to_json() for fault in observation.faults]
            # A judge that checks none, and records of before, have no such field.
            facts = {"facts": [fact.to_json() for fact in observation.facts]} if observation.facts else {}
            return json.dumps({**scores, **facts, "faults": faults, "review": observation.review})
        case Found(passages, item, anomaly):
            return _write_passages(passages, item, anomaly)
        case Masked(image, _, None):
            return f"The mask of image {image} is empty: nothing in it differs from image 1."
        case Masked(image, share, box):
            return f"Mask of image {image}: {100 * share:.2f}% of the picture, within {list(box or ())} px."
        case Held():
            return _HELD


def read_observation(tool: str, text: str) -> Observation:
    """What a tool's message says. tool: the tool that the turn before it called, "" where that turn could not be read.

    Texts of version 0.1 are read, too: refusals without a code, verdicts without faults. Raises ValueError for a text that no
    such tool wrote.
    """
    refused = _REFUSED.fullmatch(text)
    if refused is not None and refused[1] in Refusal._value2member_map_:
        return Refused(Refusal(refused[1]), refused[2])
    if text == _HELD:
        return Held()
    if text.startswith(_UNCODED):
        return Refused(Refusal.OTHER, text.removeprefix(_UNCODED))
    if tool == "prompt_gen":
        return Planned(text.removeprefix(_PLANNED))
    if tool == "quality_eval":
        return _read_verdict(text)
    if tool == "knowledge_retrieval":
        return Found(read_passages(text))
    if tool == "image_gen" and (made := _MADE.match(text)) is not None:
        return MadeImage(*(int(group) for group in made.groups()))
    if tool == "mask_gen" and (empty := _EMPTY.match(text)) is not None:
        return Masked(int(empty[1]), 0.0, None)
    if tool == "mask_gen" and (mask := _MASK.match(text)) is not None:
        left, top, right, bottom = (int(group) for group in mask.groups()[2:])
        return Masked(int(mask[1]), float(mask[2]) / 100, (left, top, right, bottom))
    raise ValueError(f"no observation of {tool or 'a turn'}: {text[:80]!r}")


def read_passages(text: str) -> tuple[Passage, ...]:
    """The passages of an observation, or of a text that a person wrote: one a line, "[source] " before it or not."""
    if _finds_nothing(text.strip()):
        return ()
    passages = []
    for rank, line in enumerate(filter(None, map(str.strip, text.splitlines()))):
        source, _, said = line[1:].partition("] ") if line.startswith("[") else ("", "", line)
        passages.append(Passage(said or line, source if said else "", "", -float(rank)))
    return tuple(passages)


def _finds_nothing(text: str) -> bool:
    """Whether a text is what is written of no passages: two names, each in the quotes that Python chooses for it."""
    if not (text.startswith((f"{_NOTHING}'", f'{_NOTHING}"')) and text.endswith(("'.", '".'))):
        return False
    opening = len(_NOTHING)
    return f"{text[opening]} of {text[-2]}" in text[opening + 1 : -2]


def _write_passages(passages: tuple[Passage, ...], item: str, anomaly: str) -> str:
    """One passage a line. Brackets would end a source's own, and an empty passage says nothing."""
    told = [(_in_one_line(passage.source), _in_one_line(passage.text)) for passage in passages]
    lines = [f"[{source.translate(_BRACKETS)}] {text}" for source, text in told if text]
    return "\n".join(lines) or f"{_NOTHING}{anomaly!r} of {item!r}."


def _in_one_line(text: str) -> str:
    return " ".join(filter(None, map(str.strip, text.splitlines())))


def _read_verdict(text: str) -> Judged:
    try:
        facts: Any = read_json(text)
        return Judged(
            int(facts["image"]),
            float(facts["location"]),
            float(facts["quality"]),
            float(facts["score"]),
            bool(facts["passed"]),
            str(facts["review"]),
            tuple(Fault.from_json(fault) for fault in facts.get("faults", ())),
            tuple(Fact.from_json(fact) for fact in facts.get("facts", ())),
        )
    except (KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"no verdict ({type(error).__name__}: {error}): {text[:80]!r}") from error
