"""Reading and writing pictures: every mode that cameras and artists save, refused in one line where not usable."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..core.errors import InputError
from ..core.files import appearing
from .colour_profiles import UnusableProfileError, lab_to_rgb, to_srgb
from .decoding import FORMATS, Decoded, decode, is_transparent, picture_of
from .mask_files import mask_of
from .png_chunks import text_chunks
from .remarks import Remark, RemarkKind
from .tone import ItemTone, Tone, tone_of


@dataclass(frozen=True, eq=False)
class ReadPicture:
    """A picture that was read. image: (H, W, 3) uint8 RGB. tone: its scale, where its file is deeper than 8 bit. remarks: what
    was done that its user may not expect."""

    image: np.ndarray
    tone: Tone | None = None
    remarks: tuple[Remark, ...] = ()


def read_picture(path: Path, tone: ItemTone | None = None) -> ReadPicture:
    """The picture of a file, upright, in sRGB. Grey, palette, alpha (over white), CMYK and colour profiles are converted, and
    more than 8 bits by the scale of the item that it belongs to, by its own where none is given.

    Raises InputError for a file that is no image, is truncated, shows nothing, or has a side outside 64-4096 px.
    """
    decoded = decode(path)
    scale = None
    if decoded.deep is not None:
        scale = tone.of(decoded) if tone is not None else tone_of(decoded)
    image, remarks = _to_rgb(decoded, scale, str(path))
    return ReadPicture(image, scale, (*decoded.remarks, *remarks))


def read_image(path: Path, tone: ItemTone | None = None) -> np.ndarray:
    """The picture alone, see read_picture: (H, W, 3) uint8 RGB. Raises InputError."""
    return read_picture(path, tone).image


def read_mask(path: Path, size: tuple[int, int], labels: bool = False) -> np.ndarray:
    """A mask as (H, W) bool, see mask_of. size is (height, width) of the image it is for.

    Raises InputError when it cannot be read, has another size, or marks nothing.
    """
    return mask_of(decode(path), size, str(path), labels)


def decode_mask(data: bytes, size: tuple[int, int], name: str, formats: Sequence[str] = FORMATS) -> np.ndarray:
    """Like read_mask, from an image file's bytes; messages call it `name`. formats: that it may have. Raises InputError."""
    return mask_of(decode(data, name, formats), size, name)


def encode_png(array: np.ndarray, texts: Mapping[str, str] | None = None) -> bytes:
    """(H, W) or (H, W, 3) uint8 as a PNG file's bytes. texts: keyword to text, for its tEXt or, beyond Latin-1, iTXt chunks."""
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format="PNG", compress_level=3, pnginfo=text_chunks(texts or {}))
    return buffer.getvalue()


def write_png(path: Path, array: np.ndarray, texts: Mapping[str, str] | None = None) -> None:
    """Writes a picture as encode_png makes it, appearing whole or not at all."""
    with appearing(path) as beside:
        beside.write_bytes(encode_png(array, texts))


def _to_rgb(decoded: Decoded, tone: Tone | None, name: str) -> tuple[np.ndarray, list[Remark]]:
    picture, remarks = decoded.picture, []
    if picture is None:
        assert decoded.deep is not None and tone is not None
        picture = picture_of(tone.to_8_bit(decoded.deep), decoded.deep_alpha)
    alpha = _alpha(picture)
    colours, unusable = _colours(picture)
    if unusable:
        remarks.append(Remark(RemarkKind.UNUSABLE_PROFILE))
    pixels = np.asarray(colours)
    if alpha is None:
        return pixels, remarks
    if int(alpha.max()) == 0:
        if (pixels == pixels[0, 0]).all():
            raise InputError(f"{name}: is fully transparent, nothing shows in it; save it without its alpha channel")
        return pixels, [*remarks, Remark(RemarkKind.BLANK_ALPHA)]
    if int(alpha.min()) < 255:
        over = Image.new("RGB", colours.size, (255, 255, 255))
        over.paste(colours, mask=Image.fromarray(alpha))
        pixels = np.asarray(over)
    return pixels, remarks


def _alpha(picture: Image.Image) -> np.ndarray | None:
    """(H, W) uint8, None where a picture has no transparency."""
    return np.asarray(picture.convert("RGBA").getchannel("A")) if is_transparent(picture) else None


def _colours(picture: Image.Image) -> tuple[Image.Image, bool]:
    """A picture's colours as RGB in sRGB, without its alpha, and whether its profile could not be used."""
    profile, unusable = picture.info.get("icc_profile"), False
    if picture.mode in ("P", "PA", "RGBA", "RGBa"):
        picture = picture.convert("RGBA") if picture.mode != "P" else picture
        picture = picture.convert("RGB")
    elif picture.mode in ("LA", "La", "1"):
        picture = picture.convert("L")
    if profile and picture.mode in ("L", "RGB", "CMYK", "LAB"):
        try:
            picture = to_srgb(picture, profile)
        except UnusableProfileError:
            unusable = True
    if picture.mode == "LAB":
        picture = lab_to_rgb(picture)
    return picture.convert("RGB"), unusable
