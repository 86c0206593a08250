"""The region that a page paints: a PNG as data URL, read as what a stranger may have sent."""

from __future__ import annotations

import base64
import binascii
import io
import struct

import numpy as np
from PIL import Image

from ..agent.core.errors import InputError
from ..agent.core.task import MAX_SIDE

_HEAD = "data:image/png;base64"
# What a mask of the largest image can take, and more than a page's painting does, in characters.
_MOST_CHARACTERS = 30_000_000
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SIZE = slice(16, 24)


def read_region(url: str, size: tuple[int, int]) -> np.ndarray:
    """(H, W) bool of size (height, width), True where the PNG is brighter than mid-grey, scaled where it has another size.

    Raises InputError for anything but a PNG whose sides are at most 4096 px: its size is looked at before it is decoded.
    """
    head, _, data = url.partition(",")
    if head != _HEAD or len(data) > _MOST_CHARACTERS:
        raise InputError(f"region must be a PNG as data URL of at most {_MOST_CHARACTERS // 10**6} MB")
    try:
        file = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"region is no PNG that can be read ({error}); paint it again") from error
    if not file.startswith(_SIGNATURE) or len(file) < _SIZE.stop:
        raise InputError("region is no PNG that can be read; paint it again")
    sides = struct.unpack(">II", file[_SIZE])
    if not all(1 <= side <= MAX_SIDE for side in sides):
        raise InputError(
            f"region is {sides[0]}x{sides[1]} px; send it at the image's size, {MAX_SIDE} px a side at most"
        )
    try:
        with Image.open(io.BytesIO(file), formats=("PNG",)) as picture:
            grey = picture.convert("L").resize((size[1], size[0]), Image.Resampling.BILINEAR)
    except Exception as error:  # a decoder may raise anything at damaged bytes
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"region is no PNG that can be read ({reason[:120]}); paint it again") from error
    return np.asarray(grey) > 127
