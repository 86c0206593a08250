"""What a change does to the traces of a board: does it join, part, add to or take away from them?"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ....imaging.masks import bounding_box
from .seen import SeenDefect

# Room around the change in which traces are followed, as a share of its extent: what is joined further off is another matter.
_ROOM = 0.6
# Fewer px, of a 256 px picture, are a jagged outline and no matter.
_LEAST = 3.0
# Length over width from which a gap in a trace is a missing stretch of it.
_STRETCH = 3.5
# Share of a separate piece of matter that is gone where it is missing.
_GONE = 0.9


@dataclass(frozen=True)
class MatterChange:
    """added, removed: px of the view. joined: pieces of matter that are one now, less one. parted: pieces that came of cut
    ones, less the cut. lost: pieces of matter that are gone. attached: what was added touches matter. at_border: what was
    removed touches the outline of matter. stretch: length of what was removed over the width of the matter there."""

    added: int
    removed: int
    joined: int
    parted: int
    lost: int
    attached: bool
    at_border: bool
    stretch: float

    def shows(self, relation: str) -> bool:
        """Whether it is this relation: a stretch of a trace that is gone parts it, and is missing."""
        return self.relation == relation or (
            relation == "missing" and self.relation == "cut" and self.stretch >= _STRETCH
        )

    @property
    def relation(self) -> str:
        """The relation of verdicts and descriptions that it shows, "none" where it is none of them."""
        if self.added >= self.removed:
            if not self.added:
                return "none"
            return "bridge" if self.joined else "spur" if self.attached else "none"
        if self.lost:
            return "missing"
        if self.parted:
            return "cut"
        return "bite" if self.at_border else "none"


def matter_change(seen: SeenDefect, matter: np.ndarray) -> MatterChange:
    """What the defect does to the matter, (h, w) bool of the view, as the normal picture has it. In the edited one a pixel is
    of the matter where its colour is nearer to that than to what lies between."""
    view = seen.view
    room = round(_ROOM * seen.whole.extent + 4)
    box = bounding_box(seen.mask, room)
    reach = max(1, round(1.5 * view.unit))
    near = cv2.dilate(seen.mask[box].astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    before = _nearer(view.before, view.before[box], matter)
    after = np.where(near, _nearer(view.before, view.after[box], matter), before)
    least = max(2.0, _LEAST * view.unit**2)
    added, removed = (_without_slivers(mask, least) for mask in (after & ~before, before & ~after))
    after = (before | added) & ~removed
    joined, attached = _joins(before, added)
    parted, lost = _parts(before, after, removed, least)
    inner = cv2.erode(np.pad(before, 1, mode="edge").astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1)[
        1:-1, 1:-1
    ]
    outline = before & (inner == 0)
    return MatterChange(
        int(np.count_nonzero(added)), int(np.count_nonzero(removed)), joined, parted, lost, attached,
        bool((removed & outline).any()), _stretch(before, removed),
    )  # fmt: skip


def _stretch(before: np.ndarray, removed: np.ndarray) -> float:
    """Length of the longest removed piece over the width of the matter there, 0 where nothing was removed."""
    depth = cv2.distanceTransform(np.pad(before, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    contours, _ = cv2.findContours(removed.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    length = max((max(cv2.minAreaRect(contour)[1]) + 1.0 for contour in contours), default=0.0)
    return float(length) / (2.0 * max(float(depth[removed].max()), 0.5)) if length else 0.0


def _nearer(normal: np.ndarray, picture: np.ndarray, matter: np.ndarray) -> np.ndarray:
    """Where a Lab picture is nearer to the matter's colour than to that of the rest."""
    inside, outside = (np.median(normal[mask], axis=0) for mask in (matter, ~matter))
    axis = inside - outside
    return np.asarray((picture - (inside + outside) / 2) @ axis > 0)


def _without_slivers(mask: np.ndarray, least: float) -> np.ndarray:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    kept = stats[:, cv2.CC_STAT_AREA] >= least
    kept[0] = False
    del count
    return np.asarray(kept[labels])


def _joins(before: np.ndarray, added: np.ndarray) -> tuple[int, bool]:
    """How many pieces what was added joins, less one each; and whether it touches any."""
    _, owner = cv2.connectedComponents(before.astype(np.uint8), connectivity=4)
    count, labels = cv2.connectedComponents(added.astype(np.uint8), connectivity=8)
    joined, attached = 0, False
    for label in range(1, count):
        touched = cv2.dilate((labels == label).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        pieces = np.unique(owner[touched & before])
        joined += max(len(pieces) - 1, 0)
        attached |= len(pieces) > 0
    return joined, attached


def _parts(before: np.ndarray, after: np.ndarray, removed: np.ndarray, least: float) -> tuple[int, int]:
    """Into how many more pieces what was removed parts the others, and how many it takes away."""
    count, owner = cv2.connectedComponents(before.astype(np.uint8), connectivity=4)
    parted = lost = 0
    for piece in range(1, count):
        mask = owner == piece
        gone = np.count_nonzero(mask & removed)
        if not gone:
            continue
        if gone >= _GONE * np.count_nonzero(mask):
            lost += 1
            continue
        _, _, stats, _ = cv2.connectedComponentsWithStats((mask & after).astype(np.uint8), connectivity=4)
        parted += max(int(np.count_nonzero(stats[1:, cv2.CC_STAT_AREA] >= least)) - 1, 0)
    return parted, lost
