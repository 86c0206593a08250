"""A TIFF file's orientation taken out, so that every reader gives its pixels as they are stored (TIFF 6.0, section 2)."""

from __future__ import annotations

import struct

#: How a TIFF begins, little-endian and big-endian, and the same of BigTIFF, whose places are of 64 bits.
SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ORIENTATION = 274


def without_orientation(data: bytes) -> bytes:
    """The file with its first picture's orientation set to 1, as it is stored; as it is where it has none."""
    order = "<" if data.startswith(b"II") else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    place, count, entry, value = ("Q", "Q", 20, 12) if big else ("I", "H", 12, 8)
    try:
        (at,) = struct.unpack_from(order + place, data, 8 if big else 4)
        (entries,) = struct.unpack_from(order + count, data, at)
        first = at + struct.calcsize(order + count)
        for start in range(first, min(first + entry * entries, len(data) - entry + 1), entry):
            if struct.unpack_from(order + "H", data, start)[0] == _ORIENTATION:
                return data[: start + value] + struct.pack(order + "H", 1) + data[start + value + 2 :]
    except struct.error:
        return data  # whoever decodes it says what is wrong
    return data
