"""Colour profiles become sRGB; the figures are worked out from the spaces' own definitions."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from anomaly_agent.agent.imaging.io import read_image, read_picture
from anomaly_agent.agent.imaging.remarks import RemarkKind

# Adobe RGB (1998), 4.3.4: matrix to CIE XYZ (D65) and gamma; sRGB: IEC 61966-2-1.
ADOBE = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]])
SRGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
GAMMA = 563 / 256


def wide_profile():
    """A profile with Adobe RGB's primaries and gamma, as ICC.1 (v2) lays out a matrix profile."""

    def fixed(*values):
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(GAMMA * 256)) + b"\0\0"
    # Bradford-adapted to D50, from the specification's annex.
    tags = {
        b"wtpt": fixed(0.9642, 1.0, 0.8249),
        b"rXYZ": fixed(0.60974, 0.31111, 0.01947),
        b"gXYZ": fixed(0.20528, 0.62567, 0.06087),
        b"bXYZ": fixed(0.14919, 0.06322, 0.74457),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"wide\0" + b"\0" * 79,
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
    }
    place, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        data = content + b"\0" * (-len(content) % 4)
        table += name + struct.pack(">II", place + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", place + len(body), b"\0" * 4, 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + struct.pack(">iii", 63190, 65536, 54061) + b"\0" * 48
    return head + struct.pack(">I", len(tags)) + table + body


def expected(colour):
    linear = SRGB @ ADOBE @ (np.array(colour) / 255) ** GAMMA
    linear = linear.clip(0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
@pytest.mark.parametrize("colour", [(200, 100, 50), (90, 90, 90), (60, 140, 160)])
def test_a_wide_profile_is_converted(tmp_path, suffix, colour):
    path = tmp_path / f"a{suffix}"
    more = {"quality": 100} if suffix in (".jpg", ".webp") else {}
    Image.new("RGB", (64, 64), colour).save(path, icc_profile=wide_profile(), **more)
    found = read_image(path)[5, 5].astype(float)
    assert np.abs(found - expected(colour)).max() <= 3


def test_transparency_stays(tmp_path):
    pixels = np.full((64, 64, 4), 100, np.uint8)
    pixels[..., 3] = 255
    pixels[:9, :, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=wide_profile())
    image = read_image(tmp_path / "a.png")
    assert (image[:9] == 255).all() and np.abs(image[20, 20] - expected((100,) * 3)).max() <= 3


def test_a_profile_that_is_srgb_changes_no_byte(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=profile)
    assert np.array_equal(read_image(tmp_path / "a.png"), pixels)


@pytest.mark.parametrize(
    "profile", [b"nonsense", b"\0" * 200, wide_profile()[:150], wide_profile()[:128] + b"\xff" * 300]
)
def test_a_broken_profile_costs_nothing_and_is_remarked(tmp_path, profile):
    Image.new("RGB", (64, 64), (10, 20, 30)).save(tmp_path / "a.png", icc_profile=profile)
    found = read_picture(tmp_path / "a.png")
    assert tuple(found.image[3, 3]) == (10, 20, 30)
    assert [remark.kind for remark in found.remarks] == [RemarkKind.UNUSABLE_PROFILE]


def test_a_profile_of_another_space_is_remarked(tmp_path):
    Image.new("L", (64, 64), 77).save(tmp_path / "a.png", icc_profile=wide_profile())
    found = read_picture(tmp_path / "a.png")
    assert (found.image == 77).all() and found.remarks[0].kind is RemarkKind.UNUSABLE_PROFILE


def test_lab_is_read(tmp_path):
    lab = Image.merge("LAB", [Image.new("L", (64, 64), value) for value in (136, 128 + 80 - 128, 67)])
    buffer = io.BytesIO()
    lab.save(buffer, "TIFF")
    (tmp_path / "a.tif").write_bytes(buffer.getvalue())
    assert read_image(tmp_path / "a.tif").shape == (64, 64, 3)
