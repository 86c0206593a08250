"""The embedded critic: a verdict computed from measures, with a review that says what to change."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ...core.task import Task
from ...core.verdict import MAX_PART_SCORE, PASS_THRESHOLD, Verdict
from ...defects.families import FAMILIES
from ...defects.family import Appearance, Range
from ...defects.naming import kin_of, resolve
from ...scene.scene import Scene, allowed_area
from .appearance import plausibility
from .measures import Measures, measure

# A defect may pass the silhouette by this share of the product's size: a chip takes some of the outline along.
_SILHOUETTE_SLACK = 0.02
#: Where a change can be seen: nothing below the first visibility (see Measures), full marks from the second.
VISIBLE: Range = (0.25, 1.4, 1e9, 1e9)
_RANGES = {
    "visibility": VISIBLE,
    "rest": (-1.0, -1.0, 0.6, 4.0),
    "straight_sides": (-1.0, -1.0, 1.7, 2.7),
}  # fmt: skip


class ComputedCritic:
    """The embedded judge. It looks for a change on the object and in the region, visible, without seams, of plausible
    extent, shape and tone for the defect, and a rest that is untouched."""

    def judge(self, task: Task, scene: Scene, image: np.ndarray, threshold: float = PASS_THRESHOLD) -> Verdict:
        """Verdict on an edited image, (H, W, 3) uint8. Parts have one decimal."""
        kind = resolve(task.anomaly)
        families = tuple(map(_judged_as, (kind.family, *kind.also)))
        allowed = _allowed(scene, task.region)
        measures = measure(task.image, image, scene, allowed)
        if measures is None:
            return Verdict(
                0.0, 0.0, "Barely visible: no change against the normal image. Raise the contrast.", threshold
            )
        terms = max((_terms(measures, _appearance(f, scene)) for f in families), key=_overall)
        quality = _overall(terms)
        # A change that cannot be told for the defect is only half in its place, wherever it lies.
        target = plausibility(measures.on_target, (0.35, 0.9, 9, 9))
        location = target * (0.5 + 0.5 * quality)
        review = _review(measures, terms, task, scene, families[0])
        scale = MAX_PART_SCORE
        return Verdict(round(scale * location, 2), round(scale * quality * target, 2), review, threshold)


def _allowed(scene: Scene, region: np.ndarray | None) -> np.ndarray:
    allowed = allowed_area(scene, region)
    if scene.kind != "object" or region is not None:
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
    if not scene.two_tone:
        # The lens and the pixels widen every line by about two px, which is much on a small picture.
        hard_low, soft_low, soft_high, hard_high = appearance.width
        pixels = 2.0 / scene.product_size
        return replace(appearance, width=(hard_low, soft_low, soft_high + pixels, hard_high + pixels))
    free = Appearance()
    unknown = ("darkening", "steepness", "texture", "width", "mixed")
    return replace(appearance, **{name: getattr(free, name) for name in unknown})


def _terms(measures: Measures, appearance: Appearance) -> dict[str, float]:
    """Plausibility, 0-1, of everything that is judged."""
    shared = {
        name: plausibility(getattr(measures, name), getattr(appearance, name))
        for name in ("slenderness", "width", "extent", "cover", "darkening", "steepness", "texture", "mixed")
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


def _review(measures: Measures, terms: dict[str, float], task: Task, scene: Scene, family: str) -> str:
    """What is wrong, worst first, in words that the policy can act on."""
    appearance = _appearance(family, scene)
    found: list[tuple[float, str]] = []

    def note(term: str, low: str, high: str, limits: Range) -> None:
        if terms[term] < 0.75:
            found.append((terms[term], low if getattr(measures, term) < limits[1] else high))

    note("visibility", "Barely visible against the surface's texture: raise the contrast", "", _RANGES["visibility"])
    note("extent", "Too small for this defect", "Too large for this defect", appearance.extent)
    note("cover", "Too small for this defect", "Too large: it covers too much of the product", appearance.cover)
    if terms["straight_sides"] < 0.75:
        words = f"A hard, straight edge on the {measures.worst_side} looks pasted: soften the edge"
        found.append((terms["straight_sides"], words))
    if terms["rest"] < 0.75:
        found.append((terms["rest"], "The rest of the picture has changed too: leave it untouched"))
    if measures.on_target < 0.9:
        where = "outside the region" if task.region is not None else "on the background"
        lead = "Mostly" if measures.on_target < 0.5 else "Partly"
        found.append((measures.on_target, f"{lead} {where}: move it onto the product"))
    shape = min(terms[name] for name in ("slenderness", "width", "darkening", "steepness", "texture", "mixed"))
    if shape < 0.75:
        likely = FAMILIES[_likely_family(measures, scene)]
        wanted = FAMILIES[family]
        if likely.name != family:
            found.append((shape, f"Looks like a {likely.noun}, not a {wanted.noun}"))
        elif terms["darkening"] < 0.75:
            found.append((shape, "Too bright for this defect: make it darker"))
        else:
            found.append((shape, f"Its shape is not that of a {wanted.noun}"))
    if not found:
        return "On target, visible, without seams, of plausible size and tone."
    found.sort(key=lambda entry: entry[0])
    return ". ".join(dict.fromkeys(words for _, words in found)) + "."
