"""How well a change fits what a defect family's changes look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ...defects.families import FAMILIES
from ...defects.family import Appearance
from ...defects.naming import kin_of
from ...scene.scene import Scene
from .measures import Measures
from .plausibility import plausibility

#: The terms that tell a defect's shape, tone and texture from another's.
SHAPE = ("slenderness", "width", "darkening", "edge_sharpness", "texture", "mixed")
_EXTENT = ("extent", "cover")


def judged_as(family: str) -> str:
    """The family itself, or its nearest kin with an appearance."""
    return next(name for name in (family, *kin_of(family)) if FAMILIES[name].appearance is not None)


def appearance_of(family: str, scene: Scene) -> Appearance:
    """The family's appearance on this scene, or its kin's: where there are only two tones, shape alone tells."""
    appearance = FAMILIES[judged_as(family)].appearance
    assert appearance is not None, "judged as its kin is"
    if not scene.bilevel:
        # The lens and the pixels widen every line by about two px, which is much on a small picture.
        hard_low, soft_low, soft_high, hard_high = appearance.width
        pixels = 2.0 / scene.product_size
        return replace(appearance, width=(hard_low, soft_low, soft_high + pixels, hard_high + pixels))
    free = Appearance()
    unknown = ("darkening", "edge_sharpness", "texture", "width", "mixed")
    return replace(appearance, **{name: getattr(free, name) for name in unknown})


def likeness_terms(measures: Measures, appearance: Appearance) -> dict[str, float]:
    """Plausibility, 0-1, of each measure that a family tells."""
    return {
        name: plausibility(getattr(measures, name), getattr(appearance, name)) for name in (*SHAPE, *_EXTENT)
    }  # fmt: skip


def overall(terms: Mapping[str, float]) -> float:
    """0-1: mostly the worst term, a little the mean of all, so that one flaw is enough to fail and merits still rank."""
    values = np.array(list(terms.values()))
    return float(values.min() ** 0.75 * values.mean() ** 2)


def likely_family(measures: Measures, scene: Scene) -> str:
    """The family whose shape and tone the measures fit best."""
    shaped = [name for name, family in FAMILIES.items() if family.appearance is not None]
    return max(shaped, key=lambda family: overall(likeness_terms(measures, appearance_of(family, scene))))
