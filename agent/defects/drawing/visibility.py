"""How plainly a rendered defect is seen, and one as faint or as plain as was asked."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ...imaging.masks import bounding_box
from .window import Layer, Window

#: (least, most) of a layer's visibility: of what is asked to be faint, to be severe, and of any other. At 1 it just is seen.
_FAINT, _SEVERE, _PLAIN = (1.25, 2.0), (2.3, np.inf), (1.35, np.inf)
# Severities that are asked below and above these are faint and severe.
_FAINT_BELOW, _SEVERE_ABOVE = 0.45, 0.6
# A just noticeable difference in CIELAB (Mahy et al., Color Research & Application 19, 1994).
_JND = 2.3
# A change of fewer px of the working size says less to the eye.
_FEW = 12.0
# So many pixels of a defect are measured.
_ENOUGH = 2500
# By no more is a change weakened or strengthened.
_LEAST, _MOST = 0.15, 2.5


def as_visible(window: Window, layer: Layer, severity: tuple[float, float] | None) -> Layer:
    """The layer, its change weakened or strengthened until it is as visible as asked, or seen at all.

    severity: the range that was asked for, None where none was.
    """
    least, most = _PLAIN if severity is None else _FAINT if severity[1] < _FAINT_BELOW else _PLAIN
    if severity is not None and severity[0] > _SEVERE_ABOVE:
        least, most = _SEVERE
    core = np.clip(layer.coverage if layer.core is None else layer.core, 0, 1) >= 0.5
    if not core.any():
        return layer
    rows, columns = np.nonzero(core)
    # Some thousand of its pixels tell.
    some = slice(None, None, max(1, len(rows) // _ENOUGH))
    rows, columns = rows[some], columns[some]
    own = window.pixels[rows, columns]
    change = (layer.pixels[rows, columns] - own) * np.clip(layer.coverage[rows, columns], 0, 1)[:, None]
    before = _lab(own)
    noticeable = 2 * _JND + 0.5 * _texture(window, core)
    few = min(1.0, float(np.sqrt(np.count_nonzero(core) / (_FEW * window.unit**2))))
    factor = 1.0
    for _ in range(3):
        seen = _of_core(np.linalg.norm(_lab(own + factor * change) - before, axis=1)) * few / noticeable
        if least <= seen <= most:
            break
        factor = float(
            np.clip(factor * (least * 1.06 if seen < least else most * 0.94) / max(seen, 0.05), _LEAST, _MOST)
        )
    if factor == 1.0:
        return layer
    return replace(layer, pixels=window.pixels + np.float32(factor) * (layer.pixels - window.pixels))


def _lab(colours: np.ndarray) -> np.ndarray:
    """CIELAB of (n, 3) colours in 0-255, (n, 3) float32."""
    return cv2.cvtColor((np.clip(colours, 0, 255).astype(np.float32) / 255)[None], cv2.COLOR_RGB2LAB)[0]


def _of_core(shift: np.ndarray) -> float:
    """The strength of a change where one sees it: the 60th percentile of what is not much weaker than its strongest."""
    seen = shift[shift >= max(_JND, 0.33 * float(np.percentile(shift, 80)))]
    return float(np.percentile(seen if len(seen) else shift, 60))


def _texture(window: Window, core: np.ndarray) -> float:
    """Standard deviation of the fine texture around a defect, (h, w) bool, in lightness, 0-100."""
    box = bounding_box(core, round(8 * window.unit))
    grey = cv2.cvtColor(window.pixels[box], cv2.COLOR_RGB2GRAY)
    fine = (grey - cv2.GaussianBlur(grey, (0, 0), 2.5 * window.unit))[window.allowed[box]]
    # A level of sRGB is about 0.4 of lightness, in the middle of its range.
    return 0.4 * float(fine.std()) if len(fine) else 0.0
