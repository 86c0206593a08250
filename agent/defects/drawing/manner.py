"""What a prompt says of any defect's look, whatever its family: tone, colour, relief, gloss and halo, on a rendered layer."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ...imaging.channels import luma, per_channel
from ...imaging.ramps import smoothstep
from .optics import relief
from .visibility import as_visible
from .window import Layer, Window

# Of the step that a severity stands for, the mean change that a tone has at least.
_OF_STEP = 0.55
# A halo's width, as a share of the defect's size, and its strength beside the defect's own.
_HALO_WIDTH, _HALO_STRENGTH = 0.16, 0.4


def with_manner(
    window: Window,
    layer: Layer,
    tone: str | None,
    shows_background: bool = False,
    severity: tuple[float, float] | None = None,
) -> Layer:
    """The layer as the window's edit asks for it; the same where it asks for nothing of the kind.

    tone, severity: that a person asks for, None where the family's own will do. shows_background: see Form.
    """
    edit = window.edit
    core = np.clip(layer.coverage if layer.core is None else layer.core, 0, 1)
    if not (core >= 0.5).any():
        return layer
    if shows_background:
        pass
    elif edit.colour is not None:
        layer = _coloured(window, layer, core, tone)
    elif tone is not None:
        layer = _toned(window, layer, core, tone)
    if edit.relief is not None:
        layer = _embossed(window, layer, core, 1.0 if edit.relief == "raised" else -1.0)
    if edit.gloss is not None:
        layer = _glossed(window, layer, core)
    # A colour that was asked for is its own strength, and what lies behind has one.
    if not shows_background and edit.colour is None:
        layer = as_visible(window, layer, severity)
    return _haloed(window, layer, core) if edit.halo else layer


def _mean(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted mean of an (h, w) or (h, w, 3) field."""
    weights = weight if values.ndim == 2 else weight[..., None]
    return np.asarray((values * weights).sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6))


def _toned(window: Window, layer: Layer, core: np.ndarray, tone: str) -> Layer:
    """Darker or brighter on the whole, by an even shift: its own light and shade stay."""
    covered = np.clip(layer.coverage, 0, 1)
    change = luma(layer.pixels - window.pixels) * covered
    sign = -1.0 if tone == "dark" else 1.0
    level = float(_mean(window.grey, core))
    room = 0.8 * (level - 6.0 if sign < 0 else 249.0 - level)
    wanted = min(_OF_STEP * window.step(14, 70), max(room, 4.0))
    lacking = wanted - sign * float(_mean(change, core))
    if lacking <= 0:
        return layer
    shift = per_channel((sign * lacking * core / np.maximum(covered, 0.2)).astype(np.float32))
    return replace(layer, pixels=layer.pixels + shift)


def _coloured(window: Window, layer: Layer, core: np.ndarray, tone: str | None) -> Layer:
    """In the edit's colour on the whole: the mean moves to it, as far as the defect covers the surface."""
    covered = np.clip(layer.coverage, 0, 1)
    seen = window.pixels + (layer.pixels - window.pixels) * per_channel(covered)
    target = np.asarray(window.edit.colour, np.float32)
    if tone is not None:
        # Dark, or bright, is what differs from the surface: the colour in another shade, where it has to be.
        level, sign = float(luma(target)), -1.0 if tone == "dark" else 1.0
        wanted = float(_mean(window.grey, core)) + sign * _OF_STEP * window.step(20, 70)
        if sign * (wanted - level) > 0:
            wanted = min(max(wanted, 8.0), 247.0)
            far, off = (0.0, level) if sign < 0 else (255.0, 255.0 - level)
            target = far + (target - far) * (abs(wanted - far) / max(off, 1.0))
    # A pale red on white is red, too: at least two thirds of the way.
    off = target - _mean(seen, core)
    share = 1.0 if tone is not None else min(1.0, 0.7 + 0.3 * window.severity)
    shift = (share * off).astype(np.float32) * per_channel((core / np.maximum(covered, 0.2)).astype(np.float32))
    return replace(layer, pixels=layer.pixels + shift)


def _embossed(window: Window, layer: Layer, core: np.ndarray, sign: float) -> Layer:
    """Higher or lower than the surface: the flank towards the light is bright, or dark."""
    blur = max(0.05 * window.size, 1.2 * window.unit)
    height = cv2.GaussianBlur(core.astype(np.float32), (0, 0), min(blur, 4.0 * window.unit))
    shade = relief(sign * 5.0 * window.unit * height, window.light, window.step(24, 60))
    around = smoothstep(height, 0.03, 0.2)
    coverage = np.maximum(layer.coverage, around)
    pixels = window.pixels + (layer.pixels - window.pixels) * per_channel(layer.coverage / np.maximum(coverage, 1e-3))
    return Layer(pixels + per_channel(shade), coverage, np.maximum(core, smoothstep(height, 0.12, 0.4)))


def _glossed(window: Window, layer: Layer, core: np.ndarray) -> Layer:
    """With a highlight towards the light, or without its own."""
    change = layer.pixels - window.pixels
    if window.edit.gloss == "matt":
        bright = luma(change)
        limit = max(float(np.percentile(bright[core >= 0.5], 70)), 0.0)
        over = per_channel(np.clip(bright - limit, 0, None).astype(np.float32))
        return replace(layer, pixels=layer.pixels - 0.85 * over)
    dx, dy = window.offsets
    reach = 0.16 * window.size
    x, y = dx - 0.14 * window.size * window.light[0], dy - 0.14 * window.size * window.light[1]
    spot = np.exp(-((x / reach) ** 2 + (y / (0.7 * reach)) ** 2)) * core
    lift = (0.85 * (250.0 - np.clip(layer.pixels, 0, 250))) * per_channel(spot.astype(np.float32))
    return replace(layer, pixels=layer.pixels + lift)


def _haloed(window: Window, layer: Layer, core: np.ndarray) -> Layer:
    """With a weaker rim of its own tone around it."""
    width = max(_HALO_WIDTH * window.size, 3.0 * window.unit)
    away = cv2.distanceTransform((core < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    rim = np.clip(1.0 - away / width, 0, 1) * (core < 0.5)
    offset = _mean((layer.pixels - window.pixels) * per_channel(np.clip(layer.coverage, 0, 1)), core)
    if float(np.abs(offset).max()) < window.step(4, 20):
        sign = -1.0 if float(offset.mean()) <= 0 else 1.0
        offset = np.full(3, sign * window.step(10, 40))
    halo = window.pixels + _HALO_STRENGTH * 1.6 * offset.astype(np.float32)
    coverage = np.maximum(layer.coverage, 0.62 * np.sqrt(rim))
    own = per_channel((np.clip(layer.coverage, 0, 1) / np.maximum(coverage, 1e-3)).astype(np.float32))
    pixels = halo * (1 - own) + layer.pixels * own
    return Layer(pixels, coverage.astype(np.float32), np.maximum(core, (rim > 0.25) * 0.6).astype(np.float32))
