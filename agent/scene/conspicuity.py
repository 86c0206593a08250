"""Whether a defect can be told from the texture that the product has of its own: grain, prints, chocolate chips."""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.channels import colours_at, median_colour
from ..imaging.masks import bounding_box, shrink_mask
from ..imaging.quantiles import percentile
from .filter_responses import (
    LEVELS,
    REACH,
    filter_responses,
    inner_part,
    level_shapes,
    texture_energy,
    to_lab,
    working_size,
)
from .positional_saliency import PositionalSaliency
from .scene import Scene

# A defect opens the outline where this share of what surrounds it is background, and of itself looks like it.
_OPEN = 0.15, 0.3
# The strongest responses count, but for single pixels: glints and dead ones.
_PERCENTILE = 99.9


class TextureSaliency:
    """How strongly a product's surface responds to filters for spots, lines and changes of texture, of several sizes."""

    def __init__(self, image: np.ndarray, scene: Scene, positional: PositionalSaliency | None = None) -> None:
        """image: (H, W, 3) uint8 RGB, normal. scene: its analysis. positional: of normal images of the same size; without them
        the product's own spots and lines could be anywhere on it."""
        self._size = working_size(image.shape)
        lab = to_lab(self._small(image))
        self._energy = float(texture_energy(lab).mean())
        inside, self._inner = inner_part(scene.foreground, self._size)
        self._outside = inside == 0
        self._tones: tuple[np.ndarray, np.ndarray] | None = None
        if self._outside.any() and inside.any():
            self._tones = median_colour(colours_at(lab, inside)), median_colour(colours_at(lab, self._outside))
        self._positional = positional
        # Of each array of responses, by filter.
        self._strongest = [
            np.array([percentile(of_a_filter, _PERCENTILE) for of_a_filter in responses])
            for responses in filter_responses(lab, self._inner, self._energy)
        ]

    @classmethod
    def of(
        cls, image: np.ndarray, scene: Scene, positional: PositionalSaliency | None = None
    ) -> TextureSaliency | None:
        """None for a thresholded picture: between two tones every spot is as strong. Arguments as above."""
        return None if scene.bilevel else cls(image, scene, positional)

    def conspicuity(self, image: np.ndarray, mask: np.ndarray) -> float:
        """How much stronger a defect responds than the strongest of the product's own texture that can be at its place, to the
        filter to which it responds best: above 1 it stands out, at 0 nothing is there. Infinite where it opens the product's
        outline: no texture does.

        image: (H, W, 3) uint8 RGB, the normal one with the defect. mask: (H, W) bool, of the defect.
        """
        shrunk = cv2.resize(mask.astype(np.uint8) * 255, self._size, interpolation=cv2.INTER_AREA) > 25
        if not shrunk.any():
            return 0.0
        small = self._small(image)
        if self._opens(small, shrunk):
            return float("inf")
        marked = cv2.dilate(shrunk.astype(np.uint8), np.ones((3, 3), np.uint8))
        if (marked & self._inner).any():  # nor may the silhouette respond for the defect
            marked &= self._inner
        window = bounding_box(marked, REACH * 2 ** (LEVELS - 1))
        here = marked[window]
        responses = filter_responses(to_lab(small[window]), here, self._energy)
        if self._positional is None:
            pairs = zip(responses, self._strongest, strict=True)
            return max(float((of_filters.max(axis=1) / (own + 1e-3)).max()) for of_filters, own in pairs)
        corner = (window[0].start, window[1].start)
        most = 0.0
        for number, (of_filters, own, shape) in enumerate(
            zip(responses, self._strongest, level_shapes(here.shape), strict=True)
        ):
            positional = np.minimum(self._positional.at(number, corner, shrink_mask(here, shape)), own[:, None])
            most = max(most, float((of_filters / (positional + 1e-3)).max()))
        return most

    def _opens(self, small: np.ndarray, mask: np.ndarray) -> bool:
        """Whether the background shows where the product was, up to the background itself."""
        if self._tones is None:
            return False
        around = (cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) & ~mask
        if not around.any() or float(self._outside[around].mean()) <= _OPEN[0]:
            return False
        lab = to_lab(small[mask][None])[0]
        off = [np.linalg.norm(lab - tone, axis=1) for tone in self._tones]
        return float((off[1] < off[0]).mean()) > _OPEN[1]

    def _small(self, image: np.ndarray) -> np.ndarray:
        return cv2.resize(image, self._size, interpolation=cv2.INTER_AREA)
