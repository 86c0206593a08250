"""Reads the pictures of data sets as squares; what cannot be used is left out and reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ....agent.core.errors import InputError
from ....agent.core.names import name_key
from ....agent.dataset.reader import Entry
from .squares import square_image, square_mask


@dataclass(frozen=True, eq=False)
class Pictures:
    """entries: where they come from. images: (N, S, S, 3) uint8. masks: (N, S, S) bool, empty for normal ones."""

    entries: tuple[Entry, ...]
    images: np.ndarray
    masks: np.ndarray

    @property
    def types(self) -> tuple[str, ...]:
        """The N defect types as `plain_type` has them, "" for normal pictures."""
        return tuple(plain_type(entry.anomaly) for entry in self.entries)

    def of_type(self, kind: str) -> Pictures:
        """Those of one type; "" for the normal ones."""
        chosen = [index for index, other in enumerate(self.types) if other == kind]
        return Pictures(tuple(self.entries[index] for index in chosen), self.images[chosen], self.masks[chosen])

    def __len__(self) -> int:
        return len(self.entries)


def read_pictures(entries: Iterable[Entry], side: int, tell: Callable[[str], None]) -> Pictures:
    """Pictures of `side` px. tell: hears of each that is left out, with its file's name and what is wrong: it cannot be read,
    or its mask cannot, is of another size, or is empty.
    """
    kept, images, masks = [], [], []
    for entry in entries:
        try:
            image, mask = entry.read()
        except InputError as error:
            tell(str(error))
            continue
        kept.append(entry)
        images.append(square_image(image, side))
        masks.append(square_mask(mask, side))
    return Pictures(
        tuple(kept),
        np.array(images, np.uint8).reshape(-1, side, side, 3),
        np.array(masks, bool).reshape(-1, side, side),
    )


def plain_type(name: str) -> str:
    """A type's name such that two sets' names of it are the same: see name_key."""
    return name_key(name)


def count_shared(pictures: np.ndarray, others: Sequence[np.ndarray]) -> int:
    """How many of the pictures, (N, S, S, 3), are among the others, pixel by pixel."""
    known = {image.tobytes() for group in others for image in group}
    return sum(image.tobytes() in known for image in pictures)
