"""Pictures of every mode become (H, W, 3) uint8 RGB; masks are checked against the image that they are for."""

import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.imaging.io import list_images, read_image, read_mask, write_png


def saved(picture, path):
    picture.save(path)
    return path


def test_grey_is_repeated(tmp_path):
    path = saved(Image.new("L", (64, 80), 77), tmp_path / "a.png")
    image = read_image(path)
    assert image.shape == (80, 64, 3) and image.dtype == np.uint8 and (image == 77).all()


def test_full_range_16_bit_is_scaled_by_65535(tmp_path):
    values = np.full((64, 64), 32768, np.uint16)
    values[0, 0], values[0, 1] = 0, 65535
    image = read_image(saved(Image.fromarray(values), tmp_path / "a.png"))
    assert image[5, 5, 0] == 128 and image[0, 0, 0] == 0 and image[0, 1, 0] == 255


def test_12_bit_in_16_is_stretched_over_its_own_range(tmp_path):
    values = np.linspace(100, 4000, 64 * 64).astype(np.uint16).reshape(64, 64)
    image = read_image(saved(Image.fromarray(values), tmp_path / "a.png"))
    assert image.min() == 0 and image.max() == 255


def test_alpha_lies_over_white(tmp_path):
    picture = Image.new("RGBA", (64, 64), (200, 0, 0, 0))
    picture.putpixel((1, 1), (200, 0, 0, 255))
    image = read_image(saved(picture, tmp_path / "a.png"))
    assert tuple(image[0, 0]) == (255, 255, 255) and tuple(image[1, 1]) == (200, 0, 0)


def test_palette_and_cmyk(tmp_path):
    palette = Image.new("RGB", (64, 64), (10, 200, 30)).convert("P", palette=Image.Palette.ADAPTIVE)
    assert tuple(read_image(saved(palette, tmp_path / "p.png"))[3, 3]) == (10, 200, 30)
    cmyk = Image.new("CMYK", (64, 64), (0, 255, 255, 0))  # no cyan: red
    red = read_image(saved(cmyk, tmp_path / "c.tif"))[3, 3]
    assert red[0] > 200 and red[1] < 60 and red[2] < 60


def test_exif_orientation_is_applied(tmp_path):
    picture = Image.new("RGB", (100, 64))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "a.jpg", exif=exif)
    assert read_image(tmp_path / "a.jpg").shape == (100, 64, 3)


@pytest.mark.parametrize("size", [(63, 100), (100, 4097)])
def test_sizes_beyond_the_limits_are_refused(tmp_path, size):
    with pytest.raises(InputError, match="64-4096"):
        read_image(saved(Image.new("L", size), tmp_path / "a.png"))


def test_a_mask_painted_on_a_transparent_layer(tmp_path):
    layer = np.zeros((64, 64, 4), np.uint8)
    layer[10:20, 10:20] = (0, 0, 0, 255)
    mask = read_mask(saved(Image.fromarray(layer), tmp_path / "m.png"), (64, 64))
    assert mask.sum() == 100 and mask[15, 15]


def test_list_images_is_sorted_and_skips_other_files(tmp_path):
    for name in ("b.png", "a.jpg", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in list_images(tmp_path)] == ["a.jpg", "b.png"]


def test_write_png_leaves_nothing_beside(tmp_path):
    values = np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)
    write_png(tmp_path / "a.png", values)
    assert (np.asarray(Image.open(tmp_path / "a.png")) == values).all()
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
