"""Where a defect goes: on the product, inside the region and the prompt's box, with room around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ...core.task import SIZES, Task
from ...defects.drawing.window import Window
from ...defects.edit import Edit
from ...defects.families import FAMILIES
from ...defects.family import Family
from ...defects.prompt_text import read_prompt
from ...imaging.masks import box_in_fractions
from ...imaging.noise import log_uniform
from ...scene.places import part_area, place_of
from ...scene.scene import Scene, allowed_area, distance_transform_on_grid
from .orientation import chord, direction_of, follow, inside_share
from .sites import choose_site

# Room around the defect in the window, as a share of its size and in units.
_MARGIN_SHARE, _MARGIN_UNITS = 0.35, 12.0
# Places tried for a line, and the share of one that is as good as all of it.
_LINES, _WHOLE = 16, 0.97
# The size of what lies along a part, as a share of the product's size, at least.
_DRAWN_OUT = 0.62
# The size of each of several, over the side of the square that is its share of the place.
_AREAS_APART, _LINES_APART = 0.75, 1.1
# Of a trace's width, what a defect in it takes.
_OF_TRACE = 0.55
# A line from edge to edge is this much longer than the way.
_BEYOND = 1.25


def choose_window(
    image: np.ndarray,
    scene: Scene,
    allowed: np.ndarray,
    edit: Edit,
    rng: np.random.Generator,
    taken: np.ndarray | None = None,
) -> tuple[Window, tuple[slice, slice]]:
    """A window of the image, (H, W, 3) uint8, around a place for one defect, and its rows and columns in the image.

    The prompt's box is kept to where it meets the allowed area, else the whole allowed area serves. taken: (H, W) bool, where
    defects are already that this one keeps off.
    """
    height, width = allowed.shape
    family = FAMILIES[edit.family]
    unit = max(min(height, width) / 256.0, 0.5)
    # Small defects are more frequent than large ones.
    share = edit.size if edit.size is not None else log_uniform(rng, *family.size)
    # A line can run on beyond the picture, what has an area would fill it.
    most = (SIZES[1] if family.is_line else 0.95) * max(height, width)
    size = min(max(share * scene.product_size, 5.0 * unit), most)
    severity = edit.severity if edit.severity is not None else float(rng.uniform(0.35, 0.8))
    if edit.relation == "along" and edit.part in ("rim", "edge", "opening") and family.is_line:
        # What is shorter lies at the part, and nobody sees that it runs along it.
        size = min(max(size, _DRAWN_OUT * scene.product_size), most)
    free = allowed is scene.foreground or allowed is scene.inside
    meant = place_of(scene, allowed, edit.place, None, edit.relation, edit.part, edit.part_number)
    if (edit.count or 1) > 1:
        # So many have room beside each other.
        room = float(np.sqrt(np.count_nonzero(meant) / (edit.count or 1)))
        size = max(min(size, (_LINES_APART if family.is_line else _AREAS_APART) * room), 5.0 * unit)
    if edit.part in ("trace", "gap") and edit.relation == "near":
        size = min(size, _OF_TRACE * _widest(meant))
    site = choose_site(scene, allowed, edit, rng, taken)
    if site is None:
        x, y, normal, degrees = _choose_line(_Search(scene, allowed, meant, edit, size, taken), rng)
        if edit.relation == "edge_to_edge":
            (x, y), size = chord(allowed, (x, y), degrees, most)
            # Its ends taper beyond the edges.
            size, normal = min(_BEYOND * size, most), (0.0, 0.0)
    else:
        x, y, degrees, normal = *site.centre, site.degrees, (0.0, 0.0)
        size = min(max(site.size, 5.0 * unit), most)
    if edit.relation in ("around", "along") and not np.array_equal(meant, allowed):
        guide = follow(scene, edit, (x, y), size, rng) if family.is_line else None
        if guide is not None:
            (x, y), size = _middle_of(guide), max(size, float(np.hypot(*np.ptp(guide, axis=0))))
        elif edit.relation == "around":
            (x, y), size = _around(scene, edit, most)
        else:
            # Along a part, an area is drawn out: its band is what shows of it.
            size = min(max(size, _DRAWN_OUT * scene.product_size), most)
        if guide is None:
            allowed, free = meant, False
    else:
        guide = None
    # What lies all over needs all of the picture, or it would end along the window's border.
    reach = max(allowed.shape) if family.covers_picture else size * (0.5 + _MARGIN_SHARE) + _MARGIN_UNITS * unit
    rows = slice(max(0, int(y - reach)), min(height, int(y + reach) + 1))
    columns = slice(max(0, int(x - reach)), min(width, int(x + reach) + 1))
    corner = np.array([columns.start, rows.start], np.float32)
    window = Window(
        pixels=image[rows, columns].astype(np.float32),
        allowed=allowed[rows, columns],
        product=scene.foreground[rows, columns],
        centre=(x - columns.start, y - rows.start),
        size=size,
        angle=float(np.deg2rad(-degrees)),
        severity=severity,
        unit=unit,
        scene=scene,
        edit=edit,
        edge_normal=normal,
        goes_on=(rows.start > 0, rows.stop < height, columns.start > 0, columns.stop < width),
        free=free,
        guide=None if guide is None else guide - corner,
        core=None if site is None else site.core[rows, columns],
    )
    return window, (rows, columns)


@dataclass(frozen=True, eq=False)
class _Search:
    """What a place is looked for by: the middle of a defect of `size` px within `meant`, off `taken`, of the allowed area."""

    scene: Scene
    allowed: np.ndarray
    meant: np.ndarray
    edit: Edit
    size: float
    taken: np.ndarray | None

    @cached_property
    def distance(self) -> np.ndarray:
        """See distance_transform_on_grid, of the allowed area."""
        if self.allowed is self.scene.foreground:
            return self.scene.distance_transform
        return distance_transform_on_grid(self.allowed)

    @property
    def family(self) -> Family:
        """The edit's."""
        return FAMILIES[self.edit.family]


def _choose_line(search: _Search, rng: np.random.Generator) -> tuple[float, float, tuple[float, float], float]:
    """As _choose_centre, and the direction in degrees. Of a line, the one of some that runs off the area least."""
    edit = search.edit
    free = search.family.is_line and edit.place not in ("edge", "corner") and edit.part is None
    best, least = (0.0, 0.0, (0.0, 0.0), 0.0), -1.0
    for _ in range(_LINES if free else 1):
        x, y, normal = _choose_centre(search, rng)
        degrees = direction_of(search.scene, edit, (x, y), rng)
        centre, length = (x, y), search.size
        if edit.relation == "edge_to_edge":
            centre, length = chord(search.allowed, (x, y), degrees, max(search.allowed.shape) * 1.5)
        kept = inside_share(search.allowed, centre, degrees, length)
        if edit.relation == "edge_to_edge":
            # Not over an opening, nor across a corner alone.
            kept *= min(1.0, length / search.scene.product_size)
        if kept > least:
            best, least = (x, y, normal, degrees), kept
        if kept >= _WHOLE:
            break
    return best


def _widest(area: np.ndarray) -> float:
    """The width, px, of an (H, W) bool area where it is widest."""
    return 2.0 * float(cv2.distanceTransform(area.astype(np.uint8), cv2.DIST_L2, 5).max())


def _middle_of(path: np.ndarray) -> tuple[float, float]:
    low, high = path.min(axis=0), path.max(axis=0)
    return float((low[0] + high[0]) / 2), float((low[1] + high[1]) / 2)


def _around(scene: Scene, edit: Edit, most: float) -> tuple[tuple[float, float], float]:
    """Middle and size of what lies all around a part."""
    area = part_area(scene, edit.part or "", edit.part_number)
    assert area is not None, "only where the part is there"
    left, top, right, bottom = (
        value * length
        for value, length in zip(box_in_fractions(area), (*area.shape[::-1], *area.shape[::-1]), strict=True)
    )
    return ((left + right) / 2, (top + bottom) / 2), min(1.5 * max(right - left, bottom - top), most)


def attempt_area(task: Task, scene: Scene, prompt: str) -> np.ndarray:
    """(H, W) bool: where the defect that a prompt asks for may reach, for generators that inpaint.

    The prompt's box with room for the defect's size around it, within the region and the product; all of these where the
    prompt names no box or meets none of them.
    """
    allowed = allowed_area(scene, task.region)
    edits = read_prompt(prompt, task.asked, scene.bounding_box, task.image.shape[:2], task.item)
    height, width = allowed.shape
    area = np.zeros_like(allowed)
    for edit in edits:
        if edit.box is None:
            return allowed
        room = 0.5 * (edit.size or 0.0) * scene.product_size
        left, right = edit.box[0] * width - room, edit.box[2] * width + room
        top, bottom = edit.box[1] * height - room, edit.box[3] * height + room
        area[max(0, int(top)) : max(1, round(bottom)), max(0, int(left)) : max(1, round(right))] = True
    return area & allowed if (area & allowed).any() else allowed


def _choose_centre(search: _Search, rng: np.random.Generator) -> tuple[float, float, tuple[float, float]]:
    """(x, y, normal out of the product where it is at its edge) of a defect's middle."""
    scene, allowed, meant, edit, taken = search.scene, search.allowed, search.meant, search.edit, search.taken
    family, distance = search.family, search.distance
    candidates = distance > 0
    if not candidates.any():  # a region thinner than the grid
        y, x = np.argwhere(allowed)[int(rng.integers(np.count_nonzero(allowed)))]
        return float(x), float(y), (0.0, 0.0)
    if meant is not allowed:
        candidates = _kept(candidates, _on_grid(meant, distance.shape))
    # Outside the image nothing is allowed for most places; for the silhouette, the image's border is no edge.
    if edit.box is not None:
        candidates = _within_box(candidates, edit.box)
    size = search.size * max(distance.shape) / max(allowed.shape)
    if taken is not None and taken.any():
        candidates = _apart(candidates, _on_grid(taken, distance.shape), size, family.is_line)
    share = 0.2 if family.is_line else 0.42
    room = min(share * size, 0.8 * float(distance[candidates].max()))
    at_edge = (edit.place or (None if edit.part else family.place)) == "edge" or edit.place == "corner"
    if at_edge or edit.part == "rim":
        # An edge is where the product ends, not where it has an opening.
        distance = _from_outside(distance)
    if edit.place == "corner" and scene.category == "object":
        candidates = _tip(_on_grid(meant, distance.shape), candidates, distance > 0, rng)
    elif edit.part == "rim" and edit.relation == "near":
        # On the rim, or touching it from inside.
        candidates = _kept(candidates, distance <= max(1.5, 0.38 * size, float(distance[candidates].min()) + 1.0))
    elif at_edge:
        near = candidates & (distance <= max(1.5, 0.12 * size))
        candidates = near if near.any() else candidates & (distance <= float(distance[candidates].min()) + 1.0)
    elif edit.place == "centre" and meant is allowed:
        candidates &= distance >= 0.6 * float(distance[candidates].max())
    else:
        candidates = _kept(candidates, distance >= room)
    if edit.part in ("trace", "gap") and edit.relation == "near":
        # A hole in a trace leaves some of it all around.
        depth = cv2.distanceTransform(candidates.astype(np.uint8), cv2.DIST_L2, 5)
        candidates = candidates & (depth >= min(0.7 * size, 0.9 * float(depth.max())))
    elif scene.bilevel:
        candidates = _near_pattern(scene, candidates, edit)
    places = np.flatnonzero(candidates)
    row, column = np.unravel_index(int(places[int(rng.integers(len(places)))]), candidates.shape)
    scale_x, scale_y = allowed.shape[1] / distance.shape[1], allowed.shape[0] / distance.shape[0]
    x = min((int(column) + float(rng.uniform(0, 1))) * scale_x, allowed.shape[1] - 1.0)
    y = min((int(row) + float(rng.uniform(0, 1))) * scale_y, allowed.shape[0] - 1.0)
    return x, y, _normal(distance, int(row), int(column)) if at_edge else (0.0, 0.0)


def _from_outside(distance: np.ndarray) -> np.ndarray:
    """A distance transform, (h, w) float32, as if the area had no holes; 0 outside the area itself."""
    area = distance > 0
    outlines, _ = cv2.findContours(area.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(area.shape, np.uint8)
    cv2.drawContours(filled, outlines, -1, 1, cv2.FILLED)
    if int(filled.sum()) == int(area.sum()):
        return distance
    framed = cv2.copyMakeBorder(filled, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return np.where(area, cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1], 0).astype(np.float32)


def _tip(corners: np.ndarray, near: np.ndarray, product: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The outermost pixels, (h, w) bool, of one of the corners, (h, w) bool, that `near`, (h, w) bool, reaches into."""
    rows, columns = np.nonzero(product)
    middle = rows.mean(), columns.mean()
    _, labels = cv2.connectedComponents(corners.astype(np.uint8))
    reached = np.unique(labels[near & corners])
    reached = reached[reached > 0]
    if not len(reached):
        return near
    chosen = np.argwhere(labels == int(reached[int(rng.integers(len(reached)))]))
    away = np.hypot(*(chosen - middle).T)
    tip = np.zeros_like(near)
    tip[tuple(chosen[away >= away.max() - 1.5].T)] = True
    return tip


def _kept(candidates: np.ndarray, to: np.ndarray) -> np.ndarray:
    both = candidates & to
    return both if both.any() else candidates


def _on_grid(area: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return cv2.resize(area.astype(np.uint8), (shape[1], shape[0]), interpolation=cv2.INTER_AREA) > 0


def _apart(candidates: np.ndarray, taken: np.ndarray, size: float, line: bool) -> np.ndarray:
    """Where one more defect of a size is a piece of its own beside those that are there; as far off as there is room for."""
    off = cv2.distanceTransform((~taken).astype(np.uint8), cv2.DIST_L2, 5)
    wanted = (0.5 if line else 0.65) * size + 3.0
    for share in (1.0, 0.6, 0.3):
        free = candidates & (off >= share * wanted)
        if free.any():
            return free
    return candidates & (off >= 0.9 * float(off[candidates].max()))


def _within_box(candidates: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    height, width = candidates.shape
    inside = np.zeros_like(candidates)
    top, left = int(np.clip(box[1] * height, 0, height - 1)), int(np.clip(box[0] * width, 0, width - 1))
    bottom, right = max(top + 1, int(np.ceil(box[3] * height))), max(left + 1, int(np.ceil(box[2] * width)))
    inside[top:bottom, left:right] = True
    inside &= candidates
    return inside if inside.any() else candidates


def _near_pattern(scene: Scene, candidates: np.ndarray, edit: Edit) -> np.ndarray:
    """On a two-tone picture faults of the pattern sit on its outlines, where contrast is high."""
    contrast = cv2.resize(
        scene.local_contrast, (candidates.shape[1], candidates.shape[0]), interpolation=cv2.INTER_LINEAR
    )
    near = candidates & (contrast < 2.0 if FAMILIES[edit.family].inside_one_tone else contrast > 20.0)
    return near if near.any() else candidates


def _normal(distance: np.ndarray, row: int, column: int) -> tuple[float, float]:
    """Unit vector out of the product: towards smaller distances from the silhouette."""
    smooth = cv2.GaussianBlur(distance, (0, 0), 2.0)
    top, left = max(row - 1, 0), max(column - 1, 0)
    patch = smooth[top : row + 2, left : column + 2]
    if min(patch.shape) < 2:
        return (0.0, 0.0)
    gradient_y, gradient_x = (float(g.mean()) for g in np.gradient(patch))
    norm = float(np.hypot(gradient_x, gradient_y))
    return (-gradient_x / norm, -gradient_y / norm) if norm > 1e-3 else (0.0, 0.0)
