"""The action codec: a turn in the small policy's own short form, and the same turn in the loop's protocol.

Names are written as @item and @anomaly, and a prompt as changes to the last one: " size+2 severity+1". The loop never
sees the short form: it is written out before, and read back for training.
"""

from __future__ import annotations

import re

from ...core.protocol import ParsedTurn, ToolCall, format_answer, format_call, parse_turn
from ...defects.edit import Edit
from ...defects.families import FAMILIES
from ...defects.prompt_text import explain, split_explanation
from ..prompt_state import PromptState
from . import vocabulary as w

_STEP = re.compile(r"^([a-z]+)([+-]\d+)$")
_MOST_EXPLAINED = 400
_USUAL_SEVERITY = 0.6


def image_number(state: PromptState, image: int) -> int:
    """The number that the policy is told for an image of the conversation."""
    return next((short for short, long in state.images.items() if long == image), w.clamp(image, 0, w.MOST))


def expand(text: str, state: PromptState) -> str:
    """The turn in the loop's protocol. What cannot be read stays as it is: the loop says what is wrong with it."""
    turn = parse_turn(text)
    if turn.answer is not None and "image" in turn.answer:
        passed = bool(turn.answer.get("passed"))
        outcome = "passed" if passed else "did not pass"
        summary = f"{state.anomaly} on {state.item}: {outcome}"
        number = turn.answer["image"]
        image = state.images.get(number, number) if isinstance(number, int) else number
        return format_answer(turn.reasoning, image=image, passed=passed, summary=summary)
    if turn.call is None:
        return text
    return format_call(turn.reasoning, turn.call.name, **expand_arguments(turn.call, state))


def expand_arguments(call: ToolCall, state: PromptState) -> dict[str, object]:
    """A call's arguments with names filled in and the prompt written out."""
    arguments = dict(call.arguments)
    for name, short, long in (("item", w.ITEM, state.item), ("anomaly_type", w.ANOMALY, state.anomaly)):
        if arguments.get(name) == short:
            arguments[name] = long
    if "edited" in arguments:
        arguments["edited"] = state.images.get(arguments["edited"], arguments["edited"])
    if call.name == "image_gen":
        arguments["prompt"] = change_prompt(str(arguments["prompt"]), state)
    return arguments


def change_prompt(changes: str, state: PromptState) -> str:
    """The last prompt with changes such as "size+2 dark"; words that are no changes have no effect. Where the user said the
    place, it stays there."""
    asked = changes.split()
    edit = state.edit
    changed = edit
    explained = is_explained(state.prompt)
    for word in asked:
        explained = explained or (word == "explained" and bool(state.knowledge))
        changed = _changed(changed, word)
    changed = state.as_asked(changed)
    stressed = set(state.missed) <= set(edit.insisted)
    if changed == edit and stressed and state.prompt and explained == is_explained(state.prompt):
        return state.prompt
    written = state.rewritten(changed)
    return explain(written, _best_passage(state)) if explained else written


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
    return edit.severity if edit.severity is not None else _USUAL_SEVERITY


def _best_passage(state: PromptState) -> str:
    text = state.knowledge or split_explanation(state.prompt)[1]
    return text[:_MOST_EXPLAINED].rsplit(" ", 1)[0] if len(text) > _MOST_EXPLAINED else text


def is_explained(prompt: str) -> bool:
    """Whether a prompt tells what was looked up."""
    return bool(split_explanation(prompt)[1])


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


def compress(text: str, state: PromptState) -> str:
    """A turn of the protocol in the short form. A turn that cannot be taken apart becomes one word."""
    turn = parse_turn(text)
    reasoning = "".join(f" {phrase}" for phrase in _phrases(turn.reasoning))
    return f"{w.THINK}{reasoning}{w.UNTHINK}{_compressed(turn, state)}"


def _phrases(reasoning: str) -> list[str]:
    found = [(reasoning.find(phrase), phrase) for phrase in w.PHRASES.values()]
    return [phrase for place, phrase in sorted(found) if place >= 0]


def _compressed(turn: ParsedTurn, state: PromptState) -> str:
    if turn.answer is not None:
        image, passed = turn.answer.get("image"), "true" if turn.answer.get("passed") else "false"
        image = image_number(state, image) if isinstance(image, int) else 1
        return f"{w.ANSWER_OPEN}{image}{w.ANSWER_PASSED}{passed}{w.ANSWER_CLOSE}"
    if turn.call is None:
        return ""
    name, given = turn.call.name, turn.call.arguments
    if name == "prompt_gen":
        inner = f"{w.NORMAL}, {w.NAMES}"
    elif name == "image_gen":
        inner = f"{w.NORMAL}{w.PROMPT} plan{changes_between(state, given['prompt'])}{w.QUOTE}"
    elif name == "knowledge_retrieval":
        inner = w.NAMES
    else:
        inner = f"{w.EDITED}{image_number(state, given['edited'])}" + (f", {w.NAMES}" if name == "quality_eval" else "")
    return f"{w.CALL_OPEN}{name}{w.CALL_MIDDLE}{inner}{w.CALL_CLOSE}"


def changes_between(state: PromptState, prompt: str) -> str:
    """The changes, as written after " plan", that lead from the last prompt to this one; as near as steps come."""
    before = state.edit
    after = PromptState(
        state.item, state.anomaly, prompt, bounds=state.bounds, size=state.size, meaning=state.meaning
    ).edit
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
    if is_explained(prompt) and not is_explained(state.prompt):
        written += " explained"
    return written
