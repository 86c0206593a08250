"""A picture with the outlines of its product's parts, their names, and its directions."""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.masks import bounding_box
from .parts import Part
from .scene import Scene

# Sides of the overlay, px: smaller pictures are enlarged, and lines grow with larger ones.
_SIDE = 768
# Colours of parts and directions, RGB.
_COLOURS = {
    "rim": (255, 160, 0), "edge": (160, 120, 255), "corner": (255, 60, 60), "centre": (0, 170, 255), "opening": (255, 0, 220),
    "print": (0, 220, 120), "label": (60, 255, 60), "trace": (255, 120, 0), "gap": (120, 200, 255), "unit": (255, 230, 0),
    "background": (150, 150, 150), "axis": (255, 255, 0), "texture": (0, 255, 255), "light": (255, 255, 255),
    "symmetry": (255, 150, 200),
}  # fmt: skip


def draw_parts(image: np.ndarray, scene: Scene) -> np.ndarray:
    """An image, (H, W, 3) uint8 RGB, with its scene's parts drawn on it: (H', W', 3) uint8 RGB, 768 px or more on the long side.

    Outlines with names and numbers; lines for the long axis, the axis of symmetry and the texture's direction; an arrow towards
    the light.
    """
    height, width = image.shape[:2]
    enlarge = max(1.0, _SIDE / max(height, width))
    size = (round(width * enlarge), round(height * enlarge))
    drawn = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC) if enlarge > 1 else image.copy()
    unit = max(size) / _SIDE
    written: list[tuple[int, int, int, int]] = []
    for part in scene.parts.parts:
        mask = cv2.resize(part.mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        outlines, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, outlines, -1, _COLOURS[part.name], max(1, round(1.6 * unit)), cv2.LINE_AA)
    for part in scene.parts.parts:
        several = len(scene.parts.named(part.name)) > 1
        x, y = _anchor(part, scene.parts.shape)
        _write(
            drawn,
            f"{part.name} {part.number}" if several else part.name,
            (x * size[0], y * size[1]),
            _COLOURS[part.name],
            unit,
            written,
        )
    _directions(drawn, scene, unit, written)
    return drawn


def _directions(drawn: np.ndarray, scene: Scene, unit: float, written: list[tuple[int, int, int, int]]) -> None:
    height, width = drawn.shape[:2]
    box = scene.bounding_box
    middle = np.array([(box[0] + box[2]) / 2 * width, (box[1] + box[3]) / 2 * height])
    reach = 0.4 * min((box[2] - box[0]) * width, (box[3] - box[1]) * height)
    lines = (
        ("axis", scene.parts.axis, 1.0),
        ("symmetry", scene.parts.symmetry, 0.85),
        ("texture", scene.parts.texture_direction, 0.7),
    )
    for name, degrees, share in lines:
        if degrees is not None:
            along = share * reach * np.array([np.cos(np.radians(degrees)), -np.sin(np.radians(degrees))])
            _arrow(drawn, middle - along, middle + along, _COLOURS[name], unit, 0.05)
            _write(drawn, f"{name} {degrees:.0f}", middle + along, _COLOURS[name], unit, written)
    light = 0.12 * min(height, width) * np.array(scene.light)
    start = np.array([width, height]) * 0.86 - light / 2
    _arrow(drawn, start, start + light, _COLOURS["light"], unit, 0.3)
    _write(drawn, "to the light", start, _COLOURS["light"], unit, written)


def _arrow(
    drawn: np.ndarray, start: np.ndarray, end: np.ndarray, colour: tuple[int, int, int], unit: float, tip: float
) -> None:
    first, last = (tuple(int(value) for value in np.rint(point)) for point in (start, end))
    for thick, tone in ((4.5, (0, 0, 0)), (2.0, colour)):
        cv2.arrowedLine(drawn, first, last, tone, max(1, round(thick * unit)), cv2.LINE_AA, tipLength=tip)


def _anchor(part: Part, shape: tuple[int, int]) -> tuple[float, float]:
    """Where a part's name begins, (x, y) in fractions: at its deepest place, or, of a thin one, at its upper left."""
    rows, columns = bounding_box(part.mask)
    depth = cv2.distanceTransform(np.pad(part.mask, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    row, column = divmod(int(np.argmax(depth)), shape[1])
    if depth.max() < 0.15 * min(rows.stop - rows.start, columns.stop - columns.start):
        row, column = divmod(int(np.flatnonzero(part.mask)[0]), shape[1])
    return column / shape[1], row / shape[0]


def _write(
    drawn: np.ndarray,
    text: str,
    place: tuple[float, float] | np.ndarray,
    colour: tuple[int, int, int],
    unit: float,
    written: list[tuple[int, int, int, int]],
) -> None:
    """Writes a text near a place, dark-edged, within the picture and below those that were written there before."""
    scale, thick = 0.6 * unit, max(1, round(1.4 * unit))
    (wide, high), base = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    x = int(np.clip(place[0] - wide / 2, 2, max(2, drawn.shape[1] - wide - 2)))
    y = int(np.clip(place[1] + high / 2, high + 2, max(high + 2, drawn.shape[0] - base - 2)))
    step = high + base
    for _ in range(40):
        if not any(abs(y - other[1]) < step and x < other[0] + other[2] and other[0] < x + wide for other in written):
            break
        y = y + step if y + step < drawn.shape[0] - base else high + 2
    written.append((x, y, wide, high))
    for width, tone in ((thick + max(2, round(2.4 * unit)), (0, 0, 0)), (thick, colour)):
        cv2.putText(drawn, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, tone, width, cv2.LINE_AA)
