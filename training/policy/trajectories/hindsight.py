"""Hindsight: a real defect in the words of a prompt, and what an editor with a bias has to be asked for to draw it."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ....agent.core.errors import InputError
from ....agent.core.task import Task
from ....agent.core.verdict import FaultKind
from ....agent.defects.describing import resolve
from ....agent.defects.edit import Box, Edit
from ....agent.defects.prompt_text import read_prompt, write_prompt
from ....agent.imaging.masks import box_in_fractions
from ....agent.policies.prompt_state import PromptState
from ....agent.policies.trained import vocabulary as w
from ....agent.policies.trained.action_codec import change_prompt, changes_between
from ....agent.tools.image_generation import ProceduralGenerator
from ....agent.tools.prompt_generation import ScenePromptGenerator
from ....agent.tools.prompt_generation.scene import surface_note
from ....agent.tools.quality_evaluation.measures import Measures, measure
from ..unfaithful_editor import SEAMLESS, EditorBias
from .defects import RealDefect

# Extent of a rendered defect's change, as the critic measures it, over the size that was asked for: the median of 400.
_EXTENT_A_SIZE = 0.82
_PROBE = 0.5
_ONE_SIGN = 0.35
# A change of at most this many steps, of what a review finds no fault with, is not worth making.
_WORTH = 2
# How far a plan's box lies beside the defect, as a share of the box.
_BESIDE = 0.25


def describe_defect(defect: RealDefect, seed: int) -> Edit | None:
    """The defect in numbers, by the measures of the critic: None where nothing is seen, or an editor that does as it is
    told could draw nothing such.

    Strength is told by drawing the like in the same place and comparing: the surface hides as much of both.
    """
    wanted = resolve(defect.anomaly)
    seen = _measure(defect, defect.image)
    if seen is None:
        return None
    edit = Edit(
        family=wanted.family,
        variant=wanted.variant,
        box=box_in_fractions(defect.mask),
        size=round(min(max(seen.extent / _EXTENT_A_SIZE, 0.01), 1.5), 3),
        severity=_PROBE,
        tone="dark" if seen.darkening < -_ONE_SIGN else "bright" if seen.darkening > _ONE_SIGN else None,
        softness=round(1.0 - seen.edge_sharpness, 2),
        count=min(max(seen.pieces, 1), 12),
    )
    task = Task(defect.normal, defect.item, defect.anomaly, None, seed)
    try:
        like = ProceduralGenerator().edit(
            task, defect.scene, write_prompt(edit, defect.item, defect.anomaly, bounds=defect.scene.bounding_box), seed
        )
    except InputError:
        return None
    drawn = _measure(defect, like.image)
    if drawn is None:
        return None
    return edit.with_(severity=round(min(max(_PROBE * seen.visibility / drawn.visibility, 0.05), 1.0), 2))


def plan_near(defect: RealDefect, true: Edit, task: Task, as_true: bool, rng: np.random.Generator) -> str:
    """The planner's paragraph for a task, with its box about the real defect. as_true: with the defect's own size and
    strength too, as when the plan turned out right.
    """
    bounds = defect.scene.bounding_box
    own = read_prompt(
        ScenePromptGenerator().plan(task, defect.scene), task.asked, bounds, task.image.shape[:2], task.item
    )[0]
    assert own.box is not None and true.box is not None
    edit = own.with_(family=true.family, variant=true.variant, box=_around(true.box, own.box, rng))
    if as_true:
        edit = edit.with_(size=true.size, severity=true.severity, tone=true.tone)
    return write_prompt(edit, defect.item, defect.anomaly, surface_note(defect.scene), bounds)


def corrections(
    true: Edit, home: Box, state: PromptState, bias: EditorBias, faults: set[FaultKind], reach: dict[str, float]
) -> str:
    """The changes, in the action codec, that lead from the last prompt to what an editor with this bias has to be asked for, to
    draw the real defect. home: the plan's box, which is about the defect. faults: that the last attempt had. reach: how much of
    the way to go for "size", "severity", "place" and "seam", 1 by default.
    """
    edit = state.edit
    assert edit.size is not None and edit.severity is not None and edit.box is not None
    assert true.size is not None and true.severity is not None
    asked = w.size_level(min(max(true.size / bias.size, 0.01), 1.5))
    severity = min(true.severity / bias.severity, 1.0)
    wanted = {
        "size": reach.get("size", 1.0) * (asked - w.size_level(edit.size)),
        "severity": reach.get("severity", 1.0) * (severity - edit.severity) / w.SEVERITY_STEP,
        "soft": reach.get("seam", 1.0) * max(0.0, SEAMLESS - (edit.softness or 0.0)) / w.SOFT_STEP * (bias.seam > 0),
    }
    for axis, name in enumerate(("x", "y")):
        there = (home[axis] + home[axis + 2]) / 2 - bias.shift[axis]
        here = (edit.box[axis] + edit.box[axis + 2]) / 2
        wanted[name] = reach.get("place", 1.0) * (there - here) / w.SHIFT
    steps = {name: math.ceil(value - 1e-6) if name == "soft" else round(value) for name, value in wanted.items()}
    found_fault = {
        "size": {FaultKind.TOO_SMALL, FaultKind.TOO_LARGE} & faults,
        "severity": {FaultKind.FAINT} & faults,
    }
    for name, found in found_fault.items():
        if not found and abs(steps[name]) <= _WORTH:
            steps[name] = 0
    written = "".join(w.step(name, w.clamp(n, -w.STEPS[name], w.STEPS[name])) for name, n in steps.items() if n)
    if {FaultKind.TOO_BRIGHT, FaultKind.TOO_DARK} & faults:
        written += " dark" if FaultKind.TOO_BRIGHT in faults else " bright"
    if FaultKind.UNLIKE in faults and (edit.count or 1) > 1 and true.count == 1:
        written += " one"
    return written


def hedges(true: Edit, state: PromptState, bias: EditorBias, most: int) -> str:
    """Changes to a plan that stand a first attempt in good stead with an editor of this bias, whatever else it has: more
    severity, at most so many steps, and a soft edge. "" where it needs none.
    """
    edit = state.edit
    assert edit.severity is not None and true.severity is not None
    steps = round((min(true.severity / bias.severity, 1.0) - edit.severity) / w.SEVERITY_STEP)
    written = w.step("severity", min(steps, most)) if steps > 0 else ""
    soft = math.ceil(max(0.0, SEAMLESS - (edit.softness or 0.0)) / w.SOFT_STEP - 1e-6)
    return written + (w.step("soft", soft) if bias.seam > 0 and soft else "")


def written_out(changes: str, state: PromptState) -> str | None:
    """The prompt with the changes, such that the small policy's language says it again in the same words: its numbers are
    rounded, and the picture's border stops a box. None where it settles on no change at all.
    """
    for _ in range(4):
        prompt = change_prompt(changes, state)
        again = changes_between(state, prompt)
        if again.split() == changes.split():
            return prompt if again else None
        changes = again
    return None


def points_right(changes: str, faults: set[FaultKind], state: PromptState) -> bool:
    """Whether changes answer every fault that can be answered by a change: too small by more size, and so on."""
    steps = {name: 0 for name in w.STEPS}
    for word in changes.split():
        name, _, count = word.partition("+" if "+" in word else "-")
        if count and name in steps:
            steps[name] = int(count) * (1 if "+" in word else -1)
    full = (state.edit.severity or 0.0) >= 0.995
    answered = {
        FaultKind.TOO_SMALL: steps["size"] > 0,
        FaultKind.TOO_LARGE: steps["size"] < 0,
        FaultKind.FAINT: steps["severity"] > 0 or (full and steps["size"] > 0),
        FaultKind.SEAM: steps["soft"] > 0,
        FaultKind.OFF_TARGET: steps["x"] != 0 or steps["y"] != 0,
    }
    return all(answered.get(fault, True) for fault in faults)


def draw_region(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A rectangle, (H, W) bool, about a defect's mask, (H, W) bool, with room on every side."""
    height, width = mask.shape
    left, top, w_px, h_px = cv2.boundingRect(mask.astype(np.uint8))
    room = [0.06 * side + rng.uniform(0.3, 1.0) * px for side, px in ((width, w_px), (height, h_px)) for _ in range(2)]
    region = np.zeros_like(mask)
    rows = slice(max(0, round(top - room[2])), round(top + h_px + room[3]))
    region[rows, max(0, round(left - room[0])) : round(left + w_px + room[1])] = True
    return region


def _measure(defect: RealDefect, image: np.ndarray) -> Measures | None:
    return measure(defect.normal, image, defect.scene)


def _around(true: Box, like: Box, rng: np.random.Generator) -> Box:
    """A box of another's size about the middle of a true one, inside the picture."""
    spans = []
    for axis in (0, 1):
        side = min(like[axis + 2] - like[axis], 1.0)
        middle = (true[axis] + true[axis + 2]) / 2 + rng.uniform(-_BESIDE, _BESIDE) * side
        start = min(max(middle - side / 2, 0.0), 1.0 - side)
        spans.append((start, start + side))
    (x0, x1), (y0, y1) = spans
    return (round(x0, 3), round(y0, 3), round(x1, 3), round(y1, 3))
