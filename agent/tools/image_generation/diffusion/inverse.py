"""Inverse editing by a diffusion model: an inpainting one fills the mask, an instruction editor is told to mend it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..inverse import check_mask, with_halo
from .editor import DiffusionEditor

# What the filled area must not show; for pipelines that take a negative prompt.
_NEGATIVE = "defect, scratch, crack, hole, stain, dent, damage, text, watermark, blurry"


class DiffusionInverseEditor:
    """Rebuilds the normal image with any editor that load_editor gives."""

    def __init__(self, editor: DiffusionEditor) -> None:
        self.editor = editor

    def rebuild(self, image: np.ndarray, mask: np.ndarray, item: str, seed: int) -> np.ndarray:
        """See InverseEditor."""
        check_mask(image, mask)
        if not mask.any():
            return image.copy()
        if self.editor.call.mode == "inpaint":
            words = f"photo of a flawless {item}, intact clean surface, even texture"
        else:
            words = (
                f"Remove the defect from the {item}: mend the damaged spot so that its surface is intact there, with the "
                "same texture, colour and light as around it. Keep everything else exactly unchanged."
            )
        options = replace(self.editor.options, strength=1.0, negative_prompt=_NEGATIVE)
        return self.editor.repaint(image, with_halo(mask), words, seed, options)
