"""Tasks to train and to evaluate on: products that the pack renders, or a user's own normal images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from ...agent.core.errors import InputError
from ...agent.core.task import Task
from ...agent.imaging.io import read_image
from ...agent.imaging.picture_files import list_images
from ...agent.imaging.tone import ItemTone
from ...agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal
from ...agent.scene.scene import Scene, allowed_area, analyze_scene
from .unfaithful_editor import FAITHFUL, EditorBias, draw_bias

#: Rendered products that no training ever sees, one of each category (texture, object, pattern).
HELD_OUT = ("leather", "washer", "wire_mesh")
#: Rendered products to train on.
TRAINED_ON = tuple(name for name in EXAMPLE_PRODUCTS if name not in HELD_OUT)
# Photographs of one product that training draws from; evaluation takes seeds beyond.
_PHOTOGRAPHS = 40
_UNSEEN_FROM = 1_000_000
_REGION_SHARE = 0.25
_REGION_SIDE = (0.3, 0.6)


@dataclass(frozen=True, eq=False)
class Assignment:
    """A task, its scene, and the bias of the editor that will draw for it."""

    task: Task
    scene: Scene
    bias: EditorBias
    product: str


class TaskSource(Protocol):
    """Tasks by number; the same number gives the same task."""

    def draw(self, index: int) -> Assignment:
        """The task of this number, 0 or more."""


@dataclass(frozen=True)
class RenderedTasks:
    """Defects on rendered products. products: names in EXAMPLE_PRODUCTS. side: px. unfaithful: share of tasks
    with an editor that has a bias. unseen: photographs that training does not draw from.
    """

    products: tuple[str, ...] = TRAINED_ON
    side: int = 128
    unfaithful: float = 1.0
    seed: int = 0
    unseen: bool = False

    def draw(self, index: int) -> Assignment:
        """See TaskSource."""
        rng = np.random.default_rng([self.seed, index, int(self.unseen)])
        name = self.products[int(rng.integers(len(self.products)))]
        product = EXAMPLE_PRODUCTS[name]
        photograph = int(rng.integers(_PHOTOGRAPHS)) + (_UNSEEN_FROM if self.unseen else 0)
        image, scene = _photograph(name, photograph, self.side)
        anomaly = product.anomalies[int(rng.integers(len(product.anomalies)))]
        return _assign(image, scene, product.item, anomaly, name, rng, self.unfaithful)


@dataclass(frozen=True, eq=False)
class FolderTasks:
    """Defects on images of a folder, or on given ones. anomalies: types in free text."""

    images: tuple[Path, ...]
    item: str
    anomalies: tuple[str, ...]
    unfaithful: float = 1.0
    seed: int = 0

    @staticmethod
    def of(folder: Path, item: str, anomalies: Sequence[str], unfaithful: float = 1.0, seed: int = 0) -> FolderTasks:
        """All images of a folder. Raises InputError where there is none, or no anomaly is named."""
        if not anomalies:
            raise InputError(f"{folder}: no anomaly type to train on; name at least one")
        return FolderTasks(tuple(list_images(folder)), item, tuple(anomalies), unfaithful, seed)

    @cached_property
    def _tone(self) -> ItemTone:
        return ItemTone(self.images)

    def draw(self, index: int) -> Assignment:
        """See TaskSource."""
        rng = np.random.default_rng([self.seed, index])
        path = self.images[int(rng.integers(len(self.images)))]
        image, scene = _read(path, self._tone)
        anomaly = self.anomalies[int(rng.integers(len(self.anomalies)))]
        return _assign(image, scene, self.item, anomaly, self.item, rng, self.unfaithful)


def _assign(
    image: np.ndarray,
    scene: Scene,
    item: str,
    anomaly: str,
    product: str,
    rng: np.random.Generator,
    unfaithful: float,
) -> Assignment:
    region = _draw_region(scene, rng) if rng.random() < _REGION_SHARE else None
    bias = draw_bias(rng) if rng.random() < unfaithful else FAITHFUL
    task = Task(image, item, anomaly, region, int(rng.integers(2**31)))
    return Assignment(task, scene, bias, product)


def _draw_region(scene: Scene, rng: np.random.Generator) -> np.ndarray | None:
    """A rectangle, (H, W) bool, that lies at least half on the product; None where three tries find none."""
    allowed = allowed_area(scene, None)
    height, width = allowed.shape
    for _ in range(3):
        h, w = (int(side * rng.uniform(*_REGION_SIDE)) for side in (height, width))
        top, left = int(rng.integers(height - h)), int(rng.integers(width - w))
        if allowed[top : top + h, left : left + w].mean() > 0.5:
            region = np.zeros_like(allowed)
            region[top : top + h, left : left + w] = True
            return region
    return None


@lru_cache(maxsize=1024)
def _photograph(name: str, seed: int, side: int) -> tuple[np.ndarray, Scene]:
    image = render_normal(name, seed, side)
    return image, analyze_scene(image)


@lru_cache(maxsize=512)
def _read(path: Path, tone: ItemTone) -> tuple[np.ndarray, Scene]:
    image = read_image(path, tone)
    return image, analyze_scene(image)
