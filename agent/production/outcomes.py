"""Why samples did not pass: counted from their records, and told in words last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..core.protocol import Refused, parse_turn, read_observation

# Reasons told of each sort, the commonest first.
_MOST_TOLD = 3


@dataclass
class FailedType:
    """An anomaly type of which no sample passed. tried: samples. stops: why their loops ended. faults: kinds, by how many samples
    have one. refusals: codes of refused turns, likewise. best: the highest score, None where nothing was judged.
    """

    item: str
    anomaly: str
    tried: int = 0
    stops: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    best: float | None = None

    def add(self, record: dict[str, Any]) -> None:
        """Counts a sample, by its record."""
        self.tried += 1
        self.stops[record["stop"]] += 1
        attempts = record["attempts"]
        self.faults.update({fault["kind"] for attempt in attempts for fault in attempt.get("faults", [])})
        self.refusals.update({refused.code.value for refused in refusals(record)})
        scores = [attempt["score"] for attempt in attempts if attempt["score"] is not None]
        self.best = max([*scores, *([] if self.best is None else [self.best])], default=None)

    def words(self, threshold: float) -> str:
        """One line: what came of it, and the commonest reasons."""
        told = [f"ended by: {_told(self.stops)}"]
        if self.faults:
            told.append(f"faults: {_told(self.faults)}")
        if self.refusals:
            told.append(f"refused turns: {_told(self.refusals)}")
        best = "nothing was judged" if self.best is None else f"best score {self.best:g}, above {threshold:g} passes"
        return f"{self.item}, {self.anomaly}: 0 of {self.tried} passed ({'; '.join(told)}; {best})"


def refusals(record: dict[str, Any]) -> Iterator[Refused]:
    """The turns of a sample that were not carried out, in order."""
    tool = ""
    for message in record.get("messages", []):
        text = "".join(part["text"] for part in message["content"] if part["type"] == "text")
        if message["role"] == "assistant":
            call = parse_turn(text).call
            tool = call.name if call else ""
        elif message["role"] == "tool":
            try:
                observation = read_observation(tool, text)
            except ValueError:
                continue
            if isinstance(observation, Refused):
                yield observation


def had_usable_turn(records: Iterable[dict[str, Any]]) -> bool:
    """Whether the policy gave a turn that could be read in any of the samples."""
    return any(record["attempts"] or any(map(_is_usable, record.get("messages", []))) for record in records)


def _is_usable(message: dict[str, Any]) -> bool:
    text = "".join(part["text"] for part in message["content"] if part["type"] == "text")
    return message["role"] == "assistant" and parse_turn(text).error is None


def _told(counts: Counter[str]) -> str:
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_TOLD]
    return ", ".join(f"{name} ({count})" for name, count in ranked)
