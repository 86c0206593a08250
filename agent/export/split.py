"""The split into a training and a validation side: seeded, by normal image, with every type on both sides where it can be."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from ..core.errors import InputError
from .content import Content, Picture, placed

# Shuffles tried for an item; the one whose sides are nearest to the share asked for, type by type, is taken.
_SHUFFLES = 200


def split(content: Content, share: float, seed: int) -> Content:
    """Holds out about `share` (0-0.9) of each item's normal images, each with all that was made from it.

    An item with a single normal image stays whole, for training. Raises InputError where every item is so.
    """
    if share == 0:
        return content
    by_item: dict[str, list[Picture]] = defaultdict(list)
    owner: dict[str, str] = {}
    for picture in content.pictures:
        # A normal image that several items share moves as one, with the first of them.
        by_item[owner.setdefault(picture.group, picture.item)].append(picture)
    held_out = [
        _held_out(pictures, share, np.random.default_rng([seed, *item.encode()])) for item, pictures in by_item.items()
    ]
    if not any(held_out):
        raise InputError(
            "all samples were made from one normal image, so none can be held out for validation without its like in "
            "training; make samples from more normal images, or export with --validation 0"
        )
    return placed(content, frozenset().union(*held_out))


def _held_out(pictures: list[Picture], share: float, rng: np.random.Generator) -> frozenset[str]:
    groups = sorted({picture.group for picture in pictures})
    labels = sorted({picture.label for picture in pictures})
    if len(groups) < 2:
        return frozenset()
    count = min(max(round(share * len(groups)), 1), len(groups) - 1)
    table = np.zeros((len(groups), len(labels)))
    row, column = ({name: index for index, name in enumerate(names)} for names in (groups, labels))
    for picture in pictures:
        table[row[picture.group], column[picture.label]] += 1
    candidates = [rng.permutation(len(groups))[:count] for _ in range(_SHUFFLES)]
    best = min(candidates, key=lambda chosen: _distance(table, chosen, share))
    return frozenset(groups[index] for index in best)


def _distance(table: np.ndarray, chosen: np.ndarray, share: float) -> float:
    """How far the sides are from the share asked for; a type that is missing on the training side is the worst."""
    total = table.sum(axis=0)
    held = table[chosen].sum(axis=0)
    return float(np.abs(held / total - share).mean() + 10 * (held == total).sum() + (held == 0).sum())
