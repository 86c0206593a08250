"""Puts the defects of several samples into one picture, where they were made on the same normal image."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..core.errors import InputError
from ..core.task import Counts
from ..defects.describing import covers_picture
from ..imaging.channels import differing
from ..imaging.masks import grow_mask
from .content import Content, Picture

# Changes keep this distance from each other, as a share of the picture's shorter side: 2 px of 256.
_APART = 1 / 128


def combined(content: Content, counts: Counts, seed: int) -> Content:
    """Each picture with so many defects' samples, (least, most), drawn evenly, as its normal image has that do not meet.

    The number of pictures stays, and no two show the same samples. What lies all over a picture stays alone.
    The same arguments give the same pictures. Raises InputError where nothing could be put together, or a file cannot be read.
    """
    if counts[1] == 1:
        return content
    groups: dict[tuple[str, str], list[Picture]] = defaultdict(list)
    for picture in content.pictures:
        if _can_be_combined(picture):
            groups[picture.item, picture.group].append(picture)
    changed: dict[int, Picture] = {}
    for (item, group), pictures in groups.items():
        rng = np.random.default_rng([seed, *item.encode(), *group.encode()])
        changed.update(zip(map(id, pictures), _combine(pictures, counts, rng), strict=True))
    pictures = [changed.get(id(picture), picture) for picture in content.pictures]
    if not any(len(picture.samples) > 1 for picture in pictures):
        raise InputError(
            "no two samples were made on one normal image with room between them, so none can be combined; make more "
            "samples of each image, or leave --combine out"
        )
    # By item, normal images first, then by type; within a type the order stays.
    order = {item: number for number, item in enumerate(dict.fromkeys(picture.item for picture in pictures))}
    return Content(tuple(sorted(pictures, key=lambda picture: (order[picture.item], picture.anomaly))))


def _can_be_combined(picture: Picture) -> bool:
    return any(sample.normal is not None and not covers_picture(sample.anomaly) for sample in picture.samples)


def _combine(pictures: Sequence[Picture], counts: Counts, rng: np.random.Generator) -> list[Picture]:
    """pictures: of one normal image, a sample each."""
    least, most = counts
    reaches = [_reach(picture) for picture in pictures]
    taken: set[frozenset[int]] = set()
    result = []
    for own, picture in enumerate(pictures):
        wanted = int(rng.integers(least, most + 1))
        chosen, reach = [own], reaches[own]
        for other in rng.permutation(len(pictures)).tolist():
            if len(chosen) == wanted:
                break
            if other != own and reaches[other].shape == reach.shape and not (reach & reaches[other]).any():
                chosen.append(other)
                reach = reach | reaches[other]
        while frozenset(chosen) in taken:
            chosen.pop()  # down to the picture's own sample, which no other picture shows alone
        taken.add(frozenset(chosen))
        result.append(replace(picture, samples=tuple(pictures[one].samples[0] for one in chosen)))
    return result


def _reach(picture: Picture) -> np.ndarray:
    """Where a sample differs from its normal image or is marked, with room around, (H, W) bool; everywhere where they
    cannot be compared."""
    (sample,) = picture.samples
    (image, mask), normal = sample.read(), sample.read_normal()
    if normal is None or normal.shape != image.shape:
        return np.ones(mask.shape, bool)
    return grow_mask(differing(image, normal) | mask, _APART)
