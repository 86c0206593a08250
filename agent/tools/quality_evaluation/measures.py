"""Measures of a change between the normal and the edited image: what the critic judges by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ...defects.family import Range
from ...imaging.change import Change, find_change
from ...imaging.channels import largest_channel, luma
from ...imaging.masks import bounding_box
from ...imaging.quantiles import median, percentile
from ...imaging.robust_std import robust_std
from ...scene.scene import Scene

#: Where a change can be seen: nothing below the first visibility (see Measures), full marks from the second.
VISIBLE: Range = (0.25, 1.4, 1e9, 1e9)
# Px of a 256 px picture from which an eye tells a straight side from the roundness of a spot.
_SHORTEST = 12.0
# Grey levels that a pixel differs by plainly.
_PLAINLY = 8.0


@dataclass(frozen=True, eq=False)
class Measures:
    """What is measured of a change; lengths are relative to the product's size, see Appearance for the shared ones.

    places, weights: (n,) pixels of the change, counted along the rows, and its magnitude there. centre: (x, y) of the
    change, fractions of the image. visibility: strength of the change against the local texture, 1 = as strong. broad: mean
    width, px of a 256 px picture. rest: grey levels by which the picture differs away from the change. straight_sides: 0-4,
    sides of the enclosing rectangle that the outline follows with a step; worst_side: one of verdict.SIDES, "" for none. mixed:
    how evenly both signs occur, 0-1.
    """

    places: np.ndarray
    weights: np.ndarray
    centre: tuple[float, float]
    visibility: float
    slenderness: float
    width: float
    extent: float
    cover: float
    darkening: float
    edge_sharpness: float
    texture: float
    broad: float
    rest: float
    straight_sides: float
    worst_side: str
    mixed: float
    pieces: int
    strength: float

    def on_target(self, allowed: np.ndarray) -> float:
        """The share of the change, 0-1, that lies where a defect may be: `allowed`, (H, W) bool."""
        return float(self.weights[allowed.ravel().take(self.places)].sum()) / float(self.weights.sum())


class MeasuredChange:
    """The change between the normal image and an edited one, (H, W, 3) uint8 each: measured once, when first asked for."""

    def __init__(self, normal: np.ndarray, edited: np.ndarray, scene: Scene) -> None:
        self.normal, self.edited, self.scene = normal, edited, scene

    @cached_property
    def change(self) -> Change:
        """The change, of pictures that fit to the pixel."""
        return find_change(self.normal, self.edited, registered=True)

    @cached_property
    def measures(self) -> Measures | None:
        """None where nothing changed."""
        return self.measures_of(self.change.support)

    def measures_of(self, support: np.ndarray) -> Measures | None:
        """Measures of a part of the change, (H, W) bool; None where it is empty."""
        return _measure(self.normal, self.edited, self.scene, self.change, support) if support.any() else None


def measure(normal: np.ndarray, edited: np.ndarray, scene: Scene) -> Measures | None:
    """Measures of the change between two registered images, (H, W, 3) uint8; None where nothing changed."""
    return MeasuredChange(normal, edited, scene).measures


def _measure(normal: np.ndarray, edited: np.ndarray, scene: Scene, change: Change, support: np.ndarray) -> Measures:
    """support: (H, W) bool, the part of the change to be measured, with a pixel at least."""
    box = bounding_box(support, 8)
    inside, magnitude = support[box], change.magnitude[box]
    there = np.flatnonzero(inside)
    rows, columns = np.divmod(there, inside.shape[1])
    weight = magnitude.take(there)
    total = float(weight.sum())
    centre = (
        (float((weight * columns).sum()) / total + box[1].start) / support.shape[1],
        (float((weight * rows).sum()) / total + box[0].start) / support.shape[0],
    )
    size = scene.product_size
    slenderness, width, extent, pieces = _shape(inside, there, weight, size)
    signed = luma(change.difference[box].reshape(-1, 3).take(there, axis=0))
    absolute = float(np.abs(signed).mean())
    strength = percentile(weight, 75)
    sides, worst = _straight_sides(change, weight, box)
    brighter = np.count_nonzero(signed > 0.35 * absolute) / signed.size
    darker = np.count_nonzero(signed < -0.35 * absolute) / signed.size
    return Measures(
        places=(rows + box[0].start) * support.shape[1] + columns + box[1].start,
        weights=weight,
        centre=centre,
        visibility=strength / _masking(normal, change, box, scene),
        slenderness=slenderness,
        width=width,
        extent=extent,
        cover=max(len(there), _changed(change, strength) if support is change.support else 0) / size**2,
        darkening=float(signed.mean()) / max(absolute, 1e-3),
        edge_sharpness=_edge_sharpness(inside, magnitude, strength),
        texture=_texture(normal[box], edited[box], there),
        broad=width * size / max(max(support.shape) / 256.0, 0.5),
        rest=_rest(change, change.support),
        straight_sides=sides,
        worst_side=worst,
        mixed=2 * min(brighter, darker) / max(brighter + darker, 1e-6),
        pieces=pieces,
        strength=strength,
    )


def _shape(support: np.ndarray, there: np.ndarray, weight: np.ndarray, size: float) -> tuple[float, float, float, int]:
    """Slenderness, mean width, longest extent and number of the pieces, weighted by how much each changes.

    Pieces of a broken line are joined first: gaps up to 3 % of the product's size. there, weight: (n,), where the support is,
    counted along the rows, and the change's magnitude there.
    """
    gap = max(1, round(0.015 * size))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * gap + 1, 2 * gap + 1))
    padded = cv2.copyMakeBorder(support.astype(np.uint8), gap, gap, gap, gap, cv2.BORDER_CONSTANT, value=0)
    joined = cv2.dilate(padded, kernel)[gap:-gap, gap:-gap]
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    inner = cv2.distanceTransform(
        cv2.copyMakeBorder(support.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0), cv2.DIST_L2, 5
    )[1:-1, 1:-1]
    owner = labels.take(there)
    area = np.bincount(owner, minlength=count).astype(float)
    mass = np.bincount(owner, weights=weight, minlength=count)
    depth = np.bincount(owner, weights=inner.take(there), minlength=count)
    share = mass / max(mass.sum(), 1e-6)
    slenderness = width = 0.0
    extent = 0.0
    for index in np.flatnonzero(share > 0.08):
        # The mean depth below the outline is a quarter of a strip's width.
        mean_width = max(4.0 * (depth[index] / area[index]) - 1.0, 1.0)
        length = area[index] / mean_width
        rows, columns = np.divmod(there[owner == index], support.shape[1])
        (_, (w, h), _) = cv2.minAreaRect(np.stack([columns, rows], axis=1).astype(np.float32))
        longest = max(w, h, 1.0)
        slenderness += share[index] * max(length, longest) / mean_width
        width += share[index] * mean_width / size
        extent = max(extent, longest / size)
    kept = float(share[share > 0.08].sum())
    if kept == 0:  # dust: many pieces, none of note
        return 1.0, 1.0 / size, float(np.hypot(*support.shape)) / size, count - 1
    return slenderness / kept, width / kept, extent, int(np.count_nonzero(share > 0.08))


def _masking(normal: np.ndarray, change: Change, box: tuple[slice, slice], scene: Scene) -> float:
    """Grey levels that the surface's own texture and noise hide, round the change."""
    margin = 24
    rows, columns = (slice(max(0, side.start - margin), side.stop + margin) for side in box)
    grey = cv2.cvtColor(normal[rows, columns], cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 4.0))
    around = fine[~change.support[rows, columns]]
    local = robust_std(around if len(around) > 50 else fine)
    if scene.bilevel:  # there only a pixel that changes sides is a change
        return 80.0
    # A texture masks in proportion; on a flawless surface about five grey levels are seen at a glance.
    return 5.0 + 0.9 * min(local, 25.0) + scene.noise


def _changed(change: Change, strength: float) -> int:
    """Px that differ by a good part of the change's strength: a picture that is all another has no areas around peaks."""
    return int(np.count_nonzero(change.magnitude > max(_PLAINLY, 0.35 * strength)))


def _edge_sharpness(support: np.ndarray, magnitude: np.ndarray, strength: float) -> float:
    """Change just inside the outline over the change of the whole: 1 where it starts at full strength."""
    area = support.astype(np.uint8)
    border = (area > 0) & (cv2.erode(area, np.ones((3, 3), np.uint8), borderValue=1) == 0)
    if not border.any():
        return 0.0
    return min(1.0, median(magnitude[border]) / max(strength, 1e-3))


def _texture(normal: np.ndarray, edited: np.ndarray, there: np.ndarray) -> float:
    """Correlation of the fine texture before and after, 0-1. there: (n,), inside the change, counted along the rows."""
    fine = []
    for picture in (normal, edited):
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
        fine.append((grey - cv2.GaussianBlur(grey, (0, 0), 1.5)).take(there))
    before, after = (values - values.mean() for values in fine)
    deviation = float(np.sqrt(np.mean(before * before)) * np.sqrt(np.mean(after * after)))
    if deviation < 0.05:
        return 1.0
    return max(0.0, float(np.mean(before * after)) / deviation)


def _rest(change: Change, support: np.ndarray) -> float:
    """Mean change, in grey levels, of the rest of the picture."""
    reach = max(3, round(0.03 * min(support.shape)))
    near = cv2.dilate(support.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    return float(cv2.mean(change.magnitude, 1 - near)[0])


def _straight_sides(change: Change, weight: np.ndarray, box: tuple[slice, slice]) -> tuple[float, str]:
    """How many sides of an enclosing upright or turned rectangle the change's outline follows in a step.

    A patch that was pasted in ends along straight lines with full contrast; matter does not. Sides on the picture's
    border do not count. A side counts by the share of its length that has the outline within about a pixel.
    weight: (n,), magnitudes of the change.
    """
    size = change.support.shape
    level = 0.35 * percentile(weight, 60)
    raw = largest_channel(np.abs(change.difference[box])) > max(level, 2.0)
    gap = 2 * max(1, round(0.012 * min(size))) + 1
    joined = cv2.morphologyEx(raw.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    if count < 2:
        return 0.0, ""
    areas = stats[1:, cv2.CC_STAT_AREA]
    pieces = [labels == 1 + int(areas.argmax())]
    if count > 2:  # a patch that partly equals what it covers falls into pieces
        pieces.append(np.append(False, areas >= 0.05 * areas.max())[labels])
    offset = np.array([box[1].start, box[0].start], np.float32)
    return max((_rectangular(piece, offset, size) for piece in pieces), key=lambda found: found[0])


def _rectangular(piece: np.ndarray, offset: np.ndarray, size: tuple[int, ...]) -> tuple[float, str]:
    """`_straight_sides` of one piece, (h, w) bool, that lies at offset (x, y) in a picture of (height, width)."""
    contours, _ = cv2.findContours(piece.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = np.concatenate([contour[:, 0, :] for contour in contours]).astype(np.float32)
    rectangle = cv2.minAreaRect(outline)
    if min(rectangle[1]) < 7.0 * max(min(size) / 256.0, 0.5):
        return 0.0, ""
    # A round piece touches its rectangle too, but leaves the corners free.
    fill = float(cv2.contourArea(cv2.convexHull(outline))) / max(float(np.prod(rectangle[1])), 1.0)
    angular = min((fill - 0.8) / 0.1, 1.0)
    if angular <= 0:
        return 0.0, ""
    (x0, y0), (x1, y1) = outline.min(axis=0), outline.max(axis=0)
    upright = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    best = (0.0, "")
    for corners in (upright, cv2.boxPoints(rectangle)):
        followed, worst = _followed(corners, outline, offset, size)
        if followed > best[0]:
            best = (followed, worst)
    return best[0] * angular, best[1]


def _followed(corners: np.ndarray, outline: np.ndarray, offset: np.ndarray, size: tuple[int, ...]) -> tuple[float, str]:
    total, worst, share_of_worst = 0.0, "", 0.0
    x, y = np.ascontiguousarray(outline.T)
    centre = corners.mean(axis=0)
    for start, end in zip(corners, corners[[1, 2, 3, 0]], strict=True):
        along = end - start
        length = float(np.hypot(*along))
        if length < _SHORTEST * max(max(size) / 256.0, 0.5):
            continue
        along = along / length
        middle = (start + end) / 2
        place = middle + offset
        if min(place[0], place[1], size[1] - 1 - place[0], size[0] - 1 - place[1]) < 3:
            continue
        dx, dy = x - start[0], y - start[1]
        near = np.flatnonzero(np.abs(dy * along[0] - dx * along[1]) <= 1.3)
        position = dx.take(near) * along[0] + dy.take(near) * along[1]
        position = position[(position >= 0) & (position <= length)]
        covered = np.count_nonzero(np.bincount(np.rint(position).astype(int))) / (length + 1)
        total += covered
        if covered > share_of_worst:
            share_of_worst = covered
            dx, dy = middle - centre
            worst = ("left" if dx < 0 else "right") if abs(dx) > abs(dy) else ("top" if dy < 0 else "bottom")
    return total, worst
