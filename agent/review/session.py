"""What the review page shows and changes: samples by number, decisions, and masks, of which the first is kept."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from ..core.errors import InputError
from ..core.files import appearing
from ..core.foreign_files import real_path
from ..dataset.decisions import (
    Decision,
    Decisions,
    SampleDecisions,
    StaleDecisionsError,
    read_decisions,
    refused,
    write_decisions,
)
from ..dataset.stored import StoredSample, open_stored
from ..imaging.io import decode_mask, read_mask, write_png

#: What a reviewer can say of a sample; "undecided" takes the word back.
Word = Literal["accept", "reject", "undecided"]
_WORDS = ("accept", "reject", "undecided")
#: The folder of an item, or of its rejected/, that keeps masks as they were before they were touched up.
FIRST_MASKS = "ground_truth_first"


class ReviewSession:
    """One data set under review. Samples are numbered from 0 and known to the page by number alone.

    Every change names the revision of the item's decisions that it was made on, and raises StaleDecisionsError where that is
    not the newest.
    """

    def __init__(self, folder: Path) -> None:
        """Raises InputError for a set that cannot be read."""
        items = open_stored(folder)
        self.samples: list[StoredSample] = [sample for item in items for sample in item.samples]
        self._roots = [item.root for item in items]
        self._names = {item.root: item.name for item in items}
        self._lock = threading.Lock()

    def state(self) -> dict[str, Any]:
        """All samples with what is decided, and each item's revision. Raises InputError."""
        decisions = {root: read_decisions(root) for root in self._roots}
        return {
            "samples": [self._facts(number, decisions[sample.root]) for number, sample in enumerate(self.samples)],
            "revisions": {self._names[root]: found.revision for root, found in decisions.items()},
        }

    def decide(self, number: int, word: Word, revision: int) -> dict[str, Any]:
        """Writes a reviewer's word on a sample; returns {"sample", "revision"} as they are then.

        Raises InputError, StaleDecisionsError.
        """
        if word not in _WORDS:
            raise InputError(f"decision: {str(word)[:40]!r} is none of {', '.join(_WORDS)}")
        decision = None if word == "undecided" else Decision(word == "accept", "by hand")
        return self._change(number, revision, lambda before: replace(before, review=decision))

    def touch_up(self, number: int, data: bytes, revision: int) -> dict[str, Any]:
        """Puts a drawn mask, an image file of the sample's size, in the mask's place; the first one is kept.

        Raises InputError, StaleDecisionsError.
        """
        sample = self._sample(number)
        mask = decode_mask(data, sample.entry.read_image().shape[:2], "the mask", ("PNG",))
        first = _first_mask(sample)

        def write(before: SampleDecisions) -> SampleDecisions:
            if not first.exists():
                with appearing(first) as beside:
                    shutil.copyfile(_mask(sample), beside)
            write_png(_mask(sample), mask.astype(np.uint8) * np.uint8(1 if sample.entry.labels else 255))
            return replace(before, touched_up=True)

        return self._change(number, revision, write)

    def restore(self, number: int, revision: int) -> dict[str, Any]:
        """Puts the first mask back. Raises InputError where the mask was not touched up, StaleDecisionsError."""
        sample = self._sample(number)
        first = _first_mask(sample)
        if not first.is_file():
            raise InputError(f"{sample.image}: its mask was not touched up")

        def write(before: SampleDecisions) -> SampleDecisions:
            first.replace(_mask(sample))
            return replace(before, touched_up=False)

        return self._change(number, revision, write)

    def picture(self, number: int, what: str) -> np.ndarray:
        """A sample's "image", "normal" or "mask" as it now is: (H, W, 3) or, for the mask, (H, W) uint8 0 or 255.

        "thumb" is the image at 160 px at most. Raises InputError.
        """
        sample = self._sample(number)
        if what == "normal":
            normal = sample.read_normal()
            if normal is None:
                raise InputError(f"{sample.image}: its normal image was not kept")
            return normal
        image = sample.entry.read_image()
        if what == "mask":
            return read_mask(_mask(sample), image.shape[:2], sample.entry.labels).astype(np.uint8) * 255
        if what == "thumb":
            shrink = min(1.0, 160 / max(image.shape[:2]))
            return cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        return image

    def _change(
        self, number: int, revision: int, change: Callable[[SampleDecisions], SampleDecisions]
    ) -> dict[str, Any]:
        sample = self._sample(number)
        with self._lock:
            decisions = read_decisions(sample.root)
            if decisions.revision != revision:
                raise StaleDecisionsError("another tab or command has changed this data set meanwhile")
            try:
                after = change(decisions.of(sample.image))
            except OSError as error:
                raise refused(sample.root, error) from error
            written = write_decisions(sample.root, decisions.changed({sample.image: after}))
        return {"sample": self._facts(number, written), "revision": written.revision}

    def _sample(self, number: int) -> StoredSample:
        if not 0 <= number < len(self.samples):
            raise InputError(f"no sample has the number {number}; reload the page")
        return self.samples[number]

    def _facts(self, number: int, decisions: Decisions) -> dict[str, Any]:
        sample = self.samples[number]
        found, record = decisions.of(sample.image), sample.record
        return {
            "number": number,
            "item": self._names[sample.root],
            "type": sample.anomaly,
            "name": sample.image,
            "passed": sample.passed,
            "kept": found.keeps(sample.passed),
            "review": None if found.review is None else "accept" if found.review.kept else "reject",
            "curation": None if found.curation is None else {"kept": found.curation.kept, "why": found.curation.why},
            "touchedUp": found.touched_up,
            "maskVersion": _version(_mask(sample)),
            "hasNormal": sample.normal is not None,
            "score": record.score if record else None,
            "location": record.location if record else None,
            "quality": record.quality if record else None,
            "seed": record.seed if record else None,
            "understood": record.understood if record else "",
            "prompt": record.prompt if record else "",
            "judged": record.review if record else "",
        }


def _mask(sample: StoredSample) -> Path:
    if sample.entry.mask is None:
        raise InputError(f"{sample.image}: has no mask")
    return sample.entry.mask


def _version(path: Path) -> str:
    """Another word whenever a file was written anew."""
    return str(path.stat().st_mtime_ns) if path.is_file() else ""


def _first_mask(sample: StoredSample) -> Path:
    mask = _mask(sample)
    if not real_path(mask).is_relative_to(real_path(sample.root)):
        raise InputError(f"{mask}: is a link out of the data set; put the mask itself there to touch it up")
    # ROOT/ground_truth/TYPE/NNN_mask.png, or VisA's ROOT/Data/Masks/Anomaly/NNNN.png.
    return mask.parent.parent.with_name(FIRST_MASKS) / mask.parent.name / mask.name
