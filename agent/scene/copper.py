"""Traces of a two-tone picture of a board: which of its tones is copper, and each trace of it."""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.quantiles import percentile
from .pieces import pieces_of

# Traces of this share of the picture count, the largest ones.
_SPECK, _MOST = 0.0006, 40
# Strokes this much wider than the other tone's, or narrower, decide; else the number of pieces does.
_WIDER = 1.3


def find_copper(lightness: np.ndarray) -> np.ndarray:
    """Where a two-tone picture, (h, w) float32, has copper, (h, w) bool.

    Copper is drawn in strokes on a board, so that of the two tones it is the one whose strokes are narrower: twice its area over
    the length of its outline. Where the two are alike, it is the one in more pieces: they lie apart on one board. Where these are
    alike too, it is the darker one.
    """
    threshold = (percentile(lightness, 2) + percentile(lightness, 98)) / 2
    dark = lightness < threshold
    narrow, wide = _stroke_width(dark), _stroke_width(~dark)
    if max(narrow, wide) > _WIDER * min(narrow, wide):
        return dark if narrow < wide else ~dark
    pieces = [len(pieces_of(tone, _SPECK * tone.size)) for tone in (dark, ~dark)]
    return dark if pieces[0] >= pieces[1] else ~dark


def separate_traces(copper: np.ndarray) -> list[np.ndarray]:
    """The connected traces of (h, w) bool copper, each (h, w) bool, the largest first, 40 at the most."""
    return pieces_of(copper, max(6.0, _SPECK * copper.size), _MOST)


def _stroke_width(tone: np.ndarray) -> float:
    """Mean width of a tone's strokes, px, by their medial axis: twice the depth at its ridge."""
    depth = cv2.distanceTransform(tone.astype(np.uint8), cv2.DIST_L2, 5)
    ridge = tone & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)) - 0.3)
    return float(2 * depth[ridge].mean()) if ridge.any() else float("inf")
