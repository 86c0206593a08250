"""Colour profiles (ICC) that picture files carry: their colours become sRGB, which all else here takes for granted."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

# Colours of a profile that is sRGB's under another name differ by no more, of 255: rounding in either's tables.
_SAME = 2
_STEPS = 9


class UnusableProfileError(ValueError):
    """A profile that is damaged, or is not for pictures of this kind."""


def to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """A picture of mode L, RGB, CMYK or LAB by its profile: L stays L, all others become RGB. The picture itself where the
    profile is sRGB's. Raises UnusableProfileError."""
    transform = _transform(profile, picture.mode)
    if transform is None:
        return picture
    if picture.mode == "L":
        return picture.point(_grey_table(profile))
    changed = ImageCms.applyTransform(picture, transform)
    assert changed is not None
    return changed


def lab_to_rgb(picture: Image.Image) -> Image.Image:
    """A picture in CIE L*a*b* as sRGB."""
    changed = ImageCms.profileToProfile(
        picture, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert changed is not None
    return changed


@lru_cache(maxsize=8)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """None where the profile changes nothing that can be seen."""
    try:
        found = ImageCms.getOpenProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(found, ImageCms.createProfile("sRGB"), mode, "RGB")
        if mode == "RGB":
            probe = _every_colour()
            seen = ImageCms.applyTransform(probe, transform)
            change = np.asarray(seen).astype(int) - np.asarray(probe)
            if np.abs(change).max() <= _SAME:
                return None
    except Exception as error:  # the library raises errors of many classes on damaged profiles
        raise UnusableProfileError(str(error)) from error
    return transform


@lru_cache(maxsize=8)
def _grey_table(profile: bytes) -> list[int]:
    """What each of the 256 greys becomes."""
    transform = _transform(profile, "L")
    greys = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    assert transform is not None
    seen = ImageCms.applyTransform(greys, transform)
    return [round(value) for value in np.asarray(seen)[0].mean(axis=1)]


def _every_colour() -> Image.Image:
    """A picture of colours from all over the cube."""
    levels = np.linspace(0, 255, _STEPS).round().astype(np.uint8)
    red, green, blue = np.meshgrid(levels, levels, levels, indexing="ij")
    return Image.fromarray(np.stack([red, green, blue], axis=-1).reshape(_STEPS, _STEPS * _STEPS, 3))
