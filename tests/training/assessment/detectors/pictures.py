"""Pictures that a small net learns at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from anomaly_agent.training.assessment.detectors.localization import LabelledTest
from anomaly_agent.training.assessment.detectors.presets import QUICK, Preset

SIDE = 32


def tiny(steps: int) -> Preset:
    """The quick preset at 32 px."""
    return replace(QUICK, side=SIDE, localization=replace(QUICK.localization, steps=steps))


def squares(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Noise, the same with a bright square, and the squares."""
    rng = np.random.default_rng(seed)
    normals = rng.integers(60, 100, (count, SIDE, SIDE, 3)).astype(np.uint8)
    images, masks = normals.copy(), np.zeros((count, SIDE, SIDE), bool)
    for image, mask in zip(images, masks, strict=True):
        y, x = rng.integers(SIDE - 8, size=2)
        image[y : y + 8, x : x + 8] = 220
        mask[y : y + 8, x : x + 8] = True
    return normals, images, masks


def squares_test(count: int, seed: int) -> LabelledTest:
    """`count` normal pictures, then as many with a square: of type "a" and, the last one, of type "b"."""
    normals, images, masks = squares(count, seed)
    types = ("",) * count + ("a",) * (count - 1) + ("b",)
    names = tuple(f"{index:03d}.png" for index in range(2 * count))
    return LabelledTest(np.concatenate([normals, images]), np.concatenate([np.zeros_like(masks), masks]), types, names)
