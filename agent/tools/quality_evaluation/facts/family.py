"""Is it the defect that was asked for at all, and which parts of the change are which of several?"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ....core.verdict import Fact
from ....defects.description import Asked
from ....defects.families import FAMILIES
from ....defects.family import Appearance
from ....imaging.masks import bounding_box
from ..likeness import SHAPE, appearance_of, judged_as, likely_family, likeness_terms, line_ease
from ..measures import Measures
from ..plausibility import plausibility
from .faults import MISSING
from .grading import fact, shortfall
from .pieces import Piece, defects_in, merged
from .relief import RELIEF_OF_FORM
from .seen import SeenDefect
from .view import ChangeView

# A piece is of a defect only where it looks like it at least by this much.
_PLAUSIBLE = 0.4
# The least term of shape, tone and texture: fine, and the limit below which people would call it something else.
_FINE, _LIMIT = 0.95, 0.35
# Length over width of a line to the eye: fine, and the limit.
_LINE = (5.5, 3.4)
# What a piece of one tone loses as a relief, and a piece of both as anything else.
_FLANKS = 0.3
# Gaps of a clump, as a share of its extent, to either side.
_GAP = 0.1
# Holes of a clump, as large as this many squares of the reach within which gaps are closed.
_HOLE = 8.0


def family(seen: SeenDefect, measures: Measures) -> Fact:
    """By the worst of the measures in which this family's changes differ from others', and whether a line is one to the eye.
    measures: of its part of the change."""
    asked, scene = seen.asked, seen.view.scene
    terms = likeness_terms(measures, appearance_of(asked.family, scene, asked.attributes))
    # A change of a whole product, or of a whole picture, is no single defect of a family that is not so large.
    worst = min(*(terms[name] for name in SHAPE), terms["cover"])
    strength = shortfall(worst, _FINE, _LIMIT)
    if seen.is_line:
        eased = line_ease(scene.product_size)
        strength = max(strength, shortfall(closed_slenderness(seen), *(eased * limit for limit in _LINE)))
    told = asked.family
    if strength > 0.5:
        likely = likely_family(measures, scene)
        told = likely if likely != judged_as(asked.family) else "other"
    return fact("family", asked.family, told, strength, asked.family)


def closed_slenderness(seen: SeenDefect) -> float:
    """Length over width of the pieces with the gaps in and between them closed: a clump of specks is no line, however thin the
    bridges between them are. Weighted by how much each changes."""
    view = seen.view
    reach = _GAP * max(piece.extent for piece in seen.defects)
    room = max(2, round(2 * view.unit), round(reach))
    mask = np.pad(seen.mask[bounding_box(seen.mask)], room + 1).astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * room + 1, 2 * room + 1))
    closed = _without_holes(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disc), _HOLE * room**2)
    count, labels = cv2.connectedComponents(closed, connectivity=8)
    depth = cv2.distanceTransform(closed, cv2.DIST_L2, 5).ravel()
    owner = labels.ravel()
    area = np.bincount(owner, minlength=count)
    width = np.maximum(4.0 * np.bincount(owner, weights=depth, minlength=count) / np.maximum(area, 1) - 1.0, 1.0)
    area, width = area[1:], width[1:]
    return float(np.average(area / width**2, weights=area))


def _without_holes(mask: np.ndarray, largest: float) -> np.ndarray:
    """A (h, w) uint8 mask with its holes filled up to this area, px."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] <= largest
    small[0] = False
    return mask | small[labels].astype(np.uint8)


def missing(asked: Asked) -> Fact:
    """Nothing of the change can be told for this defect."""
    return fact("family", asked.family, MISSING, 1.0, asked.family)


def assign(view: ChangeView, defects: Sequence[Asked]) -> list[list[Piece]]:
    """For each defect that was asked for, the pieces that are best told for it, none where it is missing.

    A piece goes to the defect that it looks like most, by shape, and by tone and colour where the text says them; its
    satellites go with it."""
    if len(defects) == 1:
        return [list(view.pieces)]
    groups = [[piece for piece in view.pieces if set(piece.labels) <= set(one.labels)] for one in _single(view)]
    shaped = [merged(group) for group in groups]
    scores = [[_likeness(view, piece, asked) for asked in defects] for piece in shaped]
    owner = [max(range(len(defects)), key=row.__getitem__) for row in scores]
    least = [1 if asked.attributes.count is None else asked.attributes.count[0] for asked in defects]
    for index in range(len(defects)):
        while owner.count(index) < least[index]:
            # What looks almost as much like this one, and is more than the other needs.
            spare = [
                at for at in range(len(shaped))
                if owner[at] != index and scores[at][index] >= max(_PLAUSIBLE, 0.6 * max(scores[at]))
                and owner.count(owner[at]) > least[owner[at]]
            ]  # fmt: skip
            if not spare:
                break
            owner[max(spare, key=lambda at: scores[at][index] / max(scores[at][owner[at]], 1e-6))] = index
    return [
        [piece for at, group in enumerate(groups) if owner[at] == index for piece in group]
        for index in range(len(defects))
    ]


def _single(view: ChangeView) -> list[Piece]:
    """The pieces as single defects, those too light to be one with the nearest."""
    found = defects_in(view.pieces, view.least_gap)
    taken = {label for defect in found for label in defect.labels}
    return found + [piece for piece in view.pieces if not taken.issuperset(piece.labels)]


def _likeness(view: ChangeView, piece: Piece, asked: Asked) -> float:
    look: Appearance = appearance_of(asked.family, view.scene, asked.attributes)
    slender = max(piece.area / piece.width, piece.extent) / piece.width
    found = (
        plausibility(slender, look.slenderness),
        plausibility(piece.width / view.size, look.width),
        plausibility(piece.extent / view.size, look.extent),
        plausibility(piece.signed, look.darkening),
    )
    likeness = min(found) ** 0.75 * (sum(found) / len(found)) ** 2
    # A relief has a lit and a dark flank; what is all of one tone is rather something else.
    flanks = 1.0 - abs(piece.signed)
    likeness *= 1.0 - _FLANKS * (1.0 - flanks if asked.form in RELIEF_OF_FORM else flanks)
    # A line is the better one the slimmer it is, whatever else a family's range admits.
    if not FAMILIES[asked.family].is_line and slender > 8.0:
        likeness *= 8.0 / slender
    tone = asked.attributes.tone or FAMILIES[asked.family].tone_of(asked.form)
    if tone is not None:
        likeness *= 1.0 if (piece.signed > 0) == (tone == "bright") else 0.5
    return float(likeness)
