"""What is asked, as data: a description in plain words, and the facts that a person takes it to ask for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: The kinds of words, in the order of the tables.
KINDS = (
    "tone", "colour", "count", "place", "direction", "size", "length", "width", "shape", "edge", "relief", "gloss", "severity",
    "relation", "families",
)  # fmt: skip
_HERE = Path(__file__).parent
#: Sets of descriptions: those that were worked with; some that were kept back, and looked at later on; some that others wrote at
#: the end, who knew neither the words that are read nor the other sets' results.
FILES = {"worked": "descriptions.json", "held-back": "held_back.json", "unseen": "unseen.json"}
# What a picture must have ("colour") or must not have ("!bilevel") before a kind of word makes sense on it.
_NEEDS = {
    "tone": "!bilevel", "colour": "colour !bilevel", "edge": "smooth !bilevel !dim", "relief": "shadow",
    "gloss": "!bilevel !dim smooth", "severity": "!bilevel",
}  # fmt: skip
# The same for single words.
_WORD_NEEDS = {
    "dark": "!dim", "bright": "!pale", "black": "!dim", "white": "!pale", "along axis": "axis", "across axis": "axis",
    "along grain": "grain", "across grain": "grain", "rim": "object", "corner": "corners", "around opening": "opening",
    "along rim": "object", "from rim": "object", "missing corner": "corners",
    "bridge": "traces", "open": "strips", "bite": "traces", "spur": "traces", "missing trace": "strips", "pinhole": "traces",
    "extra copper": "traces",
}  # fmt: skip


@dataclass(frozen=True)
class Description:
    """text: as a person types it. asks: kind of word -> what is asked. on: tags that a picture needs, or with "!" must not
    have. may_leave: such a defect can reach beyond the product."""

    text: str
    asks: dict[str, Any]
    on: tuple[str, ...] = ()
    may_leave: bool = False

    def fits(self, tags: Iterable[str]) -> bool:
        """Whether the description makes sense on a picture with these tags."""
        needs = [*self.on]
        for kind, word in self.asks.items():
            needs += _NEEDS.get(kind, "").split()
            needs += _WORD_NEEDS.get(str(word), "").split()
        have = set(tags)
        return all((need[1:] not in have) if need.startswith("!") else (need in have) for need in needs)


def read_descriptions(which: str) -> list[Description]:
    """Those of a set, one of FILES."""
    rows = json.loads((_HERE / FILES[which]).read_text(encoding="utf-8"))
    return [
        Description(row["text"], row["asks"], tuple(row.get("on", "").split()), row.get("may_leave", False))
        for row in rows
    ]
