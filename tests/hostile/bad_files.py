"""Picture files byte by byte, so that each can say what no program would write."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

SIZE = 72
_PNG = b"\x89PNG\r\n\x1a\n"


def ramp(size: int = SIZE) -> np.ndarray:
    """(size, size, 3) uint8, every pixel of which is known: rows, columns, and their sum."""
    rows, columns = np.mgrid[0:size, 0:size]
    return np.dstack([rows * 3, columns * 3, rows + columns]).astype(np.uint8)


def encoded(array: np.ndarray | Image.Image, form: str, **options: object) -> bytes:
    """An image file's bytes."""
    target = io.BytesIO()
    picture = array if isinstance(array, Image.Image) else Image.fromarray(array)
    picture.save(target, form, **options)
    return target.getvalue()


def chunk(kind: bytes, data: bytes = b"", length: int | None = None, crc: int | None = None) -> bytes:
    """A PNG's chunk; length and crc: other than they are."""
    checksum = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data) if length is None else length) + kind + data + struct.pack(">I", checksum)


def head(
    width: int = SIZE, height: int = SIZE, depth: int = 8, colour: int = 2, method: int = 0, interlace: int = 0
) -> bytes:
    """A PNG's first chunk."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, method, 0, interlace))


def rows(array: np.ndarray | None = None, filters: int = 0) -> bytes:
    """A PNG's pixels before they are packed: each row with its filter's number."""
    pixels = ramp() if array is None else array
    return b"".join(bytes([filters]) + row.tobytes() for row in pixels)


def data_of(raw: bytes) -> bytes:
    """A PNG's chunk of pixels."""
    return chunk(b"IDAT", zlib.compress(raw))


def png(*chunks: bytes, end: bytes | None = None) -> bytes:
    """A PNG of these chunks."""
    return _PNG + b"".join(chunks) + (chunk(b"IEND") if end is None else end)


def whole_png(*between: bytes) -> bytes:
    """The ramp as PNG, with more chunks before its pixels."""
    return png(head(), *between, data_of(rows()))


def packed(times: int, unit: bytes = b"x" * 1_000_000) -> bytes:
    """Many megabytes in a few kilobytes."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(unit) for _ in range(times)) + packer.flush()


def tiff(tags: Sequence[tuple[int, int, object]], pixels: bytes = b"", order: str = "<", after: int = 0, count: int | None = None,
         first: int | None = None) -> bytes:  # fmt: skip
    """A TIFF of one directory. tags: (tag, type, value), where a value is a number, a list, bytes, or (count, place) as it is to
    stand there. The pixels lie behind it; PIXELS stands for their place. after: the next directory's place. count: how many
    tags it says. first: the directory's place."""
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 11: 4, 12: 8}
    letters = {1: "B", 3: "H", 4: "I", 11: "f", 12: "d"}
    start = 8
    behind = start + 2 + 12 * len(tags) + 4
    listed, more = b"", b""
    for tag, kind, value in tags:
        if isinstance(value, tuple):
            number, place = value
            listed += struct.pack(order + "HHII", tag, kind, number, place)
            continue
        values = list(value) if isinstance(value, list | bytes) else [value]
        if kind in letters:
            values = [behind + 10_000 if one == PIXELS else one for one in values]
            body = struct.pack(f"{order}{len(values)}{letters[kind]}", *values)
        else:
            body = bytes(values)
        number = len(body) // sizes[kind]
        if len(body) > 4:
            listed += struct.pack(order + "HHII", tag, kind, number, behind + len(more))
            more += body
        else:
            listed += struct.pack(order + "HHI", tag, kind, number) + body.ljust(4, b"\0")
    directory = (
        struct.pack(order + "H", len(tags) if count is None else count) + listed + struct.pack(order + "I", after)
    )
    begin = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start if first is None else first)
    return (begin + directory + more).ljust(behind + 10_000, b"\0") + pixels


#: In a tag's value: where the pixels lie.
PIXELS = -1


def tags(**other: object) -> list[tuple[int, int, object]]:
    """The tags of the ramp as a plain TIFF, some with other values; None leaves one out."""
    usual: dict[str, tuple[int, int, object]] = {
        "width": (256, 4, SIZE), "height": (257, 4, SIZE), "bits": (258, 3, [8, 8, 8]), "compression": (259, 3, 1),
        "photometric": (262, 3, 2), "strips": (273, 4, PIXELS), "samples": (277, 3, 3), "rows": (278, 4, SIZE),
        "counts": (279, 4, 3 * SIZE * SIZE), "planar": (284, 3, 1),
    }  # fmt: skip
    for name, value in other.items():
        if value is None:
            del usual[name]
        elif isinstance(value, tuple) and len(value) == 3:
            usual[name] = value
        else:
            usual[name] = (*usual[name][:2], value)
    return sorted(usual.values(), key=lambda tag: tag[0])


def bmp(width: int = SIZE, height: int = SIZE, bits: int = 24, compression: int = 0, colours: int = 0, header: int = 40,
        offset: int | None = None, pixels: bytes | None = None, palette: bytes = b"") -> bytes:  # fmt: skip
    """A BMP by its numbers."""
    body = ramp()[::-1, :, ::-1].tobytes() if pixels is None else pixels
    place = 14 + 40 + len(palette) if offset is None else offset
    info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(body), 0, 0, colours, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(palette) + len(body), 0, 0, place) + info + palette + body


def jpeg(**options: object) -> bytes:
    """The ramp as JPEG."""
    return encoded(ramp(), "JPEG", **{"quality": 95, **options})


def segment(marker: int, body: bytes, length: int | None = None) -> bytes:
    """A JPEG's segment; length: other than it is."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2 if length is None else length) + body


def with_segment(*segments: bytes) -> bytes:
    """The ramp as JPEG with segments behind its first marker."""
    data = jpeg()
    return data[:2] + b"".join(segments) + data[2:]
