"""Whether a defect can be told from the marks that the product has of its own: grain, prints, chocolate chips."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from .channels import colours_at, largest_channel, median_colour
from .masks import bounding_box
from .ranks import percentile
from .scene import Scene

# Longest side of the picture on which marks are measured, px: finer ones are noise.
_SIDE = 128
# Octaves of size, from 2 px to 16 px of _SIDE.
_LEVELS = 4
_ORIENTATIONS = 8
# Radius of the filters, px of a level.
_REACH = 5
# A defect opens the outline where this share of what surrounds it is background, and of itself looks like it.
_OPEN = 0.15, 0.3
# The strongest marks count, but for single pixels: glints and dead ones.
_PERCENTILE = 99.9


class OwnMarks:
    """How strongly a product's surface answers to filters for spots, lines and changes of texture, of several sizes.

    After the saliency of Itti, Koch and Niebur (PAMI 1998): centre-surround and oriented contrast of lightness and colour
    on a pyramid; here against the product's own extremes in place of the picture's mean.
    """

    def __init__(self, image: np.ndarray, scene: Scene) -> None:
        """image: (H, W, 3) uint8 RGB, normal. scene: its analysis."""
        shrink = min(1.0, _SIDE / max(image.shape[:2]))
        self._size = (max(16, round(image.shape[1] * shrink)), max(16, round(image.shape[0] * shrink)))
        lab = _lab(self._small(image))
        self._energy = _energy(lab).mean()
        inside = cv2.resize(scene.foreground.astype(np.uint8), self._size, interpolation=cv2.INTER_NEAREST)
        self._outside = inside == 0
        self._tones: tuple[np.ndarray, np.ndarray] | None = None
        self._inner = inside
        if not inside.all() and inside.any():
            self._tones = median_colour(colours_at(lab, inside)), median_colour(colours_at(lab, self._outside))
            # What the silhouette answers is no mark of the surface.
            inner = cv2.erode(inside, np.ones((2 * _REACH + 1, 2 * _REACH + 1), np.uint8))
            self._inner = inner if inner.any() else inside
        self._strongest = np.array([
            percentile(of_a_filter, _PERCENTILE) for answers in self._answers(lab, self._inner) for of_a_filter in answers
        ])  # fmt: skip

    @classmethod
    def of(cls, image: np.ndarray, scene: Scene) -> OwnMarks | None:
        """None for a thresholded picture: between two tones every mark is as strong. Arguments as above."""
        return None if scene.two_tone else cls(image, scene)

    def distinctness(self, image: np.ndarray, mask: np.ndarray) -> float:
        """How much stronger a defect answers than the strongest of the product's own marks, to the filter to which it answers
        best: above 1 it stands out, at 0 nothing is there. Infinite where it opens the product's outline: no mark does.

        image: (H, W, 3) uint8 RGB, the normal one with the defect. mask: (H, W) bool, of the defect.
        """
        shrunk = cv2.resize(mask.astype(np.uint8) * 255, self._size, interpolation=cv2.INTER_AREA) > 25
        if not shrunk.any():
            return 0.0
        small = self._small(image)
        if self._opens(small, shrunk):
            return float("inf")
        marked = cv2.dilate(shrunk.astype(np.uint8), np.ones((3, 3), np.uint8))
        if (marked & self._inner).any():  # nor may the silhouette answer for the defect
            marked &= self._inner
        window = bounding_box(marked, _REACH * 2 ** (_LEVELS - 1))
        answers = self._answers(_lab(small[window]), marked[window])
        found = np.concatenate([of_filters.max(axis=1) for of_filters in answers])
        return float((found / (self._strongest + 1e-3)).max())

    def _opens(self, small: np.ndarray, mask: np.ndarray) -> bool:
        """Whether the background shows where the product was, up to the background itself."""
        if self._tones is None:
            return False
        around = (cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) & ~mask
        if not around.any() or float(self._outside[around].mean()) <= _OPEN[0]:
            return False
        lab = _lab(small[mask][None])[0]
        off = [np.linalg.norm(lab - tone, axis=1) for tone in self._tones]
        return float((off[1] < off[0]).mean()) > _OPEN[1]

    def _small(self, image: np.ndarray) -> np.ndarray:
        return cv2.resize(image, self._size, interpolation=cv2.INTER_AREA)

    def _answers(self, lab: np.ndarray, mask: np.ndarray) -> list[np.ndarray]:
        """(filters, n) float32, 0 or more, at the pixels of a 0/1 mask, one at least: of an octave each, half as large every
        time, and of the fine texture."""
        found = []
        level = lab
        for number in range(_LEVELS):
            level = cv2.pyrDown(level) if number else level
            found.append(_filtered(level, _shrunk(mask, level.shape[:2])))
        energy = _energy(lab)[mask > 0]
        found.append(np.abs(np.log1p(energy) - np.log1p(self._energy))[None])
        return found


def _lab(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)


def _filtered(level: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """What each filter answers at the pixels of a 0/1 mask, (filters, n) float32, 0 or more."""
    box = bounding_box(mask, _REACH)
    part, there = np.ascontiguousarray(level[box]), np.flatnonzero(mask[box])
    lightness = np.ascontiguousarray(part[..., 0])
    spot, *lines = _kernels()
    answers = np.empty((1 + len(lines), len(there)), np.float32)
    answers[0] = largest_channel(np.abs(cv2.filter2D(part, -1, spot, borderType=cv2.BORDER_REFLECT))).take(there)
    for line, answer in zip(lines, answers[1:], strict=True):
        cv2.filter2D(lightness, -1, line, borderType=cv2.BORDER_REFLECT).take(there, out=answer)
    return np.abs(answers, out=answers)


def _shrunk(mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A 0/1 mask at a level's size; what is marked stays marked."""
    if mask.shape == shape:
        return mask
    small = cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return (small > min(0.2, 0.5 * float(small.max()))).astype(np.uint8)


def _energy(lab: np.ndarray) -> np.ndarray:
    """Energy of the fine texture, (h, w) float32."""
    lightness = lab[..., 0]
    fine = lightness - cv2.GaussianBlur(lightness, (0, 0), 1.5)
    return cv2.GaussianBlur(fine * fine, (0, 0), 4.0)


@lru_cache(maxsize=1)
def _kernels() -> tuple[np.ndarray, ...]:
    """Spot and lines, centre less surround; each sums to 0."""
    y, x = np.mgrid[-_REACH : _REACH + 1, -_REACH : _REACH + 1].astype(np.float32)

    def gauss(along: np.ndarray, across: np.ndarray, length: float, width: float) -> np.ndarray:
        weight = np.exp(-(along**2) / (2 * length**2) - across**2 / (2 * width**2))
        return weight / weight.sum()

    kernels = [gauss(x, y, 0.8, 0.8) - gauss(x, y, 2.0, 2.0)]
    for turn in np.arange(_ORIENTATIONS) * np.pi / _ORIENTATIONS:
        along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        kernels.append(gauss(along, across, 3.2, 0.8) - gauss(along, across, 3.2, 2.0))
    return tuple(kernel.astype(np.float32) for kernel in kernels)
