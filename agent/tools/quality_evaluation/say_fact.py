"""A fact in words, for people. No code reads it back."""

from __future__ import annotations

from ...core.verdict import Fact, FactValue
from ...defects.families import FAMILIES
from .facts.faults import MISSING

_NAMES: dict[str, str] = {"on_product": "on the product", "relation": "position", "edge": "border"}


def say_fact(fact: Fact) -> str:
    """A sentence: "Count: asked for 3, seen: 1."."""
    name = _NAMES.get(fact.name, fact.name)
    return f"{name[0].upper()}{name[1:]}: {say_values(fact)}."


def say_values(fact: Fact) -> str:
    """What was asked for and what is seen: "asked for 3, seen: 1"."""
    if fact.name == "family":
        return f"asked for {_noun(fact.asked)}, seen: {_noun(fact.seen)}"
    if fact.name == "visible":
        return {"plain": "plain to see", "weak": "to be seen, but weak", "hardly": "hardly to be seen"}.get(
            str(fact.seen), f"seen: {say_value(fact.name, fact.seen)}"
        )
    return f"asked for {say_value(fact.name, fact.asked)}, seen: {say_value(fact.name, fact.seen)}"


def _noun(value: FactValue) -> str:
    if value == MISSING:
        return "none"
    family = FAMILIES.get(str(value))
    return (
        family.noun if family is not None and value != "other" else "something else" if value == "other" else str(value)
    )


def say_value(name: str, value: FactValue) -> str:
    """A value of a fact of this name."""
    if isinstance(value, tuple):
        if name == "colour":
            return "#" + "".join(f"{round(float(channel)):02x}" for channel in value)
        ends = [say_value(name, each) for each in value]
        if name in ("count", "size", "severity"):
            return ends[0] if len(set(ends)) == 1 else f"{ends[0]} to {ends[-1]}"
        return " ".join(ends)
    if isinstance(value, str):
        return value.replace("_", " ")
    if name == "direction":
        return f"{value:.0f} degrees"
    if name == "width":
        return f"{value:g} px"
    if name == "size":
        return f"{100 * value:.0f} % of the product"
    return f"{value:g}"
