"""Rendered pictures of products without a defect, for the demonstration, the tests and the shipped policy's training.

The pictures come from NumPy and OpenCV alone: height maps under a lamp, seen by a camera with blur and noise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from ..core.errors import InputError
from . import objects, patterns, textures
from .shading import Rendering, Scene, photograph

_SIZES = (64, 2048)


@dataclass(frozen=True)
class ExampleProduct:
    """A product that can be rendered. item: its name in words. anomalies: defect types that occur on it, in words."""

    name: str
    item: str
    category: Literal["texture", "object", "pattern"]
    material: str
    anomalies: tuple[str, ...]


#: Every product, by name.
EXAMPLE_PRODUCTS: dict[str, ExampleProduct] = {
    product.name: product
    for product in (
        ExampleProduct("brushed_steel", "brushed steel plate", "texture", "metal", ("scratch", "dent", "rust stain")),
        ExampleProduct("concrete", "cast concrete slab", "texture", "concrete", ("crack", "hole", "oil stain")),
        ExampleProduct("leather", "leather hide", "texture", "leather", ("cut", "hole", "glue residue")),
        ExampleProduct("wood", "planed wood board", "texture", "wood", ("scratch", "crack", "hole")),
        ExampleProduct("painted_metal", "painted sheet", "texture", "painted metal", ("scratch", "dent", "rust stain")),
        ExampleProduct("washer", "turned metal washer", "object", "metal", ("scratch", "dent", "rust stain")),
        ExampleProduct("hex_nut", "hex nut", "object", "metal", ("scratch", "chip", "rust stain")),
        ExampleProduct("capsule", "two-tone capsule", "object", "gelatin", ("crack", "dent", "contamination")),
        ExampleProduct("tablet", "scored tablet", "object", "pressed powder", ("crack", "chip", "contamination")),
        ExampleProduct("bottle_base", "glass bottle base", "object", "glass", ("crack", "chip", "contamination")),
        ExampleProduct("biscuit", "biscuit", "object", "baked dough", ("crack", "broken edge", "burn mark")),
        ExampleProduct("woven_fabric", "woven fabric", "pattern", "textile", ("hole", "loose thread", "stain")),
        ExampleProduct(
            "wire_mesh", "woven wire mesh", "pattern", "metal", ("broken wire", "bent wire", "contamination")
        ),
        ExampleProduct("circuit_board", "circuit board", "pattern", "laminate", ("scratch", "stain", "print defect")),
        ExampleProduct("ceramic_tiles", "glazed ceramic tiles", "pattern", "ceramic", ("crack", "chip", "stain")),
    )
}

_RENDERERS: dict[str, Callable[[Scene], Rendering]] = {
    "brushed_steel": textures.brushed_steel,
    "concrete": textures.concrete,
    "leather": textures.leather,
    "wood": textures.wood,
    "painted_metal": textures.painted_metal,
    "washer": objects.turned_washer,
    "hex_nut": objects.hex_nut,
    "capsule": objects.capsule,
    "tablet": objects.scored_tablet,
    "bottle_base": objects.bottle_base,
    "biscuit": objects.biscuit,
    "woven_fabric": patterns.woven_fabric,
    "wire_mesh": patterns.wire_mesh,
    "circuit_board": patterns.circuit_board,
    "ceramic_tiles": patterns.ceramic_tiles,
}


def render_normal(name: str, seed: int, size: int = 256) -> np.ndarray:
    """A photograph of the product, (size, size, 3) uint8 RGB; the same for the same name, seed and size.

    name: a key of EXAMPLE_PRODUCTS. seed: 0 or more; it sets place, light, colour and grain. size: 64 to 2048 px; a seed shows
    the same scene at every size. Raises ValueError for an unknown name, a negative seed, or a size outside.
    """
    scene, rendering = _render(name, seed, size)
    return photograph(scene, rendering.radiance)


def render_foreground(name: str, seed: int, size: int = 256) -> np.ndarray:
    """Where render_normal of the same arguments shows the product, (size, size) bool.

    All True for textures and patterns, which fill the frame. Raises ValueError as render_normal does.
    """
    coverage = _render(name, seed, size)[1].coverage
    if coverage is None:
        return np.ones((size, size), bool)
    if coverage.shape != (size, size):
        coverage = cv2.resize(coverage, (size, size), interpolation=cv2.INTER_AREA)
    return coverage >= 0.5


def _render(name: str, seed: int, size: int) -> tuple[Scene, Rendering]:
    if name not in _RENDERERS:
        raise InputError(f"no rendered product is called {name!r}; choose one of {', '.join(EXAMPLE_PRODUCTS)}")
    if not _SIZES[0] <= size <= _SIZES[1]:
        raise InputError(f"size is {size} px; choose {_SIZES[0]} to {_SIZES[1]}")
    if seed < 0:
        raise InputError(f"seed is {seed}; choose 0 or more")
    scene = Scene(name, seed, size)
    return scene, _RENDERERS[name](scene)
