"""Picture files as they store their pixels: every kind that cameras and artists save, and of a damaged one what is whole."""

from __future__ import annotations

import io
import stat
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from ..core.errors import InputError
from ..core.task import MAX_SIDE, MIN_SIDE
from . import jpeg_segments, png_chunks, tiff_directory
from .declared import Declared
from .missing_pixels import TIFF_TAGS, lacks_png_rows, lacks_tiff_strips
from .remarks import Remark, RemarkKind

#: Pillow's decoders that are let near a file. Others, of which some take any amount of memory or call programs, are not.
FORMATS = ("PNG", "JPEG", "BMP", "DIB", "TIFF", "WEBP")
# What is known of a PNG's samples stands in front of its pixels, and of large texts there.
_HEAD = 1 << 18
# The pixels' chunk of a WebP, which says how they are coded, stands behind a profile alone.
_WEBP_HEAD = 1 << 14
# Of TIFF: both of JPEG, JPEG 2000 and WebP.
_LOSSY_COMPRESSIONS = (6, 7, 34712, 50001)
_COMPRESSION = 259
_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _ORIENTATION, _MAX_SAMPLE = 256, 257, 258, 262, 274, 341
_TAGS = (_BITS, _COMPRESSION, _PHOTOMETRIC, _ORIENTATION, _MAX_SAMPLE)
_RGB_PHOTOMETRIC = 2
# What OpenCV unpacks of TIFF: none, LZW, JPEG, deflate, PackBits. Of others it may give black pixels.
_UNPACKED_BY_OPENCV = (1, 5, 7, 8, 32773, 32946)
# Pillow's methods by EXIF's orientation, and the same on an array.
_TURNS: dict[int, tuple[Image.Transpose, Any]] = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT, lambda a: a[:, ::-1]),
    3: (Image.Transpose.ROTATE_180, lambda a: a[::-1, ::-1]),
    4: (Image.Transpose.FLIP_TOP_BOTTOM, lambda a: a[::-1]),
    5: (Image.Transpose.TRANSPOSE, lambda a: a.swapaxes(0, 1)),
    6: (Image.Transpose.ROTATE_270, lambda a: a.swapaxes(0, 1)[:, ::-1]),
    7: (Image.Transpose.TRANSVERSE, lambda a: a[::-1, ::-1].swapaxes(0, 1)),
    8: (Image.Transpose.ROTATE_90, lambda a: a.swapaxes(0, 1)[::-1]),
}

_SAYS_NOTHING = Declared()

#: A file, or the bytes of one.
Source = Path | bytes


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture as it is stored, upright, pixels loaded.

    picture: one of 8 bits a channel, else None. deep: one of more, (H, W) or (H, W, 3) uint16, int32 or float32, else None.
    deep_alpha: (H, W) uint8 of a deep one, None where there is none. declared: what the file says of its samples. lossy: stored
    by a method that changes pixels a little.
    """

    picture: Image.Image | None
    deep: np.ndarray | None = None
    deep_alpha: np.ndarray | None = None
    declared: Declared = _SAYS_NOTHING
    lossy: bool = False
    remarks: tuple[Remark, ...] = ()

    def with_remark(self, remark: Remark) -> Decoded:
        """The same, and a remark more."""
        return replace(self, remarks=(*self.remarks, remark))


def decode(source: Source, name: str = "", formats: Sequence[str] = FORMATS) -> Decoded:
    """Reads a picture. name: what messages call it, the path by default. formats: Pillow's decoders that may read it.

    Raises InputError for a file that is none, is truncated, or has a side outside 64-4096 px.
    """
    name = name or str(source)
    if isinstance(source, Path):
        _check_regular(source, name)
    with warnings.catch_warnings():
        # Pillow warns of large pictures, whose size is checked here before they are decoded, and of tags.
        warnings.simplefilter("ignore")
        return _decode_whole_or_in_part(source, name, formats)


def _decode_whole_or_in_part(source: Source, name: str, formats: Sequence[str]) -> Decoded:
    try:
        return _decode(source, name, formats)
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{name}: no such file") from error
    except MemoryError as error:
        raise InputError(f"{name}: takes more memory to read than there is; save it again as PNG") from error
    except Exception as error:  # decoders raise errors of any class on files that are damaged
        try:
            found = _decode_without_metadata(source, name, formats)
        except InputError:
            raise
        except Exception:  # noqa: BLE001  (the first error says more)
            found = None
        if found is not None:
            return found
        raise InputError(_said(name, error)) from error


def may_be_deep(path: Path) -> bool:
    """Whether a file's head says more than 8 bits a channel, or cannot be read by itself."""
    try:
        _check_regular(path, str(path))
        with _open(path, FORMATS) as picture:
            return _declared(path, picture.format or "", _tags(picture)).depth > 8 or _is_deep(picture.mode)
    except Exception:  # noqa: BLE001  (of any class, as decoders raise; reading it as a whole tells)
        return path.suffix.lower() in (".png", ".tif", ".tiff")


def _decode(source: Source, name: str, formats: Sequence[str]) -> Decoded:
    with _open(source, formats) as picture:
        _check_size(picture.size, name)
        form, tags = picture.format or "", _tags(picture)
        pages = _pages(source, formats) if getattr(picture, "is_animated", False) else 1
        picture.load()
        _check_all_there(source, picture, form, name)
        turn, remarks = _orientation(picture)
        if pages > 1:
            remarks.append(Remark(RemarkKind.FURTHER_PAGES, pages))
        declared = _declared(source, form, tags)
        lossy = _is_lossy(source, form, tags)
        if declared.depth <= 8 and not _is_deep(picture.mode):
            upright = picture.transpose(_TURNS[turn][0]) if turn in _TURNS else picture.copy()
            return Decoded(upright, lossy=lossy, remarks=tuple(remarks))
        if _is_deep(picture.mode):
            samples, alpha = _native(np.asarray(picture)), None
            key = picture.info.get("transparency")
            if isinstance(key, int):
                alpha = np.where(samples == key, 0, 255).astype(np.uint8)
        else:
            # Pillow has more than 8 bits a channel for grey alone. It has turned a TIFF itself, and forgotten about it.
            samples, alpha = _by_opencv(source)
            turn = int(tags.get(_ORIENTATION, turn)) if form == "TIFF" else turn
        return Decoded(None, *_upright(samples, alpha, turn), declared, lossy, tuple(remarks))


def _decode_without_metadata(source: Source, name: str, formats: Sequence[str]) -> Decoded | None:
    """What is left when all but the pixels is left out; None where that is no remedy."""
    data = _whole(source)
    if data.startswith(png_chunks.SIGNATURE):
        found = _decode(png_chunks.without_metadata(data), name, formats)
    elif data.startswith(jpeg_segments.SIGNATURE):
        found = _decode(jpeg_segments.without_metadata(data), name, formats)
    elif data.startswith(tiff_directory.SIGNATURES) and "TIFF" in formats:
        return _tiff_by_opencv(data, name)
    else:
        return None
    return found.with_remark(Remark(RemarkKind.DAMAGED_METADATA))


def _tiff_by_opencv(data: bytes, name: str) -> Decoded:
    """A TIFF of a kind that Pillow does not read, such as float RGB, or whose tags it stumbles over."""
    directory = tiff_directory.inline_values(data)
    _check_size((directory[_WIDTH], directory[_HEIGHT]), name)
    if directory.get(_COMPRESSION, 1) not in _UNPACKED_BY_OPENCV:
        raise UnidentifiedImageError(f"TIFF compression {directory[_COMPRESSION]} is not known")
    samples, alpha = _upright(*_by_opencv(data), directory.get(_ORIENTATION, 1))
    if samples.dtype == np.uint8:
        return Decoded(picture_of(samples, alpha), remarks=(Remark(RemarkKind.DAMAGED_METADATA),))
    return Decoded(None, samples, alpha, _declared_by_tags(directory))


def _by_opencv(source: Source) -> tuple[np.ndarray, np.ndarray | None]:
    """(samples, alpha) of a PNG or TIFF as Decoded has them, not turned."""
    data = _whole(source)
    if data.startswith(png_chunks.SIGNATURE):
        data = png_chunks.without_metadata(data)
    elif data.startswith(tiff_directory.SIGNATURES):
        data = tiff_directory.without_orientation(data)  # some versions turn the picture, others do not
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None:
        raise UnidentifiedImageError("its pixels are stored in a way that no reader here knows")
    alpha = None
    if found.ndim == 3 and found.shape[2] == 4:
        most = 1.0 if found.dtype.kind == "f" else float(np.iinfo(found.dtype).max)
        alpha = np.clip(found[..., 3] * (255.0 / most) + 0.5, 0, 255).astype(np.uint8)
    if found.ndim == 3:
        found = found[..., 2::-1] if found.shape[2] >= 3 else found[..., 0]
    return _native(found), alpha


def _upright(samples: np.ndarray, alpha: np.ndarray | None, turn: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Samples and alpha that are turned as EXIF's orientation says."""
    if turn not in _TURNS:
        return samples, alpha
    turned = _TURNS[turn][1]
    return np.ascontiguousarray(turned(samples)), None if alpha is None else np.ascontiguousarray(turned(alpha))


def picture_of(values: np.ndarray, alpha: np.ndarray | None) -> Image.Image:
    """(H, W) or (H, W, 3) uint8, with (H, W) uint8 alpha where there is one, as a picture."""
    picture = Image.fromarray(values)
    if alpha is not None:
        picture = picture.convert("RGB")
        picture.putalpha(Image.fromarray(alpha))
    return picture


def is_transparent(picture: Image.Image) -> bool:
    """Whether a picture has an alpha channel, or a colour that counts as transparent."""
    return picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info


def _open(source: Source, formats: Sequence[str]) -> Image.Image:
    return Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=list(formats))


def _check_regular(path: Path, name: str) -> None:
    """Raises InputError for a pipe or a device, which would be waited for without an end, and for a folder."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise InputError(f"{name}: no such file") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: cannot be read ({_first_line(error)})") from error
    if not stat.S_ISREG(mode):
        raise InputError(f"{name}: is no regular file; give a picture's file")


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if min(width, height) < MIN_SIDE or max(width, height) > MAX_SIDE:
        raise InputError(
            f"{name}: {width}x{height} px, but each side must be {MIN_SIDE}-{MAX_SIDE} px; resize or tile it first"
        )


def _tags(picture: Image.Image, names: Sequence[int] = _TAGS) -> dict[int, Any]:
    """Those of a TIFF's tags that it has; none of another picture."""
    found: Any = getattr(picture, "tag_v2", {})
    return {tag: found[tag] for tag in names if tag in found}


def _check_all_there(source: Source, picture: Image.Image, form: str, name: str) -> None:
    """Raises InputError for a file of which a part was never written. picture: loaded."""
    if form == "PNG":
        # What is missing is black; unpacking once more is for pictures alone that may lack something.
        width, height = picture.size
        last = np.asarray(picture.crop((0, height - 2, width, height)))
        lacks = not all(row.any() for row in last) and lacks_png_rows(_whole(source))
    else:
        lacks = form == "TIFF" and lacks_tiff_strips(_tags(picture, TIFF_TAGS))
    if lacks:
        raise InputError(f"{name}: truncated or damaged (it holds fewer pixels than it promises); save it again")


def _pages(source: Source, formats: Sequence[str]) -> int:
    try:
        with _open(source, formats) as picture:
            return int(getattr(picture, "n_frames", 1))
    except Exception:  # noqa: BLE001  (its further pages are damaged; the first one stands)
        return 2


def _orientation(picture: Image.Image) -> tuple[int, list[Remark]]:
    """How the picture is turned, as EXIF counts it, and whether that could not be read."""
    try:
        found = picture.getexif().get(_ORIENTATION, 1)
        return (found if isinstance(found, int) else 1), []
    except Exception:  # noqa: BLE001  (of many classes, on damaged EXIF)
        return 1, [Remark(RemarkKind.DAMAGED_METADATA)]


def _is_deep(mode: str) -> bool:
    return mode in ("I", "F") or mode.startswith("I;16")


def _is_lossy(source: Source, form: str, tags: dict[int, Any]) -> bool:
    if form == "WEBP":
        return b"VP8L" not in _head(source, _WEBP_HEAD)
    return form in ("JPEG", "MPO") or tags.get(_COMPRESSION) in _LOSSY_COMPRESSIONS


def _declared(source: Source, form: str, tags: Any) -> Declared:
    if form == "PNG":
        # Of 8 bits nothing else matters: a folder of them is looked through at the price of their first bytes.
        if png_chunks.begins_with_8_bits(_head(source, png_chunks.HEAD_BYTES)):
            return Declared()
        return png_chunks.declared_in(_head(source))
    return _declared_by_tags(tags) if form == "TIFF" else Declared()


def _declared_by_tags(tags: Any) -> Declared:
    """Of a TIFF. MaxSampleValue does not count: it is the brightest value that one file has (TIFF 6.0, p. 38)."""
    bits = int(max(_numbers(tags.get(_BITS, 8)), default=8))
    most = max(_numbers(tags.get(_MAX_SAMPLE, ())), default=0.0)
    return Declared(
        # Grey is read by Pillow with all its bits, and told by its mode.
        bits if tags.get(_PHOTOMETRIC) == _RGB_PHOTOMETRIC else 8,
        float(most) if np.isfinite(most) and most > 0 else None,
        bits if bits not in (8, 16, 32, 64) else None,
    )


def _numbers(value: Any) -> list[float]:
    values = value if isinstance(value, tuple | list) else (value,)
    return [float(one) for one in values if isinstance(one, int | float)]


def _whole(source: Source) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


def _head(source: Source, length: int = _HEAD) -> bytes:
    if isinstance(source, bytes):
        return source[:length]
    with source.open("rb") as file:
        return file.read(length)


def _native(samples: np.ndarray) -> np.ndarray:
    """As uint8, uint16, int32 or float32, in this machine's order of bytes."""
    kind = {"u": np.uint8 if samples.itemsize == 1 else np.uint16, "i": np.int32, "f": np.float32}[samples.dtype.kind]
    return np.ascontiguousarray(samples.astype(kind, copy=False))


def _said(name: str, error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError | Image.DecompressionBombError):
        return f"{name}: not a picture that can be read ({_first_line(error)})"
    if isinstance(error, PermissionError | IsADirectoryError):
        return f"{name}: cannot be read ({_first_line(error)})"
    return f"{name}: truncated or damaged ({_first_line(error)}); save it again"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
