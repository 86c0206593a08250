"""Writes an export's pictures and masks, with their provenance in the files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..core.files import appearing
from ..imaging.io import encode_png
from .content import Picture
from .provenance import png_texts


def write_picture(
    picture: Picture, image: Path, mask: Path | None = None, values: Mapping[str, int] | None = None
) -> tuple[tuple[int, int], dict[str, np.ndarray]]:
    """Writes the image and, where a path is given, its mask on 0: 255, or the value of each type, 1-255, where `values` has
    them. Returns (height, width) and a mask for each type, (H, W) bool.

    Raises InputError for a source that cannot be read, OSError where the disk does not take it.
    """
    pixels, marked = picture.read()
    drawn = np.zeros(pixels.shape[:2], np.uint8)
    for anomaly, area in marked.items():
        drawn[area] = 255 if values is None else values[anomaly]
    texts = png_texts(picture)
    deep = picture.read_deep()
    files = {image: encode_png(pixels, texts) if deep is None else deep.to_png(texts)}
    if mask is not None:
        files[mask] = encode_png(drawn, texts)
    for path, data in files.items():
        with appearing(path) as beside:
            beside.write_bytes(data)
    return (pixels.shape[0], pixels.shape[1]), marked
