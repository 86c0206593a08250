"""Corrosion and roughness: clustered pits, grain and oxide; or wear, where the surface is there and its finish is another."""

from __future__ import annotations

import cv2
import numpy as np

from ...imaging.channels import luma, per_channel
from ...imaging.noise import fractal_noise, smooth_walk
from ...imaging.ramps import smoothstep
from ..drawing.optics import relief, soften
from ..drawing.shapes import SOFT, SOFT_WIDTH, blob
from ..drawing.window import Layer, Window
from ..family import Appearance, Bilevel, Family, Form, Silhouette

# Hydrated iron oxide from thin to thick, sRGB, as photographed in daylight.
_RUST = np.array([[142, 112, 88], [112, 76, 54], [70, 52, 44]], np.float32)


def _corroded(window: Window, rng: np.random.Generator) -> Layer:
    """A ragged patch, (h, w) px, in three layers: a thin stain that runs out softly, crusts of oxide clustered in it,
    and pits shaded by the light. Rust tones on coloured pictures of metal-like (little coloured) surfaces, a darkened
    surface tone on other coloured ones, grey on grey ones, or the edit's colour."""
    half = window.size / 2
    field = blob(window, rng, 0.34, float(rng.uniform(0.5, 1.0)), 6, int(rng.integers(1, 5)))
    if window.edit.shape in ("ring", "spray"):
        field = 2.5 * field  # else what is between would rust, too
    ragged = fractal_noise(window.shape, rng, max(0.6 * half, 5.0 * window.unit), 6, 0.72)
    inner = smoothstep(field, -0.45, 0.65)
    limit = smoothstep(field, -0.5, -0.15)
    stain = soften(smoothstep(1.9 * inner + 0.4 * ragged, 0.2, 1.7) * limit, window, 0.6 * window.unit)
    crust = soften(smoothstep(1.9 * inner + 0.75 * ragged, 1.1, 1.7) * limit, window)
    speck = fractal_noise(window.shape, rng, 3.2 * window.unit, 3, 0.8)
    pits = soften(smoothstep(speck + 0.5 * ragged, 0.8, 1.9) * np.clip(1.3 * stain, 0, 1), window)
    grainy = fractal_noise(window.shape, rng, max(2.0, 2.2 * window.unit), 2, 0.8)
    height = window.unit * (0.5 * crust * (1 + 0.5 * grainy) - 1.8 * pits)
    shading = relief(height.astype(np.float32), window.light, window.step(14, 62))
    tone = np.clip(0.45 + 0.2 * ragged + 0.1 * grainy, 0, 1)
    thick = 0.3 * stain + 0.7 * crust
    opacity = per_channel(thick * (0.38 + 0.42 * window.severity))
    oxide = _oxide(window, rng, tone)
    pixels = window.base * (1 - opacity) + oxide * opacity + window.texture * (1 - 0.45 * opacity)
    # Pits hold shadow and the thickest oxide.
    hollow = per_channel(np.clip(1 - (0.25 + 0.4 * window.severity) * pits, 0, 1))
    pixels = pixels * hollow + per_channel(shading + 0.1 * window.step(8, 50) * grainy * thick)
    coverage = smoothstep(np.maximum(stain, pits), 0.01, 0.12)
    clear = np.maximum(thick, 0.7 * pits)
    return Layer(pixels, coverage, np.clip(clear / max(min(0.56, float(clear.max())), 1e-3), 0, 1))


def _oxide(window: Window, rng: np.random.Generator, tone: np.ndarray) -> np.ndarray:
    """Colour of the oxide by its thickness (tone, (h, w) 0-1): (h, w, 3)."""
    rgb = window.local_rgb
    if window.edit.colour is not None:
        return np.asarray(window.edit.colour, np.float32) * per_channel(1.25 - 0.6 * tone)
    metal = float(np.ptp(rgb)) < 45.0
    if np.ptp(np.asarray(window.scene.mean_rgb)) > 3.0 and metal and window.edit.tone != "bright":
        # Oxide in the same light as the surface, and darker than it.
        level = np.clip(window.local_luma / 120.0, 0.35, 1.3)
        position = tone * (len(_RUST) - 1)
        lower = np.minimum(position.astype(int), len(_RUST) - 2)
        share = per_channel(position - lower)
        return level * (_RUST[lower] * (1 - share) + _RUST[lower + 1] * share)
    amount = window.step(16, 85) * (0.35 + 0.9 * tone)
    if window.darker(rng, 0.75):
        return window.base * per_channel(np.clip(1 - amount / max(window.local_luma, 40.0), 0.15, 1))
    # Bright corrosion is a white bloom: towards grey.
    return 0.5 * window.base + 0.5 * per_channel(luma(window.base)) + per_channel(amount)


def _worn(window: Window, rng: np.random.Generator) -> Layer:
    """A patch, (h, w) px, of another finish: its texture is weaker, stronger or rubbed along one direction, and another part
    of the light comes back from it, evenly up to its border, which is sharp, worn or gradual. Its outline is a patch's, or
    that of a stroke of a tool: straight sides, and ends that run out. Severity sets how far the finish is off.
    """
    half = window.size / 2
    field = _stroke(window, rng) if rng.random() < 0.5 and window.edit.shape in (None, "streak") else blob(
        window, rng, float(rng.uniform(0.05, 0.3)), float(rng.uniform(0.35, 1.0)), 5, int(rng.integers(1, 4))
    )  # fmt: skip
    pixel = window.unit / max(half, 1.0)
    border = max(float(rng.choice([0.06, 0.2, 0.5])), 1.2 * pixel)
    if window.edit.softness is not None:
        border = max(SOFT_WIDTH * pixel, 0.5) if window.edit.softness >= SOFT else min(border, 1.5 * pixel)
    patch = soften(smoothstep(field, -0.5 * border, 0.5 * border), window)
    texture = window.texture * float(np.exp(rng.choice([-1.0, 1.0]) * rng.uniform(0.2, 0.5 + 0.7 * window.severity)))
    if rng.random() < 0.4:
        texture = _rubbed(window, rng)
    change = window.step(2, 24) * (-1.0 if window.darker(rng, 0.5) else 1.0)
    cloudy = 1 + 0.15 * fractal_noise(window.shape, rng, max(window.size, 4.0), 4, 0.6)
    if window.edit.colour is not None:
        base = 0.4 * window.base + 0.6 * np.asarray(window.edit.colour, np.float32)
    else:
        # Light from the finish on top of the surface's own colour: gloss is neutral.
        base = window.base * np.clip(1 + 0.6 * change / max(window.local_luma, 40.0), 0.2, 2.0) + 0.4 * change
    pixels = base + texture + per_channel(0.25 * change * (cloudy - 1))
    return Layer(pixels, patch, patch)


def _stroke(window: Window, rng: np.random.Generator) -> np.ndarray:
    """A broad band along the long axis, (h, w) float32: positive inside, in units of half the extent."""
    half = window.size / 2
    along, across = window.axes
    reach = int(np.hypot(*window.shape)) + 4
    at = np.clip((along + reach).astype(int), 0, 2 * reach - 1)
    sway = 0.06 * smooth_walk(2 * reach, rng, window.size)[at]
    width = float(rng.uniform(0.25, 0.8))
    sides = width - np.abs(across / half - sway)
    lanes = np.clip((across + reach).astype(int), 0, 2 * reach - 1)
    ragged = float(rng.uniform(0.0, 0.08)) * smooth_walk(2 * reach, rng, 1.5 * window.unit)[lanes]
    # The tool lifts off: ends run out over a third of the length.
    ends = 0.4 * (1.0 - np.abs(along / half) + ragged)
    return np.minimum(sides, ends).astype(np.float32)


def _rubbed(window: Window, rng: np.random.Generator) -> np.ndarray:
    """The fine texture drawn out along the long axis, as by rubbing, (h, w, 3) float32."""
    length = max(3, round(float(rng.uniform(3, 12)) * window.unit)) | 1
    middle = length // 2
    kernel = np.zeros((length, length), np.float32)
    x, y = (np.array([np.cos(window.angle), np.sin(window.angle)]) * middle).round().astype(int)
    cv2.line(kernel, (int(middle - x), int(middle - y)), (int(middle + x), int(middle + y)), 1.0)
    drawn = cv2.filter2D(window.texture, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)
    # Averaging along a line weakens noise by the root of its length.
    return drawn * float(np.sqrt(length) * rng.uniform(0.5, 1.2))


FAMILY = Family(
    name="corrosion",
    noun="corroded patch",
    look="a rough, pitted patch with a ragged outline and grainy, uneven tone",
    example="rust",
    forms=(
        Form(phrases=("corrosion", "corroded", "rust", "rusty", "rusted", "rough", "roughness", "oxidation",
                      "oxidized", "oxide", "pitting", "pitted", "erosion", "eroded", "verdigris", "patina", "scale",
                      "rot", "decay", "orange peel",
                      "rusting", "red rust", "white rust", "rust bloom", "rust through", "corrosion pit", "pitting corrosion",
                      "corroding", "galvanic corrosion", "crevice corrosion", "oxidised", "oxidized spot", "oxide scale",
                      "mill scale", "rolled in scale", "scaled surface", "scaly", "etching", "acid attack", "chemical attack",
                      "rotten", "rotting", "dry rot", "wood rot", "decayed", "mold rot", "weathering", "weathered",
                      "roughened", "blackened oxide", "patinated", "ravelled surface", "erosion pit",
                      "eaten away", "corroded away", "rusted through", "rusted away", "rust eaten", "rust spot",
                      "rust stain", "rust patch", "rust bubble", "rust streak", "surface rust", "white corrosion",
                      "green corrosion", "copper corrosion", "perished", "acid etched", "acid burn",
                      "acid stain", "tarnish pitting", "sandblasted look", "rough patch",
                      "rough spot", "rough surface")),
        Form("wear", ("worn", "wear", "worn patch", "worn surface", "worn coating", "uneven finish", "uneven surface",
                      "matte patch", "matt patch", "polished patch", "dull patch", "bare patch", "etched",
                      "coating missing", "missing coating",
                      "worn out", "worn off", "worn spot", "worn down", "threadbare", "bald spot", "bald patch", "bare spot",
                      "rubbed off", "polished spot", "gloss variation", "uneven coating", "thin coating",
                      "coating void", "holiday in the coating", "plating defect", "plating void", "unplated area",
                      "skip plating", "paint worn off", "abraded", "abraded area", "fretting",
                      "worn away", "worn thin", "scuffed off", "rubbed thin", "wear spot", "wear patch",
                      "worn edge", "wear through", "shiny spot", "shiny patch", "glossy patch", "glossy spot",
                      "matt spot", "matte spot", "dull spot", "bare metal", "paint worn through", "finish worn",
                      "thin spot", "faded finish", "rubbed patch", "polished area", "holiday"),
             noun="worn patch", size=(0.15, 0.6), tone="either", render=_worn),
    ),
    bright_matter=(),
    dark_matter=(),
    search_words=(
        ("corrosion", "rust", "corroded", "rusty", "oxidation"),
    ),
    size=(0.12, 0.4),
    beyond_frame=None,
    many=(1, 1),
    tone="dark",
    place=None,
    mask_margin=1.0,
    render=_corroded,
    silhouette=Silhouette.COMPACT,
    bilevel=Bilevel.PATCHY,
    soft_edge=False,
    seeks_low_activity=True,
    stays_dark=False,
    inside_one_tone=False,
    covers_picture=False,
    moves_outline=False,
    breaks_outline=False,
    by_default=True,
    common=False,
    needs_shades=True,
    needs_structure=False,
    appearance=Appearance(
        (-9, -9, 8.0, 16.0), (0.004, 0.01, 9, 9), extent=(0.05, 0.1, 0.8, 1.2), cover=(-1, -1, 0.35, 0.6)
    ),
    confused_with="crack",
    kin=None,
)  # fmt: skip
