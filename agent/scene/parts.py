"""The parts of a product that have a name, as its normal picture shows them: rim, openings, corners, traces, print."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..imaging.masks import box_in_fractions
from .bands import centre_of, disc, inner_band
from .copper import find_copper, separate_traces
from .corners import find_corners
from .openings import find_openings
from .pieces import closed, in_reading_order, pieces_of
from .print_areas import find_labels, find_print
from .repeats import find_cells
from .symmetry import long_axis, mirror_axis
from .texture_direction import texture_direction

#: Names of parts, as people write them.
PART_NAMES = (
    "rim", "edge", "corner", "centre", "opening", "print", "label", "trace", "gap", "unit", "background",
)  # fmt: skip
# Width of the rim and of the edge, as a share of the product's size (the square root of its area).
_RIM, _EDGE = 0.09, 0.05
# Of a rim's depth, this share at the most, so that a slim product keeps an inside.
_OF_DEPTH = 0.5
# Reach of a corner, as a share of the product's size, or of the shorter side of a picture that it fills.
_CORNER = 0.15
# A centre that is cut out by more than the rest of this share is an opening, not a part.
_LEFT = 0.5
# Pieces of less than this share of the largest one are not products of their own.
_PIECE = 0.1


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a product.

    name: one of PART_NAMES. number: from 1, in reading order, among those of its name. mask: (h, w) bool at the working size.
    box: bounding box (x0, y0, x1, y1) in fractions of the image.
    """

    name: str
    number: int
    mask: np.ndarray
    box: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Parts:
    """What a product is made of.

    shape: (h, w) of the working size. parts: in the order of PART_NAMES, then by number.
    Directions are in degrees, 0 horizontal, anticlockwise as seen, from 0 to below 180. texture_direction: of its lines, None
    where they have none. axis: the long one of a silhouette, None for round and square ones and for textures. symmetry: the axis
    of mirror symmetry, None where there is none, or any would do.
    """

    shape: tuple[int, int]
    parts: tuple[Part, ...]
    texture_direction: float | None
    axis: float | None
    symmetry: float | None

    def named(self, name: str) -> tuple[Part, ...]:
        """The parts of a name, by number; none for a name that nothing has."""
        return tuple(part for part in self.parts if part.name == name)

    def mask(self, name: str, number: int | None = None) -> np.ndarray | None:
        """All parts of a name, or the one of that number, (h, w) bool at the working size; None where there is none."""
        found = [part.mask for part in self.named(name) if number in (None, part.number)]
        return np.logical_or.reduce(found) if found else None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the product has parts of, in the order of PART_NAMES."""
        return tuple(dict.fromkeys(part.name for part in self.parts))


def find_parts(
    picture: np.ndarray, product: np.ndarray, bilevel: bool, products: int, period: tuple[float, float]
) -> Parts:
    """The parts of a product.

    picture: (h, w, 3) uint8 RGB at the working size. product: (h, w) bool, where it is; all of a picture that it fills.
    bilevel, products: see Scene. period: Scene's, in px of the working size.
    """
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    if product.all() or not product.any():
        masks = _of_texture(lab, bilevel, period)
        return _parts(masks, product.shape, None if bilevel else texture_direction(lab[..., 0], product), None, None)
    masks = _of_objects(lab, product, products)
    single = closed(product) if products == 1 else None
    axis = None if single is None else long_axis(single)
    symmetry = None if single is None else mirror_axis(lab[..., 0], single, axis)
    return _parts(masks, product.shape, texture_direction(lab[..., 0], product), axis, symmetry)


def _of_texture(lab: np.ndarray, bilevel: bool, period: tuple[float, float]) -> dict[str, list[np.ndarray]]:
    height, width = lab.shape[:2]
    whole = np.ones((height, width), bool)
    side = min(height, width)
    reach = _CORNER * side
    ends = [(x, y) for y in (0, height - 1) for x in (0, width - 1)]
    masks = {
        "edge": [inner_band(whole, max(2.0, _EDGE * side), border=True)],
        "corner": [disc(whole.shape, end, reach) for end in ends],
        "centre": [centre_of(whole)],
    }
    if bilevel:
        copper = find_copper(lab[..., 0])
        return masks | {"trace": separate_traces(copper), "gap": [~copper]}
    # Of a pattern's own rectangles none is a label.
    return masks | {"print": find_print(lab, whole), "unit": find_cells(lab[..., 0], period)}


def _of_objects(lab: np.ndarray, product: np.ndarray, products: int) -> dict[str, list[np.ndarray]]:
    masks: dict[str, list[np.ndarray]] = {name: [] for name in PART_NAMES}
    pieces = [
        piece
        for piece in pieces_of(product)
        if np.count_nonzero(piece) >= _PIECE * np.count_nonzero(product) / products
    ]
    masks["opening"] = find_openings(lab, product, pieces)
    opened = np.logical_or.reduce([*masks["opening"], np.zeros_like(product)])
    for piece in pieces:
        outline = closed(piece)
        size = float(np.sqrt(np.count_nonzero(outline)))
        depth = float(cv2.distanceTransform(np.pad(outline, 1).astype(np.uint8), cv2.DIST_L2, 5).max())
        ring = outline & ~opened & product
        masks["rim"].append(inner_band(ring, min(_RIM * size, _OF_DEPTH * depth)))
        masks["edge"].append(inner_band(outline, min(_EDGE * size, _OF_DEPTH * depth)) & product)
        masks["corner"] += [disc(product.shape, corner, _CORNER * size) & product for corner in find_corners(outline)]
        centre = centre_of(outline)
        if np.count_nonzero(centre & product) >= _LEFT * np.count_nonzero(centre):
            masks["centre"].append(centre & product)
    masks["print"], masks["label"] = find_print(lab, product & ~opened), find_labels(lab, product & ~opened)
    if products > 1:
        masks["unit"] = pieces
    masks["background"] = [~(product | opened)]
    return masks


def _parts(
    masks: dict[str, list[np.ndarray]],
    shape: tuple[int, ...],
    direction: float | None,
    axis: float | None,
    symmetry: float | None,
) -> Parts:
    parts = [
        Part(name, number, mask, box_in_fractions(mask))
        for name in PART_NAMES
        for number, mask in enumerate(in_reading_order([mask for mask in masks.get(name, []) if mask.any()]), 1)
    ]
    return Parts((shape[0], shape[1]), tuple(parts), direction, axis, symmetry)
