"""Reductions over a picture's channels. NumPy's own, along a last axis of three, take ten times as long."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from .quantiles import median

#: Weights of red, green and blue in luma: ITU-R BT.601, as in OpenCV's grey.
LUMA = (0.299, 0.587, 0.114)
_LUMA = np.array(LUMA, np.float32)


def luma(values: np.ndarray) -> np.ndarray:
    """Luma of (..., 3) RGB, float -> (...) of the same dtype."""
    return np.asarray(values @ _LUMA)


def luma_of(colour: Sequence[float]) -> float:
    """Luma of one colour, RGB."""
    return float(np.dot(colour, LUMA))


def largest_channel(values: np.ndarray) -> np.ndarray:
    """(H, W, 3) -> (H, W) of the same dtype: the largest of the three."""
    largest = np.maximum(values[..., 0], values[..., 1])
    return np.maximum(largest, values[..., 2], out=largest)


def channel_norm(values: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32 -> (H, W) float32: the Euclidean norm."""
    first, second, third = cv2.split(values)
    for channel in (first, second, third):
        np.multiply(channel, channel, out=channel)
    first += second
    first += third
    return np.sqrt(first, out=first)


def colours_at(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(H, W, 3) -> (n, 3): the pixels that an (H, W) mask marks, row by row. Indexing by the mask takes ten times as long."""
    return values.reshape(-1, 3).take(np.flatnonzero(mask), axis=0)


def median_colour(colours: np.ndarray) -> np.ndarray:
    """(n, 3) float, one at least -> (3,) of the same dtype: the median of each channel."""
    return np.array([median(channel) for channel in np.moveaxis(colours, -1, 0)], colours.dtype)


def differing(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Two (H, W, 3) uint8 -> (H, W) bool: where they differ in any channel."""
    return largest_channel(first != second)


def is_monochrome(values: np.ndarray) -> bool:
    """Whether the three channels of (H, W, 3) are the same everywhere."""
    return bool((values[..., 0] == values[..., 1]).all() and (values[..., 1] == values[..., 2]).all())


def without_colours(values: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 or float32 -> the same type: luma in all three channels."""
    return per_channel(cv2.cvtColor(values, cv2.COLOR_RGB2GRAY))


def with_colour(operation: np.ufunc, values: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """operation(values, colour) of (..., 3) and (3,) in one loop along each row, not one for each pixel."""
    rows = values.reshape(len(values), math.prod(values.shape[1:]))
    result: np.ndarray = operation(rows, np.tile(colour, rows.shape[1] // 3))
    return result.reshape(values.shape)


def per_channel(values: np.ndarray) -> np.ndarray:
    """(H, W) -> (H, W, 3) of the same dtype, the same in every channel, to be multiplied with a picture.

    NumPy spreads a last axis of one over three by a loop for every pixel, four times as slow.
    """
    return cv2.merge((values, values, values))
