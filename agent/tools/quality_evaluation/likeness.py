"""How well a change fits what a defect family's changes look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ...defects.description import Attributes
from ...defects.families import FAMILIES
from ...defects.family import ANY, Appearance
from ...defects.naming import kin_of
from ...scene.scene import Scene
from .measures import Measures
from .plausibility import plausibility

#: Relations that are done to matter: what is added or taken away has the shape and the tone of the gap or of the matter.
OF_MATTER = ("bridge", "cut", "bite", "spur", "missing")
#: The terms that tell a defect's shape, tone and texture from another's.
SHAPE = ("slenderness", "width", "darkening", "edge_sharpness", "texture", "mixed")
_EXTENT = ("extent", "cover")
# What a text says -> the measures that are then none of the family's. Relations stand by their names.
_SAID: dict[str, tuple[str, ...]] = {
    "slenderness": ("shape", "width", "around", "along", *OF_MATTER),
    "width": ("shape", "width", "size", "around", "along", *OF_MATTER),
    "extent": ("size", "shape", "edge_to_edge", "around", "along", *OF_MATTER),
    "cover": ("size", "shape", "edge_to_edge", "around", "along", *OF_MATTER),
    "darkening": ("tone", "colour", *OF_MATTER),
    "edge_sharpness": ("edge",),
    "mixed": ("relief", "gloss", "tone"),
}
_NOTHING = Attributes()
# Px of a 256 px picture: in what is narrower, its own outline hides whether the surface's grain goes on.
_GRAIN = 9.0
# From this size on, px, a line is as slender as its family has it; on the smallest product this much of it.
_LARGE, _SMALL_EASE = 160.0, 0.55


def judged_as(family: str) -> str:
    """The family itself, or its nearest kin with an appearance."""
    return next(name for name in (family, *kin_of(family)) if FAMILIES[name].appearance is not None)


def appearance_of(family: str, scene: Scene, said: Attributes = _NOTHING) -> Appearance:
    """The family's appearance on this scene, or its kin's, in what a text leaves to it: what the text says is a fact of its own.
    Where there are only two tones, shape alone tells."""
    appearance = FAMILIES[judged_as(family)].appearance
    assert appearance is not None, "judged as its kin is"
    free = {name for name, names in _SAID.items() if _says(said, names)}
    if not scene.bilevel:
        # The lens and the pixels widen every line by about two px, which is much on a small picture.
        hard_low, soft_low, soft_high, hard_high = appearance.width
        pixels = 2.0 / scene.product_size
        appearance = replace(appearance, width=(hard_low, soft_low, soft_high + pixels, hard_high + pixels))
        if appearance.slenderness[0] > 0:
            hard, soft, soft_high, hard_high = appearance.slenderness
            ease = line_ease(scene.product_size)
            appearance = replace(appearance, slenderness=(ease * hard, ease * soft, soft_high, hard_high))
    else:
        free |= {"darkening", "edge_sharpness", "texture", "width", "mixed"}
    return replace(appearance, **{name: ANY for name in free})


def line_ease(size: float) -> float:
    """By how much less slender a line is on a small product, of `size` px, than its family's range says: it is as wide as the
    lens makes it, and no longer than the product."""
    return float(np.clip(size / _LARGE, _SMALL_EASE, 1.0))


def _says(said: Attributes, names: tuple[str, ...]) -> bool:
    return any(name == said.relation or getattr(said, name, None) is not None for name in names)


def likeness_terms(measures: Measures, appearance: Appearance) -> dict[str, float]:
    """Plausibility, 0-1, of each measure that a family tells."""
    terms = {name: plausibility(getattr(measures, name), getattr(appearance, name)) for name in (*SHAPE, *_EXTENT)}
    if measures.broad < _GRAIN:
        terms["texture"] = 1.0
    return terms


def overall(terms: Mapping[str, float]) -> float:
    """0-1: mostly the worst term, a little the mean of all, so that one flaw is enough to fail and merits still rank."""
    values = np.array(list(terms.values()))
    return float(values.min() ** 0.75 * values.mean() ** 2)


def likely_family(measures: Measures, scene: Scene) -> str:
    """The family whose shape and tone the measures fit best."""
    shaped = [name for name, family in FAMILIES.items() if family.appearance is not None]
    return max(shaped, key=lambda family: overall(likeness_terms(measures, appearance_of(family, scene))))
