"""How fast a synthesizer is on one core."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import cv2
import numpy as np
import torch
from threadpoolctl import threadpool_limits

from .base import Synthesizer

#: Side of the images that speed is measured on, px.
SPEED_SIDE = 256


def ms_an_image(method: Synthesizer, normals: Sequence[np.ndarray], item: str, count: int, seed: int = 0) -> float:
    """Milliseconds a sample of SPEED_SIDE px on one core, mean of `count`, after one that is not counted.

    normals: (H, W, 3) uint8, resized here.
    """
    squares = [cv2.resize(normal, (SPEED_SIDE, SPEED_SIDE), interpolation=cv2.INTER_LINEAR) for normal in normals]
    with one_core():
        method.synthesize(squares, item, 1, seed + 1)
        started = time.perf_counter()
        method.synthesize(squares, item, count, seed)
        return 1000 * (time.perf_counter() - started) / count


@contextmanager
def one_core() -> Iterator[None]:
    """OpenCV, torch and the libraries below NumPy with one thread each."""
    before = cv2.getNumThreads(), torch.get_num_threads()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        cv2.setNumThreads(before[0])
        torch.set_num_threads(before[1])
