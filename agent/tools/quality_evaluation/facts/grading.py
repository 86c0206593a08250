"""How far a measure falls short of what was asked for, as one number for every kind of fact."""

from __future__ import annotations

import numpy as np

from ....core.verdict import Fact, FactValue

#: Up to this strength a fact is kept: the picture falls short, but a person would still say that it shows what was asked for.
KEPT = 0.5


def shortfall(value: float, fine: float, limit: float) -> float:
    """0-1: 0 up to `fine`, KEPT at `limit`, which may lie on either side of it, and twice that as far beyond again."""
    return float(np.clip(KEPT * (value - fine) / (limit - fine), 0.0, 1.0))


def outside(value: float, least: float, most: float, slack: float) -> float:
    """The shortfall of a positive value from a range: 0 within it, KEPT at `slack` times beyond either end."""
    ratio = max(least / max(value, 1e-9), value / max(most, 1e-9), 1.0)
    return shortfall(float(np.log(ratio)), 0.0, float(np.log(slack)))


def fact(name: str, asked: FactValue, seen: FactValue, strength: float, family: str) -> Fact:
    """A fact that is kept where its strength says so."""
    strength = round(float(strength), 2)
    return Fact(name, asked, seen, strength <= KEPT, strength, family)
