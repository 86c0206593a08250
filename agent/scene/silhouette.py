"""Where the product is in a normal picture: its silhouette on a background without the shade, several of them, or none."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..imaging.channels import channel_norm, colours_at, with_colour
from ..imaging.masks import bounding_box
from ..imaging.quantiles import median, percentile
from .outlined import enclosed, find_outlined, is_solid, to_steepest

# A border ring of this share of the short side is taken as the sample of the background.
_RING_SHARE = 0.03
# A product covers at least and at most this share of a picture with a background.
_PRODUCT_SHARE = (0.04, 0.92)
# How dark a product's own shadow is at the most, of the background's lightness.
_HALF_DARK = 0.5
# What must be left of a product without deep shade.
_LEFT = 0.75
# The widest gap in an outline, as a share of the shorter side, through which shade does not get into a product whose tone is
# the shade's own.
_GAP = 0.02
# Pieces of this share of the largest one's area count.
_LARGE = 0.1
# Several products that lie apart: most of them have this share of the largest one's area, and of the picture's,
_ALIKE, _EACH = 0.3, 0.005
# together they are this share of all that stands off the background,
_ALL = 0.85
# the middle one fills this share of its convex hull,
_COMPACT = 0.8
# bores open this share of them at the most,
_HOLLOW = 0.5
# the background between them is this steep, in lightness of 0-100 per px, in this share at the most,
_EDGE = 2.0, 0.1
# and the picture's border cuts this share of them at the most.
_CUT = 0.15
# Openings through a product count from this share of its area, and so do the pieces that are left of it in one.
_OPENING = 0.02
# Colour and edge agree where this share of what is found by colour lies inside the edge. The colour has left parts out where they
# are more than this share of what the edge encloses, and seen an opening where it has this share of it.
_AGREED, _LEFT_OUT, _SEEN = 0.8, 0.1, 0.5
# From this share on the edge, whose corners are rounder, has nothing to add.
_SAME = 0.98
# A picture with a shorter side has no room beside an edge, px.
_ROOM = 96
# An edge alone shows a product from this share of the picture.
_SURE = 0.08
# Of several outlines the solidity, as a share of the best one's, below which one is ragged.
_EVEN = 0.99
# How far the outline by colour is moved to an edge, as a share of the shorter side.
_BAND = 0.02
# A mask that reaches three borders and is this thin, as a share of the shorter side, is a net of joints.
_NET = 0.03


def find_product(small: np.ndarray) -> np.ndarray | None:
    """The mask, (h, w) bool, of the product in a picture, (h, w, 3) uint8 RGB, with a background; None where it fills the frame.

    By its colour, which may run over into a shadow or leave out parts of the background's tone, and by the edge that encloses
    it, where one does: one corrects the other.
    """
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab = with_colour(np.subtract, lab, np.array([0, 128, 128], np.float32))
    lab = with_colour(np.multiply, lab, np.array([100 / 255, 1, 1], np.float32))
    lab = cv2.GaussianBlur(lab, (0, 0), 1.2)
    height, width = lab.shape[:2]
    ring = max(2, round(_RING_SHARE * min(height, width)))
    border = np.ones((height, width), bool)
    border[ring:-ring, ring:-ring] = False
    slopes = [gradient_magnitude(channel) for channel in cv2.split(lab)]
    coloured = _by_colour(lab, border, slopes[0])
    if min(height, width) < _ROOM:
        return coloured
    slope = channel_norm(cv2.merge(slopes))
    found = find_outlined(lab, slope, border)
    if coloured is not None:
        coloured = _refined(lab, coloured, slope)
    if found is None:
        return coloured
    outlined, openings = found
    if coloured is None:
        return outlined & ~openings if is_solid(outlined) and float(outlined.mean()) >= _SURE else None
    both = coloured & outlined
    agreed = np.count_nonzero(both) / max(int(np.count_nonzero(coloured)), 1)
    if agreed < _AGREED:
        return coloured
    # Holes are the colour's to tell; openings that it took for the product, the edge's.
    holes = _holes(coloured)
    _, labels = cv2.connectedComponents(openings.astype(np.uint8))
    seen = np.bincount(labels[holes], minlength=labels.max() + 1) > _SEEN * np.bincount(labels.ravel())
    unseen = openings & ~seen[labels]
    wide = outlined & ~holes
    if is_solid(outlined) and _left_out(wide & ~coloured, wide, lab, border, slopes[0]):
        return wide & ~unseen
    candidates = (coloured, wide) if agreed > _SAME else (coloured, both, wide)
    return _best(candidates, slope) & ~unseen


def _left_out(part: np.ndarray, whole: np.ndarray, lab: np.ndarray, border: np.ndarray, slope: np.ndarray) -> bool:
    """Whether a part of a product, both (h, w) bool, is much of it and no shade."""
    if np.count_nonzero(part) <= _LEFT_OUT * np.count_nonzero(whole):
        return False
    background = _plane(lab, border)
    _, shade = _shaded(lab, lab - background, background, slope)
    return float(shade[part].mean()) < 0.5


def _refined(lab: np.ndarray, mask: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """A mask, (h, w) bool, with its outer outline on the steepest line nearby, if it lies better there."""
    holes = _holes(mask)
    filled = mask | holes
    reach = round(_BAND * min(mask.shape))
    return _best((filled, to_steepest(lab, filled, reach)), slope) & ~holes


def _best(masks: tuple[np.ndarray, ...], slope: np.ndarray) -> np.ndarray:
    """Of masks, (h, w) bool, the one whose outline lies on the steepest slopes, (h, w) float32; none that is ragged beside the
    others."""
    outlines = [cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0] for mask in masks]
    solid = [_solidity(outline) for outline in outlines]
    even = [index for index in range(len(masks)) if solid[index] >= _EVEN * max(solid)]
    steepest = cv2.dilate(slope, np.ones((3, 3), np.uint8))

    def steepness(index: int) -> float:
        points = np.concatenate(outlines[index])[:, 0]
        near = steepest[points[:, 1], points[:, 0]]
        # Very steep parts do not make up for those that lie nowhere.
        return float(np.minimum(near, percentile(near, 50)).mean())

    return masks[max(even, key=steepness)]


def _solidity(outlines: Sequence[np.ndarray]) -> float:
    """Share of their convex hulls that outlines enclose, 0 for none."""
    hulls = sum(cv2.contourArea(cv2.convexHull(outline)) for outline in outlines)
    return sum(cv2.contourArea(outline) for outline in outlines) / max(hulls, 1.0)


def _by_colour(lab: np.ndarray, border: np.ndarray, slope: np.ndarray) -> np.ndarray | None:
    """find_product by colour alone. lab: (h, w, 3) float32. slope: (h, w) float32, of the lightness.

    The border ring, (h, w) bool, gives the background's colour; pixels near it that are connected to the border are background.
    There is a background only if it surrounds most of the picture and the product stands off it in a step.
    """
    height, width = border.shape
    # Light falls off over a backdrop: a plane through the ring, not one colour.
    background = _plane(lab, border)
    offset = lab - background
    distance = channel_norm(offset)
    ring_distance = distance[border]
    spread = median(ring_distance) + 1.0
    # Otsu's threshold between background and product, held within what the ring itself spans.
    clipped = np.clip(distance * 2.5, 0, 255).astype(np.uint8)
    otsu, _ = cv2.threshold(clipped, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    floor = max(5.0, 3.0 * spread)
    threshold = max(floor, min(otsu / 2.5, 2.5 * floor))
    if float(np.mean(ring_distance < threshold)) < 0.75:
        return None
    shaded, deep = _shaded(lab, offset, background, slope)
    unlit = shaded
    near = distance < threshold
    product = _unreached(near, shaded)
    # Deep shade that reaches up to a product is not of it, unless much is lost: that was a dark product.
    outside = _unreached(near, deep)
    if np.count_nonzero(outside) >= _LEFT * np.count_nonzero(product):
        product, unlit = outside, deep
    # Where one product has parts far from and parts near the background's tone, the near ones belong to it too; what
    # runs on to the picture's border is an unevenly lit backdrop.
    wide = enclosed(((distance < floor) | unlit).astype(np.uint8))
    wide = cv2.morphologyEx(wide, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    count, pieces = cv2.connectedComponents(wide)
    joined = np.zeros(count, np.uint8)
    joined[pieces[product > 0]] = 1
    for outer in (pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]):
        joined[outer] = 0
    joined[0] = 0
    product |= joined[pieces]
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    product = cv2.morphologyEx(product, cv2.MORPH_OPEN, kernel)
    product = cv2.morphologyEx(product, cv2.MORPH_CLOSE, kernel)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(product)
    if count <= 1:
        return None
    areas = stats[1:, cv2.CC_STAT_AREA]
    right = stats[1:, cv2.CC_STAT_LEFT] + stats[1:, cv2.CC_STAT_WIDTH]
    bottom = stats[1:, cv2.CC_STAT_TOP] + stats[1:, cv2.CC_STAT_HEIGHT]
    cut_off = (
        (stats[1:, cv2.CC_STAT_LEFT] == 0) | (stats[1:, cv2.CC_STAT_TOP] == 0) | (right == width) | (bottom == height)
    )
    apart = _lie_apart(product, areas, cut_off, slope)
    # A textured surface also leaves scattered pieces: a product is a few solid ones.
    scattered = bool(areas.max() < 0.5 * areas.sum())
    if scattered and not apart:
        return None
    bores = _bores((_mean_offset(offset, product) < 0.5 * floor) | shaded, product, int(areas.max()))
    several = apart and np.count_nonzero(bores) <= _HOLLOW * areas.sum()
    # The largest piece, and what else is of some size and does not belong to the surroundings.
    keep = 1 + np.flatnonzero((areas == areas.max()) | (areas >= _LARGE * areas.max()) & (several | ~cut_off))
    product_mask = _without_specks(_labelled(labels, keep, count) & ~bores, _OPENING * int(areas.max()))
    share = float(product_mask.mean())
    if not _PRODUCT_SHARE[0] <= share <= _PRODUCT_SHARE[1]:
        return None
    inner = product_mask[height // 4 : -height // 4, width // 4 : -width // 4]
    if not several and (scattered or float(inner.mean()) < 0.15):
        return None
    if float(product_mask[border].mean()) > 0.12 or _is_net(product_mask):
        return None
    contrast = median(distance[product_mask]) / max(median(distance[~product_mask]), 1.0)
    return product_mask if contrast > 2.0 and _steep(distance, product_mask, floor) else None


def count_products(mask: np.ndarray) -> int:
    """Area of a mask, (h, w) bool, over that of its largest piece, rounded."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    return max(1, round(float(areas.sum()) / max(int(areas.max(initial=0)), 1)))


def _lie_apart(product: np.ndarray, areas: np.ndarray, cut_off: np.ndarray, slope: np.ndarray) -> bool:
    """Whether the pieces of a mask, (h, w) uint8, with their areas and whether the picture's border cuts them, are like
    products beside each other: solid, of alike size, and all that there is. A pattern runs on beyond the picture, and parts on a
    board have tracks between them. slope: gradient_magnitude of the lightness, (h, w) float32, 0-100 per px.
    """
    large = areas >= _LARGE * areas.max()
    if np.count_nonzero(large) < 2 or areas[large].sum() < _ALL * areas.sum():
        return False
    if float(cut_off[large].mean()) > _CUT:
        return False
    if float(np.median(areas[large])) < max(_ALIKE * areas.max(), _EACH * product.size):
        return False
    between = cv2.dilate(product, np.ones((9, 9), np.uint8)) == 0
    if not between.any() or float((slope[between] > _EDGE[0]).mean()) > _EDGE[1]:
        return False
    outlines, _ = cv2.findContours(product, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.array([cv2.contourArea(outline) for outline in outlines])
    hulls = np.array([cv2.contourArea(cv2.convexHull(outline)) for outline in outlines])
    chosen = filled >= _LARGE * filled.max()
    return bool(np.median(filled[chosen] / np.maximum(hulls[chosen], 1.0)) > _COMPACT)


def _is_net(product: np.ndarray) -> bool:
    """Whether a mask is the thin net of a pattern that fills the frame (joints between tiles), not a product: it is thin and
    reaches three borders, or it encloses several fields that are larger than itself in all."""
    sides = (product[0], product[-1], product[:, 0], product[:, -1])
    depth = cv2.distanceTransform(product.astype(np.uint8), cv2.DIST_L2, 3)[product]
    if sum(bool(side.any()) for side in sides) >= 3 and median(depth) < _NET * min(product.shape):
        return True
    fields = enclosed((~product).astype(np.uint8)).astype(bool) & ~product
    if np.count_nonzero(fields) <= np.count_nonzero(product):
        return False
    _, _, stats, _ = cv2.connectedComponentsWithStats(fields.astype(np.uint8), connectivity=4)
    of_note = stats[1:, cv2.CC_STAT_AREA] > 0.05 * np.count_nonzero(product)
    return bool(of_note.sum() >= 3)


def _labelled(labels: np.ndarray, chosen: np.ndarray, count: int) -> np.ndarray:
    """Where a map of `count` labels has one of those chosen, bool."""
    table = np.zeros(count, bool)
    table[chosen] = True
    return table[labels]


def _without_specks(mask: np.ndarray, least: float) -> np.ndarray:
    """A mask, (h, w) bool, without its pieces of less than `least` px: in a bore they are of what shows through it."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return _labelled(labels, 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= least), count)


def _holes(mask: np.ndarray) -> np.ndarray:
    """What a mask, (h, w) bool, encloses and is not of it."""
    return (enclosed((~mask).astype(np.uint8)) > 0) & ~mask


def _unreached(near: np.ndarray, shade: np.ndarray) -> np.ndarray:
    """What neither the background's tone nor shade, both (h, w) bool, reaches from outside, uint8; 1 there. Shade spreads as a
    disc does, not through gaps."""
    side = 2 * round(_GAP * min(near.shape) / 2) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    open_shade = cv2.erode((near | shade).astype(np.uint8), disc) > 0
    reached = (enclosed((near | open_shade).astype(np.uint8)) == 0) & open_shade
    rim = (cv2.dilate(reached.astype(np.uint8), disc) > 0) & shade
    return enclosed((near | rim).astype(np.uint8))


def _plane(lab: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """A linear background, (h, w, 3), through the sampled pixels, by least squares with the outliers left out once."""
    height, width = sample.shape
    rows, columns = np.divmod(np.flatnonzero(sample), width)
    design = np.stack([columns / width, rows / height, np.ones(len(rows))], axis=1)
    values = colours_at(lab, sample).astype(float)
    kept = np.ones(len(values), bool)
    for _ in range(2):
        chosen = design[kept]
        coefficients = np.linalg.solve(chosen.T @ chosen, chosen.T @ values[kept])
        error = np.abs(values - design @ coefficients) @ np.ones(3)
        kept = error <= percentile(error, 80)
    x, y = np.arange(width) / width, np.arange(height) / height
    plane = np.empty((height, width, 3), np.float32)
    for channel, (across, down, level) in enumerate(coefficients.T):
        np.add.outer(y * down + level, x * across, out=plane[..., channel], casting="same_kind")
    return plane


def _shaded(
    lab: np.ndarray, offset: np.ndarray, background: np.ndarray, slope: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where the background may lie in shadow, (h, w) bool: darker, of the same hue, and without edges. Half-dark at the most,
    as a product's own shadow is, and of any darkness, as a dark product can be."""
    light, base = lab[..., 0], np.maximum(background[..., 0], 1.0)
    ratio = light / base
    hue = offset[..., 1] ** 2 + offset[..., 2] ** 2
    soft = cv2.dilate(slope, np.ones((3, 3), np.uint8)) < 0.06 * base
    deep = (ratio < 1.0) & (hue < 4.0**2) & soft
    return deep & (ratio > _HALF_DARK), deep


def gradient_magnitude(values: np.ndarray) -> np.ndarray:
    """Steepness of (h, w) float32, per px."""
    gx, gy = cv2.Sobel(values, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(values, cv2.CV_32F, 0, 1, scale=0.125)
    # OpenCV's own magnitude differs in the last digit with the array's address, and a threshold would turn that into pixels.
    gx *= gx
    gy *= gy
    gx += gy
    return np.sqrt(gx, out=gx)


def _mean_offset(offset: np.ndarray, product: np.ndarray) -> np.ndarray:
    """Distance of the local mean from the background's colour, (h, w) float32: a textured background comes near 0. Only about
    the product, (h, w) uint8; infinite elsewhere."""
    box = bounding_box(product, 10)  # as far as the blur reaches
    mean_offset = np.full(product.shape, np.inf, np.float32)
    mean_offset[box] = channel_norm(cv2.GaussianBlur(np.ascontiguousarray(offset[box]), (0, 0), 2.5))
    return mean_offset


def _bores(like_background: np.ndarray, product: np.ndarray, area: int) -> np.ndarray:
    """Openings through the product where the background shows, (h, w) bool: solid and of some size beside the product's area,
    px."""
    inner = cv2.morphologyEx(
        (like_background & (product > 0)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)
    )
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inner)
    boxes = np.maximum(stats[:, cv2.CC_STAT_WIDTH] * stats[:, cv2.CC_STAT_HEIGHT], 1)
    areas = stats[:, cv2.CC_STAT_AREA]
    keep = np.flatnonzero((areas > _OPENING * area) & (areas > 0.6 * boxes) & (np.arange(count) > 0))
    solid = _labelled(labels, keep, count).astype(np.uint8)
    return (cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0) & (product > 0)


def _steep(distance: np.ndarray, product: np.ndarray, threshold: float) -> bool:
    """Whether the silhouette is a step, as a product's is, not the slow ramp of uneven light on a surface."""
    mask = product.astype(np.uint8)
    near, far = np.ones((5, 5), np.uint8), np.ones((11, 11), np.uint8)
    inner = (cv2.erode(mask, near) > 0) & (cv2.erode(mask, far) == 0)
    outer = (cv2.dilate(mask, near) == 0) & (cv2.dilate(mask, far) > 0)
    if not inner.any() or not outer.any():
        return True
    return median(distance[inner]) - median(distance[outer]) > threshold
