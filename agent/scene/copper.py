"""Traces of a two-tone picture of a board: which of its tones is copper, and each trace of it."""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.quantiles import percentile
from .pieces import pieces_of

# Traces of this share of the picture count, the largest ones.
_SPECK, _MOST = 0.0006, 40
# Light strokes this much narrower than dark ones, in so many more pieces, are copper.
_NARROWER, _MORE = 1.8, 2
# A round piece up to this share of the longer side, enclosed by the other tone, is a drilled hole in it.
_DRILLED = 0.12


def find_copper(lightness: np.ndarray) -> np.ndarray:
    """Where a two-tone picture, (h, w) float32, has copper, (h, w) bool.

    By convention the dark tone, as in films and templates: a plane with narrow isolation between its parts is the negative of
    traces on a board, and nothing tells one from the other. Only where the light strokes are narrower than the dark ones and in
    more pieces are they the traces: these lie apart, on a board that hangs together.
    """
    threshold = (percentile(lightness, 2) + percentile(lightness, 98)) / 2
    dark = lightness < threshold
    narrower = _stroke_width(dark) > _NARROWER * _stroke_width(~dark)
    light = narrower and _pieces(~dark) >= _pieces(dark) + _MORE
    return ~dark if light else dark


def separate_traces(copper: np.ndarray) -> list[np.ndarray]:
    """The connected traces of (h, w) bool copper, each (h, w) bool, the largest first, 40 at the most."""
    return pieces_of(copper, max(6.0, _SPECK * copper.size), _MOST)


def _stroke_width(tone: np.ndarray) -> float:
    """Mean width of a tone's strokes, px, by their medial axis: twice the depth at its ridge."""
    depth = cv2.distanceTransform(tone.astype(np.uint8), cv2.DIST_L2, 5)
    ridge = tone & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)) - 0.3)
    return float(2 * depth[ridge].mean()) if ridge.any() else 1.0


def _pieces(tone: np.ndarray) -> int:
    """How many pieces a tone is in, without drilled holes."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(tone.astype(np.uint8))
    left, top, width, height, area = stats[1:].T
    enclosed = (left > 0) & (top > 0) & (left + width < tone.shape[1]) & (top + height < tone.shape[0])
    longer = np.maximum(width, height)
    round_ones = (longer < 1.35 * np.minimum(width, height)) & (np.abs(area / (width * height) - np.pi / 4) < 0.1)
    holes = enclosed & round_ones & (longer <= _DRILLED * max(tone.shape))
    return int(np.count_nonzero((area >= _SPECK * tone.size) & ~holes))
