"""Writes samples in the MVTec AD layout, with their trajectories beside them: a run's own set, or onto a growing one."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections import Counter
from pathlib import Path
from typing import Any

import filelock

from ..core.errors import InputError
from ..core.files import append_line, write_together, write_whole
from .encoded import EncodedSample, encode_sample
from .json_text import json_bytes
from .layout import LOCK, SETTINGS, TRAJECTORIES, attempt_name, not_writable, prefix, sample_names
from .names import folder_name
from .recovery import first_difference, remove_unrecorded, whole_records
from .samples import Sample

_NUMBER = re.compile(r"(\d{1,19})(?:_mask)?\.png$")


class _SampleWriter(ABC):
    """OUTPUT/ITEM: test/TYPE/NNN.png, ground_truth/TYPE/NNN_mask.png, the same below rejected/ for samples that never
    passed, trajectories.jsonl, and the images that it names: train/good/ and attempts/TYPE/.

    A sample is there once its line in trajectories.jsonl is, which is written last: what the lines name is complete, whenever
    the process ends.
    """

    def __init__(self, output: Path, item: str) -> None:
        self.root = output / folder_name(item, "item")

    def add(self, sample: Sample, passed: bool | None = None) -> dict[str, Any]:
        """Writes one sample; returns its record. passed: a judgement other than its verdict's.

        Raises InputError where the disk does not take it.
        """
        return self.put(encode_sample(sample, passed))

    def put(self, sample: EncodedSample) -> dict[str, Any]:
        """Writes one sample that is encoded already; returns its record. Raises InputError as `add` does."""
        passed, type_folder = sample.passed, sample.type_folder
        written: list[str] = []
        try:
            number = self._reserve(passed, type_folder, written)
            image, mask = sample_names(passed, type_folder, number)
            files = {mask: sample.mask}
            paths = []
            if sample.record["images"]:
                paths.append(self._normal_name(sample))
                if not (self.root / paths[0]).is_file():
                    files[paths[0]] = sample.normal
            for index, attempt in enumerate(sample.attempts, 1):
                paths.append(image if attempt is None else attempt_name(passed, type_folder, number, index))
                if attempt is not None:
                    files[paths[-1]] = attempt
            files[image] = sample.image  # the last one: no reader finds an image that lacks its mask
            record = {"image": image, "mask": mask, **self._marks(type_folder), **sample.record, "images": paths}
            written += files
            write_together({self.root / name: data for name, data in files.items()})
            append_line(self.root / TRAJECTORIES, json_bytes(record))
        except OSError as error:
            for name in written:
                (self.root / name).unlink(missing_ok=True)
            raise not_writable(self.root, error) from error
        self._written(sample, paths)
        return record

    @abstractmethod
    def _reserve(self, passed: bool, type_folder: str, written: list[str]) -> int:
        """The number of the next sample; a file that is made to hold it goes into `written`."""

    @abstractmethod
    def _normal_name(self, sample: EncodedSample) -> str:
        """The path of a sample's normal image."""

    def _marks(self, type_folder: str) -> dict[str, str]:
        """What else the record says."""
        return {}

    def _written(self, sample: EncodedSample, paths: list[str]) -> None:  # noqa: B027  (the appender keeps no account)
        """Called once a sample is written. paths: of its images."""


class DatasetWriter(_SampleWriter):
    """A set of its own for one run, which goes on where it was left: the same settings write the same files. What a sample
    was given since, decisions and a mask that was touched up, stays as it is.

    tried, passed: samples there are, by the type's folder.
    """

    def __init__(self, output: Path, item: str, settings: dict[str, Any]) -> None:
        """Prepares the folder and locks it until `close`, or the process's end. settings: what the run was asked for.

        Raises InputError where the folder cannot be written, holds another run's data, or is being written by another.
        """
        super().__init__(output, item)
        self.tried: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()
        self._normals: dict[str, str] = {}
        self._settings = json_bytes(settings, indent=1)
        self._digest = hashlib.sha256(self._settings).hexdigest()
        self._check_settings()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._lock = filelock.FileLock(self.root / LOCK)
            self._lock.acquire(timeout=0)
        except filelock.Timeout:
            raise InputError(f"{self.root}: another run writes here; wait for it, or choose another --output") from None
        except NotImplementedError:
            raise InputError(f"{self.root}: its file system has no locks; choose another --output") from None
        except OSError as error:
            raise not_writable(self.root, error) from error
        try:
            self._check_settings()  # what another run wrote before this one had the lock
            self._recover()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Lets another run write here."""
        self._lock.release()

    def sample_id(self, type_folder: str, number: int) -> str:
        """The identity of a type's sample `number`, counted from 0 over all that were tried: 16 hex digits that follow from
        the settings alone."""
        return hashlib.sha256(f"{self._digest}/{type_folder}/{number}".encode()).hexdigest()[:16]

    def _check_settings(self) -> None:
        path = self.root / SETTINGS
        try:
            if path.is_file():
                found = path.read_bytes()
                if found != self._settings:
                    what = first_difference(found, self._settings)
                    raise InputError(f"{self.root}: holds files of another run ({what}); choose another --output")
            elif self.root.is_dir() and any(not entry.name.startswith(".") for entry in self.root.iterdir()):
                raise InputError(f"{self.root}: holds files of another run; choose another --output")
        except OSError as error:
            raise InputError(f"{self.root}: cannot be read ({error}); choose another --output") from error

    def _recover(self) -> None:
        """Reads what is there, and removes the parts of a sample that a killed run left."""
        try:
            if not (self.root / SETTINGS).is_file():
                write_whole(self.root / SETTINGS, self._settings)
            for line, record in enumerate(whole_records(self.root / TRAJECTORIES), 1):
                type_folder = folder_name(str(record.get("anomaly_type", "")), "anomaly type")
                if record.get("sample") != self.sample_id(type_folder, self.tried[type_folder]):
                    raise InputError(
                        f"{self.root / TRAJECTORIES}: line {line} is not what this run wrote there, so it cannot go on; "
                        "put the file back as it was, or choose another --output"
                    )
                self.tried[type_folder] += 1
                self.passed[type_folder] += record["passed"]
                if record["images"]:
                    self._normals.setdefault(record["normal_image"] or record["images"][0], record["images"][0])
            remove_unrecorded(self.root, self.tried, self.passed)
        except OSError as error:
            raise not_writable(self.root, error) from error

    def _reserve(self, passed: bool, type_folder: str, written: list[str]) -> int:
        return self.passed[type_folder] if passed else self.tried[type_folder] - self.passed[type_folder]

    def _marks(self, type_folder: str) -> dict[str, str]:
        return {"sample": self.sample_id(type_folder, self.tried[type_folder])}

    def _normal_name(self, sample: EncodedSample) -> str:
        known = self._normals.get(sample.normal_image or sample.digest)
        stem = re.sub(r"[^\w.-]", "_", Path(sample.normal_image).stem)[:60]
        return known or f"train/good/{len(self._normals):03d}_{stem}.png"

    def _written(self, sample: EncodedSample, paths: list[str]) -> None:
        self.tried[sample.type_folder] += 1
        self.passed[sample.type_folder] += sample.passed
        if paths:
            self._normals.setdefault(sample.normal_image or sample.digest, paths[0])


class DatasetAppender(_SampleWriter):
    """A set that grows: numbering continues after the last sample, and no file is overwritten."""

    def __init__(self, output: Path, item: str) -> None:
        """Raises InputError where the folder holds the set of a command-line run, which that run would write again."""
        super().__init__(output, item)
        if (self.root / SETTINGS).exists():
            raise InputError(f"{self.root}: holds a data set of the command line; choose another folder")

    def _reserve(self, passed: bool, type_folder: str, written: list[str]) -> int:
        folders = [self.root / prefix(passed) / part / type_folder for part in ("test", "ground_truth")]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        taken = [_NUMBER.match(path.name) for folder in folders for path in folder.iterdir()]
        number = max((int(match[1]) for match in taken if match), default=-1) + 1
        while True:
            mask = sample_names(passed, type_folder, number)[1]
            try:
                # Holds the number against another writer of the same set.
                (self.root / mask).open("x").close()
            except FileExistsError:
                number += 1
                continue
            written.append(mask)
            return number

    def _normal_name(self, sample: EncodedSample) -> str:
        # By content: a normal image is stored once, however often it is used.
        return f"train/good/{sample.digest[:16]}.png"
