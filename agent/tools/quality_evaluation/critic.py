"""The embedded critic: a verdict computed from measures and facts, with the faults that they show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ...core.task import Task
from ...core.verdict import MAX_PART_SCORE, PASS_THRESHOLD, Fact, Fault, FaultKind, Verdict
from ...defects.description import Description
from ...defects.family import Range
from ...defects.fitting import fitted
from ...scene.scene import Scene
from .capping import capped
from .facts.asked import describe_task
from .facts.check import Checked, Part, check_facts
from .facts.family import missing
from .facts.faults import fault_of
from .likeness import appearance_of, likeness_terms, overall
from .measures import MeasuredChange, Measures
from .plausibility import plausibility
from .review import NO_CHANGE, write_review

_RANGES: dict[str, Range] = {
    "rest": (-1.0, -1.0, 0.6, 4.0),
    "straight_sides": (-1.0, -1.0, 1.7, 2.7),
}  # fmt: skip
# A term below this is a fault.
_FINE = 0.75
# What a fact that falls short in full takes of its part of the score.
_COST = 0.6
_OF_PLACE = ("on_product", "place", "relation")


class ComputedCritic:
    """The embedded judge. It checks each fact that the task's text asks for, that the change is the defect, visible and on the
    product, and looks for seams, an implausible extent, and a rest that has changed.

    describe: what a task asks for.
    """

    def __init__(self, describe: Callable[[Task], Description] = describe_task) -> None:
        self._describe = describe

    def judge(
        self,
        task: Task,
        scene: Scene,
        image: np.ndarray,
        threshold: float = PASS_THRESHOLD,
        change: MeasuredChange | None = None,
    ) -> Verdict:
        """Verdict on an edited image, (H, W, 3) uint8. Parts have two decimals. change: see QualityJudge."""
        description = fitted(self._describe(task), scene)
        change = change or MeasuredChange(task.image, image, scene)
        if change.measures is None:
            return _nothing(description, threshold)
        checked = check_facts(description, task, change)
        quality = min((_quality(part, scene) for part in checked.parts), default=0.0)
        location, quality = _parts(quality, checked.facts)
        faults = _faults(checked, change.measures, scene)
        verdict = Verdict(location, quality, "", threshold, faults, checked.facts)
        if not verdict.passed and not faults:
            faults = (_weakest(checked, scene),)
        review = write_review(faults, description.first.family, checked.facts)
        return replace(verdict, review=review, faults=faults)


def _weakest(checked: Checked, scene: Scene) -> Fault:
    """What a picture in which nothing is wrong, but that does not pass, falls short in most."""
    fact = max(checked.facts, key=lambda fact: fact.strength, default=None)
    terms = {
        (index, name): term
        for index, (asked, measures) in enumerate(checked.parts)
        if measures is not None
        for name, term in likeness_terms(measures, appearance_of(asked.family, scene, asked.attributes)).items()
    }
    if not terms or (fact is not None and fact.strength >= 1.0 - min(terms.values())):
        return Fault(FaultKind.UNLIKE, 0.0, measure="family") if fact is None else fault_of(fact)
    index, name = min(terms, key=lambda key: terms[key])
    return _fault_of_term(checked.parts[index], name, 1.0 - terms[index, name], scene)


def _fault_of_term(part: Part, name: str, strength: float, scene: Scene) -> Fault:
    """The fault that a low term of likeness is."""
    if name in ("extent", "cover"):
        appearance = appearance_of(part.asked.family, scene, part.asked.attributes)
        large = getattr(part.measures, name) >= getattr(appearance, name)[1]
        return Fault(FaultKind.TOO_LARGE if large else FaultKind.TOO_SMALL, strength, measure=name)
    kind = FaultKind.TOO_BRIGHT if name == "darkening" else FaultKind.UNLIKE
    return Fault(kind, strength, measure=name)


def _nothing(description: Description, threshold: float) -> Verdict:
    facts = tuple(missing(asked) for asked in description.defects)
    return Verdict(0.0, 0.0, NO_CHANGE, threshold, (Fault(FaultKind.FAINT, measure="visibility"),), facts)


def _terms(measures: Measures, scene: Scene) -> dict[str, float]:
    """Plausibility, 0-1, of what is asked of a change whatever it is."""
    terms = {name: plausibility(getattr(measures, name), limits) for name, limits in _RANGES.items()}
    # Where only two tones are, every side is a step, and most of what there is has straight ones.
    return terms | {"straight_sides": 1.0} if scene.bilevel else terms


def _quality(part: Part, scene: Scene) -> float:
    """0-1: how well a defect's part of the change looks like it."""
    if part.measures is None:
        return 0.0
    return overall(
        likeness_terms(part.measures, appearance_of(part.asked.family, scene, part.asked.attributes))
        | _terms(part.measures, scene)
    )


def _parts(quality: float, facts: Sequence[Fact]) -> tuple[float, float]:
    """Location and quality, 0-5 each. Location is what the facts of place say, and a change that cannot be told for the defect
    is only half in its place, wherever it lies."""
    location = 0.5 + 0.5 * quality
    for fact in facts:
        cost = 1.0 - _COST * fact.strength
        if fact.name in _OF_PLACE:
            location *= cost
        else:
            quality *= cost
    return capped(MAX_PART_SCORE * location, MAX_PART_SCORE * quality, facts)


def _faults(checked: Checked, whole: Measures, scene: Scene) -> tuple[Fault, ...]:
    """What is wrong, the worst first: each broken fact, and each term that falls short of being fine."""
    found = [fault_of(fact) for fact in checked.facts if not fact.kept]
    terms = _terms(whole, scene)
    if terms["straight_sides"] < _FINE:
        found.append(Fault(FaultKind.SEAM, 1.0 - terms["straight_sides"], whole.worst_side, "straight_sides"))
    if terms["rest"] < _FINE:
        found.append(Fault(FaultKind.REST_CHANGED, 1.0 - terms["rest"], measure="rest"))
    for part in checked.parts:
        if part.measures is None:
            continue
        likeness = likeness_terms(part.measures, appearance_of(part.asked.family, scene, part.asked.attributes))
        unlike = any(fault.kind is FaultKind.UNLIKE for fault in found)
        for name in ("extent", "cover") if unlike else ("extent", "cover", "darkening"):
            if likeness[name] < _FINE:
                found.append(_fault_of_term(part, name, 1.0 - likeness[name], scene))
    return tuple(sorted(found, key=lambda fault: -fault.strength))
