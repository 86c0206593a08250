"""Writes one sample of a set in the MVTec AD layout, its record last."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import LostFilesError
from ..core.files import write_together
from .encoded import EncodedSample, encode_sample
from .json_text import json_bytes
from .layout import attempt_name, not_writable, sample_names
from .names import folder_name, on_disk, place
from .samples import Sample


class SampleWriter(ABC):
    """OUTPUT/ITEM: test/TYPE/NNN.png, ground_truth/TYPE/NNN_mask.png, the same below rejected/ for samples that never
    passed, trajectories.jsonl, and the images that it names: train/good/ and attempts/TYPE/.

    A sample is there once its line in trajectories.jsonl is, which is written last: what the lines name is complete, whenever
    the process ends.
    """

    def __init__(self, output: Path, item: str) -> None:
        """Raises InputError where other systems take a folder that is there for the item's."""
        self.root = place(output, folder_name(item, "item"), "item")
        self._folders: dict[str, Path] = {}

    def add(self, sample: Sample, passed: bool | None = None) -> dict[str, Any]:
        """Writes one sample; returns its record. passed: a judgement other than its verdict's.

        Raises InputError where the disk does not take it.
        """
        return self.put(encode_sample(sample, passed))

    def put(self, sample: EncodedSample) -> dict[str, Any]:
        """Writes one sample that is encoded already; returns its record. Raises InputError as `add` does, and LostFilesError
        where what was written before is not there."""
        passed, type_folder = sample.passed, sample.type_folder
        written: list[str] = []
        try:
            number = self._reserve(passed, type_folder, written)
            image, mask = sample_names(passed, type_folder, number)
            files = {mask: sample.mask}
            paths = []
            if sample.record["images"]:
                paths.append(self._normal_name(sample))
                if not self._path(paths[0]).is_file():
                    files[paths[0]] = sample.normal
            for index, attempt in enumerate(sample.attempts, 1):
                paths.append(image if attempt is None else attempt_name(passed, type_folder, number, index))
                if attempt is not None:
                    files[paths[-1]] = attempt
            files[image] = sample.image  # the last one: no reader finds an image that lacks its mask
            record = {"image": image, "mask": mask, **self._marks(type_folder), **sample.record, "images": paths}
            written += files
            write_together({self._path(name): data for name, data in files.items()})
            self._append(json_bytes(record))
        except (OSError, LostFilesError) as error:
            for name in written:
                self._path(name).unlink(missing_ok=True)
            if isinstance(error, LostFilesError):
                raise
            raise not_writable(self.root, error) from error
        self._written(sample, record, files)
        return record

    def _path(self, name: str) -> Path:
        """Where a file of the set lies: what is there counts, if its name is written in another form."""
        folder, _, file = name.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = on_disk(self.root, folder)
        return on_disk(self._folders[folder], file)

    @abstractmethod
    def _append(self, line: bytes) -> None:
        """Adds a record's line."""

    @abstractmethod
    def _reserve(self, passed: bool, type_folder: str, written: list[str]) -> int:
        """The number of the next sample; a file that is made to hold it goes into `written`."""

    @abstractmethod
    def _normal_name(self, sample: EncodedSample) -> str:
        """The path of a sample's normal image."""

    def _marks(self, type_folder: str) -> dict[str, str]:
        """What else the record says."""
        return {}

    def _written(  # noqa: B027  (the appender keeps no account)
        self, sample: EncodedSample, record: dict[str, Any], files: Mapping[str, bytes]
    ) -> None:
        """Called once a sample is written, with its record and the files of it."""
