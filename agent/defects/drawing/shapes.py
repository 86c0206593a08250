"""Outlines of area defects as signed fields: positive inside, in units of the defect's half extent."""

from __future__ import annotations

import cv2
import numpy as np

from ...imaging.noise import fractal_noise, log_uniform
from .window import Window

#: Edit.softness of what is asked to be sharp, at the most, and soft, at the least; and the width of a soft outline, in px of the
#: working size.
SHARP, SOFT, SOFT_WIDTH = 0.3, 0.6, 11.0


def blob(
    window: Window, rng: np.random.Generator, roughness: float, stretch: float = 1.0, detail: int = 4, lobes: int = 1
) -> np.ndarray:
    """An irregular round outline, (h, w) float32: about 1 at the centre, 0 on the outline, negative outside.

    roughness: amplitude of the fractal outline, 0 an ellipse, 0.5 ragged. stretch: width over length, 0-1. detail:
    octaves of the outline. lobes: overlapping rounds the outline is made of, along the long axis.
    """
    half = window.size / 2
    along, across = window.axes
    shape = window.edit.shape
    if shape in ("round", "ring"):
        roughness, stretch, lobes = 0.4 * roughness, max(stretch, 0.88), 1
    elif shape == "streak":
        roughness, stretch, lobes = 0.6 * roughness, float(rng.uniform(0.13, 0.24)), 1
    u, v = along / half, across / (half * max(stretch, 0.1))
    if shape == "spray":
        reach = _sprayed(window, rng)
    elif lobes > 1:
        # A main round and smaller ones that touch the outer ellipse from inside; outside it none can appear.
        reach = np.full(window.shape, np.inf, np.float32)
        turn = float(rng.uniform(0, 2 * np.pi))
        for number in range(lobes):
            radius = float(rng.uniform(0.5, 0.7)) if number else 0.84
            turn += 2 * np.pi / lobes + float(rng.uniform(-0.7, 0.7))
            x, y = (1 - radius) * np.cos(turn), (1 - radius) * np.sin(turn)
            np.minimum(reach, _norm(u - x, v - y) / radius, out=reach)
    else:
        reach = _norm(u, v)
    ragged = fractal_noise(window.shape, rng, max(half * 1.1, 3.0), detail, 0.55)
    # Far out nothing may appear again, and the outline stays within the defect's size.
    ragged *= roughness
    ragged *= np.clip(1.6 - reach, 0, 1)
    if shape == "ring":
        # As wide all around as a quarter of its radius, more or less, and no thinner than shows.
        wide = max(float(rng.uniform(0.11, 0.2)), 1.6 * window.unit / max(half, 1.0))
        inside = 1.0 - np.abs(reach - (0.88 - wide)) / wide
        return (0.35 * inside + 0.3 * ragged * np.clip(1.0 - np.abs(inside), 0, 1)).astype(np.float32)
    ragged += np.subtract(0.9, reach, out=reach)
    return ragged.astype(np.float32, copy=False)


def _sprayed(window: Window, rng: np.random.Generator) -> np.ndarray:
    """Distance from the nearest of many specks over its radius, (h, w) float32, as blob has it: finer ones further out."""
    half = window.size / 2
    dx, dy = window.offsets
    reach = np.full(window.shape, 9.0, np.float32)
    for number in range(int(rng.integers(9, 22))):
        away = half * float(np.sqrt(rng.uniform(0, 1))) * (0.92 if number else 0.0)
        turn = float(rng.uniform(0, 2 * np.pi))
        radius = max(half * log_uniform(rng, 0.05, 0.16), 1.5 * window.unit)
        x, y = dx - away * np.cos(turn), dy - away * np.sin(turn)
        np.minimum(reach, np.hypot(x, y) / radius, out=reach)
    return reach


def _norm(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Length of vectors; both arrays are overwritten."""
    x *= x
    y *= y
    x += y
    return np.sqrt(x, out=x)


def polygon(window: Window, rng: np.random.Generator, corners: int, stretch: float = 1.0) -> np.ndarray:
    """An angular outline, (h, w) float32 signed distance over half the extent: positive inside, 0 on the outline.

    corners: their number, 3 or more. stretch: width over length, 0-1.
    """
    half = window.size / 2
    turns = np.linspace(0, 2 * np.pi, corners, endpoint=False) + rng.uniform(-0.38, 0.38, corners) * 2 * np.pi / corners
    radii = half * rng.uniform(0.62, 1.0, corners)
    # One pair of opposite corners spans the long axis.
    turns[0], radii[0], radii[corners // 2] = rng.uniform(-0.15, 0.15), 0.97 * half, 0.93 * half
    x, y = radii * np.cos(turns), radii * np.sin(turns) * stretch
    cosine, sine = np.cos(window.angle), np.sin(window.angle)
    points = np.stack([window.centre[0] + x * cosine - y * sine, window.centre[1] + x * sine + y * cosine], axis=1)
    return signed_distance(window, np.rint(points * 16).astype(np.int32), half, shift=4)


def cleft(window: Window, rng: np.random.Generator) -> np.ndarray:
    """A jagged gap that narrows from beyond the silhouette into the product, as matter breaks apart, (h, w) float32 signed
    distance over half the extent: positive inside. The window needs an edge normal.
    """
    half = window.size / 2
    turn = float(rng.normal(0.0, 0.35))
    out_x, out_y = window.edge_normal
    inward = np.array([-out_x * np.cos(turn) + out_y * np.sin(turn), -out_x * np.sin(turn) - out_y * np.cos(turn)])
    sideways = np.array([-inward[1], inward[0]])
    count = int(rng.integers(7, 13))
    depth = np.linspace(-0.9, float(rng.uniform(1.0, 1.8)), count) + rng.uniform(-0.05, 0.05, count)
    # What gapes lets one look through: narrower than some px it would be a crack.
    widest = max(log_uniform(rng, 0.12, 0.36), 2.6 * window.unit / max(half, 1.0))
    width = widest * np.linspace(1.0, 0.0, count) ** float(rng.uniform(0.3, 0.7))
    course = np.cumsum(rng.normal(0.0, 0.09, count))
    course -= course[count // 3]  # near the place that was chosen
    # The two sides fit, but for crumbs that broke off.
    sides = [course + sign * width * rng.uniform(0.75, 1.2, count) for sign in (1, -1)]
    line = np.concatenate([depth, depth[::-1]])[:, None] * inward
    line += np.concatenate([sides[0], sides[1][::-1]])[:, None] * sideways
    points = np.asarray(window.centre) + half * line
    return signed_distance(window, np.rint(points * 16).astype(np.int32), half, shift=4)


def signed_distance(window: Window, points: np.ndarray, unit: float, shift: int = 0) -> np.ndarray:
    """Signed distance to a closed polygon, (n, 2) int with `shift` fractional bits, over `unit` px; positive inside."""
    inside = np.zeros(window.shape, np.uint8)
    cv2.fillPoly(inside, [points], 1, shift=shift)
    within = cv2.distanceTransform(cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_REPLICATE), cv2.DIST_L2, 5)
    beyond = cv2.distanceTransform(cv2.copyMakeBorder(1 - inside, 1, 1, 1, 1, cv2.BORDER_REPLICATE), cv2.DIST_L2, 5)
    return ((within - beyond)[1:-1, 1:-1] / max(unit, 1e-3)).astype(np.float32)


def facets(window: Window, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Fracture facets as brittle matter breaks: the lower envelope of `count` random planes.

    Returns the height map, (h, w) float32 px, and one random tone a facet, (h, w) float32 -1 to 1: what part of the
    surroundings a plane of this tilt mirrors.
    """
    dx, dy = window.offsets
    # A little crookedness, so that the edges between planes are not ruled.
    bend = (0.05 * window.size) * fractal_noise(window.shape, rng, 0.3 * window.size, 3)
    x, y = dx + bend, dy - bend
    lowest = np.full(window.shape, np.inf, np.float32)
    tone = np.zeros(window.shape, np.float32)
    for _ in range(count):
        turn, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 1.0)
        plane = x * float(slope * np.cos(turn))
        plane += y * float(slope * np.sin(turn))
        plane += float(rng.uniform(0, 0.3)) * window.size
        nearer = plane < lowest
        np.copyto(lowest, plane, where=nearer)
        np.copyto(tone, np.float32(rng.uniform(-1, 1)), where=nearer)
    return lowest, tone


def grains(window: Window, rng: np.random.Generator, count: int, stretch: float) -> tuple[np.ndarray, np.ndarray]:
    """Angular solid pieces scattered over the defect's extent: (body, height).

    body: (h, w) float32, 1 inside a piece, 0 outside, within a pixel. height: (h, w) float32 px above the surface. Each
    piece is a convex polyhedron: planes that rise from its sides to a tilted top.
    """
    half = window.size / 2
    along, across = window.axes
    crooked = fractal_noise(window.shape, rng, max(0.25 * half, 3.0), 3, 0.6)
    body, height = np.zeros(window.shape, np.float32), np.zeros(window.shape, np.float32)
    cosine, sine = np.cos(window.angle), np.sin(window.angle)
    for number in range(count):
        radius = half * (float(rng.uniform(0.3, 0.5)) if number == 0 and count > 1 else float(rng.uniform(0.12, 0.26)))
        radius = max(0.75 * half if count == 1 else radius, 1.6 * window.unit, 1.8 * window.scene.blur)
        away = np.sqrt(rng.uniform(0, 1)) * max(half - radius, 0.0)
        turn = rng.uniform(0, 2 * np.pi)
        u0, v0 = away * np.cos(turn), away * np.sin(turn) * stretch
        x0, y0 = window.centre[0] + u0 * cosine - v0 * sine, window.centre[1] + u0 * sine + v0 * cosine
        reach = 1.4 * radius + 2
        rows = slice(max(0, int(y0 - reach)), max(0, int(y0 + reach) + 1))
        columns = slice(max(0, int(x0 - reach)), max(0, int(x0 + reach) + 1))
        u, v = along[rows, columns] - u0, across[rows, columns] - v0
        if u.size == 0:
            continue
        sides = int(rng.integers(5, 9))
        turns = np.linspace(0, 2 * np.pi, sides, endpoint=False) + rng.uniform(-0.3, 0.3, sides) + turn
        thin = float(rng.uniform(0.5, 0.95))
        inner = np.full(u.shape, np.inf, np.float32)
        lift = np.full(u.shape, radius * float(rng.uniform(0.3, 0.6)), np.float32)
        lift += (rng.uniform(-0.35, 0.35) * u + rng.uniform(-0.35, 0.35) * v).astype(np.float32)
        for side in turns:
            support = radius * float(rng.uniform(0.72, 0.95))
            rest = support - (np.cos(side) * u + np.sin(side) * v / thin)
            np.minimum(inner, rest, out=inner)
            np.minimum(lift, rest * float(rng.uniform(0.4, 1.3)), out=lift)
        inner += 0.1 * radius * crooked[rows, columns]
        np.maximum(body[rows, columns], np.clip(inner + 0.5, 0, 1), out=body[rows, columns])
        np.maximum(height[rows, columns], np.maximum(lift, 0), out=height[rows, columns])
    return body, height


def wide_blur(field: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian blur of an (h, w) or (h, w, 3) float32 field by sigma px, at lower resolution where sigma is large:
    the time does not grow with it."""
    factor = int(sigma / 3.0)
    if factor < 2 or min(field.shape[:2]) < 8 * factor:
        return cv2.GaussianBlur(field, (0, 0), max(sigma, 0.3))
    height, width = field.shape[:2]
    small = cv2.resize(field, (round(width / factor), round(height / factor)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / factor)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
