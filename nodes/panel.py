"""What the trajectory panel shows: a record of every episode of a run, sent turn by turn and kept with the output."""

from __future__ import annotations

import json
import uuid
from typing import Any

from ..agent.core.result import Result
from ..agent.core.task import Task
from ..agent.core.trajectory import Attempt
from ..agent.dataset.encoded import understood_facts
from ..agent.defects.understanding import understood_task
from ..agent.imaging.outline import outline_path, picture_url, thumbnail_mask
from ..agent.loop.episode import Episode, Event
from ..agent.tools.quality_evaluation.say_fact import say_fact
from . import host

#: The event that carries a step to the page.
EVENT = "anomaly_agent.panel"
#: Key of the record in the node's output and in its properties.
KEY = "anomaly_agent_run"
# Longest side of the panel's pictures in px, and what all pictures and outlines of a kept record may take: workflows stay
# loadable.
_SIDE, _QUALITY, _MOST_BYTES = 448, 85, 400_000
# Trajectories of more episodes than this are not put into every picture; Save Anomaly Dataset keeps them all.
_MOST_EPISODES = 16


class PanelRun:
    """The record of one run of a node, over all its images."""

    def __init__(self, node: str, count: int) -> None:
        """node: the id under which the page knows the node. count: images of the run."""
        self.node = node
        self.run = uuid.uuid4().hex
        self._record: dict[str, Any] = {"version": 1, "run": self.run, "count": count, "episodes": []}
        self._trajectories: list[dict[str, Any]] = []

    def start(self, task: Task, max_attempts: int, threshold: float) -> int:
        """An episode begins; returns its index, for the calls below."""
        understanding = understood_task(task)
        episode = {
            "item": task.item,
            "anomaly_type": task.anomaly,
            "understood": understanding.sentence,
            "remarks": understanding.remarks,
            "corrected": understanding.corrected,
            "meaning": task.meaning if task.corrected else "",
            "seed": task.seed,
            "max_attempts": max_attempts,
            "threshold": threshold,
            "picture": picture_url(task.image, _SIDE, _QUALITY),
            "turns": [],
            "attempts": [],
            "outcome": None,
        }
        self._record["episodes"].append(episode)
        index = len(self._record["episodes"]) - 1
        self._send(index, start=episode)
        return index

    def show(self, index: int, event: Event, episode: Episode) -> None:
        """A turn happened."""
        current = self._record["episodes"][index]
        attempt = event.attempt
        turn: dict[str, Any] = {
            "turn": event.turn,
            "reasoning": event.reasoning,
            "tool": event.tool,
            "text": event.observation,
            "error": event.error,
            "attempt": _index(attempt, episode) if attempt is not None else None,
        }
        if event.tool == "image_gen" and attempt is not None:
            turn["text"] = attempt.prompt
        elif event.tool == "quality_eval" and attempt is not None:
            turn["text"] = ""  # the attempt has the verdict
        if event.tool == "user_edit":
            turn["text"] = episode.trajectory.edits[-1]["text"]
            turn["edit"] = {key: value for key, value in episode.trajectory.edits[-1].items() if key != "text"}
        current["turns"].append(turn)
        changed = None
        if attempt is not None:
            changed = _attempt_facts(attempt, episode)
            current["attempts"][_index(attempt, episode) :] = [changed]
        self._send(index, turn=turn, attempt=changed)

    def finish(self, index: int, result: Result, task: Task) -> None:
        """An episode ended."""
        outcome = {
            "passed": result.passed,
            "stop": result.stop.value,
            "score": result.verdict.score if result.verdict else None,
            "attempt": next((i for i, a in enumerate(result.trajectory.attempts) if a.image is result.image), None),
        }
        self._record["episodes"][index]["outcome"] = outcome
        self._trajectories.append(trajectory_record(result, task))
        self._send(index, outcome=outcome)

    def kept(self) -> dict[str, Any]:
        """The record to keep. Where its pictures, with the outlines on them, are too many, those of the earliest images are left
        out."""
        room = _MOST_BYTES
        episodes: list[dict[str, Any]] = []
        for episode in reversed(self._record["episodes"]):
            attempts = episode["attempts"]
            room -= len(episode["picture"]) + sum(len(made["picture"]) + len(made["outline"]) for made in attempts)
            if room < 0:
                attempts = [{**made, "picture": "", "outline": ""} for made in attempts]
                episode = {**episode, "picture": "", "attempts": attempts}  # noqa: PLW2901
            episodes.insert(0, episode)
        return {**self._record, "episodes": episodes}

    def keep_with_output(self, extra: Any) -> None:
        """Puts the record where pictures saved from this run carry it: into the node's properties in the workflow that
        is saved with them, and the trajectories in chat format, without pictures, beside it.

        extra: the host's extra_pnginfo, or None where nothing is saved with pictures.
        """
        if not isinstance(extra, dict):
            return
        if len(self._trajectories) <= _MOST_EPISODES:
            extra.setdefault("anomaly_agent", {})[self.node] = self._trajectories
        found = _node_in_workflow(extra.get("workflow"), self.node)
        if found is not None:
            found.setdefault("properties", {})[KEY] = self.kept()

    def _send(self, index: int, **step: Any) -> None:
        host.send(EVENT, {"node": self.node, "run": self.run, "count": self._record["count"], "index": index, **step})


def trajectory_record(result: Result, task: Task) -> dict[str, Any]:
    """An episode in chat format, as in trajectories.jsonl; its images go by name, not by path."""
    names = ["normal", *(f"attempt_{index}" for index in range(1, len(result.trajectory.images)))]
    return result.trajectory.to_record(
        names,
        item=task.item,
        anomaly_type=task.anomaly,
        seed=task.seed,
        passed=result.passed,
        stop=result.stop.value,
        **understood_facts(result.trajectory, task),
    )


def trajectory_text(result: Result, task: Task) -> str:
    """The record as one line of JSON."""
    return json.dumps(trajectory_record(result, task), ensure_ascii=False)


def _index(attempt: Attempt, episode: Episode) -> int:
    return next(index for index, made in enumerate(episode.trajectory.attempts) if made is attempt)


def _attempt_facts(attempt: Attempt, episode: Episode) -> dict[str, Any]:
    small = thumbnail_mask(episode.toolbox.mask(attempt), _SIDE)
    verdict = attempt.verdict
    return {
        "picture": picture_url(attempt.image, _SIDE, _QUALITY),
        "outline": outline_path(small),
        "view_box": f"0 0 {small.shape[1]} {small.shape[0]}",
        "prompt": attempt.prompt,
        "score": verdict.score if verdict else None,
        "location": verdict.location if verdict else None,
        "quality": verdict.quality if verdict else None,
        "passed": verdict.passed if verdict else None,
        "review": verdict.review if verdict else "",
        "facts": [{"text": say_fact(fact), "kept": fact.kept} for fact in verdict.facts] if verdict else [],
    }


def _node_in_workflow(workflow: Any, node: str) -> dict[str, Any] | None:
    """The node of an id such as "7", or "12:7" inside a subgraph, in a workflow as the page saves it."""
    graph = workflow if isinstance(workflow, dict) else {}
    subgraphs = {one.get("id"): one for one in graph.get("definitions", {}).get("subgraphs", [])}
    found = None
    for part in node.split(":"):
        found = next((one for one in graph.get("nodes", []) if str(one.get("id")) == part), None)
        if found is None:
            return None
        graph = subgraphs.get(found.get("type"), {})
    return found
