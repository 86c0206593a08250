"""The inspection station that the rendered products stand in: seeded fields, light on height maps, shadows, the camera.

Lengths are in frame sides: x and y run from -0.5 to 0.5 over the picture (y down), heights likewise towards the camera.
Colours and radiance are linear light, 1.0 about a white card. Every random choice has a generator named by a label, so
that a scene is the same at every picture size.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..imaging.ramps import smoothstep

# Scenes are rendered at least this large and reduced, so that small pictures show what large ones do.
_LEAST_SIDE = 256
_GAMMA = 2.2
# Amplitude ratio of the octaves that only large pictures show.
_FINER = 0.4
# Height of the camera above the product.
_CAMERA = 2.6


@dataclass(frozen=True, eq=False)
class Rendering:
    """radiance: (S, S, 3) float32, linear. coverage: (S, S) float32 0-1, the product's share of a pixel; None: all."""

    radiance: np.ndarray
    coverage: np.ndarray | None = None


class Scene:
    """Grid, light and random streams of one picture. side: pixels rendered; x, y: (side, side) float32."""

    def __init__(self, name: str, seed: int, size: int) -> None:
        self.name, self.seed, self.size = name, int(seed), int(size)
        self.side = max(self.size, _LEAST_SIDE)
        axis = (np.arange(self.side, dtype=np.float32) + 0.5) / self.side - 0.5
        self.x, self.y = np.meshgrid(axis, axis)

    def rng(self, label: str) -> np.random.Generator:
        """A generator that depends on the scene's name and seed and on the label only."""
        return np.random.default_rng([zlib.crc32(f"{self.name}/{label}".encode()), self.seed % 2**63])

    def pick(self, label: str, low: float, high: float) -> float:
        return float(self.rng(label).uniform(low, high))

    @cached_property
    def light(self) -> tuple[float, float, float]:
        """Where the lamp is: (x, y, z) in frame sides."""
        rng = self.rng("light")
        bearing = rng.uniform(0, 2 * math.pi)
        distance, tilt = rng.uniform(1.5, 2.4), math.radians(rng.uniform(38, 58))
        flat = distance * math.sin(tilt)
        return flat * math.cos(bearing), flat * math.sin(bearing), distance * math.cos(tilt)

    def pose(self, drift: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates (u, v) about an object that lies shifted, by up to drift a side, and turned any way."""
        rng = self.rng("pose")
        shift = rng.uniform(-drift, drift, 2)
        angle = float(rng.uniform(0, 2 * math.pi))
        return self.turn(angle, (float(shift[0]), float(shift[1])))

    def turn(self, angle: float, centre: tuple[float, float] = (0.0, 0.0)) -> tuple[np.ndarray, np.ndarray]:
        """The grid's coordinates about `centre`, in axes turned by angle (radians)."""
        x, y = self.x - np.float32(centre[0]), self.y - np.float32(centre[1])
        c, s = np.float32(math.cos(angle)), np.float32(math.sin(angle))
        return c * x + s * y, c * y - s * x

    def noise(
        self,
        label: str,
        scale: float,
        octaves: int = 4,
        persistence: float = 0.5,
        stretch: float = 1.0,
        angle: float = 0.0,
    ) -> np.ndarray:
        """Fractal value noise, (side, side) float32, about zero mean and unit deviation.

        scale: coarsest feature, frame sides. stretch: how much longer features are along the axis at `angle` (radians).
        """
        rng = self.rng(label)
        # Turned fields are made larger than the frame, so that their corners stay inside.
        room = 1.0 if angle == 0.0 else 1.5
        extent = round(self.side * room)
        total: np.ndarray = np.zeros((extent, extent), np.float32)
        weight, amplitude = 0.0, 1.0
        # Larger pictures resolve more: they get finer octaves, which leave the coarse look as it is.
        for octave in range(octaves + round(math.log2(self.side / _LEAST_SIDE))):
            step = scale / 2**octave
            if step * self.side < 0.75:
                break
            total += amplitude * _lattice(rng, extent, (room / step, room / (step * stretch)))
            weight += amplitude**2 if octave < octaves else 0.0
            amplitude *= persistence if octave + 1 < octaves else _FINER
        if angle:
            middle = extent / 2
            matrix = cv2.getRotationMatrix2D((middle, middle), -math.degrees(angle), 1.0)
            total = cv2.warpAffine(total, matrix, (extent, extent), flags=cv2.INTER_CUBIC)
            start = (extent - self.side) // 2
            total = total[start : start + self.side, start : start + self.side]
        # The variance of cubic interpolated unit noise is about a half.
        return np.ascontiguousarray(total) / np.float32(math.sqrt(0.52 * max(weight, 1e-6)))

    def line(
        self, label: str, position: np.ndarray, scale: float, octaves: int = 3, persistence: float = 0.6
    ) -> np.ndarray:
        """One-dimensional noise of unit deviation, read at `position` (any shape, frame sides, -4 to 4)."""
        rng = self.rng(label)
        total = np.zeros(position.shape, np.float32)
        weight = 0.0
        for octave in range(octaves):
            step = scale / 2**octave
            knots = rng.standard_normal(math.ceil(8 / step) + 2, dtype=np.float32)
            at = np.clip((position + 4) / step, 0, len(knots) - 1.001)
            lower = at.astype(np.int32)
            ease = smoothstep(at - lower, 0.0, 1.0)
            total += persistence**octave * (knots[lower] * (1 - ease) + knots[lower + 1] * ease)
            weight += persistence ** (2 * octave)
        return total / np.float32(math.sqrt(0.74 * weight))

    def cells(
        self, label: str, scale: float, u: np.ndarray | None = None, v: np.ndarray | None = None, jitter: float = 0.9
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cells around jittered points. Distances to the nearest and second nearest point, in units of scale, and a
        number in 0-1 a cell; each (side, side) float32. u, v: coordinates, the grid's when left out."""
        rng = self.rng(label)
        u = (self.x if u is None else u) / np.float32(scale)
        v = (self.y if v is None else v) / np.float32(scale)
        reach = math.ceil(1.1 / scale) + 2
        table = rng.random((3, 2 * reach, 2 * reach), dtype=np.float32)
        table[:2] = 0.5 + jitter * (table[:2] - 0.5)
        column, row = np.floor(u), np.floor(v)
        first = np.full(u.shape, 9.0, np.float32)
        second = first.copy()
        identity = np.zeros(u.shape, np.float32)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                i = np.clip((row + dy).astype(np.int32) + reach, 0, 2 * reach - 1)
                j = np.clip((column + dx).astype(np.int32) + reach, 0, 2 * reach - 1)
                distance = cv2.magnitude(column + dx + table[0, i, j] - u, row + dy + table[1, i, j] - v)
                nearer = distance < first
                second = np.where(nearer, first, np.minimum(second, distance))
                identity = np.where(nearer, table[2, i, j], identity)
                first = np.where(nearer, distance, first)
        return first, second, identity

    def blur(self, field: np.ndarray, sigma: float) -> np.ndarray:
        """Gaussian blur; sigma in frame sides. Wide ones run on a reduced copy."""
        pixels = sigma * self.side
        if pixels < 0.2:
            return field
        shrink = int(min(8, pixels // 4))
        if shrink < 2:
            return cv2.GaussianBlur(field, (0, 0), pixels, borderType=cv2.BORDER_REFLECT_101)
        small = cv2.resize(field, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), pixels / shrink, borderType=cv2.BORDER_REFLECT_101)
        return cv2.resize(small, field.shape[1::-1], interpolation=cv2.INTER_CUBIC)

    def cover(self, distance: np.ndarray) -> np.ndarray:
        """Pixel coverage 0-1 of the shape whose signed distance (negative inside, frame sides) is given."""
        return np.clip(0.5 - distance * np.float32(self.side), 0, 1)

    def normals(self, height: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Unit normals (x, y, z) of a height map in frame sides."""
        scale = self.side / 8
        slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=scale, borderType=cv2.BORDER_REPLICATE)
        slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=scale, borderType=cv2.BORDER_REPLICATE)
        z = 1 / np.sqrt(1 + slope_x**2 + slope_y**2)
        return -slope_x * z, -slope_y * z, z


def _lattice(rng: np.random.Generator, side: int, cells: tuple[float, float]) -> np.ndarray:
    """Random values on a lattice of (rows, columns) cells a side, enlarged to (side, side)."""
    rows, columns = (math.ceil(count) + 4 for count in cells)
    values = rng.standard_normal((rows, columns), dtype=np.float32)
    top, left = rng.uniform(1, 2, 2)
    level = _enlarge(values, side, cells[1], left)
    return np.ascontiguousarray(_enlarge(np.ascontiguousarray(level.T), side, cells[0], top).T)


def _enlarge(values: np.ndarray, side: int, cells: float, begin: float) -> np.ndarray:
    """Columns of values, from `begin` on, enlarged by cubic interpolation; `cells` of them fill side. (rows, side).

    A resize of the whole lattice keeps the sub-pixel precision that a warp's fixed point does not. Of a short lattice
    only the weights are resized, so that nothing outside the frame is computed.
    """
    rows, columns = values.shape
    target = max(side, round(columns * side / cells))
    start = min(int(begin * side / cells), target - side)
    if columns > 64:
        return cv2.resize(values, (target, rows), interpolation=cv2.INTER_CUBIC)[:, start : start + side]
    weights = cv2.resize(np.eye(columns, dtype=np.float32), (target, columns), interpolation=cv2.INTER_CUBIC)
    # Not NumPy's product: for matrices this small its threads cost more than they save.
    return cv2.gemm(values, np.ascontiguousarray(weights[:, start : start + side]), 1.0, np.empty(0, np.float32), 0.0)


def colour(code: str) -> np.ndarray:
    """Linear light of a colour as on screen, "rrggbb" in hexadecimal; (3,) float32."""
    return (np.frombuffer(bytes.fromhex(code), np.uint8) / np.float32(255)) ** np.float32(_GAMMA)


def blend(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """first where share is 0, second where it is 1; colours (3,) or (S, S, 3), share (S, S); (S, S, 3) float32."""
    share = share[..., None]
    return first * (1 - share) + second * share


def shade(
    scene: Scene,
    height: np.ndarray,
    albedo: np.ndarray,
    gloss: float | np.ndarray = 0.04,
    sharpness: float = 24.0,
    ambient: float = 0.35,
    hollow: float = 0.0,
) -> np.ndarray:
    """Radiance (S, S, 3) of a matt to glossy surface under the scene's lamp and a softer surround.

    height: (S, S), frame sides. albedo: (3,) or (S, S, 3). gloss: strength of the highlight, sharpness its exponent.
    hollow: how strongly hollows darken (ambient occlusion), about 0-1.
    """
    nx, ny, nz = scene.normals(height)
    lx, ly, lz, near = lamp(scene)
    diffuse = np.clip((nx * lx + ny * ly + nz * lz + 0.12) / 1.12, 0, None) * near
    level = ambient * (0.5 + 0.5 * nz) + (1 - ambient) * diffuse
    if hollow:
        depth = scene.blur(height, 0.012) - height
        level *= 1 / (1 + hollow * np.clip(depth * 160, 0, 4))
    hx, hy, hz = halfway(scene, lx, ly, lz)
    glint = np.clip(nx * hx + ny * hy + nz * hz, 0, 1) ** np.float32(sharpness) * near
    return albedo * level[..., None] + (gloss * glint)[..., None]


def lamp(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Unit vector (x, y, z) to the lamp at every pixel, and its strength there (a flat matt card at the middle: 1)."""
    px, py, pz = scene.light
    dx, dy = px - scene.x, py - scene.y
    distance = np.sqrt(dx**2 + dy**2 + pz**2)
    reference = math.sqrt(px**2 + py**2 + pz**2)
    near = (reference / distance) ** 2 * (reference / pz)
    return dx / distance, dy / distance, pz / distance, near


def halfway(scene: Scene, lx: np.ndarray, ly: np.ndarray, lz: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vector halfway between the lamp and the camera at every pixel."""
    vx, vy = -scene.x, -scene.y
    reach = np.sqrt(vx**2 + vy**2 + _CAMERA**2)
    hx, hy, hz = lx + vx / reach, ly + vy / reach, lz + _CAMERA / reach
    norm = np.sqrt(hx**2 + hy**2 + hz**2)
    return hx / norm, hy / norm, hz / norm


def mirror(scene: Scene, height: np.ndarray, contrast: float = 1.0) -> np.ndarray:
    """What a shiny surface shows of the room, (S, S) float32 about 0.1-1.2: a large soft box at the lamp's side, a pale
    ceiling, a dark floor opposite, and the dark lens straight above."""
    nx, ny, nz = scene.normals(height)
    rx = 2 * nz * nx + scene.x / _CAMERA
    ry = 2 * nz * ny + scene.y / _CAMERA
    px, py, _ = scene.light
    reach = math.hypot(px, py)
    along = (rx * px + ry * py) / reach
    across = (ry * px - rx * py) / reach
    box = smoothstep(along, 0.25, 0.6) * smoothstep(along, 1.15, 0.95) * smoothstep(np.abs(across), 0.8, 0.45)
    fill = 0.42 + 0.28 * smoothstep(along, -0.9, 0.6) + 0.08 * np.sin(5 * across + 1.3)
    lens = np.exp(-(rx**2 + ry**2) / 0.035)
    return 0.5 + contrast * (fill + 0.75 * box - 0.16 * lens - 0.5)


def groove_glint(
    scene: Scene,
    tangent_x: np.ndarray | float,
    tangent_y: np.ndarray | float,
    sharpness: float,
    tilt: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Highlight of fine parallel grooves, brushed or turned metal, (S, S) float32 0-1.

    tangent: unit direction of the grooves in the plane. tilt: (S, S) slope of the surface along the grooves.
    """
    lx, ly, lz, _ = lamp(scene)
    hx, hy, hz = halfway(scene, lx, ly, lz)
    along = tangent_x * hx + tangent_y * hy + tilt * hz
    return np.clip(1 - along**2, 0, 1) ** np.float32(sharpness)


def shadow(scene: Scene, coverage: np.ndarray, thickness: float, softness: float = 0.3) -> np.ndarray:
    """Light left on the ground around an object, (S, S) float32 0-1: cast and contact shadow.

    coverage: (S, S) 0-1. thickness: the object's height, frame sides. softness: penumbra width over distance.
    """
    cast = np.zeros_like(coverage)
    steps = 6
    for step in range(1, steps + 1):
        above = thickness * step / steps
        moved = displaced(scene, coverage, above)
        cast = np.maximum(cast, scene.blur(moved, 0.002 + softness * above * 0.5))
    contact = scene.blur(coverage, 0.35 * thickness + 0.004)
    return (1 - 0.62 * cast) * (1 - 0.45 * contact)


def displaced(scene: Scene, coverage: np.ndarray, above: float, border: int = cv2.BORDER_CONSTANT) -> np.ndarray:
    """Where the lamp throws the outline of something that hovers `above` the ground; (S, S) float32."""
    px, py, pz = scene.light
    reach = -above * scene.side / pz
    matrix = np.array([[1, 0, px * reach], [0, 1, py * reach]], np.float32)
    return cv2.warpAffine(coverage, matrix, coverage.shape[1::-1], borderMode=border)


def photograph(scene: Scene, radiance: np.ndarray) -> np.ndarray:
    """The camera: point spread, vignette, exposure, white balance, response and sensor noise; (size, size, 3) uint8."""
    rng = scene.rng("camera")
    spread = rng.uniform(0.5, 0.85) * (scene.side / _LEAST_SIDE) ** 0.4
    vignette = rng.uniform(0.12, 0.42)
    exposure = rng.uniform(0.86, 1.1)
    balance = 1 + rng.normal(0, 0.018, 3)
    grain, level = rng.uniform(0.9, 1.9), rng.uniform(0.004, 0.012)
    image: np.ndarray = cv2.GaussianBlur(radiance.astype(np.float32), (0, 0), spread)
    fall = 1 - vignette * (scene.x**2 + scene.y**2)
    image *= fall[..., None] * (exposure * balance).astype(np.float32)
    if scene.side != scene.size:
        image = cv2.resize(image, (scene.size, scene.size), interpolation=cv2.INTER_AREA)
    image += np.float32(level)  # stray light in the lens: blacks are not black
    knee = np.float32(0.6)
    # The response bends over towards white instead of clipping.
    bright = 1 - (1 - knee) * np.exp(-np.clip(image - knee, 0, None) / (1 - knee))
    grey = 255 * np.where(image > knee, bright, np.clip(image, 0, None)) ** np.float32(1 / _GAMMA)
    # Demosaicing leaves noise a little smooth and partly the same in the channels.
    noise = rng.standard_normal((*grey.shape[:2], 4), dtype=np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 0.55) * np.float32(1.75)
    noise = 0.75 * noise[..., 3:] + 0.65 * noise[..., :3]
    strength = grain * (0.7 + 0.5 * np.sqrt(np.clip(grey, 0, 255) / 255))
    return np.clip(grey + noise * strength + 0.5, 0, 255).astype(np.uint8)
