"""Where a two-tone board can be shorted, and where its traces can be cut: its narrowest gaps, and free strokes of its traces."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .parts import Parts
from .texture_direction import along, structure_tensor

# Sites at the most, and how far they lie apart, as a share of the picture's longer side.
_SITES, _APART = 24, 0.06
# Two strands of one trace are apart where the way along its outline is this many times the gap.
_WAY = 5.0
# The narrowest gap and stroke that count, px: less is a ragged edge. The widest gap, as a share of the picture's longer side.
_NARROW, _THIN, _FAR = 2.0, 1.5, 0.2
# The largest hole in a pad, as a share of the picture's area.
_HOLE = 0.03
# How far sites stay off the picture's border, px: there one does not see where copper ends.
_BORDER = 3
# A straight stroke: coherence of its direction, and how far it runs on to both sides, in widths.
_COHERENT, _RUNS_ON = 0.8, 1.8
# The widest stroke that is cut, as a share of the picture's longer side, and of its trace's usual one: others are pads or planes.
_WIDEST, _USUAL = 0.12, 1.4


@dataclass(frozen=True)
class GapSite:
    """A narrow gap. start, end: (x, y) px of the working size, on the copper at either side. width: px between. traces: the
    numbers of the traces at start and end; the same for two strands of one."""

    start: tuple[float, float]
    end: tuple[float, float]
    width: float
    traces: tuple[int, int]

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) px of the working size."""
        return (self.start[0] + self.end[0]) / 2, (self.start[1] + self.end[1]) / 2


@dataclass(frozen=True)
class StrokeSite:
    """A place on a trace, off its ends and pads. centre: (x, y) px of the working size. direction: of the trace, degrees as in
    Parts. width: px. trace: its number."""

    centre: tuple[float, float]
    direction: float
    width: float
    trace: int


def narrowest_gaps(parts: Parts) -> list[GapSite]:
    """Where two traces, or two strands of one, come closest, the narrowest first; none for a picture that has no traces."""
    numbers = _numbered(parts)
    if not numbers.any():
        return []
    free = (numbers == 0).astype(np.uint8)
    depth, nearest = cv2.distanceTransformWithLabels(free, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    place = np.zeros(int(nearest.max()) + 1, np.int64)
    place[nearest[free == 0]] = np.flatnonzero(free == 0)
    owner = place[nearest]
    height, width = numbers.shape
    index = np.arange(height * width).reshape(height, width)
    first = np.concatenate([index[:, :-1].ravel(), index[:-1].ravel()])
    second = np.concatenate([index[:, 1:].ravel(), index[1:].ravel()])
    here, there = owner.ravel()[first], owner.ravel()[second]
    chosen = (here != there) & (free.ravel()[first] + free.ravel()[second] > 0)
    # One pair of ends, one candidate.
    pairs = np.unique(np.stack([np.minimum(here, there)[chosen], np.maximum(here, there)[chosen]], axis=1), axis=0)
    begin, end = (np.stack([pairs[:, side] % width, pairs[:, side] // width], axis=1) for side in (0, 1))
    gap = np.hypot(*(end - begin).T) - 1
    middle = (begin + end) // 2
    # Copper at the ends and nowhere else: opposite each other, not neighbours along an outline.
    opposite = 2 * depth[middle[:, 1], middle[:, 0]] >= 0.85 * (gap + 1) - 1
    seen = (np.minimum(middle, [width - 1, height - 1] - middle) >= _BORDER).all(axis=1)
    keep = (gap >= _NARROW) & (gap <= _FAR * max(numbers.shape)) & opposite & seen
    keep &= (numbers.ravel()[pairs] > 0).all(axis=1)
    traces = numbers.ravel()[pairs]
    same = traces[:, 0] == traces[:, 1]
    keep[keep & same] = _way(numbers, pairs[keep & same]) >= _WAY * gap[keep & same]
    ordered = np.flatnonzero(keep)[np.lexsort((pairs[keep, 0], np.rint(2 * gap[keep])))]
    sites: list[GapSite] = []
    for one in _spread(ordered, middle, numbers.shape):
        joins = int(traces[one, 0]), int(traces[one, 1])
        ends = begin[one], end[one]
        if joins[0] != joins[1]:  # straight across, where copper runs alongside
            there = _nearest(numbers == joins[1], ends[0])
            ends = _nearest(numbers == joins[0], there), there
        taken = np.array([(*site.start, *site.end) for site in sites]).reshape(-1, 4)
        off = np.abs(taken - np.concatenate(ends)).max(axis=1)
        if (off < _APART / 2 * max(numbers.shape)).any():
            continue
        width = round(float(np.hypot(*(ends[1] - ends[0]))) - 1, 1)
        start, stop = ((float(x), float(y)) for x, y in ends)
        sites.append(GapSite(start, stop, width, joins))
    return sorted(sites, key=lambda site: (site.width, site.start[1], site.start[0]))


def _nearest(mask: np.ndarray, point: np.ndarray) -> np.ndarray:
    """The pixel of a mask, (h, w) bool, that is nearest to a point, (x, y)."""
    rows, columns = np.nonzero(mask)
    index = int(np.argmin((columns - point[0]) ** 2 + (rows - point[1]) ** 2))
    return np.array([columns[index], rows[index]])


def cuttable(parts: Parts) -> list[StrokeSite]:
    """Where a trace can be cut, bitten or thinned so that it shows: straight free strokes, the thinnest first; none for a picture
    that has no traces."""
    numbers = _numbered(parts)
    if not (numbers > 0).any():
        return []
    copper = _undrilled(numbers > 0)
    side = max(copper.shape)
    depth = cv2.distanceTransform(copper.astype(np.uint8), cv2.DIST_L2, 5)
    ridge = copper & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)) - 0.3) & (2 * depth <= _WIDEST * side)
    found = []
    # The tensor is summed over a window as wide as the strokes that it is asked about.
    for least, most in ((0.0, 6.0), (6.0, 12.0), (12.0, np.inf)):
        rows, columns = np.nonzero(ridge & (2 * depth > least) & (2 * depth <= most))
        if not len(rows):
            continue
        window = float(2 * depth[rows, columns].max())
        energy, doubled = structure_tensor(cv2.GaussianBlur(copper.astype(np.float32), (0, 0), 1.0))
        energy = cv2.GaussianBlur(energy, (0, 0), window / 1.5)
        real = cv2.GaussianBlur(doubled.real.astype(np.float32), (0, 0), window / 1.5)
        imaginary = cv2.GaussianBlur(doubled.imag.astype(np.float32), (0, 0), window / 1.5)
        vector = (real + 1j * imaginary)[rows, columns]
        straight = np.abs(vector) >= _COHERENT * np.maximum(energy[rows, columns], 1e-9)
        points = np.stack([columns, rows], axis=1)[straight].astype(float)
        direction = along(vector[straight])
        found.append(_strokes(copper, points, direction))
    points, direction, width = (
        (np.concatenate(parts) for parts in zip(*found, strict=True)) if found else (np.zeros(0),) * 3
    )
    if not len(points):
        return []
    owners = numbers[points[:, 1].round().astype(int), points[:, 0].round().astype(int)]
    keep = owners > 0
    for number in np.unique(owners[keep]):
        of_trace = owners == number
        keep[of_trace] = width[of_trace] <= max(_USUAL * float(np.median(width[of_trace])), _THIN)
    ordered = np.flatnonzero(keep)[np.lexsort((points[keep, 0], points[keep, 1], np.rint(2 * width[keep])))]
    return [
        StrokeSite(
            (float(points[one, 0]), float(points[one, 1])),
            round(float(direction[one]), 1) % 180,
            round(float(width[one]), 1),
            int(owners[one]),
        )
        for one in _spread(ordered, points, numbers.shape)
    ]


def _numbered(parts: Parts) -> np.ndarray:
    """The number of the trace at each pixel of the working size, (h, w) int; -1 on copper that has none, 0 off it."""
    numbers = np.zeros(parts.shape, int)
    traces = parts.named("trace")
    if traces:
        numbers[~parts.named("gap")[0].mask] = -1
        for trace in traces:
            numbers[trace.mask] = trace.number
    return numbers


def _undrilled(copper: np.ndarray) -> np.ndarray:
    """Copper, (h, w) bool, with its drilled holes filled: a pad is no stroke that leads around its hole."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~copper).astype(np.uint8), connectivity=4)
    left, top, width, height, area = stats.T
    enclosed = (left > 0) & (top > 0) & (left + width < copper.shape[1]) & (top + height < copper.shape[0])
    filled = enclosed & (area <= _HOLE * copper.size)
    filled[0] = True
    whole: np.ndarray = filled[labels]
    return whole


def _way(numbers: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """How far it is between two pixels, flat indices (n, 2), along an outline of the copper that both are on, px; infinite where
    they are on two outlines, 0 where on none."""
    outlines, _ = cv2.findContours((numbers != 0).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outline_of, step = np.full(numbers.size, -1), np.zeros(numbers.size, int)
    lengths = np.array([len(outline) for outline in outlines])
    for index, outline in enumerate(outlines):
        flat = outline[:, 0, 1] * numbers.shape[1] + outline[:, 0, 0]
        outline_of[flat], step[flat] = index, np.arange(len(flat))
    first, second = pairs[:, 0], pairs[:, 1]
    steps = np.abs(step[first] - step[second])
    way = np.minimum(steps, lengths[outline_of[first]] - steps).astype(float)
    way[outline_of[first] != outline_of[second]] = np.inf
    way[(outline_of[first] < 0) | (outline_of[second] < 0)] = 0
    return way


def _strokes(
    copper: np.ndarray, points: np.ndarray, direction: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Those of the points, (n, 2) x and y, at which a stroke runs on to both sides and ends within the picture across: their
    centres across, directions and widths."""
    turn = np.radians(direction)
    onward = np.stack([np.cos(turn), -np.sin(turn)], axis=1)
    across = np.stack([onward[:, 1], -onward[:, 0]], axis=1)
    left, left_ends = _run(copper, points, across)
    right, right_ends = _run(copper, points, -across)
    width = left + right
    centres = points + across * ((left - right) / 2)[:, None]
    ahead, back = _run(copper, centres, onward)[0], _run(copper, centres, -onward)[0]
    keep = left_ends & right_ends & (np.minimum(ahead, back) >= _RUNS_ON * width + 1) & (width >= _THIN)
    return centres[keep], direction[keep], width[keep]


def _run(copper: np.ndarray, points: np.ndarray, way: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far copper goes on from points along unit vectors, px, and whether it ends within the picture."""
    steps = np.arange(0, 0.3 * max(copper.shape), 0.5)
    places = np.rint(points[:, None] + way[:, None] * steps[:, None]).astype(int)
    inside = (places >= 0).all(axis=2) & (places[..., 0] < copper.shape[1]) & (places[..., 1] < copper.shape[0])
    row, column = np.clip(places[..., 1], 0, copper.shape[0] - 1), np.clip(places[..., 0], 0, copper.shape[1] - 1)
    off = ~inside | ~copper[row, column]
    ends = off.any(axis=1)
    first = np.where(ends, off.argmax(axis=1), len(steps) - 1)
    return steps[first], ends & inside[np.arange(len(points)), first]


def _spread(ordered: np.ndarray, places: np.ndarray, shape: tuple[int, ...]) -> list[int]:
    """The first of the ordered sites, and those after it that lie off all chosen before."""
    chosen: list[int] = []
    left = ordered
    while len(left) and len(chosen) < _SITES:
        chosen.append(int(left[0]))
        off = np.hypot(*(places[left] - places[left[0]]).T)
        left = left[off >= _APART * max(shape)]
    return chosen
