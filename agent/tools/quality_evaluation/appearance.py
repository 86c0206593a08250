"""How each defect family's change measures: what the critic compares a change with."""

from __future__ import annotations

from dataclasses import dataclass

#: (hard low, soft low, soft high, hard high): plausibility is 1 between the soft ends and 0 beyond the hard ones.
Range = tuple[float, float, float, float]
_ANY: Range = (-1e9, -1e9, 1e9, 1e9)


@dataclass(frozen=True)
class Appearance:
    """Plausible measures of a family's change.

    slenderness: length of one piece over its mean width. width: mean width over the product's size. extent: longest
    extent of a piece over the product's size. cover: changed share of the product. darkening: mean signed change over
    mean absolute change, -1 all darker to 1 all brighter. steepness: how suddenly the change rises at its border, 0
    gradual to 1 within the lens blur. texture: share of the surface's fine texture that continues, 0-1. pieces: number
    of pieces of note.
    """

    slenderness: Range = _ANY
    width: Range = _ANY
    extent: Range = _ANY
    cover: Range = _ANY
    darkening: Range = _ANY
    steepness: Range = _ANY
    texture: Range = _ANY


_SLENDER: Range = (3.0, 6.5, 1e9, 1e9)
_COMPACT: Range = (-1e9, -1e9, 6.0, 14.0)
_THIN: Range = (-1e9, -1e9, 0.035, 0.09)
_BROAD: Range = (0.006, 0.016, 1e9, 1e9)

# Set from what the words mean (a crack is slender and dark; a stain is compact), not fitted to any picture.
APPEARANCES: dict[str, Appearance] = {
    "scratch": Appearance(_SLENDER, _THIN, (0.04, 0.1, 1.1, 1.6), (-1, -1, 0.06, 0.2)),
    "crack": Appearance(_SLENDER, _THIN, (0.06, 0.15, 1.5, 2.2), (-1, -1, 0.12, 0.3), (-9, -9, 0.3, 0.9)),
    "thread": Appearance(_SLENDER, _THIN, (0.06, 0.15, 1.1, 1.7), (-1, -1, 0.06, 0.2)),
    "cut": Appearance(_SLENDER, (-1, -1, 0.07, 0.14), (0.05, 0.1, 1.0, 1.5), (-1, -1, 0.12, 0.3), (-9, -9, 0.2, 0.8)),
    "dent": Appearance(_COMPACT, _BROAD, (0.03, 0.06, 0.5, 0.8), (-1, -1, 0.2, 0.4)),
    "hole": Appearance((-9, -9, 4.0, 8.0), (0.004, 0.012, 0.2, 0.3), (0.01, 0.02, 0.3, 0.5), (-1, -1, 0.08, 0.2),
                       (-9, -9, 0.3, 0.9)),
    "chip": Appearance((-9, -9, 9.0, 18.0), _BROAD, (0.02, 0.04, 0.8, 1.3), (-1, -1, 0.25, 0.5)),
    "contamination": Appearance(_COMPACT, _BROAD, (0.02, 0.04, 0.6, 1.0), (-1, -1, 0.3, 0.5)),
    "discoloration": Appearance((-9, -9, 5.0, 10.0), (0.03, 0.08, 9, 9), (0.1, 0.2, 1.6, 2.2), (0.004, 0.015, 0.6, 0.85)),
    "bend": Appearance((-9, -9, 9.0, 18.0), _BROAD, (0.06, 0.12, 0.7, 1.1), (-1, -1, 0.35, 0.6)),
    "corrosion": Appearance((-9, -9, 7.0, 16.0), (0.004, 0.01, 9, 9), (0.05, 0.1, 0.8, 1.2), (-1, -1, 0.35, 0.6)),
    "print": Appearance((-9, -9, 9.0, 18.0), (0.004, 0.01, 0.4, 0.6), (0.01, 0.03, 0.5, 0.8), (-1, -1, 0.12, 0.3)),
}  # fmt: skip


def plausibility(value: float, limits: Range) -> float:
    """0-1: a trapezoid over the range."""
    hard_low, soft_low, soft_high, hard_high = limits
    if value < soft_low:
        return max(0.0, (value - hard_low) / max(soft_low - hard_low, 1e-9))
    if value > soft_high:
        return max(0.0, (hard_high - value) / max(hard_high - soft_high, 1e-9))
    return 1.0
