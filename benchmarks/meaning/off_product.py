"""1,000 samples of defects that cannot leave the product, on objects: does any pixel lie off it?

Rendered objects come with their true silhouette; the photographs' is segmented.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ...agent.core.errors import InputError
from ...agent.core.task import Task
from .pictures import names_of
from .pixels import Change, dilate
from .run import loop_of
from .samples import picture_of, spread

#: What cannot leave a product: what is done to its surface, or lies on it.
TYPES = (
    "scratch", "long scratch", "dent", "dent near the edge", "stain", "large stain", "oil stain", "rust", "rust near the rim",
    "crack", "crack from edge to edge", "hole", "cut", "contamination", "discoloration", "burnt edge", "paint splash",
    "mold", "glue residue", "two scratches", "bubble", "abrasion at the edge", "water ring", "spray of dirt", "print defect",
)  # fmt: skip
#: Samples in all.
SAMPLES = 1000


def choose(data: Path | None) -> list[tuple[str, str, int]]:
    """(type, picture's name, seed) of each sample: every type equally often on every object, each time on another picture."""
    kinds: dict[str, list[str]] = {}
    for name in names_of(data, SAMPLES // len(TYPES)):
        kinds.setdefault(name.split("/")[0], []).append(name)
    objects = {kind: names for kind, names in kinds.items() if "object" in picture_of(names[0], data).tags}
    found = []
    for index in range(SAMPLES):
        kind = sorted(objects)[index % len(objects)]
        turn = index // len(objects)
        name = objects[kind][turn % len(objects[kind])]
        found.append((TYPES[turn % len(TYPES)], name, zlib.crc32(f"{name} {index}".encode()) % 10_000))
    return sorted(found, key=lambda one: (one[1], one[0], one[2]))


def off_product_sample(text: str, name: str, seed: int, data: Path | None) -> dict[str, Any]:
    """The record of one sample, accepted or not: pixels of the mask, and pixels changed at all, further off the product than
    its silhouette is sure."""
    picture = picture_of(name, data)
    record: dict[str, Any] = {"text": text, "picture": name, "seed": seed}
    try:
        result = loop_of("scripted").synthesize(Task(picture.image, picture.item, text, seed=seed))
    except InputError as error:
        return {**record, "stopped": str(error)[:160]}
    change = Change(picture.image, result.image, result.mask, picture.product, picture.slack)
    off = ~dilate(change.product, change.slack)
    changed = np.any(change.edited != change.normal, axis=2)
    return {
        **record,
        "passed": result.passed,
        "mask": int((change.mask & off).sum()),
        "changed": int((changed & off).sum()),
    }


def off_product_rows(data: Path | None, processes: int) -> list[dict[str, Any]]:
    """The records of all samples."""
    return list(spread(off_product_sample, [(*one, data) for one in choose(data)], processes))
