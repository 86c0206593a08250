"""Quality evaluation by a language model that sees both images."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ...core.json_reading import read_json
from ...core.protocol import CutOff, without_fence, without_reasoning
from ...core.task import Task
from ...core.text import whole_text
from ...core.verdict import MAX_PART_SCORE, PASS_THRESHOLD, PLACES, Fact, Fault, FaultKind, Verdict
from ...imaging.change import find_change
from ...imaging.masks import bounding_box, widen
from ...models.language import LanguageModel
from ...scene.scene import Scene
from .asked_list import AskedFact, asked_list, name_facts, read_facts
from .capping import capped
from .facts.asked import describe_task
from .facts.faults import fault_of
from .measures import MeasuredChange

_KINDS = ", ".join(kind.value for kind in FaultKind)
_FAULTS = '[{"kind": "...", "strength": 0-1, "where": "..."}]'
_FACTS = '[{"name": "...", "kept": true or false, "seen": "..."}]'
_FORMAT = (
    f'{{"location": 0-5, "quality": 0-5, "facts": {_FACTS}, "faults": {_FAULTS}, "review": "one or two sentences"}}'
)
_SYSTEM = (
    "You inspect synthesized photographs of product defects. You see the normal image, the edited image, and both again in "
    f"a close-up around what changed. Score two things from 0 to {MAX_PART_SCORE:g}; be strict, and use the whole range.\n"
    "location: is the defect on the product, in a place where this defect occurs, and is all else unchanged?\n"
    "quality: does it look like a real defect of this type: shape, texture, depth, light, edges without seams, a plausible "
    "size, clearly visible?\n"
    "facts: one entry for each fact that you are asked about, by its name: kept, whether the picture shows it, and seen, what "
    "you see instead, in a word or a number.\n"
    f"faults: each thing that is wrong, the worst first, [] for none. kind: one of {_KINDS}. where, if it has a place: one of "
    f"{', '.join(PLACES)}.\n"
    "review: what is wrong and how the prompt should change, or why it is convincing.\n"
    f"Answer with one JSON object and nothing else: {_FORMAT}"
)
_NAME_FAULTS = (
    "Name the faults that your review speaks of. Answer with one JSON list and nothing else, [] for none: "
    f"{_FAULTS}; kind is one of {_KINDS}."
)
# The close-up shows this much around the change, as a share of its size, and at least this many px.
_ROOM, _LEAST = 1.0, 48
# More would be no help to a policy.
_MOST_FAULTS, _LONGEST_REVIEW = 8, 2000
_REPAIR = "That is not the JSON object that was asked for"


class LanguageJudge:
    """The judge that looks. An answer that is no verdict is asked for once more, then counts as "could not judge"."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model

    def judge(
        self,
        task: Task,
        scene: Scene,
        image: np.ndarray,
        threshold: float = PASS_THRESHOLD,
        change: MeasuredChange | None = None,
    ) -> Verdict:
        """Verdict on an edited image, (H, W, 3) uint8, with what the model says of each fact that the task asks for; a broken
        one caps the score as it does the critic's. Where the model gives none, both scores are 0: never a pass. One that fails
        in words alone is asked once for its faults; where the model names none, it has none."""
        views = [task.image, image, *_close_ups(task.image, image)]
        names = [
            "Image 1, the normal image:",
            "Image 2, the edited image:",
            "Close-up of image 1:",
            "Close-up of image 2:",
        ]
        parts: list[dict[str, Any]] = []
        for number, name in enumerate(names[: len(views)], 1):
            parts += [{"type": "text", "text": name}, {"type": "image", "image": number}]
        facts = asked_list(describe_task(task))
        defect = f"{task.anomaly}, which means: {task.meaning}" if task.meaning else task.anomaly
        region = "" if task.region is None else " It had to stay in a region that the user drew."
        parts.append(
            {
                "type": "text",
                "text": f"Product: {task.item}. Defect: {defect}.{region} {name_facts(facts)} Give your verdict.",
            }
        )
        messages = [_turn("system", _SYSTEM), {"role": "user", "content": parts}]
        seed = zlib.crc32(image.tobytes(), task.seed % 2**32)
        problem = ""
        for _ in range(2):
            text = self.model.chat(messages, views, seed)
            verdict, problem, names_faults = read_verdict(text, threshold, facts)
            if verdict is not None and (names_faults or verdict.passed):
                return verdict
            if verdict is not None:
                asked = [*messages, _turn("assistant", text), _turn("user", _NAME_FAULTS)]
                named = read_faults(self.model.chat(asked, views, seed))
                return replace(verdict, faults=_with_facts(named, verdict.facts))
            messages += [
                _turn("assistant", text),
                _turn("user", f"{_REPAIR} ({problem}). Answer again, with it alone: {_FORMAT}"),
            ]
        cut = f"; its answer was cut off by {text.limit}, raise that" if isinstance(text, CutOff) else ""
        return Verdict(0.0, 0.0, f"Could not judge: {self.model.name} gave no verdict ({problem}){cut}.", threshold)


class Answer(NamedTuple):
    """A judge's answer. verdict: None where it is none, with the reason in `problem`. names_faults: whether it says what is
    wrong as data, be it nothing."""

    verdict: Verdict | None
    problem: str = ""
    names_faults: bool = False


def read_verdict(text: str, threshold: float = PASS_THRESHOLD, asked: Sequence[AskedFact] = ()) -> Answer:
    """The verdict in a judge's answer. Never raises. asked: the facts that it was asked about.

    Strict: one JSON object of the fields, alone but for a code fence; numbers in range; a review in words. Faults that are
    missing or of no known kind cost the verdict nothing, and neither do facts.
    """
    value, problem = _read_json(text)
    if problem:
        return Answer(None, problem)
    fields = {"location", "quality", "facts", "faults", "review"}
    if not isinstance(value, dict) or set(value) | {"facts", "faults"} != fields:
        return Answer(None, "the fields must be location, quality, facts, faults and review")
    for name in ("location", "quality"):
        score = value[name]
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= MAX_PART_SCORE:
            return Answer(None, f"{name} must be a number from 0 to {MAX_PART_SCORE:g}")
    if not isinstance(value["review"], str) or not value["review"].strip():
        return Answer(None, "review must be a text")
    faults = _faults(value.get("faults"))
    review = " ".join(value["review"].split())[:_LONGEST_REVIEW]
    facts = read_facts(value.get("facts"), asked)
    location, quality = capped(float(value["location"]), float(value["quality"]), facts)
    found = _with_facts(faults or (), facts)
    return Answer(Verdict(location, quality, review, threshold, found, facts), "", faults is not None or bool(found))


def _with_facts(faults: Sequence[Fault], facts: Sequence[Fact]) -> tuple[Fault, ...]:
    """The faults and those of broken facts whose kind is not among them, the worst first."""
    kinds = {fault.kind for fault in faults}
    broken = [fault for fault in (fault_of(fact) for fact in facts if not fact.kept) if fault.kind not in kinds]
    return tuple(sorted([*faults, *broken], key=lambda fault: -fault.strength))


def read_faults(text: str) -> tuple[Fault, ...]:
    """The faults of an answer that is a list of them, or an object with "faults"; none where it is neither. Never raises."""
    value, _ = _read_json(text)
    return _faults(value.get("faults") if isinstance(value, dict) else value) or ()


def _faults(value: Any) -> tuple[Fault, ...] | None:
    """The faults of a list, the worst first; None for what is no list of faults. One of no known kind costs itself alone."""
    if not isinstance(value, list):
        return None
    named = [_fault(fault) for fault in value[:_MOST_FAULTS]]
    faults = [fault for fault in named if fault is not None]
    return None if named and not faults else tuple(sorted(faults, key=lambda fault: -fault.strength))


def _fault(value: Any) -> Fault | None:
    """A fault, its kind alone where the rest says nothing, None where there is no such kind."""
    for given in (value, value.get("kind") if isinstance(value, dict) else None):
        try:
            return Fault.from_json(given)
        except ValueError:
            continue
    return None


def _read_json(text: str) -> tuple[Any, str]:
    try:
        return whole_text(read_json(without_fence(without_reasoning(text)), parse_constant=lambda name: name)), ""
    except ValueError as error:
        return None, f"no JSON: {str(error)[:80]}"


def _close_ups(normal: np.ndarray, edited: np.ndarray) -> list[np.ndarray]:
    """Both images around what changed, where that is a small part of them."""
    support = find_change(normal, edited).support
    if not support.any():
        return []
    rows, columns = (
        widen(side, max(_LEAST, round(_ROOM * (side.stop - side.start))), length)
        for side, length in zip(bounding_box(support), support.shape, strict=True)
    )
    if (rows.stop - rows.start) * (columns.stop - columns.start) > 0.5 * support.size:
        return []
    return [np.ascontiguousarray(view[rows, columns]) for view in (normal, edited)]


def _turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text}]}
