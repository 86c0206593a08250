"""Trajectories that users recorded, in ComfyUI or on the command line, with what they edited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ....agent.core.errors import InputError
from ....agent.core.protocol import parse_turn, read_task
from ....agent.core.trajectory import Attempt, Trajectory
from ....agent.core.verdict import Fault, Verdict
from .load import Record, read_lines


def read_recorded(files: Sequence[Path], failed_too: bool, problems: list[str]) -> Iterator[tuple[Trajectory, Record]]:
    """The trajectories of trajectories.jsonl files. failed_too: also those that did not pass. A line on each that cannot be
    used goes into `problems`.
    """
    for file in files:
        try:
            records, broken = read_lines(file)
        except InputError as error:
            problems.append(str(error))
            continue
        problems += broken
        for record in records:
            if not (failed_too or record.facts.get("passed")):
                continue
            try:
                read_task(_task_text(record))
                yield _trajectory(record), record
            except InputError as error:
                problems.append(f"{record.where}: {error}")
            except (ValueError, KeyError, TypeError, IndexError) as error:
                problems.append(f"{record.where}: no trajectory of an episode ({error}); take the line out")


def looks_up(trajectory: Trajectory) -> bool:
    """Whether knowledge is looked up in it."""
    turns = (m["content"][-1]["text"] for m in trajectory.messages if m["role"] == "assistant")
    return any((call := parse_turn(turn).call) is not None and call.name == "knowledge_retrieval" for turn in turns)


def _task_text(record: Record) -> str:
    return str(next(m for m in record.messages if m["role"] == "user")["content"][-1]["text"])


def _trajectory(record: Record) -> Trajectory:
    images = record.read_images()
    attempts = [_attempt(facts, images) for facts in record.facts["attempts"]]
    rejected = {int(facts["image"]) for facts in record.facts["attempts"] if facts.get("rejected_by_user")}
    return Trajectory(record.messages, images, attempts, rejected=rejected)


def _attempt(facts: dict[str, Any], images: list[Any]) -> Attempt:
    number = int(facts["image"])
    verdict = None
    if facts["score"] is not None:
        # What did not pass under a threshold of its own did not pass: the record has no other.
        threshold = facts["score"] - 1e-6 if facts["passed"] else facts["score"]
        faults = tuple(Fault.from_json(fault) for fault in facts.get("faults", ()))
        verdict = Verdict(facts["location"], facts["quality"], facts["review"], threshold, faults)
    return Attempt(facts["prompt"], images[number - 1], number, None, verdict)
