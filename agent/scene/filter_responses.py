"""Filters that spots, lines and changes of texture respond to, of several sizes.

After the saliency of Itti, Koch and Niebur (PAMI 1998): centre-surround and oriented contrast of lightness and colour on a
pyramid.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ..imaging.channels import largest_channel
from ..imaging.masks import bounding_box, shrink_mask

# Longest side of the picture on which texture is looked at, px: finer ones are noise.
_SIDE = 128
#: Octaves of size, from 2 px to 16 px of the working picture.
LEVELS = 4
_ORIENTATIONS = 8
#: Radius of the filters, px of a level.
REACH = 5


def working_size(shape: tuple[int, ...]) -> tuple[int, int]:
    """(width, height) px of the picture that is looked at, for one of shape (H, W, ...)."""
    shrink = min(1.0, _SIDE / max(shape[:2]))
    return max(16, round(shape[1] * shrink)), max(16, round(shape[0] * shrink))


def to_lab(image: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 RGB -> (h, w, 3) float32, OpenCV's 8-bit Lab, 0-255."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)


def inner_part(foreground: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A product's (H, W) bool area at the working size, and its part in which no filter responds to the silhouette: all of it
    where there is none. Both (h, w) uint8, 0 or 1."""
    inside = cv2.resize(foreground.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    if inside.all() or not inside.any():
        return inside, inside
    inner = cv2.erode(inside, np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8))
    return inside, inner if inner.any() else inside


def texture_energy(lab: np.ndarray) -> np.ndarray:
    """Energy of the fine texture, (h, w) float32. lab: of to_lab."""
    lightness = lab[..., 0]
    fine = lightness - cv2.GaussianBlur(lightness, (0, 0), 1.5)
    return cv2.GaussianBlur(fine * fine, (0, 0), 4.0)


def filter_responses(lab: np.ndarray, mask: np.ndarray, energy: float) -> list[np.ndarray]:
    """(filters, n) float32, 0 or more, at the pixels of a 0/1 mask, one at least: of an octave each, half as large every
    time, and of the fine texture. lab: of to_lab. energy: usual texture_energy, from which the last filter takes the
    difference."""
    found = []
    level = lab
    for number in range(LEVELS):
        level = cv2.pyrDown(level) if number else level
        found.append(_filtered(level, shrink_mask(mask, level.shape[:2])))
    there = texture_energy(lab)[mask > 0]
    found.append(np.abs(np.log1p(there) - np.log1p(energy))[None])
    return found


def level_shapes(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """(h, w) px of what filter_responses looks at for each of its arrays, for a picture of this shape."""
    shapes = [(shape[0], shape[1])]
    while len(shapes) < LEVELS:
        shapes.append(((shapes[-1][0] + 1) // 2, (shapes[-1][1] + 1) // 2))
    return [*shapes, shapes[0]]


def _filtered(level: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """How each filter responds at the pixels of a 0/1 mask, (filters, n) float32, 0 or more."""
    box = bounding_box(mask, REACH)
    part, there = np.ascontiguousarray(level[box]), np.flatnonzero(mask[box])
    lightness = np.ascontiguousarray(part[..., 0])
    spot, *lines = _kernels()
    responses = np.empty((1 + len(lines), len(there)), np.float32)
    responses[0] = largest_channel(np.abs(cv2.filter2D(part, -1, spot, borderType=cv2.BORDER_REFLECT))).take(there)
    for line, response in zip(lines, responses[1:], strict=True):
        cv2.filter2D(lightness, -1, line, borderType=cv2.BORDER_REFLECT).take(there, out=response)
    return np.abs(responses, out=responses)


@lru_cache(maxsize=1)
def _kernels() -> tuple[np.ndarray, ...]:
    """Spot and lines, centre less surround; each sums to 0."""
    y, x = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1].astype(np.float32)

    def gauss(along: np.ndarray, across: np.ndarray, length: float, width: float) -> np.ndarray:
        weight = np.exp(-(along**2) / (2 * length**2) - across**2 / (2 * width**2))
        return weight / weight.sum()

    kernels = [gauss(x, y, 0.8, 0.8) - gauss(x, y, 2.0, 2.0)]
    for turn in np.arange(_ORIENTATIONS) * np.pi / _ORIENTATIONS:
        along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        kernels.append(gauss(along, across, 3.2, 0.8) - gauss(along, across, 3.2, 2.0))
    return tuple(kernel.astype(np.float32) for kernel in kernels)
