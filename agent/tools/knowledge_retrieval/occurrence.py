"""Which defect families can occur on a product, by what it is made of and what its picture can show."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from ...defects.families import FAMILIES, resolve
from ...imaging.scene import Scene
from .base import KnowledgeBase
from .spelling import exact, words
from .synonyms import MATERIALS

# A thresholded picture has no shades: what is only a gradation of tone cannot be seen in it.
_SHADES = frozenset({"dent", "discoloration", "corrosion"})
# A plain surface has no part that could be out of place, and no pattern that could be faulty.
_NEEDS_STRUCTURE = frozenset({"bend", "print"})


def plausible_families(item: str, scene: Scene) -> tuple[str, ...]:
    """Names of the families that can occur on a product, in the order of FAMILIES; never empty.

    item: the product in words. It names a material ("glass bottle", "magnetic tile"), and the packaged notes on that
    material say what happens to it; notes on products are not asked, as some follow a benchmark's list of types. An item
    of no known material may have any defect. scene: of a normal picture, which leaves out what could not be seen there.
    """
    known = set().union(*(_families_of(material) for material in _materials(item))) or set(FAMILIES)
    hidden: set[str] = set()
    if scene.two_tone:
        hidden |= _SHADES
    elif scene.kind == "texture" and not any(scene.period):
        hidden |= _NEEDS_STRUCTURE
    return tuple(name for name in FAMILIES if name in known - hidden)


def _materials(item: str) -> list[str]:
    """The materials that most of the item's words stand for; several where they draw."""
    votes = Counter(name for word in words(item) for name, members in MATERIALS.items() if word in members)
    return [name for name, count in votes.items() if count == max(votes.values())]


@lru_cache(maxsize=1)
def _notes() -> dict[str, frozenset[str]]:
    by_item: dict[str, set[str]] = {}
    for entry in KnowledgeBase.packaged().entries:
        by_item.setdefault(_heading(entry.item), set()).add(resolve(entry.anomaly).family)
    return {item: frozenset(families) for item, families in by_item.items()}


def _families_of(material: str) -> frozenset[str]:
    return _notes()[_heading(material)]


def _heading(name: str) -> str:
    return exact("".join(words(name)))
