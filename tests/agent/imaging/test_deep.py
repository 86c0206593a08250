"""More than 8 bits are kept through to the output: what did not change is the file's own, bit for bit."""

import cv2
import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.imaging.deep import DeepPicture, read_deep
from anomaly_agent.agent.imaging.io import read_image
from anomaly_agent.agent.imaging.tone import ItemTone, Tone, ToneOrigin

RNG = np.random.default_rng(0)
SPOT = (slice(20, 40), slice(30, 50))


def deep_file(path, white, colour, dtype=np.uint16):
    values = RNG.uniform(0.1, 0.9, (64, 80, 3) if colour else (64, 80)) * white
    cv2.imwrite(str(path), values.astype(dtype))
    return path


def spotted(normal):
    edited = normal.copy()
    edited[SPOT] = np.clip(edited[SPOT].astype(int) - 40, 0, 255).astype(np.uint8)
    return edited


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("white", [1023, 4095, 16383, 65535])
def test_the_change_is_carried_over_and_the_rest_is_the_files_own(tmp_path, white, colour):
    path = deep_file(tmp_path / "a.png", white, colour)
    tone = ItemTone([path], white)
    normal = read_image(path, tone)
    edited = spotted(normal)
    (tmp_path / "b.png").write_bytes(read_deep(path, tone).edited(normal, edited).to_png({"AnomalyAgent": "Ω"}))
    before, after = (cv2.imread(str(tmp_path / name), cv2.IMREAD_UNCHANGED) for name in ("a.png", "b.png"))
    assert after.dtype == np.uint16 and after.shape == before.shape
    outside = np.ones((64, 80), bool)
    outside[SPOT] = False
    assert np.array_equal(after[outside], before[outside])
    # 40 of 255 of white, where nothing was cut off.
    free = (normal[SPOT] > 41).all(axis=2)
    drop = (before.astype(int) - after)[SPOT][free]
    assert np.abs(drop - 40 * white / 255).max() <= 1
    # Read again, by itself, it is the edited picture: the file says what is white.
    assert np.abs(read_image(tmp_path / "b.png").astype(int) - edited).max() <= 1


def test_a_grey_picture_stays_grey(tmp_path):
    path = deep_file(tmp_path / "a.png", 4095, False)
    tone = ItemTone([path])
    normal = read_image(path, tone)
    coloured = normal.copy()
    coloured[SPOT] = (200, 30, 30)
    assert read_deep(path, tone).edited(normal, coloured).values.ndim == 2


def test_floats_are_scaled_to_16_bits(tmp_path):
    Image.fromarray(np.linspace(0, 1, 64 * 64).reshape(64, 64).astype(np.float32)).save(tmp_path / "a.tif")
    deep = read_deep(tmp_path / "a.tif", ItemTone([tmp_path / "a.tif"]))
    assert (deep.values.min(), deep.values.max(), deep.tone.white) == (0, 65535, 65535)


def test_8_bit_files_have_no_more(tmp_path):
    Image.new("L", (64, 64), 9).save(tmp_path / "a.png")
    assert read_deep(tmp_path / "a.png", ItemTone([tmp_path / "a.png"])) is None


def test_values_do_not_wrap_around():
    deep = DeepPicture(np.full((64, 64), 4000, np.uint16), Tone(0, 4095, ToneOrigin.FILE))
    normal = np.full((64, 64, 3), 249, np.uint8)
    assert deep.edited(normal, np.full_like(normal, 255)).values.max() == 4095
    assert deep.edited(normal, np.zeros_like(normal)).values.min() == 1
