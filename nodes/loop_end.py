"""Agent Loop End: closes the loop on the canvas; asks the policy what to do and runs the nodes between again."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from comfy_api.latest import io

from ..agent.core.errors import InputError
from ..agent.core.result import Result
from ..agent.core.verdict import Fault
from . import host
from .graph_expansion import copy_round, is_link
from .loop_begin import Loop, LoopNextAttempt
from .outcomes import facts, outcome_outputs
from .panel import KEY
from .schema import MAX_SCORE, Faults, LoopState, schema
from .tensors import image_tensor, mask_tensor, masks, pictures

# Generators work at sizes of their own; a picture of nearly the same aspect ratio is scaled back, another one refused.
_ASPECT_TOLERANCE = 0.02


class LoopEnd(io.ComfyNode):
    """Takes each attempt's candidate; ends with a pass, or when the budget is spent."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentLoopEnd",
            display_name="Agent Loop End (Anomaly)",
            category="AnomalyAgent",
            description=(
                "Closes the loop that Agent Loop Begin opens: takes the candidate and its review, asks the policy what to do, "
                "and runs the nodes between again with a new prompt; stops at the first pass."
            ),
            search_aliases=["anomaly loop", "loop stop", "refine loop", "while loop"],
            enable_expand=True,
            has_intermediate_output=True,
            hidden=[io.Hidden.unique_id, io.Hidden.dynprompt, io.Hidden.extra_pnginfo],
            inputs=[
                LoopState.Input("loop", tooltip="The loop output of Agent Loop Begin."),
                io.Image.Input(
                    "image",
                    tooltip="The candidate: one image, what the nodes between made of the normal one by this prompt.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip=(
                        "The candidate's mask, where the generator knows it. Unconnected or all black: computed from the "
                        "change."
                    ),
                ),
                io.Float.Input(
                    "score",
                    optional=True,
                    force_input=True,
                    min=0.0,
                    max=MAX_SCORE,
                    tooltip=f"The candidate's score, 0-{MAX_SCORE:g}, from Quality Evaluation or any judge. Unconnected: "
                    "judged here.",
                ),
                io.String.Input(
                    "review",
                    optional=True,
                    force_input=True,
                    tooltip=(
                        "What is wrong with the candidate, in words: for people, and for a language model as policy. No other "
                        "policy reads it."
                    ),
                ),
                io.String.Input(
                    "knowledge",
                    optional=True,
                    force_input=True,
                    tooltip="What the policy gets when it looks something up, e.g. Knowledge Retrieval's text.",
                ),
                io.AnyType.Input(
                    "also",
                    optional=True,
                    tooltip="Anything else that must run at every attempt before the next one starts.",
                ),
                Faults.Input(
                    "faults",
                    optional=True,
                    tooltip=(
                        "What is wrong with the candidate, as data, from Quality Evaluation; the next prompt answers it. "
                        "Unconnected: the loop's own judge says what is wrong when the score does not pass."
                    ),
                ),
            ],
            outputs=outcome_outputs(lists=False),
        )

    @classmethod
    def execute(
        cls,
        loop: Loop,
        image: Any,
        mask: Any = None,
        score: float | None = None,
        review: str | None = None,
        knowledge: str | None = None,
        also: Any = None,
        faults: Any = None,
    ) -> io.NodeOutput:
        """Hands the attempt in; gives the outcome, or the next round to run."""
        node, dynprompt = cls.hidden.unique_id, cls.hidden.dynprompt
        opened = dynprompt.get_node(node)["inputs"].get("loop")
        if not isinstance(loop, Loop) or not is_link(opened):
            raise InputError("loop: connect the loop output of Agent Loop Begin, directly")
        episode, panel = loop.episode, loop.panel
        task = episode.episode.task
        if score is not None and not 0.0 <= score <= MAX_SCORE:
            raise InputError(f"score: {score:g} is outside 0-{MAX_SCORE:g}; scale the judge's score to that range")
        if review is not None and score is None:
            raise InputError("review: is connected without a score; connect the score too, or neither")
        if faults is not None and score is None:
            raise InputError("faults: is connected without a score; connect the score too, or neither")
        named = _faults(faults)
        candidate = _candidate(image, task.image.shape[:2])
        exact = _mask(mask, task.image.shape[:2])
        host.check_interrupt()
        if loop.index is None:
            panel.node = str(dynprompt.get_display_node_id(node))
            loop.index = panel.start(task, episode.episode.toolbox.max_attempts, episode.threshold)
            for event in episode.events:
                panel.show(loop.index, event, episode.episode)
        progress = host.Progress(episode.episode.toolbox.max_attempts)
        progress.show(episode.number, candidate)
        episode.hand_in(candidate, exact, score, review or "", knowledge, named)
        for event in episode.events:
            panel.show(loop.index, event, episode.episode)
        if not episode.wanted:
            return _outcome(loop, loop.index, cls.hidden.extra_pnginfo)
        closer, graph = copy_round(dynprompt, opened[0], node, LoopNextAttempt.GET_SCHEMA().node_id, loop)
        outputs = [closer.out(index) for index in range(len(outcome_outputs(lists=False)))]
        return io.NodeOutput(*outputs, expand=graph)


def _outcome(loop: Loop, index: int, extra: Any) -> io.NodeOutput:
    result: Result = loop.episode.result()
    task = loop.episode.episode.task
    loop.panel.finish(index, result, task)
    loop.panel.keep_with_output(extra)
    score, passed, trajectory, episode = facts(task, result)
    return io.NodeOutput(
        image_tensor([result.image]),
        mask_tensor([result.mask]),
        score,
        passed,
        trajectory,
        image_tensor([made.image for made in result.trajectory.attempts]),
        episode,
        ui={KEY: [loop.panel.kept()]},
    )


def _faults(given: Any) -> tuple[Fault, ...] | None:
    """The judge's faults, None where it names none as data. A wire of any type, such as a switch's, can bring anything."""
    if given is None:
        return None
    listed = tuple(given) if isinstance(given, tuple | list) else (given,)
    for one in listed:
        if not isinstance(one, Fault):
            raise InputError(
                f"faults: got {type(one).__name__}, which is no fault; connect the faults output of Quality Evaluation, or "
                "disconnect it"
            )
    return listed


def _candidate(image: Any, size: tuple[int, int]) -> np.ndarray:
    """The candidate at the normal image's size, (height, width)."""
    found = pictures([image], "image").arrays
    if len(found) != 1:
        raise InputError(f"image: {len(found)} images for one attempt; set the generator's batch size to 1")
    height, width = found[0].shape[:2]
    if (height, width) == size:
        return found[0]
    ratio = (width / height) / (size[1] / size[0])
    if abs(ratio - 1) > _ASPECT_TOLERANCE:
        raise InputError(
            f"image: the candidate is {width}x{height} px, but the normal image is {size[1]}x{size[0]} px, of another shape; "
            "crop the normal image to a size that the generator keeps, e.g. multiples of 64"
        )
    way = cv2.INTER_AREA if height > size[0] else cv2.INTER_CUBIC
    return cv2.resize(found[0], (size[1], size[0]), interpolation=way)


def _mask(mask: Any, size: tuple[int, int]) -> np.ndarray | None:
    found = masks(None if mask is None else [mask], "mask")
    if found is None:
        return None
    if len(found) != 1:
        raise InputError(f"mask: {len(found)} masks for one image; give one")
    if found[0].shape != size:
        height, width = found[0].shape
        raise InputError(
            f"mask: {width}x{height} px, but the normal image is {size[1]}x{size[0]} px; scale it, or disconnect mask"
        )
    # An edit that drew nothing has a black mask; whether anything changed all the same is for the images to say.
    return found[0] if found[0].any() else None
