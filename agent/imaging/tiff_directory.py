"""The directory of a TIFF file's first picture (TIFF 6.0, section 2), read without regard to tags that are damaged."""

from __future__ import annotations

import struct
from collections.abc import Iterator

#: How a TIFF begins, little-endian and big-endian, and the same of BigTIFF, whose places are of 64 bits.
SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ORIENTATION = 274
_WHOLE_NUMBERS = {3: "H", 4: "I", 16: "Q"}


def inline_values(data: bytes) -> dict[int, int]:
    """The whole numbers that stand in the directory itself, by tag."""
    order = _order(data)
    found = {}
    for tag, start, value in _entries(data):
        kind, count = struct.unpack_from(order + ("HQ" if _is_big(data) else "HI"), data, start + 2)
        if kind in _WHOLE_NUMBERS and count == 1:
            found[tag] = struct.unpack_from(order + _WHOLE_NUMBERS[kind], data, value)[0]
    return found


def without_orientation(data: bytes) -> bytes:
    """The file with its first picture's orientation set to 1, as it is stored; as it is where it has none."""
    for tag, _, value in _entries(data):
        if tag == _ORIENTATION:
            return data[:value] + struct.pack(_order(data) + "H", 1) + data[value + 2 :]
    return data


def _entries(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(tag, where its entry begins, where its value stands) of each; none of a file that cannot be followed."""
    order = _order(data)
    place, count, entry, value = ("Q", "Q", 20, 12) if _is_big(data) else ("I", "H", 12, 8)
    try:
        (at,) = struct.unpack_from(order + place, data, 8 if _is_big(data) else 4)
        (entries,) = struct.unpack_from(order + count, data, at)
    except struct.error:
        return  # whoever decodes it says what is wrong
    first = at + struct.calcsize(order + count)
    for start in range(first, min(first + entry * entries, len(data) - entry + 1), entry):
        yield struct.unpack_from(order + "H", data, start)[0], start, start + value


def _order(data: bytes) -> str:
    return "<" if data.startswith(b"II") else ">"


def _is_big(data: bytes) -> bool:
    return data[2:4] in (b"+\0", b"\0+")
