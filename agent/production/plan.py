"""A plan: which samples of which items are asked for, and how they are made. Read and checked before the first image."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..assembly.choice import ModelChoice
from ..core.errors import InputError
from ..core.names import composed
from ..core.program import samples_digest, tool_version
from ..core.task import Counts, Range
from ..core.verdict import PASS_THRESHOLD
from ..dataset.names import folder_name, place, type_folder
from ..defects.describing import describe
from ..imaging.io import read_image, read_mask
from ..imaging.tone import ItemTone, Tone
from ..tools.knowledge_retrieval.loading import knowledge_files


@dataclass(frozen=True)
class TypePlan:
    """One anomaly type of an item. count: accepted samples. region, size, severity, defects: as in a Task, region as a file.
    meaning: how the type is meant, where a person corrects how it is understood; "" where not."""

    anomaly: str
    count: int
    region: Path | None = None
    size: Range | None = None
    severity: Range | None = None
    defects: Counts | None = None
    meaning: str = ""

    @property
    def folder(self) -> str:
        """The type's folder."""
        return type_folder(self.anomaly)


@dataclass(frozen=True)
class ItemPlan:
    """One item. images: its normal images' files, sorted. called: what stands for them in the settings. white_level: the value
    that is white in files deeper than 8 bit; None: as the files say, or all of them together."""

    name: str
    images: tuple[Path, ...]
    types: tuple[TypePlan, ...]
    called: str = ""
    white_level: float | None = None

    @cached_property
    def tone(self) -> ItemTone:
        """The scale of its images, where they are deeper than 8 bit."""
        return ItemTone(self.images, self.white_level)

    @property
    def tones(self) -> list[Tone]:
        """The scales that its images have: none where all have 8 bits, two where some have whole numbers and others not."""
        return [tone for tone in (self.tone.integers, self.tone.floats) if tone is not None]

    @cached_property
    def first_size(self) -> tuple[int, int]:
        """(height, width) of the first image that can be read. Raises InputError with the first cause where none can."""
        broken = []
        for path in self.images:
            try:
                height, width = read_image(path).shape[:2]
            except InputError as error:
                broken.append(str(error))
            else:
                return height, width
        more = f" (and {len(broken) - 1} more images that cannot be used)" if len(broken) > 1 else ""
        raise InputError(broken[0] + more)

    def image_name(self, path: Path) -> str:
        """What records call an image: its file's name, with folders in front where two have the same one."""
        return self._image_names[path]

    @cached_property
    def _image_names(self) -> dict[Path, str]:
        for depth in range(1, max(len(path.parts) for path in self.images) + 1):
            names = {path: "/".join(path.parts[-depth:]) for path in self.images}
            if len(set(names.values())) == len(names):
                return names
        raise AssertionError("an item's images are distinct files")


@dataclass(frozen=True)
class Plan:
    """Everything that decides what the samples are, and where they go: each item's set to output/ITEM.

    seed: 0 or more. threshold: a sample passes above this score, 0-10. max_attempts: images made for one sample at most.
    bit_depth: 8 or 16 bits a channel of the pictures that are written; 16 keeps what deeper files have. whole_output: the output
    folder is this plan's alone, and holds a summary.
    """

    items: tuple[ItemPlan, ...]
    output: Path
    seed: int = 0
    models: ModelChoice = field(default_factory=ModelChoice)
    threshold: float = PASS_THRESHOLD
    max_attempts: int = 3
    knowledge: tuple[Path, ...] = ()
    bit_depth: int = 8
    whole_output: bool = False

    @property
    def wanted(self) -> int:
        """Accepted samples asked for, over all items."""
        return sum(one.count for item in self.items for one in item.types)

    def folder(self, item: ItemPlan) -> Path:
        """Where an item's data set goes. Raises InputError where a folder is there that other systems take for it."""
        return place(self.output, folder_name(item.name, "item"), "item")

    def settings(self, item: ItemPlan) -> dict[str, Any]:
        """What a data set tells of how it was made: two runs with equal settings make equal samples. Holds no path of this
        machine; what lies in the files of the input goes in as a digest."""
        return {
            "item": item.name,
            "images": item.called,
            "anomalies": {one.anomaly: _said(one) for one in item.types},
            "seed": self.seed,
            "threshold": self.threshold,
            "max_attempts": self.max_attempts,
            "knowledge": [path.name for path in self.knowledge],
            "policy": self.models.policy,
            **self.models.facts(),
            **_said_of_tones(item.tones, self.bit_depth),
            "input_digest": self._input_digest(item),
            # Another program would go on with other samples.
            "program": f"{tool_version()} ({samples_digest()})",
        }

    def _input_digest(self, item: ItemPlan) -> str:
        """Of the normal images' names and lengths, the regions, and the users' notes; 16 hex digits."""
        digest = hashlib.sha256()
        for path in item.images:
            digest.update(os.fsencode(composed(item.image_name(path))) + f"\0{path.stat().st_size}\0".encode())
        for one in item.types:
            digest.update(b"" if one.region is None else one.region.read_bytes())
        for folder in self.knowledge:
            for path in knowledge_files(folder):
                digest.update(os.fsencode(path.name) + b"\0" + path.read_bytes())
        return digest.hexdigest()[:16]


def check_anomaly(anomaly: str) -> str:
    """The type's folder. Raises InputError for a name that is none."""
    folder = type_folder(anomaly)
    describe(anomaly)
    return folder


def check_region_file(region: Path, item: ItemPlan) -> None:
    """Raises InputError unless a region can be read, marks something, and has the item's first image's size."""
    read_mask(region, item.first_size)


def _said_of_tones(tones: list[Tone], bit_depth: int) -> dict[str, Any]:
    """Nothing of images that all have 8 bits."""
    if not tones:
        return {}
    scales = [{"black": tone.black, "white": tone.white, "from": tone.origin.value} for tone in tones]
    return {"tone": scales, "bit_depth": bit_depth}


def _said(one: TypePlan) -> dict[str, Any]:
    """What was asked for, but for what was left open."""
    said: dict[str, Any] = {"count": one.count}
    if one.region is not None:
        said["region"] = composed(one.region.name)
    for name in ("size", "severity", "defects"):
        if getattr(one, name) is not None:
            said[name] = list(getattr(one, name))
    if one.meaning:
        said["meaning"] = one.meaning
    return said
