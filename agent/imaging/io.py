"""Reading and writing pictures: every mode that cameras and artists save, refused in one line where not usable."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from ..core.errors import InputError
from ..core.files import appearing
from ..core.task import MAX_SIDE, MIN_SIDE

# Pillow's decoders that are let near a file. Others, of which some take any amount of memory or call programs, are not.
_FORMATS = ("PNG", "JPEG", "BMP", "DIB", "TIFF", "WEBP")
#: Endings of the files that count as images in a folder.
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})


def list_images(source: Path) -> list[Path]:
    """Images at `source` (a file, or a folder, not searched deeper), by name. Raises InputError when there is none."""
    if not source.exists():
        raise InputError(f"{source}: no such file or folder; give a picture or a folder of pictures")
    if source.is_file():
        return [source]
    try:
        found = sorted(p for p in source.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file())
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror}); check its permissions") from error
    if not found:
        raise InputError(f"{source}: no image in this folder ({', '.join(sorted(IMAGE_SUFFIXES))} are read)")
    return found


def read_image(path: Path) -> np.ndarray:
    """The picture as (H, W, 3) uint8 RGB. Grey, 16-bit, palette, alpha (over white) and CMYK are converted.

    Raises InputError for a file that is no image, is truncated, or has a side outside 64-4096 px.
    """
    with _opened(path) as picture:
        return _to_rgb(picture)


def read_mask(path: Path, size: tuple[int, int], labels: bool = False) -> np.ndarray:
    """A mask as (H, W) bool, True where it is brighter than mid-grey. size is (height, width) of the image it is for.
    labels: True wherever it is not 0, in any channel: a mask that numbers its defects.

    Raises InputError when it cannot be read, has another size, or marks nothing.
    """
    with _opened(path) as picture:
        return _to_mask(picture, size, str(path), labels)


def decode_mask(data: bytes, size: tuple[int, int], name: str) -> np.ndarray:
    """Like read_mask, from an image file's bytes; messages call it `name`. Raises InputError."""
    with _opened(io.BytesIO(data), name) as picture:
        return _to_mask(picture, size, name, False)


def encode_png(array: np.ndarray, texts: Mapping[str, str] | None = None) -> bytes:
    """(H, W) or (H, W, 3) uint8 as a PNG file's bytes. texts: keyword to text, for its tEXt or, beyond Latin-1, iTXt chunks."""
    info = PngInfo()
    for keyword, text in (texts or {}).items():
        info.add_text(keyword, text)
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format="PNG", compress_level=3, pnginfo=info)
    return buffer.getvalue()


def _to_mask(picture: Image.Image, size: tuple[int, int], name: str, labels: bool) -> np.ndarray:
    if "A" in picture.getbands() and picture.getchannel("A").getextrema()[0] == 0:
        picture = picture.getchannel("A")  # painted on a transparent layer
    # A palette's colours say nothing of the numbers: its pixels are read as they are.
    mask = _numbered(picture) if labels else _to_rgb(picture).max(axis=2) > 127
    if mask.shape != size:
        raise InputError(
            f"{name}: the mask is {mask.shape[1]}x{mask.shape[0]} px but the image is {size[1]}x{size[0]} px; "
            "save it at the image's size"
        )
    if not mask.any():
        raise InputError(f"{name}: the mask is empty; paint its area white")
    return mask


def write_png(path: Path, array: np.ndarray, texts: Mapping[str, str] | None = None) -> None:
    """Writes a picture as encode_png makes it, appearing whole or not at all."""
    with appearing(path) as beside:
        beside.write_bytes(encode_png(array, texts))


def _opened(path: Path | io.BytesIO, name: str = "") -> Image.Image:
    name = name or str(path)
    try:
        with warnings.catch_warnings():
            # Pillow only warns up to twice its limit; the size is checked below before anything is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(path, formats=_FORMATS)
    except FileNotFoundError as error:
        raise InputError(f"{name}: no such file") from error
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InputError(f"{name}: not a picture that can be read ({_first_line(error)})") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{name}: cannot be read ({_first_line(error)})") from error
    width, height = picture.size
    if min(width, height) < MIN_SIDE or max(width, height) > MAX_SIDE:
        picture.close()
        raise InputError(
            f"{name}: {width}x{height} px, but each side must be {MIN_SIDE}-{MAX_SIDE} px; resize or tile it first"
        )
    try:
        picture.load()
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        picture.close()
        raise InputError(f"{name}: truncated or damaged ({_first_line(error)}); save it again") from error
    except MemoryError as error:
        picture.close()
        raise InputError(f"{name}: takes more memory to read than there is; save it again as PNG") from error
    return picture


def _to_rgb(picture: Image.Image) -> np.ndarray:
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return _stretch(np.asarray(picture, dtype=np.float64))
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        return np.asarray(Image.alpha_composite(white, rgba).convert("RGB"))
    return np.asarray(picture.convert("RGB"))


def _numbered(picture: Image.Image) -> np.ndarray:
    """(H, W) bool: where a picture is not 0, as its pixels are stored; transparency does not count."""
    stored = picture.convert("RGB") if picture.mode in ("RGBA", "CMYK") else picture
    values = np.asarray(stored)
    return (values if values.ndim == 2 else values.max(axis=2)) > 0


def _stretch(values: np.ndarray) -> np.ndarray:
    """16-bit and float grey to RGB: by the full 16-bit range, or by its own where it is narrower than 12 bit."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if low >= 0 and high <= 255 and high > 1:
        low, high = 0.0, 255.0
    elif low >= 0 and high > 4095:
        low, high = 0.0, 65535.0
    scaled = (np.nan_to_num(values, nan=low, posinf=high, neginf=low) - low) / max(high - low, 1e-9)
    grey = np.clip(scaled * 255.0 + 0.5, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
