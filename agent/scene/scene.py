"""What can be seen in a normal image: product and background, light, material cues, areas of low and high activity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..imaging.channels import is_monochrome, luma_of
from ..imaging.masks import box_in_fractions
from ..imaging.quantiles import percentile
from ..imaging.robust_std import robust_std
from .cast_shadow import cast_shadow
from .grid_cells import GridCell, divide
from .parts import Parts, find_parts
from .silhouette import count_products, find_product, gradient_magnitude
from .traces import GapSite, StrokeSite, cuttable, narrowest_gaps

# Longest side, in px, at which the scene is analysed: enough for areas and light, and the same cost at any image size.
_WORKING_SIDE = 256
# Numbers are rounded, as the last digits of SIMD code depend on where its arrays lie in memory, and one seed must give
# one picture.
_DIGITS = 2
# Longest side of the grid on which places are weighed, px: finer would not move a defect visibly.
_GRID = 192
# From this share of highlights on a product counts as glossy.
_GLOSSY = 0.03
# Depth of a cast shadow, as a share of the ground's lightness, from which it tells the light; and from which it is plain.
_SHADOW, _PLAIN_SHADOW = 0.03, 0.1
#: An outline is known to so many px of a 256 px picture; an opening this much smaller than its hull is round but for shade.
UNCERTAIN, _CONVEX = 2.0, 1.35
# Tongues are narrower than this share of the product's size, and the rest is this share of it.
_TONGUE, _WITHOUT = 0.05, 0.97


@dataclass(frozen=True, eq=False)
class Scene:
    """Facts computed from one normal image of (H, W).

    category: "object" (on a background) or "texture" (the product fills the frame). foreground: (H, W) bool, the product.
    products: how many like products there are, as the area goes: 1 for most pictures.
    light: (dx, dy) unit vector in the image plane towards the light (x right, y down); light_confidence: 0-1.
    local_contrast: (h, w) float32 at working size, local detail in grey levels (0-255). noise: sensor noise, standard
    deviation in grey levels. blur: point spread, standard deviation in px. bilevel: the picture has two flat tones.
    monochrome: its three channels are the same.
    period: (x, y) px of a repeated pattern, 0 along an axis where there is none.
    mean_rgb: mean product colour. contrast: standard deviation of the product's grey levels.
    roughness: median local deviation at fine scale, grey levels. gloss: share of the product in highlights, 0-1.
    working_picture: (h, w, 3) uint8 RGB, the image at the size at which it was analysed.
    """

    category: str
    foreground: np.ndarray
    products: int
    light: tuple[float, float]
    light_confidence: float
    local_contrast: np.ndarray
    noise: float
    blur: float
    bilevel: bool
    monochrome: bool
    period: tuple[float, float]
    mean_rgb: tuple[float, float, float]
    contrast: float
    roughness: float
    gloss: float
    working_picture: np.ndarray

    @cached_property
    def product_size(self) -> float:
        """Square root of a product's area, px: the unit of Edit.size."""
        return float(np.sqrt(max(int(np.count_nonzero(self.foreground)), 1) / self.products))

    @cached_property
    def bounding_box(self) -> tuple[float, float, float, float]:
        """The product's bounding box (x0, y0, x1, y1) in fractions of the image."""
        return box_in_fractions(self.foreground)

    @cached_property
    def inside(self) -> np.ndarray:
        """(H, W) bool: the foreground without the rim within which its outline is uncertain, nor the shade in its bores."""
        return self.foreground if self.category == "texture" else _inside(self.foreground)

    @cached_property
    def distance_transform(self) -> np.ndarray:
        """See distance_transform_on_grid, of the foreground."""
        return distance_transform_on_grid(self.foreground)

    @cached_property
    def grid_cells(self) -> list[GridCell]:
        """The foreground's, see divide."""
        return divide(self.foreground, self.local_contrast)

    @cached_property
    def parts(self) -> Parts:
        """The named parts that the product is made of, found when they are first asked for."""
        height, width = self.working_picture.shape[:2]
        product = cv2.resize(self.foreground.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
        shrink = width / self.foreground.shape[1]
        period = (self.period[0] * shrink, self.period[1] * shrink)
        return find_parts(self.working_picture, product, self.bilevel, self.products, period)

    @cached_property
    def gap_sites(self) -> list[GapSite]:
        """Where two traces come closest, see narrowest_gaps."""
        return narrowest_gaps(self.parts)

    @cached_property
    def stroke_sites(self) -> list[StrokeSite]:
        """Where a trace can be cut, see cuttable."""
        return cuttable(self.parts)

    @property
    def grey(self) -> float:
        """Luma of the mean product colour, 0-255."""
        return luma_of(self.mean_rgb)

    @property
    def glossy(self) -> bool:
        """Whether highlights lie on the product: then it is smooth and hard, and dull otherwise."""
        return self.gloss > _GLOSSY

    @property
    def detail(self) -> str:
        """In a word, how much local contrast the product has: "smooth", "fine-grained" or "coarse"."""
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
    bilevel = _bilevel(grey)
    product = None if bilevel else find_product(small)
    category = "texture" if product is None else "object"
    inside = np.ones(grey.shape, bool) if product is None else product
    foreground = np.ones((height, width), bool) if product is None else _enlarge(product, (height, width))
    smooth = cv2.GaussianBlur(grey, (0, 0), 2.0)
    detail = np.abs(grey - smooth)
    local_contrast = cv2.GaussianBlur(detail, (0, 0), 4.0)
    light, confidence = _light(grey, inside, category)
    values = grey[inside]
    bright = values > max(200.0, percentile(values, 50) + 60.0)
    native = cv2.cvtColor(_centre_crop(image, 1024), cv2.COLOR_RGB2GRAY).astype(np.float32)
    noise = _noise(native)
    return Scene(
        category=category,
        foreground=foreground,
        products=1 if product is None else count_products(product),
        light=light,
        light_confidence=confidence,
        local_contrast=local_contrast,
        noise=round(noise, _DIGITS),
        blur=round(_blur(native, noise), _DIGITS),
        bilevel=bilevel,
        monochrome=is_monochrome(image),
        period=tuple(p / shrink for p in _period(grey)) if category == "texture" else (0.0, 0.0),
        mean_rgb=tuple(round(float(c), _DIGITS) for c in cv2.mean(small, inside.astype(np.uint8))[:3]),  # type: ignore[arg-type]
        contrast=round(float(values.std()), _DIGITS),
        roughness=round(robust_std(detail[inside]), _DIGITS),
        gloss=round(float(bright.mean()), 4),
        working_picture=small,
    )


def distance_transform_on_grid(area: np.ndarray) -> np.ndarray:
    """How deep the pixels of an (H, W) bool area lie below its outline or the picture's border, (h, w) float32 px of a grid that
    the whole picture is shrunk to; 0 outside."""
    shrink = min(1.0, _GRID / max(area.shape))
    small = area.astype(np.uint8)
    if shrink < 1.0:
        size = (max(8, round(area.shape[1] * shrink)), max(8, round(area.shape[0] * shrink)))
        small = cv2.resize(small, size, interpolation=cv2.INTER_NEAREST)
    framed = cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]


def allowed_area(scene: Scene, region: np.ndarray | None, inside: bool = False) -> np.ndarray:
    """(H, W) bool where a defect may be: the product, within the region, (H, W) bool, where one is given.

    inside: what of the product is so for certain, see Scene.inside. Who painted a region that hardly touches the product meant
    it: then the region alone counts.
    """
    product = scene.inside if inside else scene.foreground
    if region is None:
        return product
    both = product & region
    return both if np.count_nonzero(both) >= 0.1 * np.count_nonzero(region) else region


def _inside(foreground: np.ndarray) -> np.ndarray:
    """See Scene.inside. The background that shows through a bore ends at a smooth outline, however its shade was taken."""
    unit = max(min(foreground.shape) / 256.0, 0.5)
    solid = foreground.astype(np.uint8)
    outlines, tree = cv2.findContours(1 - solid, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    height, width = foreground.shape
    for outline, (_, _, _, parent) in zip(outlines, tree[0] if tree is not None else (), strict=True):
        left, top, wide, high = cv2.boundingRect(outline)
        within = left > 0 and top > 0 and left + wide < width and top + high < height
        hull = cv2.convexHull(outline)
        # One that is far from convex is an opening of another shape.
        if parent < 0 and within and cv2.contourArea(hull) < _CONVEX * max(cv2.contourArea(outline), 1.0):
            cv2.fillConvexPoly(solid, hull, 0)
            cv2.polylines(solid, [hull], True, 0, 2 * max(1, round(UNCERTAIN * unit)) + 1)
    reach = 2 * max(1, round(UNCERTAIN * unit)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    eroded = cv2.erode(solid, kernel)
    # Thin tongues are of a shadow; what they are much of is a product with thin parts.
    side = 2 * max(1, round(_TONGUE * np.sqrt(np.count_nonzero(eroded)))) + 1
    opened = cv2.morphologyEx(eroded, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    if np.count_nonzero(opened) >= _WITHOUT * np.count_nonzero(eroded):
        eroded = opened
    return eroded > 0 if eroded.any() else foreground


def _centre_crop(image: np.ndarray, side: int) -> np.ndarray:
    height, width = image.shape[:2]
    top, left = max(0, (height - side) // 2), max(0, (width - side) // 2)
    return image[top : top + side, left : left + side]


def _enlarge(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if mask.shape == size:
        return mask
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)
    return cv2.resize(soft, (size[1], size[0]), interpolation=cv2.INTER_CUBIC) > 0.5


def _light(grey: np.ndarray, inside: np.ndarray, category: str) -> tuple[tuple[float, float], float]:
    """Direction of the light, and how sure it is: by the shadow that an object casts, where it is plain, else by the brightness
    ramp over the product."""
    cast = cast_shadow(grey, inside) if category == "object" else None
    if cast is not None and cast[1] >= _SHADOW:
        (x, y), depth = cast
        return (round(x, _DIGITS), round(y, _DIGITS)), round(min(1.0, depth / _PLAIN_SHADOW), _DIGITS)
    return _ramp(cv2.GaussianBlur(grey, (0, 0), 6.0), inside)


def _ramp(smooth: np.ndarray, inside: np.ndarray) -> tuple[tuple[float, float], float]:
    """Direction of the brightness ramp over the product, by least squares: a lit surface is brighter towards the light.

    A flat picture says nothing; then light from the upper left, the convention of inspection and of the eye.
    """
    default = np.array([-0.6, -0.8])
    there = np.flatnonzero(inside)
    there = there[:: max(1, len(there) // 4000)]
    (rows, columns), values = np.divmod(there, inside.shape[1]), smooth.take(there)
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
    return robust_std(response) / 6.0


def _blur(grey: np.ndarray, noise: float) -> float:
    """Width of the sharpest edges as the standard deviation of a Gaussian, 0.4-3 px.

    A step of height h blurred by sigma has a peak gradient of h / (sigma sqrt(2 pi)), and a range of h around it.
    """
    gradient = gradient_magnitude(grey)
    kernel = np.ones((9, 9), np.uint8)
    spread = cv2.dilate(grey, kernel) - cv2.erode(grey, kernel)
    strong = gradient >= max(percentile(gradient, 99), 4 * noise, 2.0)
    if np.count_nonzero(strong) < 10:
        return 0.8
    sigma = spread[strong] / np.maximum(gradient[strong], 1e-3) / np.sqrt(2 * np.pi)
    # The Sobel operator itself blurs by about 0.7 px.
    return float(np.clip(np.sqrt(max(percentile(sigma, 20) ** 2 - 0.5, 0.16)), 0.4, 3.0))


def _bilevel(values: np.ndarray) -> bool:
    """Whether nearly all pixels lie at one of two tones far apart, as in a thresholded picture, at either of them more than
    elsewhere: small products on a plain backdrop have shades."""
    low, high = (percentile(values, share) for share in (2, 98))
    if high - low < 80:
        return False
    shares = [float((np.abs(values - tone) < 12).mean()) for tone in (low, high)]
    elsewhere = 1 - sum(shares)
    return elsewhere < 0.15 and elsewhere < min(shares)


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
