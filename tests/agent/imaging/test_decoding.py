"""What is damaged around the pixels costs no picture; what is damaged in them costs that file alone, in one line."""

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.imaging.decoding import decode
from anomaly_agent.agent.imaging.io import read_image, read_picture
from anomaly_agent.agent.imaging.remarks import RemarkKind

PIXELS = np.random.default_rng(1).integers(0, 256, (64, 96, 3)).astype(np.uint8)


def file_of(form, **more):
    buffer = io.BytesIO()
    if form == "WEBP":
        more.setdefault("lossless", True)
    Image.fromarray(PIXELS).save(buffer, form, **more)
    return buffer.getvalue()


def chunk(name, body, crc=None):
    return (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body) if crc is None else crc)
    )


def png_with(*chunks):
    """A PNG with chunks behind its head."""
    data = file_of("PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def jpeg_with(*segments):
    data = file_of("JPEG", quality=95)
    return data[:2] + b"".join(b"\xff" + bytes([m]) + struct.pack(">H", len(b) + 2) + b for m, b in segments) + data[2:]


def exif(*entries, order="<"):
    mark = b"II" if order == "<" else b"MM"
    head = mark + struct.pack(order + "HI", 42, 8) + struct.pack(order + "H", len(entries))
    return head + b"".join(struct.pack(order + "HHI", *one[:3]) + one[3] for one in entries) + b"\0\0\0\0"


TURN = (0x112, 3, 1, b"\x06\0\0\0")
BROKEN_EXIF = {
    "no TIFF header": b"no tiff header",
    "nothing": b"",
    "one byte": b"I",
    "unknown order": b"XX\x2a\0\x08\0\0\0",
    "a directory beyond the end": b"II*\0" + struct.pack("<I", 1 << 30),
    "cut in the middle": exif(TURN)[:15],
    "a tag that counts too much": exif((0x10F, 2, 1 << 31, b"\xff\xff\xff\x7f")),
    "an unknown type": exif((0x112, 99, 1, b"\x06\0\0\0")),
    "a directory in itself": exif((0x8769, 4, 1, b"\x08\0\0\0")),
}


@pytest.mark.parametrize("form", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("broken", BROKEN_EXIF.values(), ids=BROKEN_EXIF)
def test_broken_exif_costs_nothing(tmp_path, form, broken):
    clean, path = tmp_path / f"clean.{form.lower()}", tmp_path / f"a.{form.lower()}"
    clean.write_bytes(file_of(form))
    if form == "PNG":
        path.write_bytes(png_with(chunk(b"eXIf", broken)))
    elif form == "JPEG":
        clean.write_bytes(jpeg_with())
        path.write_bytes(jpeg_with((0xE1, b"Exif\0\0" + broken)))
    else:
        path.write_bytes(file_of(form, exif=b"Exif\0\0" + broken))
    assert np.array_equal(read_image(path), read_image(clean))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    "odd", [(0x100, 2, 3, b"ab\0\0"), (0x11A, 3, 1, b"\1\0\0\0"), (0x10F, 5, 9, b"\xff\xff\xff\x7f")]
)
def test_a_turned_picture_with_an_odd_tag_is_turned(tmp_path, orientation, odd):
    turn = (0x112, 3, 1, bytes([orientation, 0, 0, 0]))
    (tmp_path / "a.jpg").write_bytes(jpeg_with((0xE1, b"Exif\0\0" + exif(turn, odd))))
    (tmp_path / "b.jpg").write_bytes(jpeg_with())
    stored = read_image(tmp_path / "b.jpg")
    # EXIF 2.3, 4.6.4: rows and columns of each orientation, written out by hand.
    upright = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.transpose(1, 0, 2),
        6: stored[::-1].transpose(1, 0, 2),
        7: stored[::-1, ::-1].transpose(1, 0, 2),
        8: stored[:, ::-1].transpose(1, 0, 2),
    }
    assert np.array_equal(read_image(tmp_path / "a.jpg"), upright[orientation])


BROKEN_CHUNKS = {
    "a large text": chunk(b"zTXt", b"workflow\0\0" + zlib.compress(b" " * (8 << 20))),
    "a large international text": chunk(b"iTXt", b"prompt\0\1\0\0\0" + zlib.compress(b"x" * (8 << 20))),
    "many texts": b"".join(chunk(b"zTXt", b"t%d\0\0" % i + zlib.compress(b"y" * (1 << 20))) for i in range(70)),
    "a wrong checksum": chunk(b"tEXt", b"Comment\0hello", crc=1),
    "a profile of no known method": chunk(b"iCCP", b"name\0\7abc"),
    "a large profile": chunk(b"iCCP", b"name\0\0" + zlib.compress(b"\0" * (8 << 20))),
    "a short resolution": chunk(b"pHYs", b"\0\0"),
    "a short gamma": chunk(b"gAMA", b""),
    "a short sRGB": chunk(b"sRGB", b""),
    "short primaries": chunk(b"cHRM", b"\0\0\0"),
}


@pytest.mark.parametrize("broken", BROKEN_CHUNKS.values(), ids=BROKEN_CHUNKS)
def test_broken_chunks_cost_nothing(tmp_path, broken):
    (tmp_path / "a.png").write_bytes(png_with(broken))
    assert np.array_equal(read_image(tmp_path / "a.png"), PIXELS)


@pytest.mark.parametrize(
    "segment",
    [(0xE2, b"ICC_PROFILE\0\1\1" + b"?" * 40), (0xED, b"Photoshop 3.0\x008BIM\4\4"), (0xE1, b"http://ns.adobe.com/xap/1.0/\0<"),
     (0xE2, b"MPF\0II*\0\xff\xff\xff\x7f"), (0xEE, b"Adobe"), (0xFE, b"\xff\xfe"), (0xE0, b"JFIF\0")],
    ids=lambda segment: f"{segment[0]:x}-{segment[1][:5]!r}",
)  # fmt: skip
def test_broken_segments_cost_nothing(tmp_path, segment):
    (tmp_path / "a.jpg").write_bytes(jpeg_with(segment))
    (tmp_path / "b.jpg").write_bytes(jpeg_with())
    assert np.array_equal(read_image(tmp_path / "a.jpg"), read_image(tmp_path / "b.jpg"))


def tiff_with(tag, kind, count, value):
    """A TIFF, one tag of which is overwritten in place of its Software."""
    data = bytearray(file_of("TIFF", tiffinfo={305: "0123"}))
    at = data.index(struct.pack("<H", 305) + struct.pack("<H", 2))
    data[at : at + 12] = struct.pack("<HHI", tag, kind, count) + value
    return bytes(data)


@pytest.mark.parametrize(
    "tag", [(305, 2, 1 << 30, b"\xff\xff\xff\x7f"), (34665, 4, 1, b"\xff\xff\xff\x7f"), (34675, 7, 4, b"abcd"),
            (34665, 4, 1, b"\x08\0\0\0"), (33723, 7, 1 << 28, b"\x10\0\0\0"), (700, 1, 4, b"<x:x")]
)  # fmt: skip
def test_broken_tags_of_a_tiff_cost_nothing(tmp_path, tag):
    (tmp_path / "a.tif").write_bytes(tiff_with(*tag))
    assert np.array_equal(read_image(tmp_path / "a.tif"), PIXELS)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP", "BMP"])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_damage_gives_a_picture_or_one_line(tmp_path_factory, form, data):
    whole = bytearray(file_of(form))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, min(len(whole), 2000) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(whole))))
    try:
        image = decode(bytes(whole[:cut]), "the file")
    except InputError as error:
        assert str(error).startswith("the file: ") and "\n" not in str(error)
    else:
        assert image.picture is not None or image.deep is not None


@pytest.mark.parametrize("kind", ["uint16", "float32"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_colour_of_more_than_8_bits_keeps_them_and_its_orientation(tmp_path, kind, orientation):
    values = np.random.default_rng(2).random((64, 80, 3)).astype(np.float32)
    values = values if kind == "float32" else (values * 65535).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "a.tif"), values)
    data = bytearray((tmp_path / "a.tif").read_bytes())
    directory = struct.unpack("<I", data[4:8])[0]
    count = struct.unpack("<H", data[directory : directory + 2])[0]
    tags = [bytes(data[directory + 2 + 12 * i : directory + 14 + 12 * i]) for i in range(count)]
    tags = sorted([*(tag for tag in tags if tag[:2] != b"\x12\1"), struct.pack("<HHIHH", 0x112, 3, 1, orientation, 0)],
                  key=lambda tag: struct.unpack("<H", tag[:2])[0])  # fmt: skip
    moved = len(data)
    data += struct.pack("<H", len(tags)) + b"".join(tags) + b"\0\0\0\0"
    data[4:8] = struct.pack("<I", moved)
    found = decode(bytes(data), "a").deep
    turned = {1: values, 3: values[::-1, ::-1], 6: values[::-1].swapaxes(0, 1), 8: values[:, ::-1].swapaxes(0, 1)}
    assert np.array_equal(found, turned[orientation][..., ::-1])  # OpenCV writes blue first


def test_pages_that_are_damaged_cost_none_but_themselves(tmp_path):
    first, second = Image.fromarray(PIXELS), Image.new("RGB", (64, 64))
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second])
    data = bytearray((tmp_path / "a.tif").read_bytes())
    data[-60:] = b"\xff" * 60
    (tmp_path / "a.tif").write_bytes(data)
    assert np.array_equal(read_image(tmp_path / "a.tif"), PIXELS)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    read = "import sys, pathlib, anomaly_agent.agent.imaging.io as io; io.read_image(pathlib.Path(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", read, str(tmp_path / "a.png")], check=False, capture_output=True, text=True, timeout=60
    )
    assert "is no regular file" in done.stderr


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "."])
def test_devices_and_folders_are_refused(name):
    with pytest.raises(InputError, match="is no regular file"):
        read_image(Path(name))


@pytest.mark.parametrize("form", ["GIF", "EPS", "PPM", "ICO", "TGA", "PDF", "PCX"])
def test_formats_that_are_not_read(tmp_path, form):
    Image.fromarray(PIXELS).convert("RGB").save(tmp_path / "a.png", form)
    with pytest.raises(InputError, match="not a picture that can be read"):
        read_image(tmp_path / "a.png")


def test_a_bomb_is_refused_by_its_size(tmp_path):
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    (tmp_path / "a.png").write_bytes(
        file_of("PNG")[:8] + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9999)) + chunk(b"IEND", b"")
    )
    with pytest.raises(InputError, match=r"64-4096|not a picture"):
        read_image(tmp_path / "a.png")


def test_damaged_metadata_is_remarked(tmp_path):
    (tmp_path / "a.png").write_bytes(png_with(chunk(b"tEXt", b"Comment\0hello", crc=1)))
    assert [remark.kind for remark in read_picture(tmp_path / "a.png").remarks] == [RemarkKind.DAMAGED_METADATA]
