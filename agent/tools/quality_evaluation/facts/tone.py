"""Is it darker or brighter than the surface, as asked for?"""

from __future__ import annotations

from ....core.verdict import Fact
from .grading import fact, shortfall
from .seen import SeenDefect

# Share of the change that must go the asked way, weighted by its size, -1 to 1: a groove has a flank of the other tone.
_PLAIN, _BARELY = 0.7, 0.15


def tone(seen: SeenDefect) -> Fact | None:
    """By the change of CIE lightness over all of it."""
    asked = seen.attributes.tone
    if asked is None:
        return None
    signed = seen.whole.signed
    towards = signed if asked == "bright" else -signed
    told = "bright" if signed > _BARELY else "dark" if signed < -_BARELY else "mixed"
    return fact("tone", asked, told, shortfall(towards, _PLAIN, _BARELY), seen.family)
