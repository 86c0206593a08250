"""The change as an eye sees it: both pictures around it in CIE Lab, and its pieces. Computed once for all facts."""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np

from ....imaging.change import Change
from ....imaging.channels import channel_norm
from ....imaging.masks import bounding_box, shrink_mask
from ....scene.scene import Scene, distance_transform_on_grid
from .pieces import Piece, find_pieces

# A larger part of a picture is looked at in this many px on its longer side: the eye's own resolution of a screen's part.
_LONGEST = 512
# Room around the change, px of a 256 px picture, from which the surface's own variation is known.
_ROOM = 24


class ChangeView:
    """normal, edited: (H, W, 3) uint8. change: between them, with a support. All else is (h, w) of the part around it.

    box: rows and columns of that part in the picture. scale: px of the view for one of the picture. unit: px of the view for
    one of a 256 px picture. size: the product's, px of the view. support: bool. product: bool."""

    def __init__(self, normal: np.ndarray, edited: np.ndarray, scene: Scene, change: Change) -> None:
        height, width = normal.shape[:2]
        picture_unit = max(min(height, width) / 256.0, 0.5)
        self.scene, self.change = scene, change
        self.box = bounding_box(change.support, round(_ROOM * picture_unit))
        self._pictures = (normal[self.box], edited[self.box])
        shape = change.support[self.box].shape
        self.scale = min(1.0, _LONGEST / max(shape))
        self.shape = tuple(max(8, round(side * self.scale)) for side in shape) if self.scale < 1.0 else shape
        self.unit = picture_unit * self.scale
        self.size = scene.product_size * self.scale
        self.support = shrink_mask(change.support[self.box], self.shape) > 0
        self.product = shrink_mask(scene.foreground[self.box], self.shape, 0.5, keep=False) > 0

    @property
    def regular(self) -> bool:
        """Whether the product is a pattern that repeats both ways, as a mesh or a cloth does."""
        return min(self.scene.period) > 0

    @property
    def least_gap(self) -> float:
        """Px of the view between two pieces that are no gap: of a regular pattern, half of what it takes to repeat."""
        return max(1.5, 0.5 * max(self.scene.period) * self.scale) if self.regular else 1.5

    @cached_property
    def before(self) -> np.ndarray:
        """The normal picture in CIE Lab, (h, w, 3) float32: L 0-100."""
        return self._lab(self._pictures[0])

    @cached_property
    def after(self) -> np.ndarray:
        """The edited one in CIE Lab, (h, w, 3) float32."""
        return self._lab(self._pictures[1])

    @cached_property
    def difference(self) -> np.ndarray:
        """(h, w, 3) float32: after less before."""
        difference: np.ndarray = self.after - self.before
        return difference

    @cached_property
    def delta_e(self) -> np.ndarray:
        """(h, w) float32: CIE 1976 colour difference."""
        return channel_norm(self.difference)

    @cached_property
    def labels(self) -> tuple[int, np.ndarray]:
        """Number and (h, w) int32 of the support's connected components, 0 outside."""
        count, labels = cv2.connectedComponents(self.support.astype(np.uint8), connectivity=8)
        return count, labels

    @cached_property
    def pieces(self) -> list[Piece]:
        """Of the change, the heaviest first."""
        count, labels = self.labels
        return find_pieces(labels, count, self.delta_e, np.ascontiguousarray(self.difference[..., 0]))

    @cached_property
    def outer_depth(self) -> np.ndarray:
        """See distance_transform_on_grid, of the product with its openings filled."""
        contours, _ = cv2.findContours(self.scene.foreground.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        filled = cv2.drawContours(np.zeros(self.scene.foreground.shape, np.uint8), contours, -1, 1, cv2.FILLED)
        return distance_transform_on_grid(filled > 0)

    def mask_of(self, piece: Piece) -> np.ndarray:
        """(h, w) bool: where a piece is."""
        count, labels = self.labels
        wanted = np.zeros(count, bool)
        wanted[list(piece.labels)] = True
        return wanted[labels]

    def shrunk(self, mask: np.ndarray) -> np.ndarray:
        """An (H, W) bool mask of the picture, or of any size of it, as (h, w) bool of the view."""
        height, width = self.change.support.shape
        if mask.shape != (height, width):
            mask = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
        return shrink_mask(mask[self.box], self.shape, 0.5, keep=False) > 0

    def in_picture(self, point: tuple[float, float]) -> tuple[float, float]:
        """(x, y) px of the view -> px of the picture."""
        return (
            (point[0] + 0.5) / self.scale - 0.5 + self.box[1].start,
            (point[1] + 0.5) / self.scale - 0.5 + self.box[0].start,
        )

    def _lab(self, picture: np.ndarray) -> np.ndarray:
        if picture.shape[:2] != self.shape:
            picture = cv2.resize(picture, (self.shape[1], self.shape[0]), interpolation=cv2.INTER_AREA)
        return cv2.cvtColor(picture.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
