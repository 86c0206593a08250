"""What a broken fact leaves of a score, whoever judges."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.verdict import MAX_SCORE, PASS_THRESHOLD, Fact

# A broken fact never passes by default: the most that one which falls just short leaves, and one that falls short in full.
_MOST, _LEAST = PASS_THRESHOLD - 1.0, 1.0
# At the most, where something falls short by less than a score's last digit.
_BELOW_FULL = MAX_SCORE - 0.1


def capped(location: float, quality: float, facts: Sequence[Fact]) -> tuple[float, float]:
    """Location and quality, 0-5 each, with two decimals, in the same proportion, so that the score is no more than the worst
    fact lets it be: full only where nothing falls short."""
    broken = max((fact.strength for fact in facts if not fact.kept), default=0.0)
    most = _MOST + (_LEAST - _MOST) * broken if broken else MAX_SCORE
    if location + quality < MAX_SCORE or any(fact.strength for fact in facts):
        most = min(most, _BELOW_FULL)
    scale = min(1.0, most / max(location + quality, 1e-9))
    return round(scale * location, 2), round(scale * quality, 2)
