"""Which defects can occur on a product and how often, by what it is made of and what its picture can show."""

from __future__ import annotations

from collections import Counter

from ...defects.describing import resolve
from ...defects.families import FAMILIES, derived
from ...defects.family import Family
from ...defects.naming import default_types, forms_of
from ...scene.scene import Scene
from .base import KnowledgeBase
from .spelling import exact, words
from .synonyms import MATERIALS

# Turns that a defect takes which occurs often, for one of another.
_OFTEN = 4.0


def plausible_types(item: str, scene: Scene) -> dict[str, float]:
    """Anomaly types that can occur on a product, each with its share of all defects, 0-1; the shares sum to 1.

    item: the product in words. It names a material ("glass bottle", "magnetic tile"), and the packaged notes on that
    material say what happens to it, and what often; notes on products are not asked, as some follow a benchmark's list of
    types. An item of no known material may have any defect. A note on a family stands for those of its forms that have no
    note of their own, evenly. scene: of a normal picture, which leaves out what could not be seen there.
    """
    turns: dict[str, float] = {}
    for material in _materials(item):
        for name, weight in _types_of(material).items():
            turns[name] = max(weight, turns.get(name, 0.0))
    if not turns:
        turns = {form: 1.0 / len(forms_of(resolve(form).family)) for form in default_types()}
    seen = {name: weight for name, weight in turns.items() if _shows(FAMILIES[resolve(name).family], scene)}
    return {name: weight / sum(seen.values()) for name, weight in seen.items()}


def _shows(family: Family, scene: Scene) -> bool:
    """Whether a family's defects can be seen in pictures as this one."""
    if scene.bilevel:  # which has no shades: what is only a gradation of tone cannot be seen in it
        return not family.needs_shades
    # A plain surface has no part that could be out of place, and no pattern that could be faulty.
    return not (family.needs_structure and scene.category == "texture" and not any(scene.period))


def is_of_known_material(item: str) -> bool:
    """Whether the packaged notes say what happens to a product's material. item: the product in words."""
    return bool(_materials(item))


def _materials(item: str) -> list[str]:
    """The materials that most of the item's words stand for; several where they draw."""
    votes = Counter(name for word in words(item) for name, members in MATERIALS.items() if word in members)
    return [name for name, count in votes.items() if count == max(votes.values())]


@derived()
def _notes() -> dict[str, dict[str, float]]:
    """Turns of each anomaly type that has a note, by the heading above it."""
    by_item: dict[str, dict[str, float]] = {}
    for entry in KnowledgeBase.packaged().entries:
        by_item.setdefault(_heading(entry.item), {})[entry.anomaly] = _OFTEN if entry.often else 1.0
    return by_item


@derived(64)
def _types_of(material: str) -> dict[str, float]:
    return _spread(_notes()[_heading(material)])


def _spread(noted: dict[str, float]) -> dict[str, float]:
    """Turns by form: where several notes are on one family, each without a variant shares in the forms that none names."""
    types = {name: resolve(name) for name in noted}
    turns: dict[str, float] = {}
    for family in dict.fromkeys(defect.family for defect in types.values()):
        mine = {name: weight for name, weight in noted.items() if types[name].family == family}
        named = {types[name].variant for name in mine}
        plain = max((weight for name, weight in mine.items() if types[name].variant is None), default=0.0)
        forms = forms_of(family)
        rest = [form for form in forms if resolve(form).variant is None or resolve(form).variant not in named]
        for form in forms:
            variant = resolve(form).variant
            own = max((weight for name, weight in mine.items() if types[name].variant == variant), default=0.0)
            if variant is not None and variant in named:
                turns[form] = own
            elif plain:
                turns[form] = plain / len(rest)
    return turns


def _heading(name: str) -> str:
    return exact("".join(words(name)))
