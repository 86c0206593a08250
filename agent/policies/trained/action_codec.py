"""A turn in the small policy's shorthand, and the same turn in the loop's protocol.

Names are written as @item and @anomaly, and a prompt as changes to the last one: " size+2 severity+1". The loop never
sees the shorthand: it is written out before, and read back for training.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ...core.protocol import ParsedTurn, ToolCall, format_answer, format_call, parse_turn
from ...defects.edit import Box, Edit
from ...defects.families import FAMILIES
from ...defects.prompt_text import read_prompt, write_prompt
from . import vocabulary as w

_STEP = re.compile(r"^([a-z]+)([+-]\d+)$")
#: Leads the knowledge that a prompt tells.
_EXPLAINED = "Such a defect looks like this: "
_MOST_EXPLAINED = 400
_STAYS_MIDDLE = 0.6


@dataclass(frozen=True)
class Prompted:
    """Where the conversation stands: the task's names, the last prompt, and what was looked up.

    frame: the product's bounding box in fractions of the image. note: the sentence about the surface. size: (height,
    width) px, for prompts with a box in px. images: the conversation's image by the number that the policy is told.
    """

    item: str
    anomaly: str
    prompt: str = ""
    knowledge: str = ""
    note: str = ""
    frame: Box = (0.0, 0.0, 1.0, 1.0)
    size: tuple[int, int] | None = None
    images: Mapping[int, int] = field(default_factory=dict)

    def told(self, image: int) -> int:
        """The number that the policy is told for an image of the conversation."""
        return next((short for short, long in self.images.items() if long == image), w.clamp(image, 0, w.MOST))

    @cached_property
    def edit(self) -> Edit:
        """The last prompt in numbers."""
        return read_prompt(self.prompt.partition(_EXPLAINED)[0], self.anomaly, self.frame, self.size)[0]


def expand(text: str, stands: Prompted) -> str:
    """The turn in the loop's protocol. What cannot be read stays as it is: the loop says what is wrong with it."""
    turn = parse_turn(text)
    if turn.answer is not None and "image" in turn.answer:
        passed = bool(turn.answer.get("passed"))
        outcome = "passed" if passed else "did not pass"
        summary = f"{stands.anomaly} on {stands.item}: {outcome}"
        number = turn.answer["image"]
        image = stands.images.get(number, number) if isinstance(number, int) else number
        return format_answer(turn.reasoning, image=image, passed=passed, summary=summary)
    if turn.call is None:
        return text
    return format_call(turn.reasoning, turn.call.name, **expand_arguments(turn.call, stands))


def expand_arguments(call: ToolCall, stands: Prompted) -> dict[str, object]:
    """A call's arguments with names filled in and the prompt written out."""
    arguments = dict(call.arguments)
    for name, short, long in (("item", w.ITEM, stands.item), ("anomaly_type", w.ANOMALY, stands.anomaly)):
        if arguments.get(name) == short:
            arguments[name] = long
    if "edited" in arguments:
        arguments["edited"] = stands.images.get(arguments["edited"], arguments["edited"])
    if call.name == "image_gen":
        arguments["prompt"] = change_prompt(str(arguments["prompt"]), stands)
    return arguments


def change_prompt(changes: str, stands: Prompted) -> str:
    """The last prompt with changes such as "size+2 dark"; words that are no changes have no effect."""
    asked = changes.split()
    edit = stands.edit
    changed = edit
    explained = _EXPLAINED in stands.prompt
    for word in asked:
        explained = explained or (word == "explained" and bool(stands.knowledge))
        changed = _changed(changed, word)
    if changed == edit and stands.prompt and explained == (_EXPLAINED in stands.prompt):
        return stands.prompt
    written = write_prompt(changed, stands.item, stands.anomaly, stands.note, stands.frame)
    return f"{written} {_EXPLAINED}{_best_passage(stands)}" if explained else written


def _changed(edit: Edit, word: str) -> Edit:
    if word in ("dark", "bright"):
        return edit.with_(tone=word, colour=None)
    if word == "one":
        return edit.with_(count=1)
    if word == "turned":
        return edit.with_(angle=((edit.angle or 0.0) + 45.0) % 180)
    match = _STEP.match(word)
    if match is None or match[1] not in w.STEPS:
        return edit
    name, steps = match[1], int(match[2])
    if name == "size":
        return edit.with_(size=round(w.size_after(size_of(edit), steps), 3))
    if name == "severity":
        return edit.with_(severity=round(min(max(_severity(edit) + w.SEVERITY_STEP * steps, 0.0), 1.0), 2))
    if name == "soft":
        return edit.with_(softness=round(min(max((edit.softness or 0.0) + w.SOFT_STEP * steps, 0.0), 1.0), 2))
    return _moved(edit, name, steps)


def _moved(edit: Edit, axis: str, steps: int) -> Edit:
    """The box so many steps to the right or down, kept inside the image."""
    box = edit.box or (0.4, 0.4, 0.6, 0.6)
    first = 0 if axis == "x" else 1
    shift = min(max(steps * w.SHIFT, -box[first]), 1.0 - box[first + 2])
    moved = tuple(round(value + shift, 3) if index % 2 == first else value for index, value in enumerate(box))
    return edit.with_(box=moved)


def size_of(edit: Edit) -> float:
    """Edit.size, or the middle of what its family allows where the prompt does not say."""
    low, high = FAMILIES[edit.family].size
    return edit.size if edit.size is not None else (low * high) ** 0.5


def _severity(edit: Edit) -> float:
    return edit.severity if edit.severity is not None else _STAYS_MIDDLE


def _best_passage(stands: Prompted) -> str:
    text = stands.knowledge or stands.prompt.partition(_EXPLAINED)[2]
    return text[:_MOST_EXPLAINED].rsplit(" ", 1)[0] if len(text) > _MOST_EXPLAINED else text


def is_explained(prompt: str) -> bool:
    """Whether a prompt tells what was looked up."""
    return _EXPLAINED in prompt


def describe_plan(edit: Edit) -> str:
    """A prompt's numbers in words and levels."""
    words = [f"plan size {w.size_level(size_of(edit))} severity {round(10 * _severity(edit))}"]
    if edit.softness is not None:
        words.append(f"soft {round(edit.softness / w.SOFT_STEP)}")
    if edit.tone is not None:
        words.append(edit.tone)
    if (edit.count or 1) > 1:
        words.append(f"count {edit.count}")
    return " ".join(words)


def compress(text: str, stands: Prompted) -> str:
    """A turn of the protocol in shorthand. A turn that cannot be taken apart becomes one word."""
    turn = parse_turn(text)
    reasoning = "".join(f" {phrase}" for phrase in _phrases(turn.reasoning))
    return f"{w.THINK}{reasoning}{w.UNTHINK}{_compressed(turn, stands)}"


def _phrases(reasoning: str) -> list[str]:
    found = [(reasoning.find(phrase), phrase) for phrase in w.PHRASES.values()]
    return [phrase for place, phrase in sorted(found) if place >= 0]


def _compressed(turn: ParsedTurn, stands: Prompted) -> str:
    if turn.answer is not None:
        image, passed = turn.answer.get("image"), "true" if turn.answer.get("passed") else "false"
        image = stands.told(image) if isinstance(image, int) else 1
        return f"{w.ANSWER_OPEN}{image}{w.ANSWER_PASSED}{passed}{w.ANSWER_CLOSE}"
    if turn.call is None:
        return ""
    name, given = turn.call.name, turn.call.arguments
    if name == "prompt_gen":
        inner = f"{w.NORMAL}, {w.NAMES}"
    elif name == "image_gen":
        inner = f"{w.NORMAL}{w.PROMPT} plan{changes_between(stands, given['prompt'])}{w.QUOTE}"
    elif name == "knowledge_retrieval":
        inner = w.NAMES
    else:
        inner = f"{w.EDITED}{stands.told(given['edited'])}" + (f", {w.NAMES}" if name == "quality_eval" else "")
    return f"{w.CALL_OPEN}{name}{w.CALL_MIDDLE}{inner}{w.CALL_CLOSE}"


def changes_between(stands: Prompted, prompt: str) -> str:
    """The changes, as written after " plan", that lead from the last prompt to this one; as near as steps come."""
    before = stands.edit
    after = Prompted(stands.item, stands.anomaly, prompt, frame=stands.frame, size=stands.size).edit
    steps = {
        "size": w.size_level(size_of(after)) - w.size_level(size_of(before)),
        "severity": round((_severity(after) - _severity(before)) / w.SEVERITY_STEP),
        "soft": round(((after.softness or 0.0) - (before.softness or 0.0)) / w.SOFT_STEP),
    }
    if before.box is not None and after.box is not None:
        for name, first in (("x", 0), ("y", 1)):
            moved = after.box[first] + after.box[first + 2] - before.box[first] - before.box[first + 2]
            steps[name] = round(moved / 2 / w.SHIFT)
    written = "".join(
        w.step(name, w.clamp(count, -w.STEPS[name], w.STEPS[name])) for name, count in steps.items() if count
    )
    if after.tone is not None and after.tone != before.tone:
        written += f" {after.tone}"
    if (after.count or 1) == 1 and (before.count or 1) > 1:
        written += " one"
    if is_explained(prompt) and not is_explained(stands.prompt):
        written += " explained"
    return written
