"""What all synthesizers share: the interface, which normal images are used, and dice of their own."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
import torch

from ....agent.core.errors import InputError

# Draws for one sample at most: a method that still shows no defect then cannot work on these images.
_DRAWS = 100


@dataclass(frozen=True, eq=False)
class Samples:
    """normals, images: (N, S, S, 3) uint8 RGB, before and after. masks: (N, S, S) bool, of the images."""

    normals: np.ndarray
    images: np.ndarray
    masks: np.ndarray


class Synthesizer(Protocol):
    """name: as in tables. facts: what its samples depend on besides images, count and seed (versions, settings, sources);
    no path.
    """

    name: str
    facts: dict[str, Any]

    def synthesize(self, normals: Sequence[np.ndarray], item: str, count: int, seed: int) -> Samples:
        """`count` samples on normal images, each (S, S, 3) uint8; item: the product in words.

        The same arguments give the same samples. Raises InputError for images that the method cannot work on.
        """


def draw_normals(normals: Sequence[np.ndarray], count: int, seed: int) -> list[int]:
    """Which normal image each sample is made on: the same for every method."""
    return [int(index) for index in np.random.default_rng([seed, count]).integers(len(normals), size=count)]


def collect(
    name: str,
    normals: Sequence[np.ndarray],
    count: int,
    seed: int,
    draw: Callable[[int], tuple[np.ndarray, np.ndarray]],
) -> Samples:
    """Samples from `draw`: index of a normal image -> image, mask. Drawn again while the mask is empty: methods that may
    leave an image as it is are asked for defects here. Raises InputError where there is none after many draws.
    """
    chosen = draw_normals(normals, count, seed)
    images, masks = [], []
    for index in chosen:
        for _ in range(_DRAWS):
            image, mask = draw(index)
            if mask.any():
                break
        else:
            raise InputError(f"{name}: no defect in {_DRAWS} draws on one image; leave this method out")
        images.append(image)
        masks.append(mask)
    return Samples(np.stack([normals[index] for index in chosen]), np.stack(images), np.stack(masks))


@contextmanager
def dice(seed: int) -> Iterator[None]:
    """Seeds the global generators of Python, NumPy and torch, which the baselines draw from, and puts them back afterwards."""
    before = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            random.seed(seed)
            np.random.seed(seed)
            torch.manual_seed(seed)
            yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


def as_uint8(image: np.ndarray) -> np.ndarray:
    """Float, 0-1, as uint8, 0-255."""
    return np.clip(np.rint(255 * image), 0, 255).astype(np.uint8)


def bgr(image: np.ndarray) -> np.ndarray:
    """RGB to BGR, or back."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
