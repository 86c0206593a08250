"""Irregularities of no known kind: the product's own texture where it does not belong, in islands of any grain and direction."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ...imaging.channels import with_colour
from ...imaging.noise import fractal_noise, log_uniform, standardized
from ...imaging.quantiles import percentile
from ...imaging.ramps import smoothstep
from ..drawing.optics import enlarged_piece
from ..drawing.shapes import blob
from ..drawing.window import Layer, Window
from ..family import Bilevel, Family, Form, Silhouette

# Finest and coarsest feature along either axis, units.
_GRAIN = 4.0, 96.0
# Share of the picture that islands take, and of the product at the most: a detector learns from a small product's picture
# as much as from that of a surface.
_SHARE, _MOST_OF_PRODUCT = (0.01, 0.08), 0.5
# In this share of the cases islands keep together, else they lie all over.
_TOGETHER = 0.5
# In this share of the cases the matter is from elsewhere, else it is what was there, changed.
_MOVED = 0.6
# Changes that the matter goes through, of all that there are.
_DRAWN = 5


def render_irregularity(window: Window, rng: np.random.Generator) -> Layer:
    """Islands, (h, w) px, of thresholded noise whose grain differs along two axes, filled with the surface's own matter that
    is moved, changed in tone, contrast or colour, and blended in. It shows a detector what it has not been told of, after
    the anomaly simulation of DRAEM (arXiv 2108.07610), which takes another picture's matter. Severity is its opacity.
    """
    field = _anisotropic(window, rng)
    share = min(log_uniform(rng, *_SHARE) / max(float(window.allowed.mean()), 1e-3), _MOST_OF_PRODUCT)
    field -= np.float32(percentile(field[window.allowed], 100 * (1.0 - share)))
    if rng.random() < _TOGETHER:
        around = blob(window, rng, 0.3, float(rng.uniform(0.5, 1.0)), 4, int(rng.integers(1, 4)))
        field -= 4.0 * np.clip(-around, 0.0, 1.0)
    body = smoothstep(field, -0.04, 0.04)
    strength = min(float(rng.uniform(0.2, 0.8)) + 0.4 * window.severity, 1.0)
    # Islands are a small share of the picture: only their pixels are changed.
    islands = np.flatnonzero(body > 0)
    opacity = body.take(islands)[:, None] * strength
    pixels = window.pixels.copy()
    flat = pixels.reshape(-1, 3)
    flat[islands] = flat.take(islands, axis=0) * (1 - opacity) + _matter(window, islands, rng) * opacity
    return Layer(pixels, body)


def _anisotropic(window: Window, rng: np.random.Generator) -> np.ndarray:
    """Noise of unit deviation, (h, w) float32, of another grain along either axis, turned."""
    height, width = window.shape
    along, across = (log_uniform(rng, *_GRAIN) * window.unit for _ in range(2))
    side = int(np.ceil(np.hypot(height, width)))
    drawn = fractal_noise((side, side), rng, (across, along), int(rng.integers(1, 3)), 0.4)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(0, 180)), 1.0)
    turned = cv2.warpAffine(drawn, turn, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    top, left = (side - height) // 2, (side - width) // 2
    return standardized(turned[top : top + height, left : left + width])


def _matter(window: Window, there: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The surface, in most cases from elsewhere, mirrored or turned and at another scale, changed; (n, 3) float32 0-255.

    there: (n,) int, the pixels, counted along the rows, that it is asked for.
    """
    matter = window.pixels
    if rng.random() < _MOVED:
        source = np.rot90(matter, int(rng.integers(4)))[:: int(rng.choice([-1, 1]))]
        matter = enlarged_piece(source, window.shape, rng, 0.3)
    changes = [_CHANGES[drawn] for drawn in rng.choice(len(_CHANGES), _DRAWN, replace=False)]
    whole = max((number for number, change in enumerate(changes, 1) if change in _OF_THE_WHOLE), default=0)
    for change in changes[:whole]:
        matter = np.clip(change(matter, window, rng), 0.0, 255.0)
    matter = matter.reshape(-1, 3).take(there, axis=0)
    for change in changes[whole:]:
        matter = np.clip(change(matter, window, rng), 0.0, 255.0)
    return matter.astype(np.float32)


def _is_grey(window: Window) -> bool:
    return float(np.ptp(np.asarray(window.scene.mean_rgb))) < 3.0


def _gamma(matter: np.ndarray, window: Window, rng: np.random.Generator) -> np.ndarray:
    power = np.exp(rng.uniform(np.log(0.5), np.log(2.0), 1 if _is_grey(window) else 3)).astype(np.float32)
    return 255.0 * with_colour(np.power, matter / 255.0, np.broadcast_to(power, 3))


def _brightness(matter: np.ndarray, window: Window, rng: np.random.Generator) -> np.ndarray:
    return matter * float(rng.uniform(0.8, 1.2)) + float(rng.uniform(-30, 30))


def _sharpness(matter: np.ndarray, window: Window, rng: np.random.Generator) -> np.ndarray:
    return matter + float(rng.uniform(0, 2)) * (matter - cv2.GaussianBlur(matter, (0, 0), 1.5))


def _colour(matter: np.ndarray, window: Window, rng: np.random.Generator) -> np.ndarray:
    """Tone instead where the picture has no colour."""
    if _is_grey(window):
        return matter + float(rng.choice([-1.0, 1.0])) * window.step(8, 90)
    return with_colour(np.multiply, matter, rng.uniform(0.6, 1.4, 3).astype(np.float32))


def _solarized(matter: np.ndarray, window: Window, rng: np.random.Generator) -> np.ndarray:
    return np.where(matter > rng.uniform(32, 224), 255.0 - matter, matter)


def _posterized(matter: np.ndarray, window: Window, rng: np.random.Generator) -> np.ndarray:
    step = float(2 ** rng.integers(5, 8))
    return np.floor(matter / step) * step


def _inverted(matter: np.ndarray, window: Window, rng: np.random.Generator) -> np.ndarray:
    return 255.0 - matter


def _stretched(matter: np.ndarray, window: Window, rng: np.random.Generator) -> np.ndarray:
    matter = matter.astype(np.float64)
    low, high = (percentile(matter, share) for share in (2, 98))
    return (matter - low) * (255.0 / max(high - low, 8.0))


_CHANGES: tuple[Callable[[np.ndarray, Window, np.random.Generator], np.ndarray], ...] = (
    _gamma, _brightness, _sharpness, _colour, _solarized, _posterized, _inverted, _stretched,
)  # fmt: skip
# Of these, what a change makes of a pixel depends on others.
_OF_THE_WHOLE = (_sharpness, _stretched)

FAMILY = Family(
    name="irregularity",
    noun="irregularity",
    # It is prompted, and judged, as the matter that it looks like most.
    look="an irregular blotch of foreign matter, uneven in density, with a soft, slightly darker border",
    example="irregularity",
    forms=(
        Form(phrases=("irregularity", "unknown defect", "unspecified defect", "texture anomaly"), size=(0.4, 1.3)),
    ),
    bright_matter=(),
    dark_matter=(),
    search_words=(),
    size=(0.1, 0.3),  # to which a rewritten prompt returns; islands spread as far whatever it says
    beyond_frame=None,
    many=(1, 2),
    tone=None,
    place=None,
    mask_margin=0.5,
    render=render_irregularity,
    silhouette=Silhouette.AREA,
    bilevel=Bilevel.GREY,
    soft_edge=True,
    seeks_low_activity=True,
    stays_dark=False,
    inside_one_tone=True,
    covers_picture=True,
    moves_outline=False,
    breaks_outline=False,
    by_default=False,
    common=False,
    needs_shades=False,
    needs_structure=False,
    appearance=None,
    confused_with="crack",
    kin="contamination",
)  # fmt: skip
