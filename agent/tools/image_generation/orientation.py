"""Which way a defect lies: as asked, along what the product is made of, or from one edge to the other."""

from __future__ import annotations

import cv2
import numpy as np

from ...defects.edit import Edit
from ...scene.places import part_area
from ...scene.scene import Scene

# How far beside a part a line along it runs, as a share of the product's size.
_BESIDE = 0.03
# Of a part's outline, the longest share that a line along it follows.
_MOST_ALONG = 0.8


def direction_of(scene: Scene, edit: Edit, centre: tuple[float, float], rng: np.random.Generator) -> float:
    """Degrees as in Edit.angle. centre: (x, y) px of the defect's middle."""
    if edit.angle is not None and not (edit.part and edit.relation in ("across", "along")):
        return edit.angle
    if edit.direction is not None:
        along = scene.parts.axis if scene.parts.axis is not None else scene.parts.texture_direction
        if along is not None:
            spread = float(rng.uniform(-6.0, 6.0))
            return (along + (90.0 if edit.direction == "across" else 0.0) + spread) % 180
    if edit.part is not None and edit.relation in ("across", "along"):
        tangent = _tangent(scene, edit, centre)
        if tangent is not None:
            return (tangent + (90.0 if edit.relation == "across" else 0.0)) % 180
    return float(rng.uniform(0, 180))


def chord(
    allowed: np.ndarray, centre: tuple[float, float], degrees: float, most: float
) -> tuple[tuple[float, float], float]:
    """Middle, (x, y), and length, px, of the line through a point that runs from edge to edge of an (H, W) bool area."""
    turn = np.deg2rad(-degrees)
    way = np.array([np.cos(turn), np.sin(turn)])
    ends = [_run(allowed, np.asarray(centre), sign * way) for sign in (-1.0, 1.0)]
    middle = np.asarray(centre) + way * (ends[1] - ends[0]) / 2
    return (float(middle[0]), float(middle[1])), min(ends[0] + ends[1] + 2.0, most)


def inside_share(allowed: np.ndarray, centre: tuple[float, float], degrees: float, length: float) -> float:
    """The share of a straight line, 0-1, that lies within an (H, W) bool area."""
    turn = np.deg2rad(-degrees)
    steps = np.linspace(-length / 2, length / 2, 33)
    x = np.rint(centre[0] + steps * np.cos(turn)).astype(int)
    y = np.rint(centre[1] + steps * np.sin(turn)).astype(int)
    within = (x >= 0) & (y >= 0) & (x < allowed.shape[1]) & (y < allowed.shape[0])
    return float(np.count_nonzero(allowed[y[within], x[within]])) / len(steps)


def _run(allowed: np.ndarray, start: np.ndarray, way: np.ndarray) -> float:
    """How far an area goes on from a point, px; over openings and gaps to its last pixel."""
    steps = np.arange(0.0, float(np.hypot(*allowed.shape)), 0.5)
    x, y = (start[:, None] + way[:, None] * steps).round().astype(int)
    inside = (x >= 0) & (y >= 0) & (x < allowed.shape[1]) & (y < allowed.shape[0])
    there = np.zeros(len(steps), bool)
    there[inside] = allowed[y[inside], x[inside]]
    return float(steps[there].max(initial=0.0))


def follow(
    scene: Scene, edit: Edit, centre: tuple[float, float], size: float, rng: np.random.Generator
) -> np.ndarray | None:
    """The course, (n, 2) float32 px, of a line along a part's outline, or all around it; None where the part has none."""
    outline = _outline(scene, edit)
    if outline is None:
        return None
    if edit.relation == "around":
        return np.concatenate([outline, outline[:1]])
    steps = np.hypot(*np.diff(np.concatenate([outline, outline[:1]]), axis=0).T)
    length = min(size, _MOST_ALONG * float(steps.sum()))
    first = int(np.hypot(*(outline - np.asarray(centre, np.float32)).T).argmin())
    order = np.roll(np.arange(len(outline)), -first)
    arc = np.concatenate([[0.0], np.cumsum(steps[order])[:-1]])
    back = float(rng.uniform(0.2, 0.8)) * length
    inside = (arc <= length - back) | (arc >= float(steps.sum()) - back)
    kept = order[inside]
    # The piece before the start comes first.
    split = np.flatnonzero(np.diff(np.flatnonzero(inside)) > 1)
    if len(split):
        kept = np.concatenate([kept[split[0] + 1 :], kept[: split[0] + 1]])
    return outline[kept] if len(kept) > 3 else None


def _outline(scene: Scene, edit: Edit) -> np.ndarray | None:
    """The outline of the part, or of the one of several that is largest, (n, 2) float32 px, smoothed."""
    # What runs along a rim runs within the outline, as what runs along an edge does.
    outer = edit.part in ("edge", "rim")
    area = scene.foreground if outer else part_area(scene, edit.part or "", edit.part_number)
    if area is None:
        return None
    # Beside the part, on the product: around an opening, inside an edge.
    off = 2 * max(2, round(_BESIDE * scene.product_size)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (off, off))
    if outer:
        area = cv2.erode(area.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
    elif edit.relation == "around" or edit.part == "opening":
        area = cv2.dilate(area.astype(np.uint8), kernel) > 0
    if not area.any():
        return None
    found, _ = cv2.findContours(area.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(found, key=len)[:, 0].astype(np.float32)
    if len(outline) < 12:
        return None
    size = 2 * max(1, len(outline) // 60) + 1
    padded = np.concatenate([outline[-size:], outline, outline[:size]])
    smooth = cv2.blur(padded, (1, size), borderType=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(smooth[size:-size])


def _tangent(scene: Scene, edit: Edit, centre: tuple[float, float]) -> float | None:
    """Degrees of a part's outline where it is nearest to a point."""
    outline = _outline(scene, edit)
    if outline is None:
        return None
    first = int(np.hypot(*(outline - np.asarray(centre, np.float32)).T).argmin())
    reach = max(2, len(outline) // 30)
    dx, dy = outline[(first + reach) % len(outline)] - outline[first - reach]
    return float(np.degrees(np.arctan2(-dy, dx))) % 180
