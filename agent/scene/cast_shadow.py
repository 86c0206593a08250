"""Where the light comes from, by the shadow that an object casts on the ground that it lies on."""

from __future__ import annotations

import cv2
import numpy as np

# The shadow lies in the first of these rings around the object, plain ground beyond the second; shares of its size.
_NEAR, _FAR = (0.02, 0.1), 0.2
# The outline's direction is that of a silhouette smoothed so far, as a share of the object's size: scallops have none.
_SMOOTH = 0.06
# Fewer px of a ring say nothing, and more say it no better.
_LEAST, _MOST = 100, 3000


def cast_shadow(grey: np.ndarray, product: np.ndarray) -> tuple[tuple[float, float], float] | None:
    """Unit vector towards the light (x right, y down), and the shadow's depth as a share of the ground's lightness.

    Beside an object the ground is darker on the side that is turned away from the light: the darkening, over what a plane
    through the plain ground predicts, is fitted to the outline's normal by least squares. None where too little ground is in the
    picture.

    grey: (h, w) float32, grey levels. product: (h, w) bool.
    """
    contours, _ = cv2.findContours(product.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = cv2.drawContours(np.zeros(product.shape, np.uint8), contours, -1, 1, cv2.FILLED)
    size = float(np.sqrt(np.count_nonzero(whole)))
    away = cv2.distanceTransform(1 - whole, cv2.DIST_L2, 5)
    near, far = (away > _NEAR[0] * size) & (away <= _NEAR[1] * size), away > _FAR * size
    if min(np.count_nonzero(near), np.count_nonzero(far)) < _LEAST:
        return None
    light = cv2.GaussianBlur(grey, (0, 0), 1.5)
    beside, beyond = (_some(ring) for ring in (near, far))
    plain = light.take(beyond).astype(np.float64)
    ground, *_ = np.linalg.lstsq(_plane(beyond, grey.shape[1]), plain, rcond=None)
    darkening = _plane(beside, grey.shape[1]) @ ground - light.take(beside)
    height = cv2.GaussianBlur(away - cv2.distanceTransform(whole, cv2.DIST_L2, 5), (0, 0), max(1.0, _SMOOTH * size))
    slope = [cv2.Sobel(height, cv2.CV_32F, *order).take(beside).astype(np.float64) for order in ((1, 0), (0, 1))]
    steep = np.maximum(np.hypot(*slope), 1e-6)
    normal = np.stack([slope[0] / steep, slope[1] / steep, np.ones(len(steep))], axis=1)
    (x, y, _), *_ = np.linalg.lstsq(normal, darkening, rcond=None)
    depth = float(np.hypot(x, y))
    if depth < 1e-6:
        return None
    return (-float(x) / depth, -float(y) / depth), depth / max(float(np.median(plain)), 1.0)


def _some(ring: np.ndarray) -> np.ndarray:
    """Some thousand pixels of an (h, w) bool ring, counted along the rows."""
    there = np.flatnonzero(ring)
    return there[:: max(1, len(there) // _MOST)]


def _plane(places: np.ndarray, width: int) -> np.ndarray:
    """(n, 3) float64: column, row and one of each pixel."""
    rows, columns = np.divmod(places, width)
    return np.stack([columns, rows, np.ones(len(places))], axis=1).astype(np.float64)
