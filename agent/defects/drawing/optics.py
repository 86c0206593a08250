"""How a defect catches light: relief, shadows, grain and lens blur shared by the renderers."""

from __future__ import annotations

import cv2
import numpy as np

from ...imaging.noise import log_uniform
from .window import Window


def relief(height: np.ndarray, light: tuple[float, float], strength: float) -> np.ndarray:
    """Shading of a height map, (h, w) float32, in grey levels about zero.

    Lambert's law to first order: brightness changes with the slope towards the light (a slope that rises away from the
    light faces it). height in px, strength in grey levels for a slope of 45 degrees.
    """
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    slope_x *= light[0]
    slope_y *= light[1]
    slope_x += slope_y
    towards = np.negative(slope_x, out=slope_x)
    # Slopes saturate: a steep wall is not brighter than a mirror facing the lamp.
    saturation = np.multiply(towards, towards, out=slope_y)
    saturation += 1.0
    np.sqrt(saturation, out=saturation)
    towards *= strength
    towards /= saturation
    return towards


def cast_shadow(body: np.ndarray, light: tuple[float, float], length: float, blur: float) -> np.ndarray:
    """Shadow of a raised body, (h, w) float32 0-1, away from the light; (h, w) float32 0-1. length, blur in px."""
    shift = np.array([[1, 0, -light[0] * length], [0, 1, -light[1] * length]], np.float32)
    moved = cv2.warpAffine(body, shift, (body.shape[1], body.shape[0]), flags=cv2.INTER_LINEAR)
    return cv2.GaussianBlur(moved, (0, 0), max(blur, 0.3))


def soften(field: np.ndarray, window: Window, extra: float = 0.0) -> np.ndarray:
    """Blurs an (h, w) or (h, w, 3) field as the camera blurs the picture's own edges, plus extra px."""
    blur = float(np.hypot(window.scene.blur, extra))
    # What was asked to be thin stays so in a soft picture: seen through its lens it would be as wide as any line.
    most = {"hairline": 0.6, "thin": 0.8}.get(window.edit.width or "", np.inf) * max(window.unit, 1.0)
    return cv2.GaussianBlur(field, (0, 0), max(min(blur, most), 0.35))


def grain(window: Window, rng: np.random.Generator) -> np.ndarray:
    """The surface's own fine texture and sensor noise from elsewhere in the window, (h, w, 3) float32 about zero."""
    height, width = window.shape
    down, right = int(rng.integers(height // 4, max(height // 2, height // 4 + 1))), int(rng.integers(0, width))
    return np.roll(window.texture, (down, right), axis=(0, 1))


def replaced(window: Window, colour: np.ndarray, rng: np.random.Generator, texture: float = 1.0) -> np.ndarray:
    """A surface of another colour, (3,) or (h, w, 3), in the picture's light and with its grain; (h, w, 3) float32.

    texture: how much of the surface's own fine texture shows, 0-1.
    """
    return colour + texture * grain(window, rng) + np.zeros_like(window.pixels)


def enlarged_piece(source: np.ndarray, shape: tuple[int, int], rng: np.random.Generator, least: float) -> np.ndarray:
    """A piece of a picture, (h, w, 3), from a random place and of a share of its sides down to `least`, as (*shape, 3)."""
    share = log_uniform(rng, least, 1.0)
    rows, columns = max(4, int(share * source.shape[0])), max(4, int(share * source.shape[1]))
    top, left = int(rng.integers(0, source.shape[0] - rows + 1)), int(rng.integers(0, source.shape[1] - columns + 1))
    piece = np.ascontiguousarray(source[top : top + rows, left : left + columns])
    return cv2.resize(piece, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)


def tint(window: Window, default: np.ndarray | tuple[float, float, float]) -> np.ndarray:
    """The edit's colour, or the default, as (3,) float32 RGB 0-255."""
    chosen = window.edit.colour if window.edit.colour is not None else default
    return np.asarray(chosen, np.float32)
