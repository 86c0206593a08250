"""Inverse editing: the normal image that an anomalous one may have come from (arXiv 2604.07900, trajectories)."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np

from ...core.errors import InputError
from ...imaging.inpaint import rebuild_normal

# A mask is drawn this much too tight at times, as a share of the picture's side: a defect's halo must go with it.
_HALO = 0.01


class InverseEditor(Protocol):
    """Removes the defect under a mask."""

    def rebuild(self, image: np.ndarray, mask: np.ndarray, item: str, seed: int) -> np.ndarray:
        """(H, W, 3) uint8 normal image from an anomalous one, (H, W, 3) uint8, and its defect's mask, (H, W) bool.

        Away from the mask the pixels stay, bit for bit. The same seed gives the same image.
        """


class TextureInverseEditor:
    """The embedded backend: fills the mask from the picture around it; nothing to download. item and seed are not used."""

    def rebuild(self, image: np.ndarray, mask: np.ndarray, item: str, seed: int) -> np.ndarray:
        """See InverseEditor."""
        check_mask(image, mask)
        return rebuild_normal(image, with_halo(mask))


def check_mask(image: np.ndarray, mask: np.ndarray) -> None:
    """Raises InputError unless mask is (H, W) bool at the image's size."""
    if mask.dtype != np.bool_ or mask.shape != image.shape[:2]:
        raise InputError(
            f"the mask is {mask.shape[-1]}x{mask.shape[0]} of {mask.dtype}, the image {image.shape[1]}x{image.shape[0]} px: "
            "give a bool mask at the image's size"
        )


def with_halo(mask: np.ndarray) -> np.ndarray:
    """The mask, (H, W) bool, with the rim that a repainted area is blended over."""
    reach = 2 * max(2, round(_HALO * max(mask.shape))) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    return cv2.dilate(mask.astype(np.uint8), kernel) > 0
