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
    gradual to 1 within the lens blur. texture: share of the surface's fine texture that continues, 0-1. mixed: how
    evenly both signs occur, 0-1.
    """

    slenderness: Range = _ANY
    width: Range = _ANY
    extent: Range = _ANY
    cover: Range = _ANY
    darkening: Range = _ANY
    steepness: Range = _ANY
    texture: Range = _ANY
    mixed: Range = _ANY


_SLENDER: Range = (3.0, 6.5, 1e9, 1e9)
_COMPACT: Range = (-1e9, -1e9, 6.0, 14.0)
_ANGULAR: Range = (-1e9, -1e9, 9.0, 18.0)
_THIN: Range = (-1e9, -1e9, 0.035, 0.09)
_BROAD: Range = (0.01, 0.024, 1e9, 1e9)
# A gap or cavity is darker, or on a dark surface brighter, all over; relief has a side of each.
_ONE_SIGN: Range = (-1e9, -1e9, 0.35, 0.8)
# Where matter has gone, its texture has gone with it.
_REPLACED: Range = (-1e9, -1e9, 0.35, 0.8)

# Set from what the words mean (a crack is slender and of one tone; a stain is compact) and from the families' sizes,
# widened about twofold; not fitted to any picture.
APPEARANCES: dict[str, Appearance] = {
    "scratch": Appearance(_SLENDER, _THIN, extent=(0.04, 0.1, 1.1, 1.6), cover=(-1, -1, 0.06, 0.2)),
    "crack": Appearance(
        _SLENDER, _THIN, extent=(0.06, 0.15, 1.5, 2.2), cover=(-1, -1, 0.12, 0.3), darkening=(-9, -9, 0.3, 0.9),
        mixed=_ONE_SIGN,
    ),
    "thread": Appearance(_SLENDER, _THIN, extent=(0.06, 0.15, 1.1, 1.7), cover=(-1, -1, 0.06, 0.2)),
    "cut": Appearance(
        _SLENDER, (-1, -1, 0.07, 0.14), extent=(0.05, 0.1, 1.0, 1.5), cover=(-1, -1, 0.12, 0.3),
        darkening=(-9, -9, 0.2, 0.8), mixed=_ONE_SIGN,
    ),
    "dent": Appearance(_COMPACT, _BROAD, extent=(0.03, 0.06, 0.6, 0.9), cover=(-1, -1, 0.25, 0.5)),
    "hole": Appearance(
        (-9, -9, 4.0, 8.0), (0.004, 0.012, 0.2, 0.3), extent=(0.01, 0.02, 0.3, 0.5), cover=(-1, -1, 0.08, 0.2),
        darkening=(-9, -9, 0.3, 0.9), mixed=_ONE_SIGN, texture=_REPLACED,
    ),
    "chip": Appearance(_ANGULAR, _BROAD, extent=(0.02, 0.04, 0.8, 1.3), cover=(-1, -1, 0.25, 0.5), texture=_REPLACED),
    "contamination": Appearance(_COMPACT, _BROAD, extent=(0.02, 0.04, 0.6, 1.0), cover=(-1, -1, 0.3, 0.5)),
    "discoloration": Appearance(
        (-9, -9, 8.0, 16.0), (0.03, 0.08, 9, 9), extent=(0.1, 0.25, 1.6, 2.2), cover=(0.004, 0.02, 0.6, 0.85),
        steepness=(-9, -9, 0.55, 0.9),
    ),
    "bend": Appearance(_ANGULAR, _BROAD, extent=(0.06, 0.12, 0.9, 1.3), cover=(-1, -1, 0.35, 0.6)),
    "corrosion": Appearance(
        (-9, -9, 8.0, 16.0), (0.004, 0.01, 9, 9), extent=(0.05, 0.1, 0.8, 1.2), cover=(-1, -1, 0.35, 0.6)
    ),
    "print": Appearance(
        (-9, -9, 7.0, 14.0), (0.004, 0.01, 0.4, 0.6), extent=(0.01, 0.03, 0.4, 0.6), cover=(-1, -1, 0.12, 0.3)
    ),
}  # fmt: skip


def plausibility(value: float, limits: Range) -> float:
    """0-1: a trapezoid over the range."""
    hard_low, soft_low, soft_high, hard_high = limits
    if value < soft_low:
        return max(0.0, (value - hard_low) / max(soft_low - hard_low, 1e-9))
    if value > soft_high:
        return max(0.0, (hard_high - value) / max(hard_high - soft_high, 1e-9))
    return 1.0
