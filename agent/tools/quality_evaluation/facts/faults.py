"""A broken fact as a fault: what a policy can answer."""

from __future__ import annotations

from ....core.verdict import BACKGROUND, OUTSIDE_REGION, Fact, Fault, FaultKind

_KINDS: dict[str, FaultKind] = {
    "visible": FaultKind.FAINT,
    "on_product": FaultKind.OFF_TARGET,
    "count": FaultKind.WRONG_COUNT,
    "place": FaultKind.WRONG_PLACE,
    "relation": FaultKind.WRONG_RELATION,
    "colour": FaultKind.WRONG_COLOUR,
    "direction": FaultKind.WRONG_DIRECTION,
    "width": FaultKind.WRONG_WIDTH,
    "shape": FaultKind.WRONG_SHAPE,
    "edge": FaultKind.WRONG_EDGE,
    "gloss": FaultKind.WRONG_GLOSS,
    "relief": FaultKind.WRONG_RELIEF,
}  # fmt: skip
#: What stands for a defect of which nothing is seen.
MISSING = "missing"


def fault_of(fact: Fact) -> Fault:
    """The fault of a broken fact; its measure is the fact's name."""
    strength, name = fact.strength, fact.name
    if name == "family":
        if fact.seen == MISSING:
            return Fault(FaultKind.MISSING_DEFECT, strength, measure=name)
        resembles = str(fact.seen) if fact.seen not in ("other", fact.family) else ""
        return Fault(FaultKind.UNLIKE, strength, measure=name, resembles=resembles)
    if name == "on_product":
        return Fault(FaultKind.OFF_TARGET, strength, OUTSIDE_REGION if fact.asked == "region" else BACKGROUND, name)
    if name == "tone":
        return Fault(FaultKind.TOO_BRIGHT if fact.asked == "dark" else FaultKind.TOO_DARK, strength, measure=name)
    if name == "severity":
        return Fault(FaultKind.FAINT if _above(fact) else FaultKind.TOO_STRONG, strength, measure=name)
    if name == "size":
        return Fault(FaultKind.TOO_SMALL if _too_small(fact) else FaultKind.TOO_LARGE, strength, measure=name)
    return Fault(_KINDS[name], strength, measure=name)


def _too_small(fact: Fact) -> bool:
    """Whether what is seen lies below what was asked for."""
    if isinstance(fact.asked, tuple) and isinstance(fact.seen, int | float):
        return fact.seen < float(fact.asked[0])
    return False


def _above(fact: Fact) -> bool:
    """Whether more was asked for than is seen: a gross defect."""
    return isinstance(fact.asked, tuple) and float(fact.asked[1]) > 0.5
