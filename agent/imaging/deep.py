"""Pictures of more than 8 bits, kept through to the output: the edit, made at 8 bits, is carried over to the file's values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..core.errors import BackendError
from .channels import differing, luma
from .decoding import decode
from .png_chunks import WHITE_LEVEL, with_texts
from .tone import ItemTone, Tone, ToneOrigin

_FULL = 65535
#: Bits a channel that pictures are written with.
BIT_DEPTHS = (8, 16)


@dataclass(frozen=True, eq=False)
class DeepPicture:
    """values: (H, W) or (H, W, 3) uint16, as the file has them. tone: their scale."""

    values: np.ndarray
    tone: Tone

    def edited(self, normal: np.ndarray, edited: np.ndarray) -> DeepPicture:
        """The picture with the change between two (H, W, 3) uint8 pictures of it. What does not change stays as it is, bit for
        bit; a grey picture stays grey."""
        change = edited.astype(np.float32) - normal
        if self.values.ndim == 2:
            change = luma(change)
        scale = (self.tone.white - self.tone.black) / 255.0
        moved = np.rint(self.values + change * np.float32(scale)).clip(self.tone.black, max(self.tone.white, 1.0))
        where = differing(edited, normal)
        where = where if self.values.ndim == 2 else where[..., None]
        return DeepPicture(np.where(where, moved, self.values).astype(np.uint16), self.tone)

    def to_png(self, texts: Mapping[str, str] | None = None) -> bytes:
        """A 16-bit PNG file, which says which of its values is white. texts: keyword to text of further ones."""
        values = self.values if self.values.ndim == 2 else self.values[..., ::-1]
        done, data = cv2.imencode(".png", values, [cv2.IMWRITE_PNG_COMPRESSION, 3])
        if not done:
            raise BackendError("OpenCV cannot write a 16-bit PNG here; reinstall opencv-python-headless")
        return with_texts(data.tobytes(), {WHITE_LEVEL: str(round(self.tone.white)), **(texts or {})})


def read_deep(path: Path, tone: ItemTone) -> DeepPicture | None:
    """The picture of a file with all its bits, upright; None for one of 8 bits. Whole numbers of up to 16 bits stay as they are;
    others are scaled to 16 bits. Transparency lies over white. Raises InputError."""
    decoded = decode(path)
    if decoded.deep is None:
        return None
    scale, values = tone.of(decoded), decoded.deep
    if values.dtype != np.uint16 or scale.black != 0:
        shown = np.nan_to_num((values.astype(np.float64) - scale.black) / (scale.white - scale.black)).clip(0.0, 1.0)
        values, scale = np.rint(shown * _FULL).astype(np.uint16), Tone(0.0, _FULL, ToneOrigin.FILE)
    if decoded.deep_alpha is not None and int(decoded.deep_alpha.min()) < 255 and decoded.deep_alpha.any():
        alpha = decoded.deep_alpha.astype(np.float64) / 255.0
        alpha = alpha if values.ndim == 2 else alpha[..., None]
        values = np.rint(values * alpha + scale.white * (1.0 - alpha)).clip(0, _FULL).astype(np.uint16)
    return DeepPicture(values, scale)
