"""Where on a product a defect may have its middle, by what was asked: a third of it, a corner, a named part."""

from __future__ import annotations

import cv2
import numpy as np

from .scene import Scene

# "Near" reaches this far, as a share of the product's size.
_NEAR = 0.07
# What lies on a rim keeps to it, but for this.
_ON = 0.015
# How much of a third must be product, as a share of the whole, so that a defect finds room; else the third is widened.
_ROOM = 0.02
_WIDENED = 0.46


def place_of(
    scene: Scene,
    allowed: np.ndarray,
    place: str | None = None,
    cell: tuple[int | None, int | None] | None = None,
    relation: str | None = None,
    part: str | None = None,
    part_number: int | None = None,
) -> np.ndarray:
    """(H, W) bool: the part of `allowed`, (H, W) bool, that is meant; all of it where the product has nothing such.

    place: "centre" or "corner", others leave it open. cell: third of the product's bounding box, (row, column). relation, part:
    near, on or around a part of the scene.
    """
    meant = allowed
    if cell is not None:
        meant = _narrowed(meant, _third(scene, meant, cell))
    if place == "corner":
        corners = part_area(scene, "corner", None)
        meant = meant if corners is None else _narrowed(meant, corners)
    elif place == "centre":
        meant = _narrowed(meant, _third(scene, meant, (1, 1)))
    if part is not None and (area := part_area(scene, part, part_number)) is not None:
        meant = _narrowed(meant, _beside(scene, area, relation or "", part))
    return meant


def _beside(scene: Scene, area: np.ndarray, relation: str, part: str) -> np.ndarray:
    """Where what lies to a part's area, (H, W) bool, in some relation has its middle, (H, W) bool."""
    outer = part in ("rim", "edge")
    if part in ("trace", "gap") and relation == "near":  # in the copper, not beside it
        return area
    share = {"near": _ON if outer else _NEAR, "between": _NEAR, "along": _ON, "around": _ON if outer else 2 * _NEAR}
    reach = 2 * max(1, round(share.get(relation, 0.0) * scene.product_size)) + 1
    around = cv2.dilate(area.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))) > 0
    return around & ~area if relation == "around" and not outer else around


def part_area(scene: Scene, part: str, number: int | None) -> np.ndarray | None:
    """(H, W) bool of a part of the product, all of its name where number is None; None where there is none."""
    mask = scene.parts.mask(part, number)
    if mask is None or not mask.any():
        return None
    height, width = scene.foreground.shape
    return cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0


def _narrowed(area: np.ndarray, to: np.ndarray) -> np.ndarray:
    both = area & to
    return both if both.any() else area


def _third(scene: Scene, allowed: np.ndarray, cell: tuple[int | None, int | None]) -> np.ndarray:
    """(H, W) bool: a third of the product's bounding box along each side that is named."""
    height, width = allowed.shape
    least = _ROOM * np.count_nonzero(scene.foreground)
    for share in (1 / 3, _WIDENED):
        left, top, right, bottom = scene.bounding_box
        rows = _span(cell[0], top * height, bottom * height, height, share)
        columns = _span(cell[1], left * width, right * width, width, share)
        area = np.zeros(allowed.shape, bool)
        area[rows, columns] = True
        if np.count_nonzero(area & allowed) >= least:
            break
    return area


def _span(third: int | None, start: float, end: float, length: int, share: float) -> slice:
    if third is None:
        return slice(0, length)
    whole = end - start
    least = (0.0, 0.5 - share / 2, 1.0 - share)[third]
    return slice(max(0, round(start + least * whole)), min(length, round(start + (least + share) * whole)))
