"""The embedded critic: a verdict computed from measures, with the faults that they show."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ...core.task import Task
from ...core.verdict import BACKGROUND, MAX_PART_SCORE, OUTSIDE_REGION, PASS_THRESHOLD, Fault, FaultKind, Verdict
from ...defects.describing import describe
from ...defects.families import FAMILIES
from ...defects.family import Appearance, Range
from ...defects.naming import kin_of
from ...scene.scene import Scene, allowed_area
from .measures import MeasuredChange, Measures
from .plausibility import plausibility
from .review import NO_CHANGE, write_review

# A defect may pass the silhouette by this share of the product's size: a chip takes some of the outline along.
_SILHOUETTE_SLACK = 0.02
#: Where a change can be seen: nothing below the first visibility (see Measures), full marks from the second.
VISIBLE: Range = (0.25, 1.4, 1e9, 1e9)
_RANGES = {
    "visibility": VISIBLE,
    "rest": (-1.0, -1.0, 0.6, 4.0),
    "straight_sides": (-1.0, -1.0, 1.7, 2.7),
}  # fmt: skip
# A term below this is a fault, and so is a share of the change on target below that.
_FINE, _ON_TARGET = 0.75, 0.9
# The terms that tell a defect's shape, tone and texture from another's.
_SHAPE = ("slenderness", "width", "darkening", "edge_sharpness", "texture", "mixed")


class ComputedCritic:
    """The embedded judge. It looks for a change on the object and in the region, visible, without seams, of plausible
    extent, shape and tone for the defect, and a rest that is untouched."""

    def judge(
        self,
        task: Task,
        scene: Scene,
        image: np.ndarray,
        threshold: float = PASS_THRESHOLD,
        change: MeasuredChange | None = None,
    ) -> Verdict:
        """Verdict on an edited image, (H, W, 3) uint8. Parts have two decimals. change: see QualityJudge."""
        families = tuple(_judged_as(asked.family) for asked in describe(task.anomaly).defects)
        measures = (change or MeasuredChange(task.image, image, scene)).measures
        if measures is None:
            return Verdict(0.0, 0.0, NO_CHANGE, threshold, (Fault(FaultKind.FAINT, measure="visibility"),))
        on_target = measures.on_target(_allowed(scene, task.region))
        terms = max((_terms(measures, _appearance(f, scene)) for f in families), key=_overall)
        quality = _overall(terms)
        # A change that cannot be told for the defect is only half in its place, wherever it lies.
        target = plausibility(on_target, (0.35, 0.9, 9, 9))
        location = target * (0.5 + 0.5 * quality)
        faults = _faults(measures, terms, on_target, task, scene, families[0])
        scale = MAX_PART_SCORE
        return Verdict(
            round(scale * location, 2),
            round(scale * quality * target, 2),
            write_review(faults, families[0]),
            threshold,
            faults,
        )


def _allowed(scene: Scene, region: np.ndarray | None) -> np.ndarray:
    allowed = allowed_area(scene, region)
    if scene.category != "object" or region is not None:
        return allowed
    slack = 2 * round(_SILHOUETTE_SLACK * scene.product_size) + 1
    return cv2.dilate(allowed.astype(np.uint8), np.ones((slack, slack), np.uint8)) > 0


def _judged_as(family: str) -> str:
    """The family itself, or its nearest kin with an appearance."""
    return next(name for name in (family, *kin_of(family)) if FAMILIES[name].appearance is not None)


def _appearance(family: str, scene: Scene) -> Appearance:
    """The family's appearance on this scene: where there are only two tones, shape alone tells."""
    appearance = FAMILIES[family].appearance
    assert appearance is not None, "judged as its kin is"
    if not scene.bilevel:
        # The lens and the pixels widen every line by about two px, which is much on a small picture.
        hard_low, soft_low, soft_high, hard_high = appearance.width
        pixels = 2.0 / scene.product_size
        return replace(appearance, width=(hard_low, soft_low, soft_high + pixels, hard_high + pixels))
    free = Appearance()
    unknown = ("darkening", "edge_sharpness", "texture", "width", "mixed")
    return replace(appearance, **{name: getattr(free, name) for name in unknown})


def _terms(measures: Measures, appearance: Appearance) -> dict[str, float]:
    """Plausibility, 0-1, of everything that is judged."""
    shared = {
        name: plausibility(getattr(measures, name), getattr(appearance, name))
        for name in ("slenderness", "width", "extent", "cover", "darkening", "edge_sharpness", "texture", "mixed")
    }
    return shared | {name: plausibility(getattr(measures, name), limits) for name, limits in _RANGES.items()}


def _overall(terms: dict[str, float]) -> float:
    """0-1: mostly the worst term, a little the mean of all, so that one flaw is enough to fail and merits still rank."""
    values = np.array(list(terms.values()))
    return float(values.min() ** 0.75 * values.mean() ** 2)


def _likely_family(measures: Measures, scene: Scene) -> str:
    """The family whose shape and tone the measures fit best."""
    shaped = [name for name, family in FAMILIES.items() if family.appearance is not None]
    return max(shaped, key=lambda family: _overall(_terms(measures, _appearance(family, scene))))


def _faults(
    measures: Measures, terms: dict[str, float], on_target: float, task: Task, scene: Scene, family: str
) -> tuple[Fault, ...]:
    """What is wrong, the worst first. A fault's strength is what its term lacks of full marks."""
    appearance = _appearance(family, scene)
    found: list[Fault] = []

    def note(measure: str, kind: FaultKind, above: FaultKind | None = None, limits: Range | None = None) -> None:
        if terms[measure] < _FINE:
            high = above is not None and limits is not None and getattr(measures, measure) >= limits[1]
            found.append(Fault(above if high and above else kind, 1.0 - terms[measure], measure=measure))

    note("visibility", FaultKind.FAINT)
    note("extent", FaultKind.TOO_SMALL, FaultKind.TOO_LARGE, appearance.extent)
    note("cover", FaultKind.TOO_SMALL, FaultKind.TOO_LARGE, appearance.cover)
    if terms["straight_sides"] < _FINE:
        found.append(Fault(FaultKind.SEAM, 1.0 - terms["straight_sides"], measures.worst_side, "straight_sides"))
    note("rest", FaultKind.REST_CHANGED)
    if on_target < _ON_TARGET:
        where = OUTSIDE_REGION if task.region is not None else BACKGROUND
        found.append(Fault(FaultKind.OFF_TARGET, 1.0 - on_target, where, "on_target"))
    worst = min(_SHAPE, key=lambda name: terms[name])
    if terms[worst] < _FINE:
        likely = _likely_family(measures, scene)
        strength = 1.0 - terms[worst]
        if likely != family:
            found.append(Fault(FaultKind.UNLIKE, strength, measure=worst, resembles=likely))
        elif terms["darkening"] < _FINE:
            found.append(Fault(FaultKind.TOO_BRIGHT, strength, measure="darkening"))
        else:
            found.append(Fault(FaultKind.UNLIKE, strength, measure=worst))
    return tuple(sorted(found, key=lambda fault: -fault.strength))
