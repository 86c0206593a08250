"""The connected pieces of a change, and which of them a person would take for one defect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

# Pieces of less than this share of the change are dust; of those with more, the heaviest are looked at.
_DUST, _MOST = 0.01, 48
# Points of an outline that distances are measured between.
_POINTS = 64
# A piece counts as a defect of its own from this share of the heaviest one's mass; a lighter one near a heavier is of it.
_OF_NOTE = 0.1
# Slimmer than this it is a line, which has a direction.
LINE = 2.5
# One line: strands beside each other, up to this share of the longer one's length apart, and parts of a broken line behind
# each other, whose gap is at most this share of it; both point the same way, to these degrees.
_BESIDE, _BEHIND, _ALIKE = 0.12, 0.4, 20.0
# One spot: gaps up to this share of the smaller one's extent, more where one is the lit and one the dark side of a relief.
_GAP, _FLANK, _SATELLITE = 0.15, 0.6, 0.5
# Px that are no gap to the eye.
_LEAST_GAP = 1.5


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of the change; lengths in px of its view.

    labels: of the connected components. area: px. mass: sum of its Delta E. centre: (x, y), weighted by it. moments: (xx, xy,
    yy), second moments about the centre, px². points: (n, 2) float32, on its outline. width: mean width. signed: mean change of
    lightness over the mean absolute one, each weighted by its size, -1 all darker to 1 all brighter."""

    labels: tuple[int, ...]
    area: float
    mass: float
    centre: tuple[float, float]
    moments: tuple[float, float, float]
    points: np.ndarray
    width: float
    signed: float

    @cached_property
    def rectangle(self) -> tuple[float, float]:
        """Longest and shortest side of the least rectangle around it, px."""
        sides = cv2.minAreaRect(self.points)[1]
        return max(sides) + 1.0, min(sides) + 1.0

    @property
    def extent(self) -> float:
        """Its longest extent, px."""
        return self.rectangle[0]

    @cached_property
    def elongation(self) -> float:
        """Ratio of its principal axes, 1 or more."""
        xx, xy, yy = self.moments
        middle, half = (xx + yy) / 2, float(np.hypot((xx - yy) / 2, xy))
        # A line of one px has a second moment of a twelfth across.
        return float(np.sqrt((middle + half + 1 / 12) / max(middle - half + 1 / 12, 1e-6)))

    @cached_property
    def angle(self) -> float:
        """Direction of its longer principal axis, degrees 0-180: 0 horizontal, anticlockwise on the screen."""
        xx, xy, yy = self.moments
        return float(np.degrees(0.5 * np.arctan2(-2 * xy, xx - yy))) % 180.0

    @property
    def is_line(self) -> bool:
        """Whether it is slim enough to have a direction."""
        return self.elongation >= LINE


def angle_between(first: float, second: float) -> float:
    """Degrees 0-90 between two directions."""
    apart = abs(first - second) % 180.0
    return min(apart, 180.0 - apart)


def find_pieces(labels: np.ndarray, count: int, weight: np.ndarray, lightness: np.ndarray) -> list[Piece]:
    """The pieces of a labelled support, (h, w) int32 with 0 outside, the heaviest first, without dust.

    weight: (h, w) Delta E. lightness: (h, w) signed change of lightness.
    """
    there = np.flatnonzero(labels)
    owner, w, signed = labels.take(there), weight.take(there).astype(np.float64), lightness.take(there)
    y, x = np.divmod(there, labels.shape[1])

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(owner, weights=values, minlength=count)

    area, mass = np.bincount(owner, minlength=count), np.maximum(summed(w), 1e-9)
    centre_x, centre_y = summed(w * x) / mass, summed(w * y) / mass
    dx, dy = x - centre_x[owner], y - centre_y[owner]
    xx, xy, yy = summed(w * dx * dx) / mass, summed(w * dx * dy) / mass, summed(w * dy * dy) / mass
    strong = np.abs(signed)
    tone = summed(signed * strong) / np.maximum(summed(strong * strong), 1e-9)
    framed = cv2.copyMakeBorder((labels > 0).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    # The mean depth below the outline is a quarter of a strip's width.
    depth = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    width = np.maximum(4.0 * summed(depth.take(there)) / np.maximum(area, 1) - 1.0, 1.0)
    heavy = np.argsort(-mass, kind="stable")[:_MOST]
    found = []
    for label in heavy[mass[heavy] >= max(_DUST * float(mass[area > 0].sum()), 1e-6)]:
        at = there[owner == label]
        rows, columns = np.divmod(at, labels.shape[1])
        found.append(
            Piece(
                (int(label),),
                float(area[label]),
                float(mass[label]),
                (float(centre_x[label]), float(centre_y[label])),
                (float(xx[label]), float(xy[label]), float(yy[label])),
                _outline(rows, columns),
                float(width[label]),
                float(tone[label]),
            )
        )
    return found


def merged(pieces: Sequence[Piece]) -> Piece:
    """Several pieces, one at least, as one."""
    if len(pieces) == 1:
        return pieces[0]
    mass, area = np.array([p.mass for p in pieces]), sum(p.area for p in pieces)
    share = mass / mass.sum()
    centres = np.array([p.centre for p in pieces])
    centre = share @ centres
    offset = centres - centre
    own = np.array([p.moments for p in pieces])
    spread = np.stack([offset[:, 0] ** 2, offset[:, 0] * offset[:, 1], offset[:, 1] ** 2], axis=1)
    xx, xy, yy = share @ (own + spread)
    return Piece(
        tuple(label for p in pieces for label in p.labels), area, float(mass.sum()), (float(centre[0]), float(centre[1])),
        (float(xx), float(xy), float(yy)), np.concatenate([p.points for p in pieces]),
        float(share @ np.array([p.width for p in pieces])), float(share @ np.array([p.signed for p in pieces])),
    )  # fmt: skip


def defects_in(pieces: Sequence[Piece], least: float = _LEAST_GAP) -> list[Piece]:
    """The pieces as the defects that a person would count, the heaviest first.

    One defect are: strands beside each other and the parts of a broken line; a spot with the satellites around it; the lit and
    the dark side of one relief. What is left and is much lighter than the heaviest is none of its own.
    least: px, a gap that is none, whatever the pieces' size; wider on a pattern that shows a change only where it has matter.
    """
    owner = list(range(len(pieces)))

    def root(index: int) -> int:
        while owner[index] != index:
            index = owner[index]
        return index

    for first, second in _flanks(pieces):
        owner[second] = first
    for first in range(len(pieces)):
        for second in range(first + 1, len(pieces)):
            if root(first) != root(second) and _are_one(pieces[first], pieces[second], least):
                owner[root(second)] = root(first)
    groups: dict[int, list[Piece]] = {}
    for index, piece in enumerate(pieces):
        groups.setdefault(root(index), []).append(piece)
    defects = sorted((merged(group) for group in groups.values()), key=lambda defect: -defect.mass)
    return [defect for defect in defects if defect.mass >= _OF_NOTE * defects[0].mass]


def _are_one(first: Piece, second: Piece, least: float) -> bool:
    """first: the heavier one."""
    gap = _gap(first, second)
    longer, shorter = max(first.extent, second.extent), min(first.extent, second.extent)
    if second.mass < _OF_NOTE * first.mass:
        return gap <= max(_SATELLITE * first.extent, 3.0)
    if first.is_line and second.is_line and angle_between(first.angle, second.angle) <= _ALIKE:
        along = np.radians(first.angle)
        dx, dy = second.centre[0] - first.centre[0], second.centre[1] - first.centre[1]
        aside = abs(dx * np.sin(along) + dy * np.cos(along))
        behind = abs(dx * np.cos(along) - dy * np.sin(along)) > 0.5 * longer
        return bool(gap <= _BESIDE * longer or (behind and gap <= _BEHIND * longer and aside <= _BESIDE * longer))
    if _opposite(first, second):
        return gap <= least
    return gap <= max(_GAP * shorter, least)


def _flanks(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """Pairs of a lit and a dark side of one relief, the nearest first: no piece is a side of two."""
    near = []
    for first in range(len(pieces)):
        for second in range(first + 1, len(pieces)):
            one, other = pieces[first], pieces[second]
            if other.mass < _OF_NOTE * one.mass or not _opposite(one, other):
                continue
            gap = _gap(one, other)
            if gap <= max(_FLANK * min(one.extent, other.extent), _LEAST_GAP):
                away = float(np.hypot(one.centre[0] - other.centre[0], one.centre[1] - other.centre[1]))
                near.append((gap + away, first, second))
    pairs: list[tuple[int, int]] = []
    taken: set[int] = set()
    for _, first, second in sorted(near):
        if not taken & {first, second}:
            taken |= {first, second}
            pairs.append((first, second))
    return pairs


def _opposite(first: Piece, second: Piece) -> bool:
    """Whether one is lighter and the other darker than the surface."""
    return first.signed * second.signed < 0


def _gap(first: Piece, second: Piece) -> float:
    """Px between two outlines."""
    offsets = first.points[:, None] - second.points[None]
    return max(float(np.sqrt((offsets**2).sum(axis=2).min())) - 1.0, 0.0)


def _outline(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n, 2) float32: points along an outline, and the corners of its hull."""
    top, left = int(rows.min()), int(columns.min())
    mask = np.zeros((int(rows.max()) - top + 1, int(columns.max()) - left + 1), np.uint8)
    mask[rows - top, columns - left] = 1
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = np.concatenate([contour[:, 0, :] for contour in contours])
    hull = cv2.convexHull(outline)[:, 0, :]
    points = np.concatenate([outline[:: max(1, len(outline) // _POINTS)], hull])
    return (points + np.array([left, top])).astype(np.float32)
