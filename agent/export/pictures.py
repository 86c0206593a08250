"""Writes an export's pictures and masks, with their provenance in the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..imaging.io import write_png
from .content import Picture
from .provenance import png_texts


def write_picture(picture: Picture, image: Path, mask: Path | None = None, value: int = 255) -> np.ndarray:
    """Writes the image and, where a path is given, its mask, `value` on 0; returns the mask, (H, W) bool.

    Raises InputError for a source that cannot be read, OSError where the disk does not take it.
    """
    pixels, marked = picture.read()
    texts = png_texts(picture)
    for path, array in ((image, pixels), (mask, marked.astype(np.uint8) * np.uint8(value))):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_png(path, array, texts)
    return marked
