"""Where normal pictures of a product have their spots and lines: a rim that is always there makes no place of a plain wall."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..imaging.masks import shrink_mask
from .filter_responses import (
    filter_responses,
    inner_part,
    level_shapes,
    texture_energy,
    to_lab,
    working_size,
)
from .scene import Scene

#: Fewer normal pictures say little of where texture can be; more than the most add little.
LEAST_PICTURES, _MOST_PICTURES = 16, 32
# How far from its place a spot can be on the next product, as a share of the working picture's width.
_PLAY = 6 / 128


class PositionalSaliency:
    """The strongest that any of a product's normal pictures responds to each filter at a place or near it.

    Where products lie alike in their pictures, that is little on their plain parts; where they lie anyhow, or bear their
    texture anywhere, it is as much all over.
    """

    def __init__(self, pictures: Sequence[tuple[np.ndarray, Scene]]) -> None:
        """pictures: normal images, (H, W, 3) uint8 RGB, all of one size, each with its scene; one at least."""
        size = working_size(pictures[0][0].shape)
        whole = np.ones(size[::-1], np.uint8)
        shapes = level_shapes(whole.shape)
        strongest: list[np.ndarray] = []
        for image, scene in pictures:
            lab = to_lab(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
            inner = inner_part(scene.foreground, size)[1]
            responses = filter_responses(lab, whole, float(texture_energy(lab).mean()))
            for number, (found, shape) in enumerate(zip(responses, shapes, strict=True)):
                there = found.reshape(-1, *shape) * shrink_mask(inner, shape)
                if number == len(strongest):
                    strongest.append(there)
                else:
                    np.maximum(strongest[number], there, out=strongest[number])
        self._strongest = [np.stack([_spread(one) for one in level]) for level in strongest]

    @classmethod
    def of(cls, pictures: Sequence[tuple[np.ndarray, Scene]]) -> PositionalSaliency | None:
        """None where too few pictures are given, or pictures of several sizes; and for thresholded ones, whose texture nobody
        asks for, see TextureSaliency.of. Arguments as above."""
        if len(pictures) < LEAST_PICTURES or len({image.shape for image, _ in pictures}) > 1:
            return None
        if all(scene.bilevel for _, scene in pictures):
            return None
        return cls(pictures)

    def at(self, number: int, corner: tuple[int, int], mask: np.ndarray) -> np.ndarray:
        """(filters, n) float32, of array `number` of filter_responses, at the pixels of a 0/1 mask of its level.

        corner: (row, column) of the working picture that the mask's first pixel lies at.
        """
        level = self._strongest[number]
        half = number if number < len(self._strongest) - 1 else 0  # the last is of the finest level again
        rows, columns = np.nonzero(mask)
        rows = np.minimum(rows + (corner[0] >> half), level.shape[1] - 1)
        columns = np.minimum(columns + (corner[1] >> half), level.shape[2] - 1)
        return level[:, rows, columns]


def pick_pictures(count: int) -> list[int]:
    """Which of so many normal pictures to take, spread evenly; none where they are too few."""
    if count < LEAST_PICTURES:
        return []
    return list(dict.fromkeys(np.linspace(0, count - 1, _MOST_PICTURES).astype(int).tolist()))


def _spread(responses: np.ndarray) -> np.ndarray:
    """Each place takes the strongest of (h, w) float32 near it."""
    side = 2 * max(1, round(_PLAY * responses.shape[1])) + 1
    return cv2.dilate(np.ascontiguousarray(responses), np.ones((side, side), np.uint8))
