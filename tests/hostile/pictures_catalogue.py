"""Pictures that are broken, odd or made to hurt. READ: those whose pixels are whole, with what is said of them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import numpy as np
from bad_files import (
    PIXELS,
    SIZE,
    bmp,
    chunk,
    data_of,
    encoded,
    head,
    jpeg,
    packed,
    png,
    ramp,
    rows,
    segment,
    tags,
    tiff,
    whole_png,
    with_segment,
)

GREY = ramp()[..., 2]
RAW = ramp().tobytes()
_ICC = b"a\0\0"
_EXIF = b"Exif\0\0"


def _cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


def _flipped(data: bytes, *places: int) -> bytes:
    changed = bytearray(data)
    for place in places:
        changed[place] ^= 0xFF
    return bytes(changed)


def _with_header(data: bytes, **fields: int) -> bytes:
    """A JPEG whose frame header says other sizes."""
    at = data.index(b"\xff\xc0")
    height, width, parts = struct.unpack_from(">HHB", data, at + 5)
    stated = struct.pack(">HHB", fields.get("height", height), fields.get("width", width), fields.get("parts", parts))
    return data[: at + 4] + bytes([fields.get("depth", data[at + 4])]) + stated + data[at + 10 :]


def _webp(**options: object) -> bytes:
    return encoded(ramp(), "WEBP", **{"lossless": True, **options})


def _apng(frames: int, *more: bytes) -> bytes:
    control = chunk(b"acTL", struct.pack(">II", frames, 0))
    frame = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, SIZE, SIZE, 0, 0, 1, 10, 0, 0))
    return png(head(), control, frame, data_of(rows()), *more)


PNG_REFUSED: dict[str, Callable[[], bytes]] = {
    "no bytes": lambda: b"",
    "one byte": lambda: b"\x89",
    "signature alone": lambda: png(end=b""),
    "signature as Windows text mode leaves it": lambda: whole_png().replace(b"\r\n", b"\n", 1),
    "signature without its high bit": lambda: b"\x09" + whole_png()[1:],
    "end alone": png,
    "no head": lambda: png(data_of(rows())),
    "head behind the pixels": lambda: png(data_of(rows()), head()),
    "head of 12 bytes": lambda: png(chunk(b"IHDR", b"\0" * 12), data_of(rows())),
    "head of 0 bytes": lambda: png(chunk(b"IHDR"), data_of(rows())),
    "head with a wrong checksum": lambda: png(head()[:-4] + b"\0\0\0\0", data_of(rows())),
    "head longer than the file": lambda: png(chunk(b"IHDR", head()[8:21], length=2**31 - 1), data_of(rows())),
    "width 0": lambda: png(head(0), data_of(rows())),
    "height 0": lambda: png(head(SIZE, 0), data_of(rows())),
    "width 1": lambda: png(head(1, 72), data_of(rows())),
    "sides of 63": lambda: png(head(63, 63), data_of(rows())),
    "width 4097": lambda: png(head(4097, 64), data_of(b"\0" * 99)),
    "sides of 2^31 - 1": lambda: png(head(2**31 - 1, 2**31 - 1), data_of(b"\0" * 99)),
    "width 2^32 - 1": lambda: png(head(2**32 - 1, SIZE), data_of(rows())),
    "height 2^31": lambda: png(head(SIZE, 2**31), data_of(rows())),
    "sides of 60000": lambda: png(head(60_000, 60_000), data_of(b"\0" * 99)),
    "pixels of 4096 x 4096 promised": lambda: png(head(4096, 4096), data_of(rows())),
    "depth 0": lambda: png(head(depth=0), data_of(rows())),
    "depth 3": lambda: png(head(depth=3), data_of(rows())),
    "depth 32": lambda: png(head(depth=32), data_of(rows())),
    "depth 255": lambda: png(head(depth=255), data_of(rows())),
    "colour type 1": lambda: png(head(colour=1), data_of(rows())),
    "colour type 5": lambda: png(head(colour=5), data_of(rows())),
    "colour type 7": lambda: png(head(colour=7), data_of(rows())),
    "colour of 4 bits": lambda: png(head(depth=4, colour=2), data_of(rows())),
    "palette of 16 bits": lambda: png(head(depth=16, colour=3), chunk(b"PLTE", b"\0" * 9), data_of(rows())),
    "no pixels": lambda: png(head()),
    "pixels of no bytes": lambda: png(head(), chunk(b"IDAT")),
    "pixels that are no deflate": lambda: png(head(), chunk(b"IDAT", b"\0" * 500)),
    "pixels of text": lambda: png(head(), chunk(b"IDAT", b"hello" * 99)),
    "pixels cut in the middle": lambda: png(head(), chunk(b"IDAT", _cut(zlib.compress(rows()), 0.5))),
    "pixels of half the rows": lambda: png(head(), data_of(rows()[: len(rows()) // 2])),
    "pixels of one row": lambda: png(head(), data_of(rows()[: 3 * SIZE + 1])),
    "pixels of a wrong checksum, their own": lambda: png(
        head(), chunk(b"IDAT", _flipped(zlib.compress(rows()), 40, 90))
    ),
    "pixels with a byte changed": lambda: _flipped(whole_png(), 150),
    "pixels' length 0": lambda: png(head(), chunk(b"IDAT", zlib.compress(rows()), length=0)),
    "pixels' length -1": lambda: png(head(), chunk(b"IDAT", zlib.compress(rows()), length=2**32 - 1)),
    "filter 5": lambda: png(head(), data_of(rows(filters=5))),
    "filter 255": lambda: png(head(), data_of(rows(filters=255))),
    "cut in the head": lambda: whole_png()[:20],
    "cut behind the head": lambda: whole_png()[:33],
    "cut in half": lambda: _cut(whole_png(), 0.5),
    "cut at nine tenths": lambda: _cut(whole_png(), 0.9),
    "first half of zeros": lambda: b"\0" * 400 + whole_png()[400:],
    "second half of zeros": lambda: whole_png()[:400] + b"\0" * 400,
    "interlaced, without its last passes": lambda: png(head(interlace=1), data_of(rows()[:400])),
    "interlaced garbage": lambda: png(head(interlace=1), chunk(b"IDAT", b"\x78\x9c" + b"\xa5" * 300)),
    "16 bits, one row": lambda: png(head(depth=16), data_of(b"\0" * 433)),
    "16 bits grey, no pixels": lambda: png(head(depth=16, colour=0)),
    "Apple's CgBI": lambda: png(chunk(b"CgBI", b"\x50\0\x20\2"), head(), chunk(b"IDAT", zlib.compress(rows())[2:-4])),
    "16 bits, all rows but one": lambda: png(head(depth=16), data_of((b"\0" + b"\xff" * 6 * SIZE) * (SIZE - 1))),
    "grey, half the rows": lambda: png(head(colour=0), data_of((b"\0" + b"\xff" * SIZE) * (SIZE // 2))),
    "1 bit, half the rows": lambda: png(head(depth=1, colour=0), data_of((b"\0" + b"\xff" * 9) * (SIZE // 2))),
    "palette, half the rows": lambda: png(
        head(colour=3), chunk(b"PLTE", b"\0\0\0\xff\xff\xff"), data_of((b"\0" + b"\1" * SIZE) * 36)
    ),
    "with alpha, half the rows": lambda: png(head(colour=6), data_of((b"\0" + b"\xff" * 4 * SIZE) * 36)),
    "twice the signature": lambda: png(end=b"") + whole_png(),
    "fully transparent, of one colour": lambda: encoded(np.full((SIZE, SIZE, 4), [9, 9, 9, 0], np.uint8), "PNG"),
    "key of one byte": lambda: whole_png(chunk(b"tRNS", b"\1")),
}

PNG_READ: dict[str, Callable[[], bytes]] = {
    "no end": lambda: png(head(), data_of(rows()), end=b""),
    "end with a wrong checksum": lambda: whole_png()[:-4] + b"\0\0\0\0",
    "bytes behind the end": lambda: whole_png() + b"PK\3\4" + b"x" * 5000,
    "a page of HTML behind the end": lambda: whole_png() + b"<html><script>alert(1)</script></html>",
    "another picture behind the end": lambda: whole_png() + encoded(255 - ramp(), "PNG"),
    "pixels in one-byte chunks": lambda: png(head(), *(chunk(b"IDAT", bytes([one])) for one in zlib.compress(rows()))),
    "empty chunks of pixels between": lambda: png(head(), chunk(b"IDAT"), data_of(rows()), chunk(b"IDAT")),
    "rows too many": lambda: png(head(), data_of(rows() + b"\0" * 9000)),
    "fifty megabytes of rows too many": lambda: png(
        head(), chunk(b"IDAT", zlib.compress(rows() + b"\0" * 50_000_000, 9))
    ),
    "head twice": lambda: png(head(), head(), data_of(rows())),
    "text of 50 MB": lambda: whole_png(chunk(b"zTXt", b"a\0\0" + packed(50))),
    "international text of 50 MB": lambda: whole_png(chunk(b"iTXt", b"a\0\1\0\0\0" + packed(50))),
    "fifty texts of 20 MB": lambda: whole_png(*[chunk(b"zTXt", b"a\0\0" + packed(20))] * 50),
    "profile of 50 MB": lambda: whole_png(chunk(b"iCCP", _ICC + packed(50))),
    "profile that is no deflate": lambda: whole_png(chunk(b"iCCP", _ICC + b"nonsense")),
    "profile without a name": lambda: whole_png(chunk(b"iCCP", b"")),
    "profile of zeros": lambda: whole_png(chunk(b"iCCP", _ICC + zlib.compress(b"\0" * 500))),
    "profile of another method": lambda: whole_png(chunk(b"iCCP", b"a\0\7" + zlib.compress(b"x" * 200))),
    "text without a keyword": lambda: whole_png(chunk(b"tEXt", b"")),
    "text that is no deflate": lambda: whole_png(chunk(b"zTXt", b"a\0\0nonsense")),
    "text of another method": lambda: whole_png(chunk(b"zTXt", b"a\0\x09x")),
    "international text cut off": lambda: whole_png(chunk(b"iTXt", b"a\0")),
    "international text in no UTF-8": lambda: whole_png(chunk(b"iTXt", b"a\0\0\0\0\0\xff\xfe\xfd")),
    "thousands of texts": lambda: whole_png(*[chunk(b"tEXt", b"k\0v")] * 5000),
    "white level of letters": lambda: whole_png(chunk(b"tEXt", b"WhiteLevel\0NaN")),
    "white level of 4000 digits": lambda: whole_png(chunk(b"tEXt", b"WhiteLevel\0" + b"9" * 4000)),
    "significant bits of none": lambda: whole_png(chunk(b"sBIT", b"")),
    "significant bits 0": lambda: whole_png(chunk(b"sBIT", b"\0\0\0")),
    "significant bits 255": lambda: whole_png(chunk(b"sBIT", b"\xff\xff\xff")),
    "resolution of one byte": lambda: whole_png(chunk(b"pHYs", b"\1")),
    "gamma of none": lambda: whole_png(chunk(b"gAMA", b"")),
    "gamma 0": lambda: whole_png(chunk(b"gAMA", b"\0\0\0\0")),
    "chromaticities of one byte": lambda: whole_png(chunk(b"cHRM", b"\1")),
    "rendering of none": lambda: whole_png(chunk(b"sRGB", b"")),
    "animation of none": lambda: whole_png(chunk(b"acTL", b"")),
    "EXIF of none": lambda: whole_png(chunk(b"eXIf", b"")),
    "EXIF of garbage": lambda: whole_png(chunk(b"eXIf", b"\xa5" * 60)),
    "EXIF in a circle": lambda: whole_png(chunk(b"eXIf", tiff([(0x8769, 4, 8)], after=8)[:100])),
    "EXIF that says 60000 tags": lambda: whole_png(chunk(b"eXIf", tiff([(274, 3, 1)], count=60_000)[:60])),
    "EXIF turned by 77": lambda: whole_png(chunk(b"eXIf", tiff([(274, 3, 77)])[:60])),
    "EXIF turned by a text": lambda: whole_png(chunk(b"eXIf", tiff([(274, 2, b"six\0")])[:60])),
    "palette beside colours": lambda: whole_png(chunk(b"PLTE", b"\1\2\3" * 20)),
    "private chunk of a megabyte": lambda: whole_png(chunk(b"prVt", b"\0" * 1_000_000)),
    "animation of one frame": lambda: _apng(1),
    "pixels with a wrong checksum": lambda: png(head(), data_of(rows())[:-4] + b"\0\0\0\0"),
    "pixels' length too large": lambda: png(head(), chunk(b"IDAT", zlib.compress(rows()), length=2**31 - 1)),
    "chunk of an unknown need": lambda: png(head(), chunk(b"ABCD", b"x"), data_of(rows())),
}

#: Name -> (the file, a word of what is said of it).
PNG_NOTED: dict[str, tuple[Callable[[], bytes], str]] = {
    "chunk with a name of no letters": (lambda: png(head(), chunk(b"\0\1\2\3", b"x"), data_of(rows())), "metadata"),
    "animation of two frames": (
        lambda: _apng(
            2,
            chunk(b"fcTL", struct.pack(">IIIIIIHHBB", 1, SIZE, SIZE, 0, 0, 0, 1, 10, 0, 0)[:26]),
            chunk(b"fdAT", b"\0\0\0\2" + zlib.compress(rows())),
        ),
        "frames",
    ),
    "animation that promises two billion frames": (lambda: _apng(2**31 - 1), "frames"),
}

JPEG_REFUSED: dict[str, Callable[[], bytes]] = {
    "two bytes": lambda: b"\xff\xd8",
    "start and end": lambda: b"\xff\xd8\xff\xd9",
    "0xFF without an end": lambda: b"\xff\xd8" + b"\xff" * 20_000,
    "0xFF in the middle of the segments": lambda: jpeg()[:20] + b"\xff" * 20_000,
    "sides of 65535": lambda: _with_header(jpeg(), width=65_535, height=65_535),
    "width 0": lambda: _with_header(jpeg(), width=0),
    "height 0": lambda: _with_header(jpeg(), height=0),
    "width 5000": lambda: _with_header(jpeg(), width=5000),
    "depth 12": lambda: _with_header(jpeg(), depth=12),
    "depth 255": lambda: _with_header(jpeg(), depth=255),
    "no parts": lambda: _with_header(jpeg(), parts=0),
    "200 parts": lambda: _with_header(jpeg(), parts=200),
    "lossless frame": lambda: jpeg().replace(b"\xff\xc0", b"\xff\xc3", 1),
    "arithmetic frame": lambda: jpeg().replace(b"\xff\xc0", b"\xff\xcb", 1),
    "segment longer than the file": lambda: with_segment(segment(0xE5, b"x", length=65_535)),
    "no tables": lambda: jpeg()[:2] + jpeg()[jpeg().index(b"\xff\xc0") :],
    "cut in the first segment": lambda: jpeg()[:12],
    "cut behind the frame": lambda: jpeg()[: jpeg().index(b"\xff\xda")],
    "cut in half": lambda: _cut(jpeg(), 0.5),
    "cut at nine tenths": lambda: _cut(jpeg(), 0.9),
    "progressive, cut in half": lambda: _cut(jpeg(progressive=True), 0.5),
    "progressive, cut behind the first scan": lambda: _cut(jpeg(progressive=True), 0.75),
    "JPEG 2000": lambda: encoded(ramp(), "JPEG2000"),
    "JPEG XL's first bytes": lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0" * 99,
    "HEIC's first bytes": lambda: b"\0\0\0\x18ftypheic" + b"\0" * 99,
}

JPEG_READ: dict[str, Callable[[], bytes]] = {
    "bytes behind the end": lambda: jpeg() + b"GIF89a" + b"x" * 5000,
    "0xFF before a marker": lambda: with_segment(b"\xff" * 500 + segment(0xFE, b"hello")),
    "EXIF of none": lambda: with_segment(segment(0xE1, _EXIF)),
    "EXIF of garbage": lambda: with_segment(segment(0xE1, _EXIF + b"\xa5" * 60)),
    "EXIF cut off": lambda: with_segment(segment(0xE1, _EXIF + tiff([(274, 3, 1)])[:14])),
    "EXIF in a circle": lambda: with_segment(
        segment(0xE1, _EXIF + tiff([(0x8769, 4, 8), (0x8825, 4, 8)], after=8)[:100])
    ),
    "EXIF that says 60000 tags": lambda: with_segment(segment(0xE1, _EXIF + tiff([(274, 3, 1)], count=60_000)[:60])),
    "EXIF whose values lie beyond the end": lambda: with_segment(
        segment(0xE1, _EXIF + tiff([(270, 2, (2**31, 2**31))])[:60])
    ),
    "EXIF turned by 77": lambda: with_segment(segment(0xE1, _EXIF + tiff([(274, 3, 77)])[:60])),
    "EXIF with 0 / 0": lambda: with_segment(
        segment(0xE1, _EXIF + tiff([(282, 5, (1, 30)), (296, 3, 2)])[:60].ljust(80, b"\0"))
    ),
    "XMP that is no XML": lambda: with_segment(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:<<<")),
    "XMP with entities": lambda: with_segment(
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>")
    ),
    "profile in pieces of which one is missing": lambda: with_segment(segment(0xE2, b"ICC_PROFILE\0\1\3" + b"x" * 99)),
    "profile of zeros": lambda: with_segment(segment(0xE2, b"ICC_PROFILE\0\1\1" + b"\0" * 500)),
    "Photoshop's block cut off": lambda: with_segment(segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\xff\xff\xff\xff")),
    "Photoshop's block of a bad resolution": lambda: with_segment(
        segment(0xED, b"Photoshop 3.0\x008BIM\3\xed\0\0\0\0\0\4\0\0\0\0")
    ),
    "several pictures' index cut off": lambda: with_segment(segment(0xE2, b"MPF\0II*\0")),
    "several pictures' index of garbage": lambda: with_segment(segment(0xE2, b"MPF\0" + b"\xa5" * 80)),
    "comment of 64 kB": lambda: with_segment(segment(0xFE, b"\xff" * 65_000)),
    "hundreds of comments": lambda: with_segment(*[segment(0xFE, b"hello")] * 500),
    "JFIF of two bytes": lambda: with_segment(segment(0xE0, b"JF")),
    "progressive": lambda: jpeg(progressive=True),
    "segment of length 0": lambda: with_segment(segment(0xE5, b"", length=0)),
}

TIFF_REFUSED: dict[str, Callable[[], bytes]] = {
    "four bytes": lambda: b"II*\0",
    "eight bytes": lambda: b"II*\0\x08\0\0\0",
    "directory beyond the end": lambda: tiff(tags(), RAW, first=2**31),
    "directory at 0": lambda: tiff(tags(), RAW, first=0),
    "directory at 2^32 - 1": lambda: tiff(tags(), RAW, first=2**32 - 1),
    "directory of no tags": lambda: tiff([], RAW),
    "directory of 65535 tags": lambda: tiff(tags(), b"", count=65_535)[:300],
    "no width": lambda: tiff(tags(width=None), RAW),
    "no height": lambda: tiff(tags(height=None), RAW),
    "no strips": lambda: tiff(tags(strips=None), RAW),
    "width 0": lambda: tiff(tags(width=0), RAW),
    "height 0": lambda: tiff(tags(height=0), RAW),
    "sides of 2^32 - 1": lambda: tiff(tags(width=2**32 - 1, height=2**32 - 1), RAW),
    "width as text": lambda: tiff(tags(width=(256, 2, b"wide")), RAW),
    "pixels of 4096 x 4096 promised": lambda: tiff(
        tags(width=4096, height=4096, rows=4096, counts=3 * 4096 * 4096), RAW
    ),
    "strips beyond the end": lambda: tiff(tags(strips=2**31), RAW),
    "strips at 2^32 - 1": lambda: tiff(tags(strips=2**32 - 1), RAW),
    "strips cut off": lambda: tiff(tags(), RAW)[:-5000],
    "bits 3": lambda: tiff(tags(bits=[3, 3, 3]), RAW),
    "bits 5": lambda: tiff(tags(bits=[5, 5, 5]), RAW),
    "bits 17": lambda: tiff(tags(bits=[17, 17, 17]), RAW),
    "bits 64": lambda: tiff(tags(bits=[64, 64, 64]), RAW),
    "bits 0": lambda: tiff(tags(bits=[0, 0, 0]), RAW),
    "bits 65535": lambda: tiff(tags(bits=[65_535] * 3), RAW),
    "bits of each their own": lambda: tiff(tags(bits=[8, 16, 1]), RAW),
    "bits as text": lambda: tiff(tags(bits=(258, 2, b"8 8 8\0")), RAW),
    "bits beyond the end": lambda: tiff(tags(bits=(258, 3, (3, 2**31))), RAW),
    "bits of 2^31 numbers": lambda: tiff(tags(bits=(258, 3, (2**31, 8))), RAW),
    "samples 0": lambda: tiff(tags(samples=0), RAW),
    "samples 200": lambda: tiff(tags(samples=200, bits=[8] * 200), RAW),
    "samples 65535": lambda: tiff(tags(samples=65_535), RAW),
    "photometric 77": lambda: tiff(tags(photometric=77), RAW),
    "half of the strips": lambda: tiff(tags(rows=SIZE // 2, counts=3 * SIZE * SIZE // 2), RAW),
    "strips of one row, of which one is there": lambda: tiff(tags(rows=1, counts=3 * SIZE), RAW),
    "one of four tiles": lambda: tiff(
        [
            *tags(strips=None, counts=None, rows=None),
            (322, 4, 48),
            (323, 4, 48),
            (324, 4, PIXELS),
            (325, 4, 48 * 48 * 3),
        ],
        RAW,
    ),
    "compression 0": lambda: tiff(tags(compression=0), RAW),
    "compression 77": lambda: tiff(tags(compression=77), RAW),
    "LZW of garbage": lambda: tiff(tags(compression=5), b"\xa5" * 4000),
    "deflate of garbage": lambda: tiff(tags(compression=8), b"\xa5" * 4000),
    "JPEG of garbage": lambda: tiff(tags(compression=7, photometric=6), b"\xa5" * 4000),
    "LZMA of garbage": lambda: tiff(tags(compression=34_925), b"\xa5" * 4000),
    "Zstandard of garbage": lambda: tiff(tags(compression=50_000), b"\xa5" * 4000),
    "fax of garbage": lambda: tiff(tags(compression=4, bits=[1], samples=1, photometric=0), b"\xa5" * 40),
    "tiles of size 0": lambda: tiff(
        [*tags(strips=None, counts=None, rows=None), (322, 4, 0), (323, 4, 0), (324, 4, PIXELS), (325, 4, 99)], RAW
    ),
    "tiles of 2^31": lambda: tiff(
        [*tags(strips=None, counts=None, rows=None), (322, 4, 2**31), (323, 4, 2**31), (324, 4, PIXELS), (325, 4, 99)],
        RAW,
    ),
    "planes of their own without their strips": lambda: tiff(tags(planar=2), RAW[: SIZE * SIZE]),
    "BigTIFF, cut off": lambda: b"II+\0\x08\0\0\0\x10\0\0\0",
    "BigTIFF, directory beyond the end": lambda: b"II+\0\x08\0\0\0" + struct.pack("<Q", 2**62) + b"\0" * 99,
    "BigTIFF of 2^63 tags": lambda: b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**63) + b"\0" * 99,
    "another order of bytes in its head": lambda: b"MM\0*" + tiff(tags(), RAW)[4:],
}

TIFF_READ: dict[str, Callable[[], bytes]] = {
    "plain": lambda: tiff(tags(), RAW),
    "directories in a circle": lambda: tiff(tags(), RAW, after=8),
    "the other order of bytes": lambda: tiff(tags(), RAW, order=">"),
    "turned by 77": lambda: tiff([*tags(), (274, 3, 77)], RAW),
    "resolution beyond the end": lambda: tiff([*tags(), (282, 5, (1, 2**31))], RAW),
    "description of 2^31 bytes": lambda: tiff([(270, 2, (2**31, 2**20)), *tags()], RAW),
    "profile beyond the end": lambda: tiff([*tags(), (34_675, 1, (500, 2**31))], RAW),
    "profile of zeros": lambda: tiff([*tags(), (34_675, 1, b"\0" * 400)], RAW),
    "tag of an unknown type": lambda: tiff([*tags(), (65_000, 12, (1, 2**31))], RAW),
    "width of many numbers": lambda: tiff(tags(width=(256, 4, [SIZE] * 40)), RAW),
}

TIFF_NOTED: dict[str, tuple[Callable[[], bytes], str]] = {
    "next directory beyond the end": (lambda: tiff(tags(), RAW, after=2**31), "pages"),
    "next directory in its own pixels": (lambda: tiff(tags(), RAW, after=10_200), "pages"),
}

OTHER_REFUSED: dict[str, Callable[[], bytes]] = {
    "bmp of two bytes": lambda: b"BM",
    "bmp of its head alone": lambda: bmp()[:14],
    "bmp without pixels": lambda: bmp()[:54],
    "bmp cut in half": lambda: _cut(bmp(), 0.5),
    "bmp of width 0": lambda: bmp(width=0),
    "bmp of height 0": lambda: bmp(height=0),
    "bmp of negative width": lambda: bmp(width=-SIZE),
    "bmp of height -2^31": lambda: bmp(height=-(2**31)),
    "bmp of sides of 2^31 - 1": lambda: bmp(width=2**31 - 1, height=2**31 - 1),
    "bmp of 3 bits": lambda: bmp(bits=3),
    "bmp of 255 bits": lambda: bmp(bits=255),
    "bmp of 0 bits": lambda: bmp(bits=0),
    "bmp of compression 77": lambda: bmp(compression=77),
    "bmp with a header of 7 bytes": lambda: bmp(header=7),
    "bmp with a header of 2^32 - 1 bytes": lambda: bmp(header=2**32 - 1),
    "bmp with pixels beyond the end": lambda: bmp(offset=2**31),
    "bmp run-length, of garbage": lambda: bmp(
        bits=8, compression=1, palette=b"\1\2\3\0" * 256, colours=256, pixels=b"\0\2"
    ),
    "bmp run-length, without an end": lambda: bmp(
        bits=8, compression=1, palette=b"\1\2\3\0" * 256, colours=256, pixels=b"\5\1" * 9
    ),
    "bmp with a palette of 2^32 - 1 colours": lambda: bmp(bits=8, colours=2**32 - 1, pixels=GREY.tobytes()),
    "webp of twelve bytes": lambda: b"RIFF\x04\0\0\0WEBP",
    "webp cut in half": lambda: _cut(_webp(), 0.5),
    "webp cut at nine tenths": lambda: _cut(_webp(), 0.9),
    "webp whose length is 0": lambda: _webp()[:4] + b"\0\0\0\0" + _webp()[8:],
    "webp of garbage": lambda: _webp()[:20] + b"\xa5" * 400,
    "webp of an unknown chunk": lambda: b"RIFF" + struct.pack("<I", 104) + b"WEBPXXXX" + b"\0" * 96,
    "webp lossy, cut": lambda: _cut(_webp(lossless=False, quality=90), 0.4),
    "gif": lambda: encoded(ramp(), "GIF"),
    "gif bomb": lambda: b"GIF89a\xff\xff\xff\xff\xf7\0\0" + b"\0" * 800,
    "ico": lambda: encoded(ramp(), "ICO"),
    "eps": lambda: encoded(ramp(), "EPS"),
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n(/tmp/x) (w) file closefile\n",
    "pdf": lambda: encoded(ramp(), "PDF"),
    "psd's first bytes": lambda: b"8BPS\0\1" + b"\0" * 99,
    "ppm": lambda: encoded(ramp(), "PPM"),
    "pcx": lambda: encoded(ramp(), "PCX"),
    "tga": lambda: encoded(ramp(), "TGA"),
    "dds": lambda: encoded(ramp(), "DDS"),
    "fli's first bytes": lambda: b"\0\0\0\0\x11\xaf" + b"\0" * 122,
    "icns's first bytes": lambda: b"icns\0\0\0\x10ic07\0\0\0\x08",
    "svg": lambda: (
        b"<svg xmlns='http://www.w3.org/2000/svg' width='99' height='99'><image href='file:///etc/passwd'/></svg>"
    ),
    "svg with entities": lambda: (
        b"<?xml version='1.0'?><!DOCTYPE s [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><svg>&b;</svg>"
    ),
    "html": lambda: b"<html><body>Not Found</body></html>",
    "json": lambda: b'{"error": "not found"}',
    "text": lambda: b"hello",
    "git lfs pointer": lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n",
    "zip": lambda: b"PK\3\4" + b"\0" * 99,
    "gzip": lambda: b"\x1f\x8b\x08" + b"\0" * 99,
    "shell script": lambda: b"#!/bin/sh\ntouch /tmp/x\n",
    "elf": lambda: b"\x7fELF" + b"\0" * 99,
    "zeros": lambda: b"\0" * 4096,
    "ones": lambda: b"\xff" * 4096,
    "new lines": lambda: b"\n" * 4096,
    "npy": lambda: b"\x93NUMPY\1\0v\0{'descr': '|O', 'fortran_order': False, 'shape': (72, 72)}".ljust(300, b" "),
    "pickle": lambda: b"cos\nsystem\n(S'touch sprung'\ntR.",
}

OTHER_READ: dict[str, Callable[[], bytes]] = {
    "bmp": bmp,
    "bmp upside down": lambda: bmp(height=-SIZE, pixels=ramp()[..., ::-1].tobytes()),
    "bmp whose length is wrong": lambda: b"BM" + b"\0\0\0\0" + bmp()[6:],
    "webp": _webp,
    "webp with bytes behind the end": lambda: _webp() + b"x" * 99,
    "webp with EXIF of garbage": lambda: _webp(exif=b"Exif\0\0" + b"\xa5" * 40),
    "webp with XMP of garbage": lambda: _webp(xmp=b"<<<<"),
    "webp with a profile of zeros": lambda: _webp(icc_profile=b"\0" * 300),
}
