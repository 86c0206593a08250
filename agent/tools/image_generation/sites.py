"""Where on a board of traces a fault of its pattern is: what bridges two of them, cuts one, bites into it or grows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np

from ...defects.edit import Edit
from ...defects.families import FAMILIES
from ...imaging.noise import fractal_noise
from ...scene.places import part_area
from ...scene.scene import Scene
from ...scene.traces import GapSite, StrokeSite
from .passages import narrowest_passage

_S = TypeVar("_S", GapSite, StrokeSite)
# Gaps among which one is chosen: the narrowest, where a short circuit comes about.
_NARROWEST = 8
# How wide a bridge is, and how long a cut and how deep a bite, in widths of the gap or the trace.
_BRIDGE, _CUT, _BITE, _SPUR = (0.5, 1.1), (0.5, 1.3), (0.4, 0.65), (0.4, 0.6)
# Half of how far a cut, or what is missing, reaches along copper of any shape, over the way through.
_GAPES, _GONE = (0.06, 0.16), (1.6, 1.9)
# Strokes that are tried for a cut, and the largest radius of an island of copper, px of the working size.
_CUTS, _ISLAND = 8, 9.0
# The largest trace that can be missing as a whole, as a share of all; else a length of one is.
_MISSING = 0.25
# What stands for a trace's width along the outline of a plane, px of the working size.
_PLANE = 10.0
# How ragged the outline of what was bridged, cut or bitten is, in px of the working size.
_RAGGED = 0.7


@dataclass(frozen=True, eq=False)
class Site:
    """centre: (x, y) px. size: px. degrees: as in Edit.angle. core: (H, W) bool, what turns its tone."""

    centre: tuple[float, float]
    size: float
    degrees: float
    core: np.ndarray


def choose_site(
    scene: Scene, allowed: np.ndarray, edit: Edit, rng: np.random.Generator, taken: np.ndarray | None = None
) -> Site | None:
    """The site of a fault of the pattern, within the edit's box where there is one; None for other edits, or where the picture
    has no such place."""
    # An island of copper in a gap, or a hole in the copper.
    island = edit.relation == "near" and edit.part in ("gap", "trace") and FAMILIES[edit.family].inside_one_tone
    if (edit.relation not in ("bridge", "cut", "bite", "spur", "missing") and not island) or not scene.bilevel:
        return None
    copper = part_area(scene, "trace", None)
    if copper is None:
        return None
    free = allowed if taken is None else allowed & ~taken
    if island:
        return _island(scene, ~copper if edit.part == "gap" else copper, free, edit, rng)
    if edit.relation == "bridge":
        gap = _chosen(scene.gap_sites, scene, allowed, edit, rng, taken, _NARROWEST)
        return None if gap is None else _bridge(scene, gap, copper, rng)
    strokes = scene.stroke_sites
    if not strokes and edit.relation in ("bite", "spur"):
        strokes = _along_outline(copper, _scale(scene))
    relation = str(edit.relation)
    if relation == "cut":
        return _cut(scene, strokes, copper, allowed, edit, rng, taken)
    stroke = _chosen(strokes, scene, allowed, edit, rng, taken)
    if relation == "missing":
        return _across(scene, copper, free, edit, _GONE, rng) if stroke is None else _missing(scene, stroke, copper)
    return None if stroke is None else _of_stroke(scene, stroke, copper, relation, rng)


def _boxed(area: np.ndarray, edit: Edit) -> np.ndarray:
    """The part of an (H, W) bool area in the edit's box, all of it where none is."""
    if edit.box is None:
        return area
    height, width = area.shape
    box = np.zeros_like(area)
    x0, y0, x1, y1 = edit.box
    box[int(y0 * height) : int(np.ceil(y1 * height)), int(x0 * width) : int(np.ceil(x1 * width))] = True
    return area & box if (area & box).any() else area


def _island(scene: Scene, tone: np.ndarray, free: np.ndarray, edit: Edit, rng: np.random.Generator) -> Site | None:
    """A spot in the middle of an (H, W) bool tone, copper or ground, with some of it all around; in the edit's box where there is
    room."""
    scale = _scale(scene)
    room = cv2.distanceTransform(tone.astype(np.uint8), cv2.DIST_L2, 5)
    for area in (_boxed(tone & free, edit), tone & free):
        depth = np.where(area, room, 0.0)
        places = np.argwhere(depth >= max(0.6 * float(depth.max()), 4.0 * scale))
        if len(places):
            break
    else:
        return None
    row, column = places[int(rng.integers(len(places)))]
    most = float(depth[row, column]) - 2.5 * scale
    radius = min(max(float(rng.uniform(0.3, 0.6)) * most, 1.8 * scale), _ISLAND * scale, most)
    degrees = float(rng.uniform(0, 180))
    along, across = _offsets(tone.shape, (float(column), float(row)), degrees)
    reach = np.hypot(along / radius, across / (radius * float(rng.uniform(0.6, 0.95))))
    core = reach + _ragged(scene, tone.shape, rng) / max(2.0 * radius, 4.0) <= 1.0
    near = np.hypot(along, across) <= most
    return Site((float(column), float(row)), 3.0 * radius, degrees, core & near & tone)


def _cut(
    scene: Scene,
    strokes: Sequence[StrokeSite],
    copper: np.ndarray,
    allowed: np.ndarray,
    edit: Edit,
    rng: np.random.Generator,
    taken: np.ndarray | None,
) -> Site | None:
    """A gap through a stroke, or where there is none, through copper of any shape."""
    for _ in range(_CUTS):
        stroke = _chosen(strokes, scene, allowed, edit, rng, taken)
        if stroke is None or not _in_box(stroke, scene, edit):
            break
        site = _of_stroke(scene, stroke, copper, "cut", rng)
        if _parts_it(site, copper, scene):
            return site
    return _across(scene, copper, allowed if taken is None else allowed & ~taken, edit, _GAPES, rng)


def _across(
    scene: Scene, copper: np.ndarray, free: np.ndarray, edit: Edit, share: tuple[float, float], rng: np.random.Generator
) -> Site | None:
    """What is taken across copper of any shape, where it is narrow; in the edit's box rather than beside it. share: half of how
    far it reaches along the copper, over the way through."""
    scale = _scale(scene)
    passage = narrowest_passage(copper, _boxed(copper & free, edit), scale, rng) or narrowest_passage(
        copper, copper & free, scale, rng
    )
    if passage is None:
        return None
    (x0, y0), (x1, y1) = passage.start, passage.end
    length, centre = float(np.hypot(x1 - x0, y1 - y0)), ((x0 + x1) / 2, (y0 + y1) / 2)
    degrees = float(np.degrees(np.arctan2(y0 - y1, x1 - x0))) % 180
    along, across = _offsets(copper.shape, centre, degrees)
    half = max(float(rng.uniform(*share)) * length, 2.2 * scale)
    ragged = np.clip(_ragged(scene, copper.shape, rng), -0.5 * half, 0.5 * half)
    core = (np.abs(along) <= length / 2 + 2.0 * scale) & (np.abs(across) + ragged <= half)
    return Site(centre, 2.2 * max(length, 2 * half), degrees, core & copper)


def _in_box(stroke: StrokeSite, scene: Scene, edit: Edit) -> bool:
    if edit.box is None:
        return True
    height, width = scene.parts.shape
    x, y = (stroke.centre[0] + 0.5) / width, (stroke.centre[1] + 0.5) / height
    return edit.box[0] <= x <= edit.box[2] and edit.box[1] <= y <= edit.box[3]


def _parts_it(site: Site, copper: np.ndarray, scene: Scene) -> bool:
    """Whether what a site takes away parts the copper around it."""
    reach = round(10 * _scale(scene))
    x, y, wide, high = cv2.boundingRect(site.core.astype(np.uint8))
    around = (slice(max(0, y - reach), y + high + reach), slice(max(0, x - reach), x + wide + reach))
    before, left = copper[around], copper[around] & ~site.core[around]
    return cv2.connectedComponents(left.astype(np.uint8))[0] > cv2.connectedComponents(before.astype(np.uint8))[0]


def _along_outline(copper: np.ndarray, scale: float) -> list[StrokeSite]:
    """Places on the straight outlines of planes, as if strokes of a usual width ran along them."""
    width = _PLANE * scale
    found = []
    outlines, _ = cv2.findContours(copper.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    for outline in outlines:
        points = cv2.approxPolyDP(outline, 1.5 * scale, True)[:, 0].astype(float)
        for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
            along = end - start
            length = float(np.hypot(*along))
            if length < 3 * width:
                continue
            # Of a contour of this orientation, the copper lies on the left or the right: look.
            normal = np.array([along[1], -along[0]]) / length
            for share in (0.3, 0.5, 0.7):
                place = start + share * along
                for side in (1.0, -1.0):
                    x, y = np.rint(place + side * normal * width / 2).astype(int)
                    u, v = np.rint(place - side * normal * width / 2).astype(int)
                    inside = min(x, y, u, v) >= 0 and max(x, u) < copper.shape[1] and max(y, v) < copper.shape[0]
                    # The picture's border is no outline of copper.
                    if inside and copper[y, x] and not copper[v, u]:
                        centre = (place + side * normal * width / 2) / scale - 0.5
                        degrees = float(np.degrees(np.arctan2(-along[1], along[0]))) % 180
                        found.append(StrokeSite((float(centre[0]), float(centre[1])), degrees, _PLANE, 1))
    return found


def _scale(scene: Scene) -> float:
    return max(scene.foreground.shape) / max(scene.parts.shape)


def _chosen(
    sites: Sequence[_S],
    scene: Scene,
    allowed: np.ndarray,
    edit: Edit,
    rng: np.random.Generator,
    taken: np.ndarray | None,
    most: int | None = None,
) -> _S | None:
    """One of the sites, the first `most` of them, that lie where the defect may be, in the edit's box rather than beside it."""
    scale = _scale(scene)
    height, width = allowed.shape
    free = []
    for site in sites:
        x, y = (
            min(int((value + 0.5) * scale), length - 1)
            for value, length in zip(site.centre, (width, height), strict=True)
        )
        if allowed[y, x] and (taken is None or not taken[y, x]):
            free.append((x / width, y / height, site))
    if edit.box is not None:
        x0, y0, x1, y1 = edit.box
        free = [one for one in free if x0 <= one[0] <= x1 and y0 <= one[1] <= y1] or free
    free = free[:most]
    return free[int(rng.integers(len(free)))][2] if free else None


def _ragged(scene: Scene, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    return (_RAGGED * _scale(scene) * fractal_noise(shape, rng, 5.0 * _scale(scene), 3)).astype(np.float32)


def _offsets(shape: tuple[int, int], centre: tuple[float, float], degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """(along, across) a direction from a point, (H, W) float32 px each."""
    x = np.arange(shape[1], dtype=np.float32)[None, :] - np.float32(centre[0])
    y = np.arange(shape[0], dtype=np.float32)[:, None] - np.float32(centre[1])
    turn = np.deg2rad(-degrees)
    cosine, sine = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    return x * cosine + y * sine, y * cosine - x * sine


def _bridge(scene: Scene, gap: GapSite, copper: np.ndarray, rng: np.random.Generator) -> Site:
    scale = _scale(scene)
    (x0, y0), (x1, y1) = ((np.asarray(end) + 0.5) * scale for end in (gap.start, gap.end))
    length = float(np.hypot(x1 - x0, y1 - y0))
    degrees = float(np.degrees(np.arctan2(y0 - y1, x1 - x0))) % 180
    centre = (float(x0 + x1) / 2, float(y0 + y1) / 2)
    along, across = _offsets(copper.shape, centre, degrees)
    half = max(float(rng.uniform(*_BRIDGE)) * length / 2, 1.6 * scale)
    core = (np.abs(along) <= length / 2 + 1.5 * scale) & (np.abs(across) + _ragged(scene, copper.shape, rng) <= half)
    return Site(centre, 2.2 * max(length, 2 * half), degrees, core & ~copper)


def _of_stroke(scene: Scene, stroke: StrokeSite, copper: np.ndarray, relation: str, rng: np.random.Generator) -> Site:
    scale = _scale(scene)
    centre = ((stroke.centre[0] + 0.5) * scale, (stroke.centre[1] + 0.5) * scale)
    width = stroke.width * scale
    along, across = _offsets(copper.shape, centre, stroke.direction)
    ragged = _ragged(scene, copper.shape, rng)
    near = (np.abs(along) < 4 * width) & (np.abs(across) < 2 * width)
    if relation == "cut":
        half = max(float(rng.uniform(*_CUT)) * width / 2, 2.0 * scale)
        # However ragged, a cut goes right through.
        core = (
            copper
            & (np.abs(along) + np.clip(ragged, -0.5 * half, 0.5 * half) <= half)
            & (np.abs(across) <= width / 2 + 2.5 * scale)
        )
        return Site(centre, 2.2 * width, stroke.direction, core)
    side = 1.0 if rng.random() < 0.5 else -1.0
    turn = np.deg2rad(-stroke.direction)
    # A plane has only one side that is an outline.
    beyond = np.array(centre) + side * (width / 2 + 2 * scale) * np.array([-np.sin(turn), np.cos(turn)])
    x, y = np.clip(np.rint(beyond).astype(int), 0, np.array(copper.shape[::-1]) - 1)
    if copper[y, x]:
        side = -side
    depth = float(rng.uniform(*(_BITE if relation == "bite" else _SPUR))) * width
    long = depth * float(rng.uniform(0.9, 1.6))
    border = side * across - width / 2
    # A rounded bite from the border inward, or a rounded spur outward.
    reach = np.hypot(along / max(long, 1.2 * scale), border / max(depth, 1.2 * scale)) + ragged / max(width, 3.0)
    core = near & (reach <= 1.0) & (copper if relation == "bite" else ~copper)
    return Site(centre, 2.2 * width, stroke.direction, core)


def _missing(scene: Scene, stroke: StrokeSite, copper: np.ndarray) -> Site:
    """The whole trace, where it is not most of the board; else a long piece of it."""
    trace = part_area(scene, "trace", stroke.trace)
    assert trace is not None, "a stroke's trace is a part"
    scale = _scale(scene)
    centre = ((stroke.centre[0] + 0.5) * scale, (stroke.centre[1] + 0.5) * scale)
    if np.count_nonzero(trace) > _MISSING * np.count_nonzero(copper):
        along, across = _offsets(copper.shape, centre, stroke.direction)
        width = stroke.width * scale
        trace = trace & (np.abs(along) <= 4 * width) & (np.abs(across) <= width)
    rows, columns = np.nonzero(trace)
    middle = (float(columns.min() + columns.max()) / 2, float(rows.min() + rows.max()) / 2)
    return Site(middle, float(np.hypot(np.ptp(rows), np.ptp(columns))) + 8 * scale, stroke.direction, trace)
