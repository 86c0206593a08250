"""Facts of lines: direction, length, width."""

from __future__ import annotations

import cv2
import numpy as np

from .pieces import pieces_of
from .pixels import Change, apart, axis_of, components, extent, filled, line_length, skeleton

# A line of this elongation has a direction that a person would name.
_DIRECTED = 1.6


def direction(asked: str, change: Change) -> tuple[bool, float]:
    """Of every piece's long axis, against the picture, the product's long axis or its grain; measured: the angle, in degrees,
    of the piece that fits least, 0 horizontal, growing clockwise."""
    worst = (-90.0, 0.0)
    for piece in pieces_of(change.mask):
        axis = axis_of(piece)
        miss = _miss(asked, axis.angle, change) if axis.elongation >= _DIRECTED else 90.0
        worst = max(worst, (miss, axis.angle))
    return worst[0] <= 0, worst[1]


def _miss(asked: str, angle: float, change: Change) -> float:
    """By how many degrees an angle lies outside what a person would still call so; 0 or less inside."""
    if asked == "diagonal":
        return max(20 - apart(angle, 0), 20 - apart(angle, 90))
    if asked in ("horizontal", "vertical"):
        return apart(angle, 0 if asked == "horizontal" else 90) - 25
    how, what = asked.split()
    reference = axis_of(change.product).angle if what == "axis" else grain(change.normal)
    return apart(angle, reference if how == "along" else reference + 90) - 30


def grain(image: np.ndarray) -> float:
    """The direction in which a texture runs, degrees as Axis.angle: across its mean structure tensor (Bigün & Granlund, 1987)."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = cv2.GaussianBlur(grey, (0, 0), 1)
    x, y = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    across = 0.5 * np.degrees(np.arctan2(2 * float((x * y).mean()), float((x * x - y * y).mean())))
    return float(across + 90) % 180


def length(asked: str, change: Change) -> tuple[bool, float]:
    """Of the longest piece, over the square root of the product's area; "across": over the product's chord along it."""
    longest = max(pieces_of(change.mask), key=extent)
    share = extent(longest) / change.unit
    if asked == "across":
        reach = across(longest, change.product)
        return reach >= 0.8, reach
    return (share <= 0.33 if asked == "short" else share >= 0.4), share


def across(piece: np.ndarray, product: np.ndarray) -> float:
    """How much of the product's chord a piece runs along, 0-1 and a little more; the chord: along its axis, through its
    centre."""
    axis = axis_of(piece)
    step = np.array([np.cos(np.radians(axis.angle)), np.sin(np.radians(axis.angle))])
    reach = np.arange(-max(piece.shape) * 1.5, max(piece.shape) * 1.5)
    x, y = (np.rint(axis.centre[k] + reach * step[k]).astype(int) for k in (0, 1))
    inside = (x >= 0) & (y >= 0) & (x < piece.shape[1]) & (y < piece.shape[0])
    whole = filled(product)
    chord = np.zeros(len(reach), bool)
    chord[inside] = whole[y[inside], x[inside]]
    return extent(piece) / max(int(chord.sum()), 1)


def width(asked: str, change: Change) -> tuple[bool, float]:
    """Area of what is seen over the length of its middle line, px of a picture with a long side of 256. "hairline": one or two;
    an edge that is half covered adds half a pixel to each side."""
    share = width_of(change.core) / change.scale
    return {"hairline": share <= 3.0, "thin": share <= 4.0, "wide": share >= 4.5}[asked], share


def width_of(mask: np.ndarray) -> float:
    """Mean width, px, of the lines in an (H, W) bool mask; crumbs of under 4 px are left out where there is more."""
    solid = np.zeros_like(mask)
    for part in components(mask):
        if part.sum() >= 4:
            solid |= part
    solid = solid if solid.any() else mask
    return float(solid.sum()) / sum(line_length(skeleton(part)) for part in components(solid))
