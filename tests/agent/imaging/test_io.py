"""Pictures of every mode become (H, W, 3) uint8 RGB, whatever their files say of themselves."""

import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.imaging.io import encode_png, read_image, read_picture, write_png
from anomaly_agent.agent.imaging.remarks import RemarkKind


def saved(picture, path):
    picture.save(path)
    return path


def test_grey_is_repeated(tmp_path):
    path = saved(Image.new("L", (64, 80), 77), tmp_path / "a.png")
    image = read_image(path)
    assert image.shape == (80, 64, 3) and image.dtype == np.uint8 and (image == 77).all()


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


def test_write_png_leaves_nothing_beside(tmp_path):
    values = np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)
    write_png(tmp_path / "a.png", values)
    assert (np.asarray(Image.open(tmp_path / "a.png")) == values).all()
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_of_0_everywhere_is_no_picture_of_white(tmp_path, mode):
    plain = Image.new("RGBA", (64, 64), (255, 255, 255, 0)).convert(mode)
    with pytest.raises(InputError, match="fully transparent"):
        read_image(saved(plain, tmp_path / "plain.png"))


def test_a_camera_that_leaves_alpha_unused_still_shows_its_picture(tmp_path):
    pixels = np.zeros((64, 80, 4), np.uint8)
    pixels[..., :3] = np.arange(80, dtype=np.uint8)[None, :, None]
    found = read_picture(saved(Image.fromarray(pixels), tmp_path / "a.png"))
    assert np.array_equal(found.image, pixels[..., :3])
    assert [remark.kind for remark in found.remarks] == [RemarkKind.BLANK_ALPHA]


def test_a_transparent_colour_counts_as_alpha(tmp_path):
    pixels = np.full((64, 64, 3), 30, np.uint8)
    pixels[5:9] = (10, 200, 30)
    Image.fromarray(pixels).save(tmp_path / "a.png", transparency=(30, 30, 30))
    image = read_image(tmp_path / "a.png")
    assert (image[0] == 255).all() and tuple(image[6, 6]) == (10, 200, 30)


@pytest.mark.parametrize("frames", [2, 5])
@pytest.mark.parametrize("suffix", [".tif", ".webp", ".png"])
def test_further_pages_are_mentioned(tmp_path, suffix, frames):
    first, *rest = [Image.new("RGB", (64, 64), (40 * number, 7, 7)) for number in range(frames)]
    first.save(
        tmp_path / f"a{suffix}", save_all=True, append_images=rest, **({"lossless": True} if suffix == ".webp" else {})
    )
    found = read_picture(tmp_path / f"a{suffix}")
    assert tuple(found.image[3, 3]) == (0, 7, 7)
    assert [(remark.kind, remark.count) for remark in found.remarks] == [(RemarkKind.FURTHER_PAGES, frames)]


def test_a_plain_picture_needs_no_remark(tmp_path):
    assert read_picture(saved(Image.new("RGB", (64, 64)), tmp_path / "a.png")).remarks == ()


def test_encoding_is_read_back(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 70, 3)).astype(np.uint8)
    (tmp_path / "a.png").write_bytes(encode_png(pixels, {"Author": "nobody, Ωmega"}))
    assert np.array_equal(read_image(tmp_path / "a.png"), pixels)
