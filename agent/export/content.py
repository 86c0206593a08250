"""What an export holds: the accepted pictures, and the side of the split that each is on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ..core.errors import InputError
from ..dataset.names import shortened
from ..dataset.reader import GOOD, Entry
from ..dataset.stored import StoredItem, StoredSample
from ..defects.describing import mask_margin_of
from ..imaging.channels import differing
from ..imaging.deep import DeepPicture, read_deep
from ..imaging.masks import grow_mask

#: The folder of pictures with defects of several types, as in MVTec AD.
COMBINED = "combined"


@dataclass(frozen=True)
class Picture:
    """An image of an export. item: its folder's name. entry: of a normal image, or of the first sample. group: the normal
    image that it was made from, by content; pictures of one group are never parted. samples: whose defects it shows, none for
    a normal image; of several, the normal image has them all, see combine.py. held_out: it stands on the validation side.
    mask_margin: by how much its masks are grown, as a share of the shorter side. bit_depth: 8 or 16 bits a channel that it is
    written with, 16 only where its file has them.
    """

    item: str
    entry: Entry
    group: str
    samples: tuple[StoredSample, ...] = ()
    held_out: bool = False
    mask_margin: float = 0.0
    bit_depth: int = 8

    @property
    def types(self) -> tuple[str, ...]:
        """The types of its defects as folder names, sorted; none for a normal image."""
        return tuple(sorted({sample.anomaly for sample in self.samples}))

    @property
    def anomaly(self) -> str:
        """Its type as a folder name: "combined" for several, "" for a normal image."""
        return COMBINED if len(self.types) > 1 else "".join(self.types)

    @property
    def label(self) -> str:
        """Its type's folder name, "good" for a normal image."""
        return self.anomaly or GOOD

    def read(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """(H, W, 3) uint8 and a mask, grown, (H, W) bool, for each of its types. Raises InputError."""
        image, mask = self.entry.read()
        if not self.samples:
            return image, {}
        first, *further = self.samples
        masks = {first.anomaly: grow_mask(mask, self.mask_margin)}
        image = image.copy() if further else image
        for sample in further:
            pixels, mask = sample.read()
            normal = sample.read_normal()
            assert normal is not None, "only samples with a normal image are combined"
            change = differing(pixels, normal)
            image[change] = pixels[change]
            masks[sample.anomaly] = masks.get(sample.anomaly, False) | grow_mask(mask, self.mask_margin)
        return image, masks

    def read_deep(self) -> DeepPicture | None:
        """The picture with all bits that its file has; None where it is written with 8, or has no more. Raises InputError."""
        deep = read_deep(self.entry.image, self.entry.shared_tone) if self.bit_depth > 8 else None
        if deep is None:
            return None
        for sample in self.samples[1:]:
            normal = sample.read_normal()
            assert normal is not None, "only samples with a normal image are combined"
            pixels = read_deep(sample.entry.image, sample.entry.shared_tone)
            if pixels is None or pixels.values.shape != deep.values.shape:
                return None
            change = differing(sample.entry.read_image(), normal)
            deep.values[change] = pixels.values[change]
        return deep


@dataclass(frozen=True)
class Content:
    """pictures: by item, normal ones first, then by type and name."""

    pictures: tuple[Picture, ...]

    @cached_property
    def items(self) -> list[str]:
        """Item names, sorted."""
        return sorted({picture.item for picture in self.pictures})

    @cached_property
    def folders(self) -> list[str]:
        """What anomalous pictures are sorted into by type, "combined" too, sorted."""
        return sorted({picture.anomaly for picture in self.pictures if picture.anomaly})

    @cached_property
    def types(self) -> list[str]:
        """The types of defects, sorted."""
        return sorted({anomaly for picture in self.pictures for anomaly in picture.types})

    def of(self, item: str, label: str | None = None, held_out: bool | None = None) -> list[Picture]:
        """The pictures of an item; of one label, or side, where given."""
        return [
            picture
            for picture in self.pictures
            if picture.item == item and label in (None, picture.label) and held_out in (None, picture.held_out)
        ]

    def numbered(self) -> Iterator[tuple[str, Picture]]:
        """(a file name without its ending that no other picture has, picture). Long names are cut: 255 bytes is all there is."""
        for number, picture in enumerate(self.pictures):
            yield f"{shortened(picture.item)}_{shortened(picture.label)}_{number:05d}", picture


def gather(items: Sequence[StoredItem]) -> Content:
    """All normal images and kept samples, on no side yet. Raises InputError where no sample is kept."""
    pictures: list[Picture] = []
    groups: dict[Path, str] = {}
    for item in items:
        for entry in item.normals:
            pictures.append(Picture(item.name, entry, _group(entry.image, groups)))
        for sample in sorted(item.samples, key=lambda sample: (sample.anomaly, not sample.passed, sample.image)):
            if sample.kept:
                pictures.append(Picture(item.name, sample.entry, _group_of(sample, groups), (sample,)))
    if not any(picture.samples for picture in pictures):
        raise InputError("no sample is kept: all were rejected; accept some with: anomaly-agent review DIR")
    return Content(tuple(pictures))


def placed(content: Content, held_out: frozenset[str]) -> Content:
    """With the groups named held out."""
    return Content(tuple(replace(picture, held_out=picture.group in held_out) for picture in content.pictures))


def with_mask_margin(content: Content, margin: float) -> Content:
    """With masks grown by a share of the picture's shorter side, see mask_margin_of; the data set's own stay exact."""
    return Content(
        tuple(replace(picture, mask_margin=mask_margin_of(picture.anomaly, margin)) for picture in content.pictures)
    )


def with_bit_depth(content: Content, bit_depth: int) -> Content:
    """With pictures that are written with 8 or 16 bits a channel."""
    return Content(tuple(replace(picture, bit_depth=bit_depth) for picture in content.pictures))


def _group_of(sample: StoredSample, groups: dict[Path, str]) -> str:
    if sample.normal is not None:
        return _group(sample.normal, groups)
    # The normal image was not kept: its name, or else the sample is a group of its own.
    name = sample.record.normal_name if sample.record else ""
    return f"{sample.root.name}/{name or sample.image}"


def _group(path: Path, groups: dict[Path, str]) -> str:
    # By content: several items or runs may hold the same picture.
    if path not in groups:
        try:
            groups[path] = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    return groups[path]
