"""Runs that wait for their user: what is asked, and the answer that the page sends."""

from __future__ import annotations

import base64
import io
import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..agent.core.errors import InputError
from ..agent.imaging.outline import outline_path, picture_url, thumbnail_mask
from ..agent.loop.human_in_the_loop import Decision, Proposal
from . import host

#: The event that asks the page; without a question it says that the run goes on.
EVENT = "anomaly_agent.pause"
# An interrupt is seen this often while a run waits, in seconds.
_POLL = 0.1
# Longest side of the picture to paint on, in px.
_SIDE = 768
_MOST_BYTES = 30_000_000


@dataclass
class _Waiting:
    question: dict[str, Any]
    size: tuple[int, int]
    answered: threading.Event = field(default_factory=threading.Event)
    decision: Decision = field(default_factory=Decision)


_waiting: dict[str, _Waiting] = {}


def ask_user(run: str, node: str, proposal: Proposal, mask: np.ndarray) -> Decision:
    """Shows a proposal on the page and waits for the user's decision; raises the host's exception on interrupt.

    run: an id that the answer names. node: the node's id on the page. mask: (H, W) bool of the last attempt.
    """
    attempt = proposal.attempt
    small = thumbnail_mask(mask, _SIDE)
    question = {
        "node": node,
        "run": run,
        "prompt": proposal.prompt,
        "finishes": proposal.finishes,
        "attempts_left": proposal.attempts_left,
        "picture": picture_url(attempt.image, _SIDE),
        "outline": outline_path(small),
        "region": "" if proposal.region is None else outline_path(thumbnail_mask(proposal.region, _SIDE)),
        "view_box": f"0 0 {small.shape[1]} {small.shape[0]}",
        "score": attempt.verdict.score if attempt.verdict else None,
        "review": attempt.verdict.review if attempt.verdict else "",
    }
    waiting = _Waiting(question, attempt.image.shape[:2])
    _waiting[run] = waiting
    try:
        host.send(EVENT, question)
        while not waiting.answered.wait(_POLL):
            host.check_interrupt()
        return waiting.decision
    finally:
        del _waiting[run]
        host.send(EVENT, {"node": node, "run": run})


def questions() -> list[dict[str, Any]]:
    """What runs wait for now; a page that was loaded anew asks for it."""
    return [waiting.question for waiting in _waiting.values()]


def answer(run: Any, action: Any = "continue", prompt: Any = "", region: Any = "") -> None:
    """Hands a decision to the run that waits. region: a PNG as data URL, white where a defect may go; "" for no change.

    Raises InputError where no such run waits or the decision cannot be used; the run then waits on.
    """
    waiting = _waiting.get(run) if isinstance(run, str) else None
    if waiting is None:
        raise InputError("this run does not wait any more; look at its panel for where it is")
    if not isinstance(prompt, str) or not isinstance(region, str):
        raise InputError("prompt and region must be texts")
    decision = Decision(action, prompt, _read_region(region, waiting.size) if region else None)
    decision.check(waiting.size)
    waiting.decision = decision
    waiting.answered.set()


def _read_region(url: str, size: tuple[int, int]) -> np.ndarray:
    head, _, data = url.partition(",")
    if head != "data:image/png;base64" or len(data) > _MOST_BYTES:
        raise InputError("region must be a PNG as data URL of at most 30 MB")
    try:
        with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as picture:
            if max(picture.size) > 4 * max(size):
                raise InputError("region is much larger than the image; send it at the image's size")
            grey = picture.convert("L").resize((size[1], size[0]), Image.Resampling.BILINEAR)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"region is no PNG that can be read ({error})") from error
    return np.asarray(grey) > 127
