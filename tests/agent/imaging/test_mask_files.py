"""Masks as people save them mark what a person sees marked, in any format, mode and numbering."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.imaging.io import decode_mask, read_mask

SIZE = (96, 120)
AREA = np.zeros(SIZE, bool)
AREA[30:60, 40:100] = True
SECOND = np.zeros(SIZE, bool)
SECOND[70:84, 10:34] = True


def file_of(picture, form="PNG", **more):
    buffer = io.BytesIO()
    picture.save(buffer, form, **more)
    return buffer.getvalue()


def read(picture, form="PNG", **more):
    return decode_mask(file_of(picture, form, **more), SIZE, "the mask")


def grey(inside, outside=0, second=None):
    values = np.where(AREA, inside, outside)
    return np.where(SECOND, inside if second is None else second, values)


def palette_of(numbers, colours):
    picture = Image.fromarray(numbers.astype(np.uint8)).convert("P")
    picture.putdata(numbers.astype(np.uint8).ravel().tolist())
    picture.putpalette(sum(colours, ()) + (0,) * (768 - 3 * len(colours)))
    return picture


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("value", [1, 2, 3, 7, 50, 100, 127, 128, 255])
def test_any_number_marks(form, value):
    values = np.where(AREA | SECOND, value, 0).astype(np.uint8)
    picture = Image.fromarray(values).convert("RGB" if form == "WEBP" else "L")
    more = {"lossless": True} if form == "WEBP" else {}
    assert np.array_equal(read(picture, form, **more), AREA | SECOND)


@pytest.mark.parametrize("first", [1, 3, 60, 127, 200, 255])
@pytest.mark.parametrize("second", [1, 4, 90, 255])
def test_classes_of_any_numbers_are_all_marked(first, second):
    assert np.array_equal(read(Image.fromarray(grey(first, 0, second).astype(np.uint8))), AREA | SECOND)


@pytest.mark.parametrize("colour", [(128, 0, 0), (0, 0, 64), (20, 0, 60), (0, 128, 128), (64, 64, 0), (255, 0, 0)])
def test_dark_class_colours_beside_bright_ones(colour):
    pixels = np.zeros((*SIZE, 3), np.uint8)
    pixels[AREA], pixels[SECOND] = colour, (255, 255, 255)
    assert np.array_equal(read(Image.fromarray(pixels)), AREA | SECOND)
    pixels[SECOND] = 0
    assert np.array_equal(read(Image.fromarray(pixels)), AREA)


def test_classes_that_touch_are_all_marked():
    values = np.where(AREA, 255, 0).astype(np.uint8)
    values[60:75, 40:100] = 40
    assert read(Image.fromarray(values)).sum() == AREA.sum() + 15 * 60


def test_numbers_that_begin_at_1():
    assert np.array_equal(read(Image.fromarray(grey(2, 1).astype(np.uint8))), AREA | SECOND)


@pytest.mark.parametrize(
    "dtype, value", [(np.uint16, 1), (np.uint16, 255), (np.uint16, 4095), (np.uint16, 65535), (np.int32, 3)]
)
def test_deep_masks(dtype, value):
    assert np.array_equal(read(Image.fromarray(grey(value).astype(dtype)), "TIFF"), AREA | SECOND)


@pytest.mark.parametrize("value", [1.0, 255.0])
def test_float_masks(value):
    assert np.array_equal(read(Image.fromarray(grey(value).astype(np.float32)), "TIFF"), AREA | SECOND)


def test_bilevel_masks():
    assert np.array_equal(read(Image.fromarray(AREA)), AREA)


def test_soft_edges_are_cut_at_the_middle():
    soft = Image.fromarray(np.where(AREA, 255, 0).astype(np.uint8)).filter(ImageFilter.GaussianBlur(3))
    assert np.array_equal(read(soft), np.asarray(soft) > 127)


@pytest.mark.parametrize("factor", [2, 4])
def test_edges_that_are_smoothed_in_few_steps_are_cut_at_the_middle(factor):
    large = Image.fromarray(np.where(AREA, 255, 0).astype(np.uint8)).resize((SIZE[1] * 4 + 2, SIZE[0] * 4 + 2), 0)
    small = large.resize((SIZE[1], SIZE[0]), Image.Resampling.BOX)
    values = np.asarray(small) // (64 // factor) * (64 // factor)
    found = read(Image.fromarray(np.minimum(values, 255).astype(np.uint8)))
    assert np.array_equal(found, values > 127)


@pytest.mark.parametrize("quality", [30, 60, 75, 90, 100])
@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_lossy_masks_are_off_by_their_edges_at_most(form, quality):
    found = read(Image.fromarray(grey(255).astype(np.uint8)).convert("RGB"), form, quality=quality)
    wrong = found != (AREA | SECOND)
    near = np.asarray(Image.fromarray(AREA | SECOND).convert("L").filter(ImageFilter.GaussianBlur(2)))
    assert not wrong[(near == 0) | (near == 255)].any() and wrong.sum() < 0.05 * AREA.sum()


@pytest.mark.parametrize("dark", [70, 100])
def test_a_dark_class_in_a_jpeg(dark):
    found = read(Image.fromarray(grey(255, 0, dark).astype(np.uint8)), "JPEG", quality=90)
    assert (found != (AREA | SECOND)).sum() < 40


@pytest.mark.parametrize("number", [0, 1])
def test_a_transparent_background_in_a_palette(number):
    numbers = np.where(AREA, 1 - number, number)
    colours = [(0, 0, 0), (255, 255, 255)] if number == 0 else [(255, 255, 255), (0, 0, 0)]
    assert np.array_equal(read(palette_of(numbers, colours), transparency=number), AREA)


def test_a_transparent_background_in_grey_and_colour():
    values = np.where(AREA, 255, 0).astype(np.uint8)
    assert np.array_equal(read(Image.fromarray(values), transparency=0), AREA)
    assert np.array_equal(read(Image.fromarray(np.dstack([values] * 3)), transparency=(0, 0, 0)), AREA)
    assert np.array_equal(read(Image.fromarray(values.astype(np.uint16) * 257), transparency=0), AREA)


@pytest.mark.parametrize("background", [(0, 0, 0), (255, 0, 255), (255, 255, 255)])
@pytest.mark.parametrize("paint", [(0, 0, 0), (255, 255, 255), (60, 0, 0)])
def test_a_transparent_layer_marks_where_it_is_painted(background, paint):
    pixels = np.zeros((*SIZE, 4), np.uint8)
    pixels[..., :3] = background
    pixels[AREA] = (*paint, 255)
    assert np.array_equal(read(Image.fromarray(pixels)), AREA)


def test_white_on_black_with_an_alpha_of_no_meaning():
    pixels = np.dstack([np.where(AREA, 255, 0).astype(np.uint8)] * 3 + [np.full(SIZE, 255, np.uint8)])
    assert np.array_equal(read(Image.fromarray(pixels)), AREA)


def test_white_on_black_on_a_larger_transparent_layer():
    pixels = np.zeros((*SIZE, 4), np.uint8)
    pixels[10:80, 20:110, 3] = 255
    pixels[AREA, :3] = 255
    assert np.array_equal(read(Image.fromarray(pixels)), AREA)


def test_a_palette_whose_colours_are_all_the_same_counts_by_number():
    assert np.array_equal(read(palette_of(np.where(AREA, 1, 0), [(0, 0, 0)] * 4)), AREA)


def test_a_palette_of_class_colours():
    colours = [(0, 0, 0), (128, 0, 0), (0, 64, 0), (20, 20, 90)]
    assert np.array_equal(read(palette_of(np.where(AREA, 3, np.where(SECOND, 1, 0)), colours)), AREA | SECOND)


@pytest.mark.parametrize("value", [0, 255 * 0])
def test_an_empty_mask_is_refused(value):
    with pytest.raises(InputError, match="empty; paint its area white"):
        read(Image.fromarray(np.full(SIZE, value, np.uint8)))


def test_a_mask_of_another_size_is_refused(tmp_path):
    Image.fromarray(AREA).save(tmp_path / "m.png")
    with pytest.raises(InputError, match="120x96 px but the image is 64x64"):
        read_mask(tmp_path / "m.png", (64, 64))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    first=st.integers(1, 255), second=st.integers(1, 255), mode=st.sampled_from(["L", "RGB", "P", "I;16"]),
    transparent=st.booleans(), form=st.sampled_from(["PNG", "TIFF", "BMP"]),
)  # fmt: skip
def test_label_maps_mark_all_that_is_labelled(first, second, mode, transparent, form):
    values = grey(first, 0, second).astype(np.uint8)
    picture = {
        "L": lambda: Image.fromarray(values),
        "RGB": lambda: Image.fromarray(np.dstack([values, values // 2, values // 3])),
        "P": lambda: palette_of(values, [(i, i // 2, 255 - i if i else 0) for i in range(256)]),
        "I;16": lambda: Image.fromarray(values.astype(np.uint16)),
    }[mode]()
    if mode == "I;16" and form == "BMP":
        return
    more = {"transparency": (0, 0, 0) if mode == "RGB" else 0} if transparent and form == "PNG" else {}
    assert np.array_equal(read(picture, form, **more), AREA | SECOND)
