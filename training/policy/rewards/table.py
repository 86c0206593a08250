"""The table of terms in docs/training.md: `python -m anomaly_agent.training.policy.rewards.table` prints it."""

from __future__ import annotations

from collections.abc import Iterator

from . import TERMS
from .base import Term


def reward_table() -> str:
    """Every term and its parts with the keys under `rewards`, their defaults, what is measured and where it comes from."""
    lines = ["| term | weight and settings | what is measured | source |", "|---|---|---|---|"]
    return "\n".join([*lines, *(row for term in TERMS for row in _rows(term, ""))]) + "\n"


def _rows(term: Term, within: str) -> Iterator[str]:
    numbers = {term.weight_key: term.weight, **term.settings}
    keys = ", ".join(f"`{key}` {value:g}" for key, value in numbers.items())
    yield f"| {within}{term.name} | {keys} | {term.measures} | {term.source} |"
    for part in term.parts:
        yield from _rows(part, f"{within}{term.name}: ")


if __name__ == "__main__":
    print(reward_table(), end="")
