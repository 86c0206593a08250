"""Pictures and masks that are none: read, or refused in one line, without hanging and without their promised size in memory."""

from __future__ import annotations

import numpy as np
from fuzz_helpers import fuzz, pixels
from fuzz_mutations import PICTURES, encoded, png_of_size
from hypothesis import example, given
from hypothesis import strategies as st
from sandbox import bounded, sandbox

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.imaging.io import decode_mask, read_image, read_mask

BOMB = png_of_size(60_000, 60_000)
ENDINGS = st.sampled_from([".png", ".jpg", ".tif", ".webp", ".bmp"])


def refused(error):
    assert str(error) and "\n" not in str(error)


@fuzz(0.17)
@given(PICTURES, ENDINGS)
@example(BOMB, ".png")
def test_pictures(data, ending):
    with sandbox() as folder, bounded():
        path = folder / f"bad{ending}"
        path.write_bytes(data)
        try:
            image = read_image(path)
        except InputError as error:
            refused(error)
        else:
            assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
            assert min(image.shape[:2]) >= 64 and max(image.shape[:2]) <= 4096


@fuzz(0.12)
@given(PICTURES, st.sampled_from([(70, 66), (64, 64), (4096, 4096)]), st.booleans())
@example(BOMB, (64, 64), False)
def test_masks(data, size, labels):
    with sandbox() as folder, bounded():
        path = folder / "mask.png"
        path.write_bytes(data)
        for read in (lambda: read_mask(path, size, labels), lambda: decode_mask(data, size, "the mask")):
            try:
                mask = read()
            except InputError as error:
                refused(error)
            else:
                assert mask.shape == size and mask.dtype == bool and mask.any()


@fuzz(0.03)
@given(PICTURES)
@example(BOMB)
def test_synthesize_from_bad_pictures_and_regions(command, photo, data):
    with sandbox() as folder:
        path = folder / "bad.png"
        path.write_bytes(data)
        asked = ["--item", "plate", "--anomaly", "stain", "--count", 1, "--output", folder / "out", "--max-attempts", 1]
        if command("synthesize", "--images", path, *asked) == 2:
            assert not (folder / "out").exists()
        code = command("synthesize", "--images", photo, "--region", path, *asked[:-3], folder / "second", *asked[-2:])
        assert code != 2 or not (folder / "second").exists()


def test_a_bomb_is_refused_by_its_size(command, tmp_path, capsys):
    path = tmp_path / "bomb.png"
    path.write_bytes(BOMB)
    asked = ["--item", "plate", "--anomaly", "stain", "--output", tmp_path / "out"]
    assert command("synthesize", "--images", path, *asked) == 2
    good = tmp_path / "good.png"
    good.write_bytes(encoded(pixels(0, (64, 64, 3)), "PNG"))
    assert command("synthesize", "--images", good, "--region", path, *asked) == 2
    assert not (tmp_path / "out").exists()
