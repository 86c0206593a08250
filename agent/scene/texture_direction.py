"""The direction in which a texture's lines run, by the structure tensor (Bigun and Granlund, ICCV 1987)."""

from __future__ import annotations

import cv2
import numpy as np

# Light and shapes are coarser than this, px of the working size, and no texture.
_COARSE = 6.0
# Blocks along the longer side, each of which has a vote, so that one edge is no texture; those that the product fills by this
# share, and how many there must be.
_BLOCKS, _FILLED, _LEAST = 8, 0.6, 6
# Coherence of the votes from which lines have a direction, 0-1: bumps without one have 0.5 under a lamp from one side. And the
# share of blocks that must agree within so many degrees.
_COHERENCE, _AGREE, _WITHIN = 0.55, 0.75, 25.0
# Root mean square slope of a texture that an eye sees, grey levels per px.
_SLOPE = 0.5


def structure_tensor(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Energy of the gradient of (h, w) float32, and its doubled angle's vector as complex: twice the angle across lines."""
    gx, gy = cv2.Sobel(values, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(values, cv2.CV_32F, 0, 1, scale=0.125)
    return gx * gx + gy * gy, (gx * gx - gy * gy) + 2j * gx * gy


def along(doubled: np.ndarray | complex) -> np.ndarray:
    """The direction along lines of structure_tensor's vectors, summed as one likes: degrees, anticlockwise, 0 to below 180."""
    return np.asarray((90 - np.degrees(np.angle(doubled)) / 2) % 180)


def texture_direction(lightness: np.ndarray, product: np.ndarray) -> float | None:
    """The direction of a texture's lines, degrees as in Parts; None where it has none, or another one elsewhere.

    lightness: (h, w) float32, 0-255. product: (h, w) bool; its outline does not count.
    """
    margin = 2 * round(_COARSE) + 1
    framed = cv2.copyMakeBorder(product.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    inner = cv2.erode(framed, np.ones((margin, margin), np.uint8))[1:-1, 1:-1].astype(np.float32)
    # Pixels on the outline show the background, too.
    there = cv2.erode(framed, np.ones((7, 7), np.uint8))[1:-1, 1:-1].astype(np.float32)
    coarse = cv2.GaussianBlur(lightness * there, (0, 0), _COARSE) / cv2.GaussianBlur(there, (0, 0), _COARSE).clip(1e-3)
    fine = cv2.GaussianBlur(lightness, (0, 0), 1.0) - coarse
    energy, doubled = structure_tensor(fine)
    energy, doubled = energy * inner, doubled * inner
    side = max(8, -(-max(inner.shape) // _BLOCKS))
    rows, columns = np.arange(0, inner.shape[0], side), np.arange(0, inner.shape[1], side)

    def sums(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)).ravel()

    filled, energies, vectors = sums(inner), sums(energy), sums(doubled)
    chosen = filled >= _FILLED * max(float(filled.max()), 1.0)
    if filled.max() < 64 or np.count_nonzero(chosen) < _LEAST:
        return None
    energies, vectors = energies[chosen], vectors[chosen]
    if float(np.median(energies / filled[chosen])) < _SLOPE**2:
        return None
    votes = vectors / energies.clip(1e-6)
    whole = complex(votes.mean())
    off = np.abs((along(votes) - along(whole) + 90) % 180 - 90)
    if abs(whole) < _COHERENCE or float((off <= _WITHIN).mean()) < _AGREE:
        return None
    return round(float(along(whole)), 1) % 180
