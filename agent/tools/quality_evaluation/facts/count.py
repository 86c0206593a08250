"""Are there as many as were asked for?"""

from __future__ import annotations

from ....core.verdict import Fact
from .grading import KEPT, fact
from .seen import SeenDefect


def count(seen: SeenDefect) -> Fact | None:
    """Counted as a person would: see pieces.defects_in."""
    asked = seen.attributes.count
    # A spray is one, of as many specks as it has, where the text has no number for them: its own shape asks for them.
    if asked is None or (seen.attributes.shape == "spray" and asked[0] < asked[1]):
        return None
    number = len(seen.defects)
    missing = max(asked[0] - number, number - asked[1], 0)
    strength = min(1.0, KEPT + missing / max(asked[1], 1)) if missing else 0.0
    return fact("count", asked, number, max(strength, 0.6) if missing else 0.0, seen.family)
