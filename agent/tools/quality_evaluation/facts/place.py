"""Is it where it was asked for?"""

from __future__ import annotations

import numpy as np

from ....core.verdict import Fact, FactValue
from .grading import fact, shortfall
from .nearness import depths, distance_to, from_outline
from .seen import SeenDefect

# Share of the change in the asked half of the product: fine, and the limit.
_MOST, _LIMIT = 0.85, 0.5
# How far the centre may lie from the asked third, as a share of the product's box: a sixth more is half of the product.
_BESIDE = 1 / 6
# Depth below the outline, as a share of the greatest, that still counts as the edge; and as the centre.
_RIM, _CORE = 0.55, 0.45
# Distance from a part or a corner, as a share of the product's size: fine, and the limit.
_AT = (0.06, 0.16)
_CORNER = (0.28, 0.42)


def place(seen: SeenDefect) -> Fact | None:
    """A cell of the product's box, a named place, or a part where no relation says how it lies to it; the worst of these, of the
    defect that lies furthest off: one in its place and a second one elsewhere are not what was asked for."""
    checked = [found for found in map(_place, seen.each) if found is not None]
    if not checked:
        return None
    value, strength, where = max(checked, key=lambda found: found[1])
    return fact("place", value, where, strength, seen.family)


def _place(seen: SeenDefect) -> tuple[FactValue, float, str] | None:
    """What was asked for, how far it falls short, and where it is; None where the text says nothing that the product has."""
    asked = seen.attributes
    told: list[str] = []
    short: list[tuple[float, str]] = []
    if asked.cell is not None:
        told.append(cell_word(asked.cell))
        short.append(_cell(seen, asked.cell))
    if asked.place is not None:
        told.append(asked.place)
        short.append(_named(seen, asked.place))
    elif asked.part is not None and asked.relation is None:
        near = distance_to(seen, asked.part, asked.part_number)
        if near is not None:
            told.append(asked.part if asked.part_number is None else f"{asked.part} {asked.part_number}")
            short.append((shortfall(near, *_AT), asked.part if near <= _AT[1] else "elsewhere"))
    if not told:
        return None
    strength, where = max(short)
    return told[0] if len(told) == 1 else tuple(told), strength, where


def cell_word(cell: tuple[int | None, int | None]) -> str:
    """ "upper left", "middle", "right", as a person says a cell."""
    row = "" if cell[0] is None else ("upper", "middle", "lower")[cell[0]]
    column = "" if cell[1] is None else ("left", "middle", "right")[cell[1]]
    return row if row == column else f"{row} {column}".strip()


def _cell(seen: SeenDefect, cell: tuple[int | None, int | None]) -> tuple[float, str]:
    """How far it falls short, and where it is instead."""
    x, y = seen.coordinates()
    height, width = seen.view.change.support.shape
    left, top, right, bottom = seen.view.scene.bounding_box
    total = float(seen.weights.sum())
    strengths, found = [], []
    for third, place_there, low, high in ((cell[0], y / height, top, bottom), (cell[1], x / width, left, right)):
        at = (place_there - low) / max(high - low, 1e-6)
        centre = float(seen.weights @ at) / total
        found.append(min(2, max(0, int(3 * centre))))
        if third is None:
            continue
        beyond = max(third / 3 - centre, centre - (third + 1) / 3, 0.0)
        half = (at < 0.5, np.abs(at - 0.5) < 0.25 + _BESIDE / 2, at > 0.5)[third]
        strengths += [
            shortfall(beyond, 0.0, _BESIDE),
            shortfall(float(seen.weights[half].sum()) / total, _MOST, _LIMIT),
        ]
    told = (found[0] if cell[0] is not None else None, found[1] if cell[1] is not None else None)
    return max(strengths, default=0.0), cell_word(told)


def _named(seen: SeenDefect, place: str) -> tuple[float, str]:
    scene = seen.view.scene
    height, width = seen.view.change.support.shape
    x, y = seen.coordinates()
    middle = float(seen.weights @ depths(seen)) / float(seen.weights.sum())
    left, top, right, bottom = scene.bounding_box
    u = (float(seen.weights @ x) / float(seen.weights.sum()) / width - left) / max(right - left, 1e-6)
    v = (float(seen.weights @ y) / float(seen.weights.sum()) / height - top) / max(bottom - top, 1e-6)
    from_centre = max(abs(u - 0.5), abs(v - 0.5))
    said = "edge" if middle < _RIM else "centre"
    if place == "edge":
        return from_outline(seen, outer=False), said
    if place == "centre":
        # Where the middle of the product is open, its centre is half way between its edges.
        ring = shortfall(middle, 0.6, _CORE) if not _is_matter(scene.foreground, scene.bounding_box) else 1.0
        return min(shortfall(from_centre, 0.12, 0.22), ring), said
    corner = min(np.hypot(u - a, v - b) for a in (0, 1) for b in (0, 1))
    return shortfall(float(corner), *_CORNER), "corner" if corner <= _CORNER[1] else said


def _is_matter(foreground: np.ndarray, box: tuple[float, float, float, float]) -> bool:
    """Whether the middle of a product's bounding box is of the product."""
    height, width = foreground.shape
    y, x = round((box[1] + box[3]) / 2 * (height - 1)), round((box[0] + box[2]) / 2 * (width - 1))
    return bool(foreground[y, x])
