"""Edits of thresholded pictures: a defect there is matter missing or added, of one tone, with a hard outline."""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np

from ...imaging.channels import per_channel
from ...imaging.noise import fractal_noise
from ...imaging.quantiles import percentile
from ...imaging.ramps import smoothstep
from .window import Layer, Window


class Bilevel(Enum):
    """How a defect looks in a thresholded picture, which has two tones and nothing between them."""

    #: Its core is of the tone that was not there.
    SOLID = "solid"
    #: So it is, in patches: the threshold swallows the rest.
    PATCHY = "patchy"
    #: A bite into a stroke's outline, or a spur from it.
    BITE = "bite"
    #: A bar across the outline: a gap through a stroke, or a bridge between two.
    BAR = "bar"
    #: Matter with a pattern of its own, which has both tones.
    PATTERNED = "patterned"
    #: Not thresholded: it may be what no threshold lets through.
    GREY = "grey"


def snap_layer(window: Window, layer: Layer, look: Bilevel, rng: np.random.Generator) -> Layer:
    """The layer as a camera with a threshold would show it: the defect's core in the tone that is not there now, with the
    picture's own softness of outlines and its compression's noise along them. look: any but GREY.
    """
    low, high = (percentile(window.grey, quantile) for quantile in (1, 99))
    if high - low < 40:  # a window within one tone
        low, high = (0.0, 255.0) if window.local_luma > 127 else (window.local_luma, 255.0)
    middle = (low + high) / 2
    is_high = window.grey > middle
    core = layer.coverage if layer.core is None else layer.core
    if window.core is not None:
        core = window.core.astype(np.float32)
    elif look in (Bilevel.BITE, Bilevel.BAR):
        core = _fault(window, is_high, 1.0 if look is Bilevel.BAR else 0.5, rng)
    elif look is Bilevel.PATCHY:
        core = core * (fractal_noise(window.shape, rng, 6 * window.unit, 3) > -0.3)
    solid = core >= 0.5
    if not solid.any():
        return Layer(window.pixels, np.zeros(window.shape, np.float32))
    # The tone most of the core has now is the one it loses; matter of the product's own pattern has both.
    was_high = bool(is_high[solid].mean() > 0.5)
    turned = solid & (is_high == was_high)
    new: np.ndarray = np.full(window.shape, low if was_high else high, np.float32)
    if look is Bilevel.PATTERNED:
        other = solid & ((cv2.cvtColor(layer.pixels.astype(np.float32), cv2.COLOR_RGB2GRAY) > middle) != is_high)
        if np.count_nonzero(other) > 0.2 * np.count_nonzero(solid):
            turned, new = other, np.where(is_high, low, high).astype(np.float32)
    outline = cv2.morphologyEx(is_high.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    noise = _compression(window, rng, outline, np.where(is_high, high, low))
    weight = turned.astype(np.float32)
    if _soft(window, outline):
        weight = cv2.GaussianBlur(weight, (0, 0), 0.5)
    mixed = window.grey * (1 - weight) + new * weight
    around = cv2.dilate(turned.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    # Noise cannot leave the range: it turns inwards at black and white.
    mixed = np.where(around, np.abs(255 - np.abs(255 - np.abs(mixed + noise))), mixed)
    coverage = (around if noise.any() else weight > 0).astype(np.float32)
    return Layer(per_channel(mixed.astype(np.float32)), coverage, turned.astype(np.float32))


def _soft(window: Window, outline: np.ndarray) -> bool:
    """Whether outlines have greys, as in a picture that was shrunk. A flat window tells by its noise."""
    if not outline.any():
        return bool(np.ptp(window.grey) > 0)
    return float(np.mean((window.grey[outline] > 30) & (window.grey[outline] < 225))) > 0.1


def _compression(window: Window, rng: np.random.Generator, outline: np.ndarray, tones: np.ndarray) -> np.ndarray:
    """Noise as strong as beside the picture's outlines, (h, w) float32 about zero."""
    near = cv2.dilate(outline.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    off = np.abs(window.grey - tones)[near if near.any() else slice(None)]
    off = off[off < 25]
    spread = float(np.sqrt(np.mean(off**2))) if len(off) else 0.0
    return (spread * rng.standard_normal(window.shape)).astype(np.float32)


def _fault(window: Window, is_high: np.ndarray, length: float, rng: np.random.Generator) -> np.ndarray:
    """A gap, bite, bridge or spur: an uneven bar through the outline nearest the centre, along its normal; one of its own
    where there is no outline. length: along the normal, as a share of the defect's size."""
    outline = cv2.GaussianBlur(is_high.astype(np.float32), (0, 0), 2.0 * window.unit)
    gradient_x, gradient_y = cv2.Sobel(outline, cv2.CV_32F, 1, 0), cv2.Sobel(outline, cv2.CV_32F, 0, 1)
    dx, dy = window.offsets
    strength = np.hypot(gradient_x, gradient_y) * np.exp(-(dx**2 + dy**2) / (2 * (0.3 * window.size) ** 2 + 1))
    x, y, normal = dx, dy, np.array([np.cos(window.angle), np.sin(window.angle)])
    if strength.max() > 1e-3:  # else a spot of its own, as the window is of one tone
        row, column = np.unravel_index(int(strength.argmax()), strength.shape)
        normal = np.array([gradient_x[row, column], gradient_y[row, column]])
        normal = normal / float(np.hypot(*normal))
        x, y = dx - dx[row, column], dy - dy[row, column]
    along, across = x * normal[0] + y * normal[1], y * normal[0] - x * normal[1]
    length *= window.size
    width = max(2.0 * window.unit, window.size * float(rng.uniform(0.16, 0.4)))
    rough = 0.25 * fractal_noise(window.shape, rng, max(4.0, width), 3)
    reach = np.maximum(np.abs(along) / (length / 2), np.abs(across) / (width / 2)) + rough
    return smoothstep(reach, 1.1, 0.9)
