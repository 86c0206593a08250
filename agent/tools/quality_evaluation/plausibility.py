"""How well a measure fits the range that a defect family gives for it."""

from __future__ import annotations

from ...defects.family import Range


def plausibility(value: float, limits: Range) -> float:
    """0-1: a trapezoid over the range."""
    hard_low, soft_low, soft_high, hard_high = limits
    if value < soft_low:
        return max(0.0, (value - hard_low) / max(soft_low - hard_low, 1e-9))
    if value > soft_high:
        return max(0.0, (hard_high - value) / max(hard_high - soft_high, 1e-9))
    return 1.0
