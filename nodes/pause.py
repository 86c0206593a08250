"""Runs that wait for their user: what is asked of the client that queued the run, and the answer that it sends."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..agent.core.errors import InputError
from ..agent.core.task import MAX_PROMPT, check_text
from ..agent.imaging.outline import outline_path, picture_url, thumbnail_mask
from ..agent.loop.human_in_the_loop import Decision, Proposal
from . import host
from .region_url import read_region

#: The event that asks the page; without a question it says that the run goes on.
EVENT = "anomaly_agent.pause"
# An interrupt is seen this often while a run waits, in seconds.
_POLL = 0.1
# Longest side of the picture to paint on, in px.
_SIDE = 768


@dataclass
class _Waiting:
    client: str
    question: dict[str, Any]
    size: tuple[int, int]
    answered: threading.Event = field(default_factory=threading.Event)
    decision: Decision = field(default_factory=Decision)


# By the word that an answer names, which is told to the client alone, and to it over its own socket.
_waiting: dict[str, _Waiting] = {}
_answering = threading.Lock()


def asking_client() -> str:
    """The id of the client that queued the run that is being executed. Raises InputError where it was queued without one."""
    client = host.client()
    if client is None:
        raise InputError(
            "pause: nobody could answer, as this run was queued without a client_id; queue it from ComfyUI's page, send the "
            "client_id of an open socket with it, or turn pause off"
        )
    return client


def ask_user(node: str, proposal: Proposal, mask: np.ndarray) -> Decision:
    """Shows a proposal to the client that queued the run and waits for its decision; raises the host's exception on interrupt.

    node: the node's id on the page. mask: (H, W) bool of the last attempt. Raises InputError where there is no such client.
    """
    client = asking_client()
    run = secrets.token_urlsafe(24)
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
    waiting = _Waiting(client, question, attempt.image.shape[:2])
    _waiting[run] = waiting
    try:
        host.send(EVENT, question, client)
        while not waiting.answered.wait(_POLL):
            host.check_interrupt()
        return waiting.decision
    finally:
        del _waiting[run]
        host.send(EVENT, {"node": node, "run": run}, client)


def ask_again(client: str) -> list[str]:
    """Sends a client what its runs wait for, once more, as a page that was loaded anew wants it; returns the nodes that wait.

    The questions go over the client's own socket: its id is no secret, as the host shows it with its queue.
    """
    mine = [waiting.question for waiting in list(_waiting.values()) if waiting.client == client]
    for question in mine:
        host.send(EVENT, question, client)
    return [question["node"] for question in mine]


def answer(client: Any = None, run: Any = None, action: Any = "continue", prompt: Any = "", region: Any = "") -> None:
    """Hands a decision to the run that waits. client: the id of the client that queued it. run: as its question has it.
    region: a PNG as data URL, white where a defect may go; "" for no change.

    Raises InputError where this client has no such run waiting or the decision cannot be used; the run then waits on.
    """
    waiting = _waiting.get(run) if isinstance(run, str) else None
    if waiting is None or waiting.client != client:
        raise InputError("no run of this page waits for this answer (any more); look at its panel for where it is")
    if not (isinstance(action, str) and isinstance(prompt, str) and isinstance(region, str)):
        raise InputError("action, prompt and region must be texts")
    check_text(action, 20, "action")
    check_text(prompt, MAX_PROMPT, "prompt")
    decision = Decision(action, prompt, read_region(region, waiting.size) if region else None)  # type: ignore[arg-type]
    decision.check(waiting.size)
    with _answering:
        if waiting.answered.is_set():
            raise InputError("this run has its answer already; look at its panel for where it is")
        waiting.decision = decision
        waiting.answered.set()
