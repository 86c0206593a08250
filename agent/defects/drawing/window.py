"""What a renderer is given (a window of the image around one defect) and what it gives back (a layer)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ...imaging.channels import colours_at, luma, median_colour
from ...scene.scene import Scene
from ..edit import Edit


@dataclass(frozen=True, eq=False)
class Window:
    """A cut-out of the image around one defect, (h, w), and the facts a renderer shades by.

    pixels: (h, w, 3) float32 RGB, 0-255. allowed: (h, w) bool, where the defect may be. product: (h, w) bool.
    centre: (x, y) px in the window. size: longest extent of the defect, px. angle: of its long axis, radians, in image
    coordinates (x right, y down). severity: 0-1. unit: px that equal 1 px of a 256 px picture, for stroke widths.
    edge_normal: (x, y) unit vector out of the product at the centre, (0, 0) where no silhouette is near. goes_on: whether
    the picture does beyond the window, at its top, bottom, left and right. free: only the product limits where it is, no
    region. guide: (n, 2) float32 px, the course that a line
    takes, None where it is free. core: (h, w) bool, what exactly of a thresholded picture turns, None where that is free.
    """

    pixels: np.ndarray
    allowed: np.ndarray
    product: np.ndarray
    centre: tuple[float, float]
    size: float
    angle: float
    severity: float
    unit: float
    scene: Scene
    edit: Edit
    edge_normal: tuple[float, float]
    goes_on: tuple[bool, bool, bool, bool]
    free: bool = False
    guide: np.ndarray | None = None
    core: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w)."""
        return self.pixels.shape[0], self.pixels.shape[1]

    @property
    def light(self) -> tuple[float, float]:
        """Unit vector towards the light, (x, y), y down."""
        return self.scene.light

    @cached_property
    def offsets(self) -> tuple[np.ndarray, np.ndarray]:
        """(dx, dy) of every pixel from the centre, each (h, w) float32 px."""
        height, width = self.shape
        x = np.arange(width, dtype=np.float32) - self.centre[0]
        y = np.arange(height, dtype=np.float32) - self.centre[1]
        return np.broadcast_to(x[None, :], self.shape), np.broadcast_to(y[:, None], self.shape)

    @cached_property
    def axes(self) -> tuple[np.ndarray, np.ndarray]:
        """(along, across) the long axis from the centre, each (h, w) float32 px."""
        dx, dy = self.offsets
        dx, dy = dx[:1], dy[:, :1]  # a row and a column say it all
        cosine, sine = np.float32(np.cos(self.angle)), np.float32(np.sin(self.angle))
        return dx * cosine + dy * sine, dy * cosine - dx * sine

    def distance_transform(self, area: np.ndarray) -> np.ndarray:
        """Distance, px, of each pixel of an (h, w) bool area to its outline, (h, w) float32; 0 outside. A side of the window
        beyond which the picture goes on is outline, one where it ends is not."""
        return cv2.distanceTransform(self._framed(area), cv2.DIST_L2, 5)[1:-1, 1:-1]

    def inner(self, area: np.ndarray) -> np.ndarray:
        """The pixels, (h, w) bool, of an (h, w) bool area that are not beside its outline, which is where that of depth is."""
        cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
        return cv2.erode(self._framed(area), cross)[1:-1, 1:-1] > 0

    def _framed(self, area: np.ndarray) -> np.ndarray:
        """An (h, w) bool area with a pixel around it, (h + 2, w + 2) uint8, 0 where the picture goes on."""
        framed = cv2.copyMakeBorder(area.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
        for side, goes_on in zip(((0, ...), (-1, ...), (..., 0), (..., -1)), self.goes_on, strict=True):
            if goes_on:
                framed[side] = 0
        return framed

    @property
    def frame_distances(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the whole window, the distances of rows below its top and bottom, (h, 1) float32, and that of columns, (1, w)."""
        top, bottom, left, right = (np.float32(0.0 if goes_on else np.inf) for goes_on in self.goes_on)
        rows, columns = (np.arange(1, length + 1, dtype=np.float32) for length in self.shape)
        down, across = np.minimum(rows + top, rows[::-1] + bottom), np.minimum(columns + left, columns[::-1] + right)
        return down[:, None], across[None, :]

    @cached_property
    def depth_from_edge(self) -> np.ndarray:
        """Distance, px, of each pixel from the product's outline, (h, w) float32; where the product fills the window, from the
        picture's sides."""
        if not self.product.all():
            return self.distance_transform(self.product)
        height, width = self.shape
        rows, columns = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)[None, :]
        depth = np.full(self.shape, float(height + width), np.float32)
        sides = (rows, rows[::-1], columns, columns[:, ::-1])
        for goes_on, side in zip(self.goes_on, sides, strict=True):
            if not goes_on:
                depth = np.minimum(depth, side)
        return depth

    @cached_property
    def grey(self) -> np.ndarray:
        """(h, w) float32 luma, 0-255."""
        return cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY)

    @cached_property
    def base(self) -> np.ndarray:
        """(h, w, 3) float32: the window without its fine texture."""
        return cv2.GaussianBlur(self.pixels, (0, 0), 2.5 * self.unit)

    @cached_property
    def texture(self) -> np.ndarray:
        """(h, w, 3) float32: the fine texture alone, about zero."""
        return self.pixels - self.base

    @cached_property
    def local_rgb(self) -> np.ndarray:
        """(3,) float32: median colour of the allowed area."""
        chosen = colours_at(self.pixels, self.allowed)
        return median_colour(chosen if len(chosen) else self.pixels.reshape(-1, 3))

    @cached_property
    def local_luma(self) -> float:
        """Luma of local_rgb, 0-255."""
        return float(luma(self.local_rgb))

    @cached_property
    def contrast(self) -> float:
        """Standard deviation of luma in the allowed area, grey levels: what a defect must stand out from."""
        chosen = self.grey[self.allowed]
        return float(chosen.std()) if len(chosen) else float(self.grey.std())

    def step(self, faint: float, strong: float) -> float:
        """A change of grey level for this severity, from just visible over the local texture to gross."""
        visible = faint + 0.5 * min(self.contrast, 30.0)
        return visible + (strong - faint) * self.severity

    def half_width(self, usual: float) -> float:
        """Half the width of a line, px, by what the edit says of it. usual: where it says nothing."""
        if self.edit.width == "hairline":
            # One or two px of this picture, whatever its size, before the lens.
            return 0.55
        if self.edit.width == "wide":
            return max(4.2 * usual, 3.8 * self.unit)
        return usual if self.edit.width is None else min(0.7 * usual, 0.55 * self.unit)

    def darker(self, rng: np.random.Generator, bias: float = 0.5) -> bool:
        """Whether the defect is darker than the surface: as the edit says, else by what the tone leaves room for."""
        if self.edit.tone is not None:
            return self.edit.tone == "dark"
        if self.local_luma < 60:
            return False
        if self.local_luma > 205:
            return True
        return bool(rng.random() < bias)


@dataclass(frozen=True, eq=False)
class Layer:
    """A rendered defect: what the window looks like with it, and where it is.

    pixels: (h, w, 3) float32 RGB of the window's shape, any range (clipped later). coverage: (h, w) float32, 0-1: blend
    weight of pixels over the original; 0 away from the defect. core: (h, w) float32, 0-1, or None to take coverage: the
    defect itself without its shadow or glow; the mask is where it is 0.5 or more.
    """

    pixels: np.ndarray
    coverage: np.ndarray
    core: np.ndarray | None = None


Renderer = Callable[[Window, np.random.Generator], Layer]
