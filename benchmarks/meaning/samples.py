"""Which description is made on which picture, with which seed: the same list every time."""

from __future__ import annotations

import functools
import multiprocessing
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import cv2

from .descriptions import Description, read_descriptions
from .pictures import Picture, names_of, read_picture

#: Pictures of each product.
PICTURES = 3
Value = TypeVar("Value")


@dataclass(frozen=True)
class Sample:
    """One description on one picture."""

    description: Description
    picture: str
    seed: int


def choose(data: Path | None, which: str, each: int, kinds: Iterable[str] = ()) -> list[Sample]:
    """`each` products for every description, or as many as it fits, in an order of its own; sorted by picture.

    which: a set of descriptions. kinds: only descriptions that ask for one of these kinds of words.
    """
    pictures: dict[str, list[Picture]] = {}
    for name in names_of(data, PICTURES):
        picture = read_picture(name, data)
        pictures.setdefault(picture.kind, []).append(picture)
    wanted, found = set(kinds), []
    for description in read_descriptions(which):
        if wanted and not wanted & set(description.asks):
            continue
        own = zlib.crc32(description.text.encode())
        # By the digest of text and product, so that each text has its own mixture of products.
        order = sorted(pictures, key=lambda kind: zlib.crc32(f"{kind} {description.text}".encode()))
        fitting = [[picture for picture in pictures[kind] if description.fits(picture.tags)] for kind in order]
        fitting = [several for several in fitting if several]
        for index in range(each if len(fitting) >= each else min(each, 2 * sum(map(len, fitting)))):
            several = fitting[index % len(fitting)]
            turn = index // len(fitting)
            name = several[(own + turn) % len(several)].name
            found.append(Sample(description, name, own % 1000 + index))
    return sorted(found, key=lambda sample: (sample.picture, sample.description.text, sample.seed))


@functools.lru_cache(8)
def picture_of(name: str, data: Path | None) -> Picture:
    """As read_picture; the last few are kept."""
    return read_picture(name, data)


def spread(work: Callable[..., Value], arguments: Iterable[tuple[Any, ...]], processes: int) -> Iterator[Value]:
    """What work gives for each tuple of arguments, in order, by worker processes of one core each."""
    # Spawned: a fork after OpenCV has used its threads waits for them for ever.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=_one_core) as pool:
        yield from pool.map(work, *zip(*arguments, strict=True), chunksize=8)


def _one_core() -> None:
    os.nice(5)
    cv2.setNumThreads(1)
