"""The facts that a judge by language is asked about, and its answer to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...core.verdict import Fact, FactValue
from ...defects.description import Description
from ...defects.families import FAMILIES
from .facts.asked import asked_facts
from .facts.faults import MISSING
from .say_fact import say_value

# How far a fact that such a judge calls broken falls short: it says no more than that it does.
_BROKEN = 0.8
_LONGEST = 60


class AskedFact(NamedTuple):
    """name: as it is asked for, and answered; of Fact but for a number behind it where several defects are asked for. fact: one
    of verdict.FACTS. family: of which defect."""

    name: str
    fact: str
    asked: FactValue
    family: str


def asked_list(description: Description) -> tuple[AskedFact, ...]:
    """Every fact of a description, and for each that its defect is visible; once, that all keep to the product."""
    facts = [AskedFact("on_product", "on_product", "product", description.first.family)]
    several = len(description.defects) > 1
    for number, asked in enumerate(description.defects, 1):
        ending = f"_{number}" if several else ""
        for name, value in asked_facts(asked):
            facts.append(AskedFact(f"{name}{ending}", name, value, asked.family))
        facts.append(AskedFact(f"visible{ending}", "visible", "yes", asked.family))
    return tuple(facts)


def name_facts(facts: Sequence[AskedFact]) -> str:
    """The question for them."""
    told = []
    for asked in facts:
        noun = FAMILIES[asked.family].noun
        if asked.fact == "on_product":
            told.append(f"{asked.name} (nothing changed beyond the product, or the region)")
        elif asked.fact == "visible":
            told.append(f"{asked.name} (the {noun} is plain to see)")
        elif asked.fact == "family":
            told.append(f"{asked.name} (it is a {noun}: {asked.asked})")
        else:
            told.append(f"{asked.name} (of the {noun}: {say_value(asked.fact, asked.asked)})")
    return "Facts to check, by name: " + "; ".join(told) + "."


def read_facts(value: Any, asked: Sequence[AskedFact]) -> tuple[Fact, ...]:
    """The facts in a list of {"name", "kept", "seen"}, in the order in which they were asked. Never raises: what is missing, of
    no asked name or without a plain yes or no costs itself alone; the first answer to a name counts."""
    if not isinstance(value, list):
        return ()
    answers: dict[str, dict[str, Any]] = {}
    for answer in value[: 4 * len(asked)]:
        if isinstance(answer, dict) and isinstance(answer.get("name"), str) and isinstance(answer.get("kept"), bool):
            answers.setdefault(answer["name"], answer)
    return tuple(_fact(each, answers[each.name]) for each in asked if each.name in answers)


def _fact(asked: AskedFact, answer: dict[str, Any]) -> Fact:
    kept, seen = answer["kept"], answer.get("seen")
    told: FactValue = asked.family if asked.fact == "family" else asked.asked
    if not kept:
        told = _word(seen) or "other"
        if asked.fact == "family":
            told = _family(told)
    value = asked.family if asked.fact == "family" else asked.asked
    return Fact(asked.fact, value, told, kept, 0.0 if kept else _BROKEN, asked.family)


def _word(seen: Any) -> str | float:
    if isinstance(seen, str):
        return " ".join(seen.split())[:_LONGEST]
    if isinstance(seen, int | float) and not isinstance(seen, bool) and abs(seen) < 1e9:
        return seen
    return ""


def _family(seen: FactValue) -> str:
    """A family's name, MISSING for nothing, else "other"."""
    word = str(seen).lower()
    if word in ("none", "nothing", MISSING, "absent"):
        return MISSING
    return word if word in FAMILIES else "other"
