"""What can be seen in a normal image: product and background, light, material cues, calm and busy areas."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .channels import channel_norm, is_monochrome
from .spread import robust_deviation

# Longest side, in px, at which the scene is analysed: enough for areas and light, and the same cost at any image size.
_WORKING_SIDE = 256
# A border ring of this share of the short side is taken as the sample of the background.
_RING_SHARE = 0.03
# Numbers are rounded, as the last digits of SIMD code depend on where its arrays lie in memory, and one seed must give
# one picture.
_DIGITS = 2
# A product covers at least and at most this share of a picture with a background.
_PRODUCT_SHARE = (0.04, 0.92)
# How dark a product's own shadow is at the most, of the background's lightness.
_HALF_DARK = 0.5
# What must be left of a product without deep shade.
_LEFT = 0.75
# From this share of highlights on a product counts as glossy.
_GLOSSY = 0.03
# The widest gap in an outline, as a share of the shorter side, through which shade does not get into a product whose tone is
# the shade's own.
_GAP = 0.02
# Pieces of this share of the largest one's area count. Several products that lie apart: most of them have this share of the
# largest one's area, and together this share of all that stands off the background; the middle one fills this share of its
# convex hull; bores open this share of them at the most; the background between them is as steep as this (of a
# lightness of 0-100, per px) in this share at the most; and the picture's border cuts this share of them at the most.
_LARGE, _ALIKE, _ALL, _COMPACT, _HOLLOW, _EDGE, _CUT = 0.1, 0.3, 0.85, 0.8, 0.5, (2.0, 0.1), 0.15
# A mask that reaches three borders and is this thin, as a share of the shorter side, is a net of joints.
_NET = 0.03


@dataclass(frozen=True, eq=False)
class Scene:
    """Facts computed from one normal image of (H, W).

    kind: "object" (on a background) or "texture" (the product fills the frame). foreground: (H, W) bool, the product.
    products: how many like products there are, as the area goes: 1 for most pictures.
    light: (dx, dy) unit vector in the image plane towards the light (x right, y down); light_confidence: 0-1.
    busyness: (h, w) float32 at working size, local detail in grey levels (0-255). noise: sensor noise, standard
    deviation in grey levels. blur: point spread, standard deviation in px. two_tone: the picture has two flat tones.
    monochrome: its three channels are the same.
    period: (x, y) px of a repeated pattern, 0 along an axis where there is none.
    mean_rgb: mean product colour. contrast: standard deviation of the product's grey levels.
    roughness: median local deviation at fine scale, grey levels. gloss: share of the product in highlights, 0-1.
    """

    kind: str
    foreground: np.ndarray
    products: int
    light: tuple[float, float]
    light_confidence: float
    busyness: np.ndarray
    noise: float
    blur: float
    two_tone: bool
    monochrome: bool
    period: tuple[float, float]
    mean_rgb: tuple[float, float, float]
    contrast: float
    roughness: float
    gloss: float

    @property
    def product_size(self) -> float:
        """Square root of a product's area, px: the unit of Edit.size."""
        return float(np.sqrt(max(int(np.count_nonzero(self.foreground)), 1) / self.products))

    @property
    def glossy(self) -> bool:
        """Whether highlights lie on the product: then it is smooth and hard, and dull otherwise."""
        return self.gloss > _GLOSSY

    @property
    def detail(self) -> str:
        """In a word, how busy the product is: "smooth", "fine-grained" or "coarse"."""
        return "smooth" if self.roughness < 3 else "fine-grained" if self.roughness < 9 else "coarse"


def analyze_scene(image: np.ndarray) -> Scene:
    """Scene of an image, (H, W, 3) uint8 RGB, at least 64 px a side."""
    height, width = image.shape[:2]
    shrink = min(1.0, _WORKING_SIDE / max(height, width))
    small = image
    if shrink < 1.0:
        size = (max(8, round(width * shrink)), max(8, round(height * shrink)))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    two_tone = _two_tone(grey)
    product = None if two_tone else _find_product(small)
    kind = "texture" if product is None else "object"
    inside = np.ones(grey.shape, bool) if product is None else product
    foreground = np.ones((height, width), bool) if product is None else _enlarge(product, (height, width))
    smooth = cv2.GaussianBlur(grey, (0, 0), 2.0)
    detail = np.abs(grey - smooth)
    busyness = cv2.GaussianBlur(detail, (0, 0), 4.0)
    light, confidence = _light(cv2.GaussianBlur(grey, (0, 0), 6.0), inside, kind)
    values = grey[inside]
    bright = values > max(200.0, float(np.percentile(values, 50)) + 60.0)
    native = cv2.cvtColor(_centre_crop(image, 1024), cv2.COLOR_RGB2GRAY).astype(np.float32)
    noise = _noise(native)
    return Scene(
        kind=kind,
        foreground=foreground,
        products=_products(inside),
        light=light,
        light_confidence=confidence,
        busyness=busyness,
        noise=round(noise, _DIGITS),
        blur=round(_blur(native, noise), _DIGITS),
        two_tone=two_tone,
        monochrome=is_monochrome(image),
        period=tuple(p / shrink for p in _period(grey)) if kind == "texture" else (0.0, 0.0),
        mean_rgb=tuple(round(float(c), _DIGITS) for c in cv2.mean(small, inside.astype(np.uint8))[:3]),  # type: ignore[arg-type]
        contrast=round(float(values.std()), _DIGITS),
        roughness=round(robust_deviation(detail[inside]), _DIGITS),
        gloss=round(float(bright.mean()), 4),
    )


def product_frame(scene: Scene) -> tuple[float, float, float, float]:
    """The product's bounding box (x0, y0, x1, y1) in fractions of the image."""
    height, width = scene.foreground.shape
    rows, columns = np.flatnonzero(scene.foreground.any(axis=1)), np.flatnonzero(scene.foreground.any(axis=0))
    return (
        float(columns[0]) / width,
        float(rows[0]) / height,
        float(columns[-1] + 1) / width,
        float(rows[-1] + 1) / height,
    )


def allowed_area(scene: Scene, region: np.ndarray | None) -> np.ndarray:
    """(H, W) bool where a defect may be: the product, within the region, (H, W) bool, where one is given.

    Who painted a region that hardly touches the product meant it: then the region alone counts.
    """
    if region is None:
        return scene.foreground
    both = scene.foreground & region
    return both if np.count_nonzero(both) >= 0.1 * np.count_nonzero(region) else region


def _centre_crop(image: np.ndarray, side: int) -> np.ndarray:
    height, width = image.shape[:2]
    top, left = max(0, (height - side) // 2), max(0, (width - side) // 2)
    return image[top : top + side, left : left + side]


def _enlarge(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if mask.shape == size:
        return mask
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)
    return cv2.resize(soft, (size[1], size[0]), interpolation=cv2.INTER_CUBIC) > 0.5


def _find_product(small: np.ndarray) -> np.ndarray | None:
    """The product's mask on a background, or None where it fills the frame.

    The border ring gives the background's colour; pixels near it that are connected to the border are background. There
    is a background only if it surrounds most of the picture and the product stands off it in a step.
    """
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 1:] -= 128
    lab[..., 0] *= 100 / 255
    lab = cv2.GaussianBlur(lab, (0, 0), 1.2)
    height, width = lab.shape[:2]
    ring = max(2, round(_RING_SHARE * min(height, width)))
    border = np.ones((height, width), bool)
    border[ring:-ring, ring:-ring] = False
    # Light falls off over a backdrop: a plane through the ring, not one colour.
    background = _plane(lab, border)
    offset = lab - background
    distance = channel_norm(offset)
    ring_distance = distance[border]
    spread = float(np.median(ring_distance)) + 1.0
    # Otsu's threshold between background and product, held within what the ring itself spans.
    clipped = np.clip(distance * 2.5, 0, 255).astype(np.uint8)
    otsu, _ = cv2.threshold(clipped, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    floor = max(5.0, 3.0 * spread)
    threshold = max(floor, min(otsu / 2.5, 2.5 * floor))
    shaded, deep = _shaded(lab, offset, background)
    unlit = shaded
    near = distance < threshold
    if float(np.mean(ring_distance < threshold)) < 0.75:
        return None
    product = _unreached(near, shaded)
    # Deep shade that reaches up to a product is not of it, unless much is lost: that was a dark product.
    outside = _unreached(near, deep)
    if np.count_nonzero(outside) >= _LEFT * np.count_nonzero(product):
        product, unlit = outside, deep
    # Where one product has parts far from and parts near the background's tone, the near ones belong to it too; what
    # runs on to the picture's border is an unevenly lit backdrop.
    wide = _enclosed(((distance < floor) | unlit).astype(np.uint8))
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
    bores = _bores((_calm(offset) < 0.5 * floor) | shaded, product, int(areas.max()))
    several = _lie_apart(product, areas, cut_off, bores, _gradient(lab[..., 0]))
    # The largest piece, and what else is of some size and does not belong to the surroundings.
    keep = 1 + np.flatnonzero((areas == areas.max()) | (areas >= _LARGE * areas.max()) & (several | ~cut_off))
    product_mask = _labelled(labels, keep, count) & ~bores
    share = float(product_mask.mean())
    if not _PRODUCT_SHARE[0] <= share <= _PRODUCT_SHARE[1]:
        return None
    # A textured surface also leaves scattered pieces: a product is a few solid ones.
    solid = float(areas[keep - 1].max() / max(areas.sum(), 1))
    inner = product_mask[height // 4 : -height // 4, width // 4 : -width // 4]
    if not several and (solid < 0.5 or float(inner.mean()) < 0.15):
        return None
    if float(product_mask[border].mean()) > 0.12 or _is_net(product_mask):
        return None
    contrast = float(np.median(distance[product_mask])) / max(float(np.median(distance[~product_mask])), 1.0)
    return product_mask if contrast > 2.0 and _steep(distance, product_mask, floor) else None


def _products(mask: np.ndarray) -> int:
    """Area of a mask, (h, w) bool, over that of its largest piece, rounded."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    return max(1, round(float(areas.sum()) / max(int(areas.max(initial=0)), 1)))


def _lie_apart(
    product: np.ndarray, areas: np.ndarray, cut_off: np.ndarray, bores: np.ndarray, slope: np.ndarray
) -> bool:
    """Whether the pieces of a mask, (h, w) uint8, with their areas and whether the picture's border cuts them, are like
    products beside each other: solid but for bores, (h, w) bool, of alike size, and all that there is. A pattern runs on beyond
    the picture, and parts on a board have tracks between them. slope: steepness of the lightness, (h, w) float32, 0-100 per px.
    """
    large = areas >= _LARGE * areas.max()
    if np.count_nonzero(large) < 2 or areas[large].sum() < _ALL * areas.sum():
        return False
    if float(cut_off[large].mean()) > _CUT or np.count_nonzero(bores) > _HOLLOW * areas.sum():
        return False
    if float(np.median(areas[large])) < _ALIKE * areas.max():
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
    if sum(bool(side.any()) for side in sides) >= 3 and float(np.median(depth)) < _NET * min(product.shape):
        return True
    fields = _enclosed((~product).astype(np.uint8)).astype(bool) & ~product
    _, _, stats, _ = cv2.connectedComponentsWithStats(fields.astype(np.uint8), connectivity=4)
    of_note = stats[1:, cv2.CC_STAT_AREA] > 0.05 * np.count_nonzero(product)
    return bool(of_note.sum() >= 3 and np.count_nonzero(fields) > np.count_nonzero(product))


def _labelled(labels: np.ndarray, chosen: np.ndarray, count: int) -> np.ndarray:
    """Where a map of `count` labels has one of those chosen, bool."""
    table = np.zeros(count, bool)
    table[chosen] = True
    return table[labels]


def _enclosed(background: np.ndarray) -> np.ndarray:
    """What the background, (h, w) uint8 of 0 and 1, does not reach from outside; 1 there."""
    # One pixel of padding joins the border pieces of the background.
    padded = cv2.copyMakeBorder(background, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    cv2.floodFill(padded, None, (0, 0), 2)
    return (padded[1:-1, 1:-1] != 2).astype(np.uint8)


def _unreached(near: np.ndarray, shade: np.ndarray) -> np.ndarray:
    """What neither the background's tone nor shade, both (h, w) bool, reaches from outside, uint8; 1 there. Shade spreads as a
    disc does, not through gaps."""
    side = 2 * round(_GAP * min(near.shape) / 2) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    open_shade = cv2.erode((near | shade).astype(np.uint8), disc) > 0
    reached = (_enclosed((near | open_shade).astype(np.uint8)) == 0) & open_shade
    rim = (cv2.dilate(reached.astype(np.uint8), disc) > 0) & shade
    return _enclosed((near | rim).astype(np.uint8))


def _plane(lab: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """A linear background, (h, w, 3), through the sampled pixels, by least squares with the outliers left out once."""
    rows, columns = np.nonzero(sample)
    height, width = sample.shape
    design = np.stack([columns / width, rows / height, np.ones(len(rows))], axis=1)
    values = lab[sample]
    kept = np.ones(len(values), bool)
    for _ in range(2):
        coefficients, *_ = np.linalg.lstsq(design[kept], values[kept], rcond=None)
        error = np.abs(values - design @ coefficients).sum(axis=1)
        kept = error <= np.percentile(error, 80)
    x, y = np.arange(width) / width, np.arange(height) / height
    plane = np.empty((height, width, 3), np.float32)
    for channel, (across, down, level) in enumerate(coefficients.T):
        plane[..., channel] = x[None, :] * across + (y[:, None] * down + level)
    return plane


def _shaded(lab: np.ndarray, offset: np.ndarray, background: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the background may lie in shadow, (h, w) bool: darker, of the same hue, and without edges. Half-dark at the most,
    as a product's own shadow is, and of any darkness, as a dark product can be."""
    light, base = lab[..., 0], np.maximum(background[..., 0], 1.0)
    ratio = light / base
    hue = np.hypot(offset[..., 1], offset[..., 2])
    slope = _gradient(light)
    soft = cv2.dilate(slope, np.ones((3, 3), np.uint8)) < 0.06 * base
    deep = (ratio < 1.0) & (hue < 4.0) & soft
    return deep & (ratio > _HALF_DARK), deep


def _gradient(values: np.ndarray) -> np.ndarray:
    """Steepness of (h, w) float32, per px."""
    gx, gy = cv2.Sobel(values, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(values, cv2.CV_32F, 0, 1, scale=0.125)
    # OpenCV's own magnitude differs in the last digit with the place in memory, and with it what lies above a threshold.
    return np.sqrt(gx * gx + gy * gy)


def _calm(offset: np.ndarray) -> np.ndarray:
    """Distance of the local mean from the background's colour, (h, w): a textured background comes near 0."""
    return channel_norm(cv2.GaussianBlur(offset, (0, 0), 2.5))


def _bores(like_background: np.ndarray, product: np.ndarray, area: int) -> np.ndarray:
    """Openings through the product where the background shows, (h, w) bool: solid and of some size beside the product's area,
    px."""
    inner = cv2.morphologyEx(
        (like_background & (product > 0)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)
    )
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inner)
    boxes = np.maximum(stats[:, cv2.CC_STAT_WIDTH] * stats[:, cv2.CC_STAT_HEIGHT], 1)
    areas = stats[:, cv2.CC_STAT_AREA]
    keep = np.flatnonzero((areas > 0.02 * area) & (areas > 0.6 * boxes) & (np.arange(count) > 0))
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
    return float(np.median(distance[inner]) - np.median(distance[outer])) > threshold


def _light(smooth: np.ndarray, inside: np.ndarray, kind: str) -> tuple[tuple[float, float], float]:
    """Direction of the brightness ramp over the product, by least squares: a lit surface is brighter towards the light.

    A flat picture says nothing; then light from the upper left, the convention of inspection and of the eye.
    """
    default = np.array([-0.6, -0.8])
    rows, columns = np.nonzero(inside)
    values = smooth[inside]
    step = max(1, len(rows) // 4000)
    rows, columns, values = rows[::step], columns[::step], values[::step]
    x = (columns - columns.mean()) / max(smooth.shape)
    y = (rows - rows.mean()) / max(smooth.shape)
    design = np.stack([x, y, np.ones_like(x)], axis=1)
    coefficients, *_ = np.linalg.lstsq(design, values, rcond=None)
    ramp = coefficients[:2]
    explained = 1 - float(((design @ coefficients - values) ** 2).sum()) / max(
        float(((values - values.mean()) ** 2).sum()), 1e-6
    )
    strength = float(np.hypot(*ramp))
    confidence = float(np.clip(explained, 0, 1) * np.clip(strength / 25.0, 0, 1))
    direction = confidence * ramp / max(strength, 1e-6) + (1 - confidence) * 0.5 * default
    norm = float(np.hypot(*direction))
    direction = direction / norm if norm > 1e-3 else default
    return (round(float(direction[0]), _DIGITS), round(float(direction[1]), _DIGITS)), round(confidence, _DIGITS)


def _noise(grey: np.ndarray) -> float:
    """Immerkaer's fast noise estimate (CVIU 64, 1996), by its median, which texture raises less than the mean."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(grey, -1, kernel))[1:-1, 1:-1]
    return robust_deviation(response) / 6.0


def _blur(grey: np.ndarray, noise: float) -> float:
    """Width of the sharpest edges as the standard deviation of a Gaussian, 0.4-3 px.

    A step of height h blurred by sigma has a peak gradient of h / (sigma sqrt(2 pi)), and a range of h around it.
    """
    gradient = _gradient(grey)
    kernel = np.ones((9, 9), np.uint8)
    spread = cv2.dilate(grey, kernel) - cv2.erode(grey, kernel)
    strong = gradient >= max(float(np.percentile(gradient, 99)), 4 * noise, 2.0)
    if np.count_nonzero(strong) < 10:
        return 0.8
    sigma = spread[strong] / np.maximum(gradient[strong], 1e-3) / np.sqrt(2 * np.pi)
    # The Sobel operator itself blurs by about 0.7 px.
    return float(np.clip(np.sqrt(max(float(np.percentile(sigma, 20)) ** 2 - 0.5, 0.16)), 0.4, 3.0))


def _two_tone(values: np.ndarray) -> bool:
    """Whether nearly all pixels lie at one of two tones far apart, as in a thresholded picture, at either of them more than
    elsewhere: small products on a plain backdrop have shades."""
    low, high = np.percentile(values, (2, 98))
    if high - low < 80:
        return False
    shares = [float((np.abs(values - tone) < 12).mean()) for tone in (low, high)]
    return min(shares) > 1 - sum(shares) < 0.15


def _period(grey: np.ndarray) -> tuple[float, float]:
    """Period of a repeated pattern along x and y from the autocorrelation's first strong peak, 0 for none."""
    coarse = cv2.resize(grey, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    coarse = cv2.GaussianBlur(coarse, (0, 0), 3.0)
    flat = grey - cv2.resize(coarse, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    found = []
    for axis in (1, 0):
        spectrum = np.abs(np.fft.rfft(flat, axis=axis)) ** 2
        correlation = np.fft.irfft(spectrum.sum(axis=1 - axis))
        correlation = correlation[: len(correlation) // 2] / max(float(correlation[0]), 1e-6)
        rising = np.flatnonzero((correlation[1:-1] > correlation[:-2]) & (correlation[1:-1] >= correlation[2:])) + 1
        peaks = rising[(correlation[rising] > 0.3) & (rising >= 4)]
        found.append(float(peaks[0]) if len(peaks) else 0.0)
    return found[0], found[1]
