"""Strategies: good files and texts made bad."""

from __future__ import annotations

import io
import json
import struct
import zlib

import numpy as np
from hypothesis import strategies as st
from PIL import Image

TRICKS = st.sampled_from(
    [
        "../x", "../../x", "/tmp/x", "..", ".", "", "a/../../x", "..\\x", "C:\\x", "C:x", "con", "nul.png", "~", "~/x",
        "a\nb", "a\tb", "x" * 300, "é" * 90, "名前", "\u202egnp", "%2e%2e/x", "-rf", "--output", "a b", " ", "a.", "$(x)",
        "`x`", "\ud800", "a\udcffb", "<b>", "a|b", "test/../../../x", "./x", "//server/x", "\\\\server\\x",
    ]
)  # fmt: skip
#: Any name: tricks, and text.
NAMES = st.one_of(TRICKS, st.text(max_size=30).filter(lambda text: "\0" not in text))
#: Any value that JSON can hold, and some that only its readers let through.
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), NAMES, st.just(10**40), st.just(-1), st.just(2**31),
        st.just(float("nan")),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


@st.composite
def mutated(draw, data, most=6):
    """Bytes with some changed, taken out, put in, or the end cut off."""
    data = bytearray(data)
    for _ in range(draw(st.integers(1, most))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        kind = draw(st.sampled_from(["set", "cut", "drop", "insert", "repeat"]))
        if kind == "set" and data:
            data[at] = draw(st.integers(0, 255))
        elif kind == "cut":
            del data[at:]
        elif kind == "drop":
            del data[at : at + draw(st.integers(1, 40))]
        elif kind == "insert":
            data[at:at] = draw(st.binary(max_size=12))
        else:
            data[at:at] = data[at : at + 200]
    return bytes(data)


@st.composite
def mutated_json(draw, value):
    """A JSON value with one place in it replaced or taken out; as text."""
    value = json.loads(json.dumps(value))
    spot, holder, key = value, None, None
    while isinstance(spot, dict | list) and spot:
        if holder is not None and draw(st.integers(0, 2)) == 0:
            break
        holder = spot
        key = draw(st.sampled_from(sorted(spot) if isinstance(spot, dict) else range(len(spot))))
        spot = holder[key]
    if holder is None:
        value = draw(JSON)
    elif draw(st.integers(0, 4)) == 0:
        del holder[key]
    else:
        holder[key] = draw(JSON)
    return json.dumps(value)


def encoded(array, form, **options):
    """An image file's bytes."""
    target = io.BytesIO()
    Image.fromarray(array).save(target, format=form, **options)
    return target.getvalue()


def png_of_size(width, height, depth=8, colour=2):
    """A PNG whose header promises a size, with little behind it and every checksum right."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND", b"")


def _good_files():
    rng = np.random.default_rng(0)
    colour, grey = rng.integers(0, 256, (70, 66, 3), np.uint8), rng.integers(0, 256, (70, 66), np.uint8)
    found = [
        encoded(colour, form) for form in ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF", "PPM", "ICO", "TGA", "JPEG2000")
    ]
    found += [encoded(grey, form) for form in ("PNG", "JPEG", "TIFF", "BMP")]
    found += [encoded(colour, "TIFF", compression=name) for name in ("tiff_lzw", "tiff_deflate", "jpeg", "packbits")]
    found.append(encoded(np.dstack([colour, grey]), "PNG"))
    target = io.BytesIO()
    Image.fromarray(grey.astype(np.uint16) * 200).save(target, format="PNG")
    return [*found, target.getvalue()]


GOOD_FILES = _good_files()
_SIDES = st.one_of(st.integers(0, 5000), st.sampled_from([60_000, 2**31 - 1, 2**32 - 1, 4097, 63]))
#: What stands in a file that is said to be a picture.
PICTURES = st.one_of(
    st.sampled_from(GOOD_FILES).flatmap(mutated),
    st.sampled_from(GOOD_FILES).flatmap(lambda data: mutated(data[:200]).map(lambda head: head + data[200:])),
    st.builds(png_of_size, _SIDES, _SIDES, st.sampled_from([1, 2, 4, 8, 16, 3]), st.sampled_from([0, 2, 3, 4, 6, 1])),
    st.binary(max_size=300),
)
