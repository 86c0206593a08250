"""Whole-array measures of two pictures and a mask, on which all facts stand. Nothing here is the product's code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

#: Just noticeable difference in CIELAB (Mahy et al., Color Research & Application 19, 1994).
JND = 2.3


def lab(image: np.ndarray) -> np.ndarray:
    """CIELAB of an (H, W, 3) uint8 RGB image, (H, W, 3) float32; L 0-100."""
    return cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def disk(radius: float) -> np.ndarray:
    """A round structuring element, uint8; radius in px."""
    reach = max(0, int(np.ceil(radius)))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return (x**2 + y**2 <= radius**2 + 0.25).astype(np.uint8)


def dilate(mask: np.ndarray, radius: float) -> np.ndarray:
    """The (H, W) bool mask, grown by radius px."""
    return cv2.dilate(mask.astype(np.uint8), disk(radius)) > 0


def erode(mask: np.ndarray, radius: float) -> np.ndarray:
    """The (H, W) bool mask, shrunk by radius px; the picture's border takes nothing away."""
    return cv2.erode(mask.astype(np.uint8), disk(radius)) > 0


def components(mask: np.ndarray) -> list[np.ndarray]:
    """The 8-connected parts of an (H, W) bool mask, the largest first."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    order = sorted(range(1, count), key=lambda index: -stats[index, cv2.CC_STAT_AREA])
    return [labels == index for index in order]


def filled(mask: np.ndarray) -> np.ndarray:
    """The (H, W) bool mask without its holes."""
    framed = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    outside = cv2.connectedComponents(1 - framed, connectivity=4)[1]
    return (outside != outside[0, 0])[1:-1, 1:-1]


@dataclass(frozen=True)
class Axis:
    """The ellipse of a mask's second moments. centre: (x, y) px. angle: of the long axis, 0-180 degrees, 0 horizontal,
    counted clockwise as y points down. length, width: full axes, px."""

    centre: tuple[float, float]
    angle: float
    length: float
    width: float

    @property
    def elongation(self) -> float:
        """Length over width, 1 or more."""
        return self.length / max(self.width, 1.0)


def axis_of(mask: np.ndarray) -> Axis:
    """Of an (H, W) bool mask with at least one pixel. The full axes of a uniform bar are its sides."""
    y, x = np.nonzero(mask)
    centre = (float(x.mean()), float(y.mean()))
    spread = np.cov(np.stack([x, y]).astype(float), bias=True) if len(x) > 1 else np.zeros((2, 2))
    values, vectors = np.linalg.eigh(spread + np.eye(2) / 12)  # a pixel is a square, not a point
    angle = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))) % 180
    return Axis(centre, angle, float(np.sqrt(12 * values[1])), float(np.sqrt(12 * values[0])))


def apart(first: float, second: float) -> float:
    """The angle between two lines' directions, 0-90 degrees."""
    turn = abs(first - second) % 180
    return min(turn, 180 - turn)


def extent(mask: np.ndarray) -> float:
    """The longest distance between two pixels' outer sides, px: by the convex hull."""
    points = np.argwhere(mask).astype(np.int32)
    hull = cv2.convexHull(points).reshape(-1, 2).astype(float)
    distances = np.linalg.norm(hull[:, None] - hull[None], axis=2)
    return float(distances.max()) + 1.0


def skeleton(mask: np.ndarray) -> np.ndarray:
    """A line of one pixel through the mask, (H, W) bool (Zhang & Suen, CACM 27, 1984)."""
    image = np.pad(mask, 1).astype(np.uint8)
    while True:
        before = image.copy()
        for step in (0, 1):
            ring = neighbours(image)
            total = ring.sum(axis=0)
            changes = ((ring == 0) & (np.roll(ring, -1, axis=0) == 1)).sum(axis=0)
            north, east, south, west = ring[0], ring[2], ring[4], ring[6]
            first = north * east * south if step == 0 else north * east * west
            second = east * south * west if step == 0 else north * south * west
            gone = (total >= 2) & (total <= 6) & (changes == 1) & (first == 0) & (second == 0)
            image[1:-1, 1:-1][gone & (image[1:-1, 1:-1] == 1)] = 0
        if np.array_equal(before, image):
            return image[1:-1, 1:-1] > 0


def neighbours(image: np.ndarray) -> np.ndarray:
    """(8, H, W): the neighbours of each inner pixel, clockwise from north."""
    height, width = image.shape
    steps = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
    return np.stack([image[1 + y : height - 1 + y, 1 + x : width - 1 + x] for y, x in steps])


def line_length(line: np.ndarray) -> float:
    """Length in px of a skeleton, (H, W) bool: a straight step counts 1, a diagonal one 1.41."""
    straight = (line[:, 1:] & line[:, :-1]).sum() + (line[1:] & line[:-1]).sum()
    down = line[1:, 1:] & line[:-1, :-1] & ~line[1:, :-1] & ~line[:-1, 1:]
    up = line[1:, :-1] & line[:-1, 1:] & ~line[1:, 1:] & ~line[:-1, :-1]
    return float(straight + np.sqrt(2) * (down.sum() + up.sum())) + 1.0


@dataclass(frozen=True, eq=False)
class Change:
    """What became of a picture.

    normal, edited: (H, W, 3) uint8 RGB. mask: (H, W) bool, as the product gave it. product: (H, W) bool, the silhouette.
    slack: by how much the silhouette may be too narrow, px: the camera's blur, and where it was segmented that error.
    """

    normal: np.ndarray
    edited: np.ndarray
    mask: np.ndarray
    product: np.ndarray
    slack: float = 1.0

    @cached_property
    def lab_before(self) -> np.ndarray:
        return lab(self.normal)

    @cached_property
    def lab_after(self) -> np.ndarray:
        return lab(self.edited)

    @cached_property
    def shift(self) -> np.ndarray:
        """What was added in CIELAB, (H, W, 3) float32."""
        return self.lab_after - self.lab_before

    @cached_property
    def delta(self) -> np.ndarray:
        """The CIELAB difference (CIE 1976), (H, W) float32."""
        return np.linalg.norm(self.shift, axis=2)

    @cached_property
    def core(self) -> np.ndarray:
        """Where a person sees the change: mask pixels of at least a third of its usual strength (the 80th percentile), (H, W)
        bool. Where nothing is to be seen the whole mask."""
        if not self.mask.any():
            return self.mask
        least = max(JND, 0.33 * float(np.percentile(self.delta[self.mask], 80)))
        seen = self.mask & (self.delta >= least)
        return seen if seen.any() else self.mask

    @cached_property
    def unit(self) -> float:
        """Square root of the product's area, px: what "small" and "large" are measured by."""
        return float(np.sqrt(max(int(self.product.sum()), 1)))

    @property
    def scale(self) -> float:
        """Pixels of this picture to one of a picture with a long side of 256."""
        return max(self.mask.shape) / 256
