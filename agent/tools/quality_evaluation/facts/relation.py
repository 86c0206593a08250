"""Does it lie to a part of the product, or to the product, as was asked for?"""

from __future__ import annotations

import cv2
import numpy as np

from ....core.verdict import Fact
from ....scene.scene import Scene
from ..likeness import OF_MATTER
from .grading import fact, shortfall
from .nearness import distance_to, from_outline, part_mask
from .pieces import angle_between
from .seen import SeenDefect
from .traces import matter_change

# Share of the product's size that a thing near another is away: fine, and the limit.
_NEAR = (0.08, 0.2)
# The limit on a slim product, as a share of its greatest depth below the outline.
_OF_DEPTH = 0.8
# Degrees around a part's middle that a thing around it takes up.
_AROUND = (240.0, 130.0)
# Share of the change in the gap between two parts.
_BETWEEN = (0.6, 0.35)
# Degrees from the direction of an outline.
_ALONG = (15.0, 32.0)
# Distance of both ends from the product's outline, as a share of its size, and the least length of what runs from edge to edge.
_ENDS, _CHORD = (0.06, 0.14), (0.85, 0.65)


def relation(seen: SeenDefect) -> Fact | None:
    """Matter joined, parted, added or taken away; else geometry against the part's mask, or the product's outline. None where
    the product has no such part."""
    asked = seen.attributes
    if asked.relation is None:
        return None
    found = _checked(seen, asked.relation, asked.part, asked.part_number)
    if found is None:
        return None
    strength, told = found
    return fact("relation", asked.relation, told, strength, seen.family)


def _checked(seen: SeenDefect, name: str, part: str | None, number: int | None) -> tuple[float, str] | None:
    if name in OF_MATTER:
        matter = part_mask(seen, "trace", None)
        if matter is None or not matter.any() or matter.all():
            return None
        found = matter_change(seen, matter)
        return (0.0, name) if found.shows(name) else (0.8, found.relation)
    if name == "near":
        if part in (None, "rim", "edge"):
            return _told(max(from_outline(each, outer=part == "rim") for each in seen.each), name, "far")
        near = [away for each in seen.each if (away := distance_to(each, part, number)) is not None]
        # What is far on a slim product is less than on a broad one.
        slim = min(1.0, _OF_DEPTH * _deepest(seen) / _NEAR[1])
        return None if not near else _told(shortfall(max(near), *(slim * limit for limit in _NEAR)), name, "far")
    if name == "edge_to_edge":
        return _told(_edge_to_edge(seen), name, "short")
    if name == "around":
        mask = part_mask(seen, part, number) if part else None
        turn = shortfall(_angle_around(seen, mask), *_AROUND)
        # What darkens from the rim inward lies at it all around.
        off = from_outline(seen, outer=True) if part == "rim" else 0.0
        return _told(max(turn, off), name, "beside")
    if name == "between":
        gap = part_mask(seen, "gap", None) if part in (None, "trace", "gap") else None
        if gap is None:
            return _between_parts(seen, part)
        share = float(seen.weights[gap.ravel()[seen.places]].sum()) / float(seen.weights.sum())
        return _told(shortfall(share, *_BETWEEN), name, "elsewhere")
    return _along_or_across(seen, name, part, number)


def _told(strength: float, name: str, instead: str) -> tuple[float, str]:
    return strength, name if strength <= 0.5 else instead


def _edge_to_edge(seen: SeenDefect) -> float:
    """A line whose two ends lie at the outline, or at the picture's border, and that is as long as the product is there."""
    view = seen.view
    scene = view.scene
    angle = np.radians(seen.whole.angle)
    step = np.array([np.cos(angle), -np.sin(angle)])
    points = seen.whole.points @ step
    ends = [seen.whole.points[index] for index in (int(points.argmin()), int(points.argmax()))]
    away = []
    for end in ends:
        x, y = view.in_picture((float(end[0]), float(end[1])))
        away.append(_depth(scene, x, y) / scene.product_size)
    middle = view.in_picture(seen.whole.centre)
    chord = _chord(scene.foreground, middle, step)
    return max(
        shortfall(max(away), *_ENDS),
        shortfall(seen.whole.extent / view.scale / max(chord, 1.0), *_CHORD),
    )


def _deepest(seen: SeenDefect) -> float:
    """The product's greatest depth below its outline, as a share of its size."""
    scene = seen.view.scene
    depths = scene.distance_transform
    return float(depths.max()) * max(scene.foreground.shape) / max(depths.shape) / scene.product_size


def _depth(scene: Scene, x: float, y: float) -> float:
    """Px of the picture below the product's outline."""
    depths, (height, width) = scene.distance_transform, scene.foreground.shape
    row = int(np.clip((y + 0.5) * depths.shape[0] / height, 0, depths.shape[0] - 1))
    column = int(np.clip((x + 0.5) * depths.shape[1] / width, 0, depths.shape[1] - 1))
    return float(depths[row, column]) * max(height, width) / max(depths.shape)


def _chord(foreground: np.ndarray, middle: tuple[float, float], step: np.ndarray) -> float:
    """Length of the product along a line, px: from its first to its last pixel on it."""
    reach = np.arange(-max(foreground.shape) * 1.5, max(foreground.shape) * 1.5)
    x = np.rint(middle[0] + reach * step[0]).astype(int)
    y = np.rint(middle[1] + reach * step[1]).astype(int)
    kept = (x >= 0) & (y >= 0) & (x < foreground.shape[1]) & (y < foreground.shape[0])
    on = reach[kept][foreground[y[kept], x[kept]]]
    return float(on.max() - on.min() + 1) if on.size else 0.0


def _angle_around(seen: SeenDefect, mask: np.ndarray | None) -> float:
    """Degrees of the full turn around a part's middle, or the product's, in which some of the change lies."""
    view = seen.view
    if mask is not None and mask.any():
        rows, columns = np.nonzero(mask)
        x0, y0 = float(columns.mean()), float(rows.mean())
    else:
        height, width = view.change.support.shape
        left, top, right, bottom = view.scene.bounding_box
        x0 = ((left + right) / 2 * width - view.box[1].start) * view.scale
        y0 = ((top + bottom) / 2 * height - view.box[0].start) * view.scale
    rows, columns = np.divmod(seen.places, view.shape[1])
    sectors = ((np.degrees(np.arctan2(rows - y0, columns - x0)) + 180.0) // 10.0).astype(int) % 36
    return 10.0 * len(np.unique(sectors))


def _between_parts(seen: SeenDefect, part: str | None) -> tuple[float, str] | None:
    """Its middle lies between the middles of two parts of a name: in the middle half of the way, and not far aside."""
    parts = seen.view.scene.parts.named(part) if part else ()
    if len(parts) < 2:
        return None
    height, width = seen.view.change.support.shape
    x, y = seen.view.in_picture(seen.whole.centre)
    here = np.array([x / width, y / height])
    centres = [np.array([(p.box[0] + p.box[2]) / 2, (p.box[1] + p.box[3]) / 2]) for p in parts]
    best = 1.0
    for first in range(len(centres)):
        for second in range(first + 1, len(centres)):
            way = centres[second] - centres[first]
            at = float((here - centres[first]) @ way) / max(float(way @ way), 1e-9)
            aside = float(np.linalg.norm(here - centres[first] - at * way)) / max(float(np.linalg.norm(way)), 1e-9)
            best = min(best, max(shortfall(abs(at - 0.5), 0.2, 0.35), shortfall(aside, 0.2, 0.4)))
    return _told(best, "between", "elsewhere")


def _along_or_across(seen: SeenDefect, name: str, part: str | None, number: int | None) -> tuple[float, str] | None:
    """By its direction against the part's outline where it lies, or the part's own long axis; without a part by the product's
    axis or its texture."""
    parts = seen.view.scene.parts
    other = "across" if name == "along" else "along"
    if part is None:
        axis = parts.axis if parts.axis is not None else parts.texture_direction
        if axis is None:
            return None
        apart = angle_between(seen.whole.angle, axis)
        return _told(shortfall(apart if name == "along" else 90.0 - apart, *_ALONG), name, other)
    mask = parts.mask(part, number)
    if mask is None:
        return None
    near = distance_to(seen, part, number)
    far = shortfall(near if near is not None else 1.0, *_NEAR)
    # The outline's direction at each pixel is across the slope of the distance from the part.
    inside = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    signed = cv2.GaussianBlur(outside - inside, (0, 0), 2.0)
    gx, gy = cv2.Sobel(signed, cv2.CV_32F, 1, 0), cv2.Sobel(signed, cv2.CV_32F, 0, 1)
    shrink = max(mask.shape) / max(seen.view.change.support.shape)
    x, y = seen.coordinates()
    column = np.clip((x + 0.5) * shrink, 0, mask.shape[1] - 1).astype(int)
    row = np.clip((y + 0.5) * shrink, 0, mask.shape[0] - 1).astype(int)
    normal = np.degrees(np.arctan2(-gy[row, column], gx[row, column]))
    # What bends with a rim runs along it all the way: so each pixel is asked by the way that its surroundings run.
    own = _local_direction(seen)
    apart = np.abs((own - normal + 90.0) % 180.0 - 90.0)
    from_tangent = 90.0 - float(np.average(apart, weights=seen.weights))
    value = from_tangent if name == "along" else 90.0 - from_tangent
    return _told(max(far, shortfall(value, 25.0, 42.0)), name, other)


def _local_direction(seen: SeenDefect) -> np.ndarray:
    """(n,) degrees: the way that the change runs at each of its pixels, by the structure tensor of its mask."""
    soft = cv2.GaussianBlur(seen.mask.astype(np.float32), (0, 0), max(1.0, seen.whole.width / 3))
    gx, gy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    reach = max(2.0, seen.whole.width)
    xx, xy, yy = (cv2.GaussianBlur(values, (0, 0), reach).take(seen.places) for values in (gx * gx, gx * gy, gy * gy))
    # The slope's own direction has y down; the way of a line is across it.
    return np.asarray(np.degrees(0.5 * np.arctan2(-2 * xy, xx - yy)) + 90.0)
