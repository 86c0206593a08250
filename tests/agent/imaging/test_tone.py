"""One scale for all pictures of an item that are deeper than 8 bit, from what their files say or from all together."""

import pickle
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from anomaly_agent.agent.imaging.io import read_image
from anomaly_agent.agent.imaging.tone import ItemTone, ToneOrigin

SCENE = np.full((96, 96), 0.35)
SCENE[30:60, 30:60] = 0.22


def frames(count=4, glint=3, seed=0, level=1.0):
    """One scene of 0.35 and 0.22 of white with a camera's noise; one frame has a glint. True tones: 89 and 56 of 255."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        frame = SCENE * level + rng.normal(0, 0.004, SCENE.shape)
        if number == glint:
            frame[5:9, 5:9] = 1.0
        yield frame.clip(0, 1)


def tones(paths, **more):
    item = ItemTone(paths, **more)
    return [
        (int(np.median(image[:20, 40:])), int(np.median(image[32:58, 32:58])))
        for image in (read_image(path, item) for path in paths)
    ]


def write_grey(path, values):
    Image.fromarray(values).save(path)


def write_rgb(path, values):
    assert cv2.imwrite(str(path), np.dstack([values] * 3))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("write", [write_grey, write_rgb])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_frames_of_one_camera_have_one_tone(tmp_path, bits, write, suffix):
    paths = []
    for number, frame in enumerate(frames()):
        paths.append(tmp_path / f"{number}{suffix}")
        write(paths[-1], (frame * (2**bits - 1)).astype(np.uint16))
    found = tones(paths)
    assert len(set(found)) == 1
    assert abs(found[0][0] - 89) <= 1 and abs(found[0][1] - 56) <= 1


@pytest.mark.parametrize("scale", [1, 255, 4095, 65535])
def test_float_frames(tmp_path, scale):
    paths = [tmp_path / f"{number}.tif" for number in range(4)]
    for path, frame in zip(paths, frames(), strict=True):
        write_grey(path, (frame * scale).astype(np.float32))
    assert {(abs(a - 89) <= 1, abs(b - 56) <= 1) for a, b in tones(paths)} == {(True, True)}


def test_dark_floats_of_0_to_1_stay_dark(tmp_path):
    write_grey(tmp_path / "a.tif", np.full((64, 64), 0.1, np.float32))
    assert (read_image(tmp_path / "a.tif") == 26).all()


def test_a_reflection_above_1_and_noise_below_0_change_no_tone(tmp_path):
    values = np.full((64, 64), 0.5, np.float32)
    values[0, :4] = 1.6, -0.03, np.nan, np.inf
    write_grey(tmp_path / "a.tif", values)
    image = read_image(tmp_path / "a.tif")[..., 0]
    assert image[9, 9] == 128 and image[0, :4].tolist() == [255, 0, 0, 255]


def left_aligned(values, bits):
    return (values << (16 - bits)).astype(np.uint16)


def replicated(values, bits):
    return ((values << (16 - bits)) | (values >> (2 * bits - 16))).astype(np.uint16)


def rescaled(values, bits):
    return np.rint(values * (65535 / (2**bits - 1))).astype(np.uint16)


@pytest.mark.parametrize("spread", [left_aligned, replicated, rescaled])
@pytest.mark.parametrize("bits", [8, 10, 12])
def test_values_in_the_upper_bits_are_known_by_their_steps(tmp_path, bits, spread):
    # So dark that the brightest value alone would say fewer bits.
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path, frame in zip(paths, frames(3, glint=9), strict=True):
        noisy = (frame / 2 + np.random.default_rng(3).uniform(0, 0.04, frame.shape)) * (2**bits - 1)
        write_grey(path, spread(noisy.astype(np.int64), bits))
    assert ItemTone(paths).integers.white == 65535
    assert all(abs(first - 50) <= 2 for first, _ in tones(paths))


def png_16(values, *chunks):
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    body = [(b"IHDR", struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, 0, 0, 0, 0)), *chunks,
            (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in body
    )


@pytest.mark.parametrize("spread", [left_aligned, replicated, rescaled, lambda values, bits: values.astype(np.uint16)])
@pytest.mark.parametrize("bits", [10, 12, 14])
def test_significant_bits_of_a_png(tmp_path, bits, spread):
    # As PNG asks for, spread over 16 bits; or as cameras write it, in the lower ones.
    paths = [tmp_path / f"{number}.png" for number in range(2)]
    for path, frame in zip(paths, frames(2, glint=9), strict=True):
        path.write_bytes(png_16(spread((frame * (2**bits - 1)).astype(np.int64), bits), (b"sBIT", bytes([bits]))))
    assert ItemTone(paths).integers.origin is ToneOrigin.FILE
    assert all(abs(a - 89) <= 1 and abs(b - 56) <= 1 for a, b in tones(paths))


def test_a_dark_16_bit_item_whose_files_say_16_bits_stays_dark(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png_16((SCENE * 3000).astype(np.uint16), (b"sBIT", b"\x10")))
    assert tones([path]) == [(4, 3)]


@pytest.mark.parametrize("tag", [(341, 1, 4095), (341, 1, 16383)])
def test_the_largest_sample_value_of_a_tiff(tmp_path, tag):
    number, _, white = tag
    paths = [tmp_path / f"{one}.tif" for one in range(2)]
    for path, frame in zip(paths, frames(2, glint=9, level=0.3), strict=True):
        Image.fromarray((frame * white).astype(np.uint16)).save(path, tiffinfo={number: white})
    tone = ItemTone(paths).integers
    assert (tone.white, tone.origin) == (white, ToneOrigin.FILE)
    assert all(abs(a - 27) <= 1 for a, _ in tones(paths))


def test_a_file_that_calls_its_own_brightest_white_does_not_part_the_item(tmp_path):
    # Some programs write each file's own maximum there; the largest of all holds for all of them.
    paths = [tmp_path / f"{one}.tif" for one in range(4)]
    for path, frame in zip(paths, frames(), strict=True):
        values = (frame * 4095).astype(np.uint16)
        Image.fromarray(values).save(path, tiffinfo={341: int(values.max())})
    assert len(set(tones(paths))) == 1 and tones(paths)[0][0] == 89


def tiff_12_packed(values):
    """Two samples in three bytes, big-endian, as TIFF packs 12 bits."""
    a, b = values[:, ::2].astype(np.int64), values[:, 1::2].astype(np.int64)
    packed = np.stack([a >> 4, (a & 15) << 4 | b >> 8, b & 255], axis=-1).astype(np.uint8).tobytes()
    tags = [(256, 4, values.shape[1]), (257, 4, values.shape[0]), (258, 3, 12), (259, 3, 1), (262, 3, 1), (273, 4, 8),
            (277, 3, 1), (278, 4, values.shape[0]), (279, 4, len(packed))]  # fmt: skip
    body = b"".join(struct.pack("<HHI", tag, kind, 1) + struct.pack("<I", value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 8 + len(packed)) + packed + struct.pack("<H", len(tags)) + body + b"\0\0\0\0"


def test_12_bits_packed(tmp_path):
    (tmp_path / "a.tif").write_bytes(tiff_12_packed((SCENE * 4095).astype(np.uint16)))
    assert tones([tmp_path / "a.tif"]) == [(89, 56)]
    assert ItemTone([tmp_path / "a.tif"]).integers.origin is ToneOrigin.FILE


def test_the_user_has_the_last_word(tmp_path):
    write_grey(tmp_path / "a.png", np.full((64, 64), 1000, np.uint16))
    item = ItemTone([tmp_path / "a.png"], white_level=2000)
    assert (read_image(tmp_path / "a.png", item) == 128).all() and item.integers.origin is ToneOrigin.ASKED


def test_8_bit_pictures_stay_as_they_are_beside_deep_ones(tmp_path):
    write_grey(tmp_path / "a.png", np.full((64, 64), 1000, np.uint16))
    write_grey(tmp_path / "b.png", np.full((64, 64), 77, np.uint8))
    item = ItemTone([tmp_path / "a.png", tmp_path / "b.png"])
    assert (read_image(tmp_path / "b.png", item) == 77).all() and item.deep == 1


def test_a_broken_file_does_not_hinder_the_others(tmp_path):
    write_grey(tmp_path / "a.png", np.full((64, 64), 4000, np.uint16))
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:60])
    assert ItemTone([tmp_path / "b.png", tmp_path / "a.png", tmp_path / "gone.png"]).integers.white == 4095


def test_an_item_of_8_bit_has_no_scale(tmp_path):
    write_grey(tmp_path / "a.png", np.full((64, 64), 77, np.uint8))
    item = ItemTone([tmp_path / "a.png"])
    assert (item.integers, item.floats, item.deep) == (None, None, 0)


def test_signed_values_span_their_range(tmp_path):
    values = np.linspace(-1000, 1000, 64 * 64).reshape(64, 64).astype(np.int32)
    Image.fromarray(values).save(tmp_path / "a.tif")
    image = read_image(tmp_path / "a.tif")
    assert image.min() == 0 and image.max() == 255
    assert ItemTone([tmp_path / "a.tif"]).integers.origin is ToneOrigin.RANGE


def test_a_scale_goes_to_workers(tmp_path):
    write_grey(tmp_path / "a.png", np.full((64, 64), 4000, np.uint16))
    item = ItemTone([tmp_path / "a.png"])
    assert item.integers.white == 4095
    (tmp_path / "a.png").unlink()
    assert pickle.loads(pickle.dumps(item)).integers.white == 4095


@settings(max_examples=40, deadline=None, derandomize=True)
@given(bits=st.sampled_from([10, 12, 14, 16]), level=st.floats(0.3, 1.0), colour=st.booleans(), seed=st.integers(0, 99))
def test_brightness_is_in_proportion_whatever_the_bits(tmp_path_factory, bits, level, colour, seed):
    folder = tmp_path_factory.mktemp("deep")
    paths = []
    for number, frame in enumerate(frames(3, glint=seed % 3, seed=seed, level=level)):
        paths.append(folder / f"{number}.png")
        (write_rgb if colour else write_grey)(paths[-1], np.rint(frame * (2**bits - 1)).astype(np.uint16))
    for first, second in tones(paths):
        assert abs(first - 255 * 0.35 * level) <= 1.5 and abs(second - 255 * 0.22 * level) <= 1.5
