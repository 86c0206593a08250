"""The silhouette by the edge that encloses it: products of the background's own tone have one too, and cast shadows a softer one.

The steepest line between outside and inside is found by watershed (Meyer, Topographic distance and watershed lines, Signal
Processing 38, 1994) from what the picture's border reaches without crossing an edge.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.channels import median_colour, with_colour
from ..imaging.quantiles import median, percentile

# An edge is this much steeper than most of the picture's border, and as steep as this in CIELAB units per px.
_STEEPER, _STEEP = 2.0, 0.8
# Specks, hairs and the ragged rim of a thick edge are narrower, px.
_SPECK = 11
# The enclosed area is this share of the picture, and of all that edges enclose.
_SHARE, _ONE = (0.06, 0.85), 0.8
# Segments of fewer px are taken to what is around them.
_SEGMENT = 12
# Shade of the background: of its hue within this distance in CIELAB's a and b, and of its lightness at the most.
_HUE, _DARKER = 3.5, 0.9
# The rim of a shadow is this wide at least: its step over its greatest slope, px. Edges of products are about 4 px wide.
_SOFT = 6.2
# What is as dark as a cast shadow at a hard edge is one only where all the rest is of another hue, or brighter.
_CAST, _OTHER_HUE = (0.5, 0.85), 5.0
# Shade is at most this share of what is enclosed: more is a dark product.
_MOST_SHADE = 0.45
# Share of its convex hull that a product fills which nothing but edges shows.
_SOLID = 0.9
# Share of its outline that is steep, and of the surroundings at the most.
_OUTLINED, _BESIDE = 0.85, 0.04
# An opening is this share of what is enclosed at least, and this much brighter than the background at the most, in CIELAB; the
# product is this many times as far from it.
_OPENING, _ALIKE, _UNLIKE = 0.02, 8.0, 2.5
# Pixels that a median colour is taken from.
_SAMPLE = 500


def find_outlined(lab: np.ndarray, slope: np.ndarray, border: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The area that one closed edge bounds, without the shade that the product casts, and the openings in it through which the
    background shows, both (h, w) bool; None where no such edge is, or others run on beside it, as joints between tiles do.

    lab: (h, w, 3) float32 CIELAB, smoothed. slope: (h, w) float32, its steepness per px. border: (h, w) bool, the sample of
    the background.
    """
    least = max(_STEEPER * percentile(slope[border], 80), _STEEP)
    edges = cv2.morphologyEx((slope > least).astype(np.uint8), cv2.MORPH_CLOSE, _disc(5))
    body = _largest(cv2.morphologyEx(enclosed(1 - edges), cv2.MORPH_OPEN, _disc(_SPECK)))
    if body is None or not _SHARE[0] <= float(body.mean()) <= _SHARE[1]:
        return None
    beside = cv2.dilate(body.astype(np.uint8), _disc(_SPECK)) == 0
    if float((slope[beside] > least).mean() if beside.any() else 0.0) > _BESIDE:
        return None
    segments, count = _segments(lab, body, edges)
    product = (segments > 1) & ~_shade(lab, slope, segments, count)
    filled = enclosed(1 - cv2.morphologyEx(product.astype(np.uint8), cv2.MORPH_CLOSE, _disc(5)))
    found = _largest(cv2.morphologyEx(filled, cv2.MORPH_OPEN, _disc(5)))
    if found is None or not _SHARE[0] <= float(found.mean()):
        return None
    rim = found & (cv2.erode(found.astype(np.uint8), _disc(5)) == 0)
    steep = cv2.dilate((slope > least).astype(np.uint8), _disc(3)) > 0
    if float(steep[rim].mean()) < _OUTLINED:
        return None
    return found, _openings(lab, segments, count, found)


def to_steepest(lab: np.ndarray, mask: np.ndarray, reach: int) -> np.ndarray:
    """A mask, (h, w) bool without holes, with its outline moved by at most about `reach` px to the steepest line of (h, w, 3)
    float32 CIELAB. Parts that are narrower than twice that stay only if an edge bounds them."""
    disc = _disc(2 * reach + 1)
    # The picture's border is no outline: there the mask runs on.
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    within = np.s_[reach:-reach, reach:-reach]
    inner = cv2.erode(padded, disc)[within] > 0
    markers = inner.astype(np.int32) * 2
    markers[cv2.dilate(padded, disc)[within] == 0] = 1
    if not inner.any():
        return mask
    _watershed(lab, markers)
    # The line between is the product's; it runs in steps.
    moved = cv2.dilate((markers == 2).astype(np.uint8), _disc(3))
    return np.asarray(cv2.GaussianBlur(moved * 255, (0, 0), 1.0) > 127)


def enclosed(background: np.ndarray) -> np.ndarray:
    """What the background, (h, w) uint8 of 0 and 1, does not reach from outside; 1 there."""
    # One pixel of padding joins the border pieces of the background.
    padded = cv2.copyMakeBorder(background, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    cv2.floodFill(padded, None, (0, 0), 2)
    return (padded[1:-1, 1:-1] != 2).astype(np.uint8)


def is_solid(mask: np.ndarray) -> bool:
    """Whether a mask, (h, w) bool, nearly fills its convex hull."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.contourArea(cv2.convexHull(np.concatenate(outlines)))
    return bool(np.count_nonzero(mask) >= _SOLID * hull)


def _disc(side: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _largest(mask: np.ndarray) -> np.ndarray | None:
    """The largest piece of a mask, (h, w) uint8, as bool; None where it is not most of it."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if count < 2 or areas.max() < _ONE * areas.sum():
        return None
    return np.asarray(labels == 1 + int(areas.argmax()))


def _segments(lab: np.ndarray, body: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, int]:
    """(h, w) int32 and how many numbers it has: 1 outside the body, then its areas between edges, each up to the steepest
    line."""
    _, inner, stats, _ = cv2.connectedComponentsWithStats((body & (edges == 0)).astype(np.uint8), connectivity=4)
    large = 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= _SEGMENT)
    table = np.zeros(len(stats), np.int32)
    table[large] = np.arange(2, 2 + len(large))
    markers = table[inner]
    markers[cv2.dilate(body.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0] = 1
    _watershed(lab, markers)
    # The lines between segments are their neighbours'; those about the body are its own.
    lines = markers == -1
    markers[lines] = np.where(body, cv2.dilate(np.maximum(markers, 0).astype(np.float32), np.ones((3, 3))), 1)[lines]
    return markers, 2 + len(large)


def _watershed(lab: np.ndarray, markers: np.ndarray) -> None:
    """Spreads the numbers of markers, (h, w) int32, in place; lines between them become -1. OpenCV floods by the differences
    between neighbours' colours."""
    scaled = with_colour(np.multiply, lab, np.array([2.5, 1.0, 1.0], np.float32))
    cv2.watershed(with_colour(np.add, scaled, np.array([0, 128, 128], np.float32)).astype(np.uint8), markers)


def _shade(lab: np.ndarray, slope: np.ndarray, segments: np.ndarray, count: int) -> np.ndarray:
    """(h, w) bool: the segments beside the outside that are background in the product's shadow."""
    outside = segments == 1
    background = _colour(lab, outside)
    near_outside = cv2.dilate(outside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    light = lab[..., 0]
    window = np.ones((13, 13), np.uint8)
    step = cv2.dilate(light, window) - cv2.erode(light, window)
    peak = np.maximum(cv2.dilate(slope, np.ones((5, 5), np.uint8)), 1e-3)
    shade = np.zeros(segments.shape, bool)
    cast = []
    rims = np.bincount(segments[near_outside], minlength=count)
    for number in 2 + np.flatnonzero(rims[2:count] >= _SEGMENT // 2):
        segment = segments == number
        rim = segment & near_outside
        colour = _colour(lab, segment) - background
        ratio = 1.0 + float(colour[0]) / max(float(background[0]), 1.0)
        if float(np.hypot(colour[1], colour[2])) > _HUE or ratio > _DARKER:
            continue
        if median((step / peak)[rim]) > _SOFT:
            shade |= segment
        elif _CAST[0] < ratio < _CAST[1]:
            cast.append(segment)
    rest = (segments > 1) & ~shade & ~np.logical_or.reduce([*cast, np.zeros_like(shade)])
    if cast and rest.any():
        other = _colour(lab, rest) - background
        if float(np.hypot(other[1], other[2])) > _OTHER_HUE or other[0] > 0:
            shade |= np.logical_or.reduce(cast)
    return shade if shade.sum() <= _MOST_SHADE * np.count_nonzero(segments > 1) else np.zeros_like(shade)


def _colour(lab: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(3,): the median colour of a mask, (h, w) bool, by some of its pixels all over it."""
    there = np.flatnonzero(mask)
    return median_colour(lab.reshape(-1, 3).take(there[:: max(1, len(there) // _SAMPLE)], axis=0))


def _openings(lab: np.ndarray, segments: np.ndarray, count: int, product: np.ndarray) -> np.ndarray:
    """(h, w) bool: the segments within a product, (h, w) bool, that have the background's colour, where the product has not."""
    background = _colour(lab, segments == 1)
    found = np.zeros(product.shape, bool)
    sizes = np.bincount(segments.ravel(), minlength=count)
    for number in 2 + np.flatnonzero(sizes[2:count] >= _OPENING * np.count_nonzero(product)):
        segment = segments == number
        if not product[segment].all():
            continue
        away = _colour(lab, segment) - background
        alike = -_CAST[0] * float(background[0]) < float(away[0]) < _ALIKE  # in shade or not
        if alike and float(np.hypot(away[1], away[2])) < _HUE:
            found |= segment
    rest = product & ~found
    if not found.any() or not rest.any():
        return np.zeros_like(found)
    away = np.linalg.norm(_colour(lab, rest) - background)
    return found if float(away) > _UNLIKE * _ALIKE else np.zeros_like(found)
