"""Writes samples in the MVTec AD layout, with their trajectories beside them: a run's own set, or onto a growing one."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import filelock

from ..core.errors import InputError
from ..core.files import append_line, write_whole
from ..core.names import composed
from .decisions import read_decisions
from .encoded import EncodedSample
from .json_text import json_bytes
from .layout import LOCK, SETTINGS, TRAJECTORIES, not_writable, prefix, sample_names
from .names import place, shortened, type_folder
from .own_files import OwnFiles
from .recovery import first_difference, first_record, remove_unrecorded
from .sample_writer import SampleWriter

_NUMBER = re.compile(r"(\d{1,19})(?:_mask)?\.png$")


class DatasetWriter(SampleWriter):
    """A set of its own for one run, which goes on where it was left: the same settings write the same files. What a sample
    was given since, decisions and a mask that was touched up, stays as it is.

    tried, passed: samples there are, by the type's folder.
    """

    def __init__(self, output: Path, item: str, settings: dict[str, Any]) -> None:
        """Prepares the folder and locks it until `close`, or the process's end. settings: what the run was asked for.

        Raises InputError where the folder cannot be written, holds another run's data, lacks files that its records name, or is
        being written by another.
        """
        super().__init__(output, item)
        self.tried: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()
        self._normals: dict[str, str] = {}
        self._settings = json_bytes(settings, indent=1)
        self._digest = hashlib.sha256(self._settings).hexdigest()
        self._own = OwnFiles(self.root, self._settings, self._path)
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
            elif self._holds_files() and not self._holds_own_records():
                raise InputError(
                    f"{self.root}: holds files of another run, or has lost its {SETTINGS}; put that back, or choose another "
                    "--output"
                )
        except OSError as error:
            raise InputError(f"{self.root}: cannot be read ({error}); choose another --output") from error

    def _recover(self) -> None:
        """Reads what is there, and removes the parts of a sample that a killed run left."""
        try:
            if not (self.root / SETTINGS).is_file():
                write_whole(self.root / SETTINGS, self._settings)
            for line, record in enumerate(self._own.records.read(), 1):
                folder = type_folder(str(record.get("anomaly_type", "")))
                if record.get("sample") != self.sample_id(folder, self.tried[folder]):
                    raise InputError(
                        f"{self.root / TRAJECTORIES}: line {line} is not what this run wrote there, so it cannot go on; "
                        "put the file back as it was, or choose another --output"
                    )
                self._own.check(line, record)
                self.tried[folder] += 1
                self.passed[folder] += record["passed"]
                if record["images"]:
                    self._normals.setdefault(record["normal_image"] or record["images"][0], record["images"][0])
            self._check_touched_up()
            remove_unrecorded(self.root, self.tried, self.passed)
        except OSError as error:
            raise not_writable(self.root, error) from error

    def _holds_files(self) -> bool:
        return any(path.is_file() and not path.name.startswith(".") for path in self.root.rglob("*"))

    def _holds_own_records(self) -> bool:
        """Whether the records are this run's: their identities follow from the settings."""
        record = first_record(self.root / TRAJECTORIES)
        try:
            return record is not None and record.get("sample") == self.sample_id(type_folder(record["anomaly_type"]), 0)
        except InputError:
            return False

    def _check_touched_up(self) -> None:
        """Raises InputError where a sample whose mask a person mended has lost its record: it would be made again."""
        for image, decided in read_decisions(self.root).samples.items():
            if decided.touched_up and _NUMBER.fullmatch(image.rpartition("/")[2]) and not self._own.knows(image):
                raise InputError(
                    f"{self.root / image}: its mask was touched up, but {TRAJECTORIES} has no line for it any more; put that "
                    "file back as it was, or choose another --output"
                )

    def lost(self) -> list[str]:
        """Names of files in the set's folder that are gone or not as they were written; empty where all is well."""
        return self._own.lost()

    def _append(self, line: bytes) -> None:
        self._own.records.append(line)

    def _reserve(self, passed: bool, type_folder: str, written: list[str]) -> int:
        self._own.records.check_length()  # before anything is made in a folder that was taken away
        return self.passed[type_folder] if passed else self.tried[type_folder] - self.passed[type_folder]

    def _marks(self, type_folder: str) -> dict[str, str]:
        return {"sample": self.sample_id(type_folder, self.tried[type_folder])}

    def _normal_name(self, sample: EncodedSample) -> str:
        known = self._normals.get(sample.normal_image or sample.digest)
        stem = shortened(re.sub(r"[^\w.-]", "_", composed(Path(sample.normal_image).stem)), longest=60)
        return known or f"train/good/{len(self._normals):03d}_{stem}.png"

    def _written(self, sample: EncodedSample, record: dict[str, Any], files: Mapping[str, bytes]) -> None:
        self.tried[sample.type_folder] += 1
        self.passed[sample.type_folder] += sample.passed
        self._own.add(record, files)
        if record["images"]:
            self._normals.setdefault(sample.normal_image or sample.digest, record["images"][0])


class DatasetAppender(SampleWriter):
    """A set that grows: numbering continues after the last sample, and no file is overwritten."""

    def __init__(self, output: Path, item: str) -> None:
        """Raises InputError where the folder holds the set of a command-line run, which that run would write again."""
        super().__init__(output, item)
        if (self.root / SETTINGS).exists():
            raise InputError(f"{self.root}: holds a data set of the command line; choose another folder")

    def _reserve(self, passed: bool, type_folder: str, written: list[str]) -> int:
        below = self.root / prefix(passed)
        folders = [place(below / part, type_folder, "anomaly type") for part in ("test", "ground_truth")]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        taken = [_NUMBER.match(path.name) for folder in folders for path in folder.iterdir()]
        number = max((int(match[1]) for match in taken if match), default=-1) + 1
        while True:
            mask = sample_names(passed, type_folder, number)[1]
            try:
                # Holds the number against another writer of the same set.
                self._path(mask).open("x").close()
            except FileExistsError:
                number += 1
                continue
            written.append(mask)
            return number

    def _append(self, line: bytes) -> None:
        append_line(self.root / TRAJECTORIES, line)

    def _normal_name(self, sample: EncodedSample) -> str:
        # By content: a normal image is stored once, however often it is used.
        return f"train/good/{sample.digest[:16]}.png"
