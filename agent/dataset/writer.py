"""Writes samples in the MVTec AD layout, with their trajectories beside them: a run's own set, or onto a growing one."""

from __future__ import annotations

import hashlib
import json
import os
import re
from abc import ABC, abstractmethod
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..imaging.io import write_png
from .decisions import DECISIONS
from .names import folder_name
from .records import TRAJECTORIES, read_records
from .samples import Sample
from .whole import not_writable

#: What a run was asked for, in an item's folder.
SETTINGS = "settings.json"
#: Below this folder of an item lie, in the same layout, samples that never passed.
REJECTED = "rejected"
_NUMBER = re.compile(r"(\d+)(?:_mask)?\.png$")


class _SampleWriter(ABC):
    """OUTPUT/ITEM: test/TYPE/NNN.png, ground_truth/TYPE/NNN_mask.png, the same below rejected/ for samples that never
    passed, trajectories.jsonl, and the images that it names: train/good/ and attempts/TYPE/.

    A sample's record is written last and whole: what the records name is complete, also after an interruption.
    """

    def __init__(self, output: Path, item: str) -> None:
        self.root = output / folder_name(item, "item")

    def add(self, sample: Sample, passed: bool | None = None) -> dict[str, Any]:
        """Writes one sample; returns its record. passed: a judgement other than its verdict's.

        Raises InputError where the disk does not take it.
        """
        result, kind = sample.result, folder_name(sample.task.anomaly, "anomaly type")
        passed = result.passed if passed is None else passed
        prefix = "" if passed else f"{REJECTED}/"
        written: list[str] = []
        try:
            number = self._reserve(prefix, kind, written)
            image, mask = _names(prefix, kind, number)
            paths = [self._normal(sample)] if result.trajectory.images else []
            for index, attempt in enumerate(result.trajectory.attempts, 1):
                if attempt.image is result.image:
                    paths.append(image)
                    continue
                beside = f"attempts/{kind}/{'' if passed else 'rejected_'}{number:03d}_attempt{index}.png"
                self._write(beside, attempt.image, written)
                paths.append(beside)
            self._write(mask, result.mask.astype(np.uint8) * 255, written)
            self._write(image, result.image, written)
            record = result.trajectory.to_record(
                paths,
                image=image,
                mask=mask,
                item=sample.task.item,
                anomaly_type=sample.task.anomaly,
                normal_image=sample.task.image_name,
                seed=sample.task.seed,
                passed=passed,
                stop=result.stop.value,
            )
            self._append(json.dumps(record, ensure_ascii=False) + "\n")
        except OSError as error:
            for name in written:
                (self.root / name).unlink(missing_ok=True)
            raise not_writable(self.root, error) from error
        return record

    @abstractmethod
    def _reserve(self, prefix: str, kind: str, written: list[str]) -> int:
        """The number of the next sample; a file that is made to hold it goes into `written`."""

    @abstractmethod
    def _normal_name(self, sample: Sample) -> str:
        """The path of a sample's normal image."""

    def _normal(self, sample: Sample) -> str:
        name = self._normal_name(sample)
        if not (self.root / name).is_file():
            self._write(name, sample.task.image, [])
        return name

    def _write(self, name: str, array: np.ndarray, written: list[str]) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        written.append(name)
        write_png(path, array)

    def _append(self, line: str) -> None:
        """Adds a line to the records, whole or not at all."""
        path = self.root / TRAJECTORIES
        length = path.stat().st_size if path.is_file() else 0
        try:
            with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(line)
        except OSError:
            if path.is_file():
                os.truncate(path, length)
            raise


class DatasetWriter(_SampleWriter):
    """A set of its own for one run: the same settings write the same files again."""

    def __init__(self, output: Path, item: str, settings: dict[str, Any]) -> None:
        """Prepares the folder. settings: what the run was asked for.

        Raises InputError where the folder cannot be written or holds another run's data.
        """
        super().__init__(output, item)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._normals: dict[Path | None, str] = {}
        self._prepare(settings)

    def _reserve(self, prefix: str, kind: str, written: list[str]) -> int:
        number = self._counts[prefix, kind]
        self._counts[prefix, kind] += 1
        return number

    def _normal_name(self, sample: Sample) -> str:
        if sample.source not in self._normals:
            stem = re.sub(r"[^\w.-]", "_", sample.source.stem if sample.source else "")[:60]
            self._normals[sample.source] = f"train/good/{len(self._normals):03d}_{stem}.png"
        return self._normals[sample.source]

    def _prepare(self, settings: dict[str, Any]) -> None:
        path = self.root / SETTINGS
        # Half a character, as in file names of another encoding, is written as JSON's own escape.
        text = (json.dumps(settings, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
        try:
            if self.root.is_dir() and any(self.root.iterdir()):
                if not path.is_file() or path.read_bytes() != text:
                    raise InputError(f"{self.root}: holds files of another run; choose another --output")
                if (self.root / DECISIONS).exists():
                    raise InputError(f"{self.root}: was reviewed or curated since; choose another --output")
                self._clear()
            self.root.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
            (self.root / TRAJECTORIES).write_text("", encoding="utf-8")
        except OSError as error:
            raise not_writable(self.root, error) from error

    def _clear(self) -> None:
        """Removes the images of the same run before, as far as its records name them."""
        for record in read_records(self.root).values():
            for name in {record.image, record.mask, *record.images}:
                target = (self.root / name).resolve()
                if target.is_relative_to(self.root.resolve()):
                    target.unlink(missing_ok=True)


class DatasetAppender(_SampleWriter):
    """A set that grows: numbers go on after those there are, and nothing that is there is written over."""

    def __init__(self, output: Path, item: str) -> None:
        """Raises InputError where the folder holds the set of a command-line run, which that run would write again."""
        super().__init__(output, item)
        if (self.root / SETTINGS).exists():
            raise InputError(f"{self.root}: holds a data set of the command line; choose another folder")

    def _reserve(self, prefix: str, kind: str, written: list[str]) -> int:
        folders = [(self.root / name).parent for name in _names(prefix, kind, 0)]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        taken = [_NUMBER.match(path.name) for folder in folders for path in folder.iterdir()]
        number = max((int(match[1]) for match in taken if match), default=-1) + 1
        while True:
            mask = _names(prefix, kind, number)[1]
            try:
                # Holds the number against another writer of the same set.
                (self.root / mask).open("x").close()
            except FileExistsError:
                number += 1
                continue
            written.append(mask)
            return number

    def _normal_name(self, sample: Sample) -> str:
        # By content: the same normal image is kept once, however often it is used.
        digest = hashlib.sha256(sample.task.image.tobytes() + str(sample.task.image.shape).encode()).hexdigest()
        return f"train/good/{digest[:16]}.png"


def _names(prefix: str, kind: str, number: int) -> tuple[str, str]:
    """(image, mask) of a sample."""
    return f"{prefix}test/{kind}/{number:03d}.png", f"{prefix}ground_truth/{kind}/{number:03d}_mask.png"
