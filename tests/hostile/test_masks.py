"""Masks and regions as people and attackers make them: they mark what they show, or are refused in a line."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from bad_files import SIZE, bmp, chunk, data_of, encoded, head, packed, png, ramp, tags, tiff
from pictures_catalogue import JPEG_REFUSED, OTHER_REFUSED, PNG_REFUSED, TIFF_REFUSED
from PIL import Image
from sandbox import Command, outcome_of, sandbox

from anomaly_agent.agent.imaging.io import decode_mask

SQUARE = np.zeros((SIZE, SIZE), bool)
SQUARE[20:40, 30:60] = True


def grey(value: int = 255, ground: int = 0, kind: type = np.uint8) -> np.ndarray:
    return np.where(SQUARE, kind(value), kind(ground))


def colour(value: tuple[int, ...], ground: tuple[int, ...]) -> np.ndarray:
    return np.where(SQUARE[..., None], np.array(value, np.uint8), np.array(ground, np.uint8))


def palette(numbers: np.ndarray, colours: list[int], **options: object) -> bytes:
    picture = Image.frombytes("P", (SIZE, SIZE), numbers.tobytes())
    picture.putpalette(colours)
    target = io.BytesIO()
    picture.save(target, "PNG", **options)
    return target.getvalue()


#: Files that mark the square.
MARKS: dict[str, Callable[[], bytes]] = {
    "white on black": lambda: encoded(grey(), "PNG"),
    "1 bit": lambda: encoded(Image.fromarray(SQUARE), "PNG"),
    "0 and 1": lambda: encoded(grey(1), "PNG"),
    "0 and 3": lambda: encoded(grey(3), "PNG"),
    "0 and 127": lambda: encoded(grey(127), "PNG"),
    "0 and 128": lambda: encoded(grey(128), "PNG"),
    "red on black": lambda: encoded(colour((255, 0, 0), (0, 0, 0)), "PNG"),
    "dark red on black": lambda: encoded(colour((60, 0, 0), (0, 0, 0)), "PNG"),
    "blue on black": lambda: encoded(colour((0, 0, 255), (0, 0, 0)), "PNG"),
    "white on nothing": lambda: encoded(colour((255, 255, 255, 255), (0, 0, 0, 0)), "PNG"),
    "black on nothing": lambda: encoded(colour((0, 0, 0, 255), (0, 0, 0, 0)), "PNG"),
    "red on white of no alpha": lambda: encoded(colour((255, 0, 0, 255), (255, 255, 255, 0)), "PNG"),
    "white on black, all opaque": lambda: encoded(colour((255, 255, 255, 255), (0, 0, 0, 255)), "PNG"),
    "a palette": lambda: palette(grey(1), [0, 0, 0, 255, 255, 255]),
    "a palette of dark colours": lambda: palette(grey(1), [0, 0, 0, 40, 0, 0]),
    "a palette of one colour": lambda: palette(grey(2), [0, 0, 0] * 3),
    "a palette whose background is transparent": lambda: palette(grey(1), [0, 0, 0, 255, 255, 255], transparency=0),
    "a palette of VOC": lambda: palette(grey(1), [0, 0, 0, 128, 0, 0]),
    "16 bits": lambda: encoded(grey(65_535, kind=np.uint16), "PNG"),
    "16 bits, of 1": lambda: encoded(grey(1, kind=np.uint16), "PNG"),
    "16 bits, of 300": lambda: encoded(grey(300, kind=np.uint16), "PNG"),
    "32 bits": lambda: encoded(grey(1, kind=np.int32), "TIFF"),
    "32 bits, of 70000": lambda: encoded(grey(70_000, kind=np.int32), "TIFF"),
    "floats of 1": lambda: encoded(grey(1, kind=np.float32), "TIFF"),
    "floats of 255": lambda: encoded(grey(255, kind=np.float32), "TIFF"),
    "floats with NaN around": lambda: encoded(np.where(SQUARE, np.float32(1), np.float32(np.nan)), "TIFF"),
    "floats with infinity below": lambda: encoded(np.where(SQUARE, np.float32(1), np.float32(-np.inf)), "TIFF"),
    "floats of infinity": lambda: encoded(np.where(SQUARE, np.float32(np.inf), np.float32(0)), "TIFF"),
    "BMP": lambda: bmp(bits=24, pixels=np.repeat(grey()[::-1, :, None], 3, 2).tobytes()),
    "TIFF": lambda: encoded(grey(), "TIFF"),
    "TIFF by LZW": lambda: encoded(grey(), "TIFF", compression="tiff_lzw"),
    "TIFF by fax": lambda: encoded(Image.fromarray(SQUARE), "TIFF", compression="group4"),
    "WebP": lambda: encoded(np.repeat(grey()[..., None], 3, 2), "WEBP", lossless=True),
    "with bytes behind": lambda: encoded(grey(), "PNG") + b"x" * 999,
    "with a text of 50 MB": lambda: png(
        head(colour=0),
        chunk(b"zTXt", b"a\0\0" + packed(50)),
        data_of(b"".join(b"\0" + row.tobytes() for row in grey())),
    ),
    "with a key of white": lambda: png(
        head(colour=0), chunk(b"tRNS", b"\0\1"), data_of(b"".join(b"\0" + row.tobytes() for row in grey()))
    ),
}

#: Files that mark nothing, or have another size -> a word of why.
NO_MARKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "black": (lambda: encoded(grey(0), "PNG"), "empty"),
    "black, 1 bit": (lambda: encoded(Image.fromarray(SQUARE & False), "PNG"), "empty"),
    "black, 16 bits": (lambda: encoded(grey(0, kind=np.uint16), "PNG"), "empty"),
    "NaN": (lambda: encoded(np.full((SIZE, SIZE), np.nan, np.float32), "TIFF"), "empty"),
    "infinity below": (lambda: encoded(np.full((SIZE, SIZE), -np.inf, np.float32), "TIFF"), "empty"),
    "fully transparent": (lambda: encoded(colour((0, 0, 0, 0), (0, 0, 0, 0)), "PNG"), "empty"),
    "fully transparent, white": (lambda: encoded(colour((255, 255, 255, 0), (255, 255, 255, 0)), "PNG"), "empty"),
    "a row more": (lambda: encoded(np.full((SIZE + 1, SIZE), 255, np.uint8), "PNG"), "73"),
    "a column less": (lambda: encoded(np.full((SIZE, SIZE - 1), 255, np.uint8), "PNG"), "71"),
    "turned by a quarter": (lambda: encoded(np.full((SIZE, 80), 255, np.uint8), "PNG"), "80x72"),
    "too large": (lambda: png(head(5000, 64), data_of(b"\0" * 99)), "5000x64"),
}

REFUSED = {
    name: make
    for number, (name, make) in enumerate({**PNG_REFUSED, **JPEG_REFUSED, **TIFF_REFUSED, **OTHER_REFUSED}.items())
    if number % 5 == 0
}


@pytest.mark.parametrize("name", MARKS)
def test_a_mask_marks_what_it_shows(name: str) -> None:
    data = MARKS[name]()
    with sandbox() as folder:
        mask = outcome_of(lambda: decode_mask(data, (SIZE, SIZE), "the mask"), folder, "none").is_taken()
    assert np.array_equal(mask, SQUARE)


@pytest.mark.parametrize("name", NO_MARKS)
def test_a_mask_of_nothing_is_refused(name: str) -> None:
    make, word = NO_MARKS[name]
    with sandbox() as folder:
        outcome_of(lambda: decode_mask(make(), (SIZE, SIZE), "the mask"), folder, "none").is_refused("the mask", word)


@pytest.mark.parametrize("name", REFUSED)
def test_a_mask_that_is_no_whole_picture_is_refused(name: str) -> None:
    with sandbox() as folder:
        outcome_of(lambda: decode_mask(REFUSED[name](), (SIZE, SIZE), "the mask"), folder, "none").is_refused(
            "the mask"
        )


@pytest.mark.parametrize("name", ["black", "a row more", "too large", "NaN"])
def test_a_run_with_such_a_region_writes_nothing(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with sandbox() as folder:
        (folder / "a.png").write_bytes(encoded(ramp(), "PNG"))
        (folder / "region.png").write_bytes(NO_MARKS[name][0]())
        asked = ["--images", "a.png", "--item", "plate", "--anomaly", "stain", "--count", 1, "--output", folder / "out"]
        Command(capsys).outcome("synthesize", *asked, "--region", "region.png", codes=(2,)).is_refused("region.png")
        assert not (folder / "out").exists()


def test_a_tiff_of_one_strip_marks_what_it_shows() -> None:
    data = tiff(tags(bits=[8], samples=1, photometric=1, counts=SIZE * SIZE), grey().tobytes())
    assert np.array_equal(decode_mask(data, (SIZE, SIZE), "the mask"), SQUARE)
