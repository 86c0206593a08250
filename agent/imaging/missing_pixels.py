"""Files that end well and hold fewer pixels than they promise; decoders leave the rest black and say nothing."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from . import png_chunks

# Adam7's passes (ISO/IEC 15948, 8.2): first column and row, step of columns and of rows.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_BLOCK = 1 << 16
_WIDTH, _HEIGHT, _STRIPS, _SAMPLES, _ROWS, _PLANAR = 256, 257, 273, 277, 278, 284
_TILE_WIDTH, _TILE_HEIGHT, _TILES = 322, 323, 324
#: The tags of a TIFF that are needed here.
TIFF_TAGS = (_WIDTH, _HEIGHT, _STRIPS, _SAMPLES, _ROWS, _PLANAR, _TILE_WIDTH, _TILE_HEIGHT, _TILES)
_PLANES_APART = 2


def lacks_png_rows(data: bytes) -> bool:
    """Whether a PNG's pixels, unpacked, are fewer than its head says. data: a file that was decoded, so its head is sound."""
    head, packed = b"", []
    for name, body, _ in png_chunks.chunks_of(data):
        if name == b"IHDR":
            head = head or body
        elif name == b"IDAT":
            packed.append(body)
    wanted = _png_bytes(head)
    unpacker, found = zlib.decompressobj(), 0
    for body in packed:
        left = body
        while left and found < wanted and not unpacker.eof:
            found += len(unpacker.decompress(left, _BLOCK))
            left = unpacker.unconsumed_tail
    return found + len(unpacker.flush()) < wanted


def lacks_tiff_strips(tags: Mapping[int, Any]) -> bool:
    """Whether a TIFF names fewer strips or tiles than its picture is made of. tags: see TIFF_TAGS."""
    width, height = int(tags[_WIDTH]), int(tags[_HEIGHT])
    planes = int(tags.get(_SAMPLES, 1)) if tags.get(_PLANAR) == _PLANES_APART else 1
    if _TILES in tags:
        across, down = (int(tags.get(name, 0)) or side for name, side in ((_TILE_WIDTH, width), (_TILE_HEIGHT, height)))
        return len(tags[_TILES]) < planes * math.ceil(width / across) * math.ceil(height / down)
    rows = min(int(tags.get(_ROWS, height)) or height, height)
    return len(tags.get(_STRIPS, ())) < planes * math.ceil(height / rows)


def _png_bytes(head: bytes) -> int:
    width, height = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
    bits = head[8] * _CHANNELS.get(head[9], 1)
    return sum(
        rows * (1 + (columns * bits + 7) // 8) for columns, rows in _parts(width, height, bool(head[12])) if columns
    )


def _parts(width: int, height: int, interlaced: bool) -> Iterator[tuple[int, int]]:
    """(columns, rows) of each pass."""
    if not interlaced:
        yield width, height
        return
    for left, top, across, down in _PASSES:
        yield max(0, -(-(width - left) // across)), max(0, -(-(height - top) // down))
