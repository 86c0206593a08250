"""Masks as people have them: white on black, painted on a transparent layer, or numbers and colours of classes."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from ..core.errors import InputError
from .decoding import Decoded, is_transparent

# Brighter than mid-grey is marked in any mask.
_MIDDLE = 127
#: A picture of so few values numbers or colours its classes; a mask of more has soft edges, and a photograph has more.
FEW_VALUES = 32
# What a lossy file, or a soft edge, leaves on black.
_NOISE = 32


def mask_of(decoded: Decoded, size: tuple[int, int], name: str, labels: bool = False) -> np.ndarray:
    """A mask as (H, W) bool. size: (height, width) of the image that it is for. name: what messages call it.

    Marked is what is brighter than mid-grey, and what has a class's darker number or colour: a surface of its own that is not
    the background's. On a transparent layer what is painted is marked. labels: all that is not 0, in any channel.

    Raises InputError where it has another size, or marks nothing.
    """
    values, alpha, lossy = _values(decoded, labels)
    if values.shape != size:
        raise InputError(
            f"{name}: the mask is {values.shape[1]}x{values.shape[0]} px but the image is {size[1]}x{size[0]} px; "
            "save it at the image's size"
        )
    mask = values > 0 if labels else _marked(values, alpha, lossy)
    if not mask.any():
        raise InputError(f"{name}: the mask is empty; paint its area white")
    return mask


def _marked(values: np.ndarray, alpha: np.ndarray | None, lossy: bool) -> np.ndarray:
    if alpha is None or int(alpha.min()) > _MIDDLE:
        return _not_background(values, lossy)
    painted = alpha > _MIDDLE
    seen = np.where(painted, values, 0)
    drawn = _not_background(seen, lossy)
    # Paint of one colour, black too, marks where it is; white on black on a transparent layer marks by its colour.
    return drawn if drawn.any() and bool((drawn != painted).any()) and _two_colours(values[painted]) else painted


def _two_colours(values: np.ndarray) -> bool:
    """Whether there is both black and something brighter among them."""
    return values.size > 0 and int(values.min()) <= _NOISE < int(values.max())


def _not_background(values: np.ndarray, lossy: bool) -> np.ndarray:
    """values: (H, W) uint8."""
    levels = np.flatnonzero(np.bincount(values.ravel(), minlength=256))
    few = len(levels) <= FEW_VALUES and not lossy
    floor = int(levels[0]) if few else _NOISE
    if not few and 0 < levels[-1] <= _NOISE:
        return values > levels[-1] // 2  # so small a number that it would be taken for noise
    bright = values > _MIDDLE
    above = (values > floor).astype(np.uint8)
    count, areas = cv2.connectedComponents(above, connectivity=8)
    with_bright = np.zeros(count, bool)
    with_bright[areas[bright]] = True
    # Soft edges touch what is bright; what does not is a class of its own.
    alone = (above > 0) & ~with_bright[areas]
    if few:
        for level in levels[(levels > floor) & (levels <= _MIDDLE)]:
            same = (values == level).astype(np.uint8)
            if cv2.erode(same, np.ones((3, 3), np.uint8), borderValue=0).any():
                alone |= same > 0
        return bright | alone
    return bright | _solid(values, areas, alone)


def _solid(values: np.ndarray, areas: np.ndarray, alone: np.ndarray) -> np.ndarray:
    """Of dark surfaces in a soft or lossy mask: those that are more than noise, up to half of their height."""
    peaks = np.zeros(int(areas.max()) + 1, np.uint8)
    np.maximum.at(peaks, areas[alone], values[alone])
    higher = alone & (values > np.maximum(peaks[areas].astype(int) // 2, _NOISE // 2))
    cores = cv2.erode(higher.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) > 0
    count, parts = cv2.connectedComponents(higher.astype(np.uint8), connectivity=8)
    kept = np.zeros(count, bool)
    kept[parts[cores]] = True
    return higher & kept[parts]


def _values(decoded: Decoded, labels: bool) -> tuple[np.ndarray, np.ndarray | None, bool]:
    """(values, alpha, lossy): (H, W) uint8 brightness, or a palette's numbers where its colours tell nothing apart."""
    if decoded.picture is None:
        assert decoded.deep is not None
        return _deep_values(decoded.deep), decoded.deep_alpha, decoded.lossy
    picture = decoded.picture
    if picture.mode in ("P", "PA") and (labels or not _tells_apart(picture)):
        return np.asarray(picture.convert("P") if picture.mode == "PA" else picture), None, False
    if is_transparent(picture) and not labels:
        rgba = np.asarray(picture.convert("RGBA"))
        return rgba[..., :3].max(axis=2), rgba[..., 3], decoded.lossy
    stored = np.asarray(picture.convert("RGB") if picture.mode not in ("L", "1") else picture.convert("L"))
    return (stored if stored.ndim == 2 else stored.max(axis=2)), None, decoded.lossy


def _tells_apart(picture: Image.Image) -> bool:
    """Whether a palette has different colours for the numbers that a picture uses."""
    used = [number for number, count in enumerate(picture.convert("P").histogram()[:256]) if count]
    if len(used) < 2:
        return True
    palette = picture.getpalette() or []
    colours = {tuple(palette[3 * number : 3 * number + 3]) for number in used}
    return len(colours) == len(used)


def _deep_values(deep: np.ndarray) -> np.ndarray:
    """More than 8 bits, or floats -> (H, W) uint8; small numbers stay what they are, so that classes do."""
    values = np.nan_to_num(deep.astype(np.float64), nan=0.0, posinf=255.0, neginf=0.0)
    flat = values if values.ndim == 2 else values.max(axis=2)
    most = float(flat.max())
    if deep.dtype.kind == "f" and most <= 1.0:
        flat = flat * 255.0
    elif most > 255.0:
        flat = flat * (255.0 / (65535.0 if most <= 65535.0 else most))
        flat = np.where((flat > 0) & (flat < 1), 1.0, flat)
    return np.clip(np.rint(flat), 0, 255).astype(np.uint8)
