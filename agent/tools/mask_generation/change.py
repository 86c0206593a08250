"""The embedded backend of mask generation: the mask computed from the two images."""

from __future__ import annotations

import numpy as np

from ...core.errors import InputError
from ...imaging.change import find_change


class ChangeMaskGenerator:
    """The embedded backend: a mask from the two images alone; nothing to download.

    Robust to a global change of brightness, JPEG noise and a shift of a few px.
    """

    def segment(self, normal: np.ndarray, edited: np.ndarray) -> np.ndarray:
        """(H, W) bool mask from two (H, W, 3) uint8 images of one size; empty where nothing changed.

        Raises InputError where the sizes differ.
        """
        if normal.shape != edited.shape:
            raise InputError(
                f"the images differ in size ({normal.shape[1]}x{normal.shape[0]} and {edited.shape[1]}x"
                f"{edited.shape[0]} px): give the edited image at the normal one's size"
            )
        return find_change(normal, edited).support
