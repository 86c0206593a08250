"""A page of sample rollouts, which shows what the rewards reward."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..environment import AnomalyEnvironment
from ..rewards import TOTAL, Reward

_SHOWN = 4
_HEAD = "<!doctype html><meta charset=utf-8><title>Rollouts</title><style>body{font:14px sans-serif;max-width:70em;\
margin:2em auto}pre{white-space:pre-wrap;background:#f4f4f4;padding:.6em}summary{cursor:pointer}</style><h1>Rollouts</h1>\n"


class SamplesPage:
    """Appends the first rollouts of every so many steps to rollouts.html in a folder. rewards: of a completion and the
    environment that it ran in, by name.
    """

    def __init__(
        self, folder: Path, every: int, rewards: Callable[[list[Any], AnomalyEnvironment], dict[str, Reward]]
    ) -> None:
        self.path = folder / "rollouts.html"
        self.every = max(1, every)
        self.rewards = rewards

    def collect(self, step: int, completions: list[Any], environments: list[AnomalyEnvironment]) -> None:
        """Writes a step that is due. completions: messages of each rollout, with the environment that it ran in."""
        if step % self.every:
            return
        pairs = list(zip(completions, environments, strict=True))[:_SHOWN]
        blocks = "".join(
            _block(completion, environment, self.rewards(completion, environment)) for completion, environment in pairs
        )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as page:
            if page.tell() == 0:
                page.write(_HEAD)
            page.write(f"<h2>Step {step}</h2>\n{blocks}")


def _block(completion: list[dict[str, Any]], environment: AnomalyEnvironment, rewards: dict[str, Reward]) -> str:
    scores = [attempt.verdict.score for attempt in environment._trajectory.attempts if attempt.verdict is not None]
    told = ", ".join(f"{score:g}" for score in scores) or "none"
    lines = [f"{message['role']}: {_told(message)}" for message in completion]
    lines += ["", *(f"{name} {reward.value:+.3f}: {reward.reason}" for name, reward in rewards.items())]
    text = html.escape("\n".join(lines))
    return f"<details><summary>Scores: {told}; reward {rewards[TOTAL].value:.3f}</summary><pre>{text}</pre></details>\n"


def _told(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, list):
        content = " ".join(part.get("text", "[image]") for part in content)
    calls = "".join(f" {call['function']}" for call in message.get("tool_calls") or [])
    return f"{message.get('reasoning_content') or ''} {content}{calls}".strip()
