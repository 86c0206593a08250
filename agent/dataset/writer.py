"""Writes samples in the MVTec AD layout, with their trajectories beside them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..imaging.io import write_png
from .names import folder_name
from .samples import Sample

_SETTINGS = "settings.json"
_TRAJECTORIES = "trajectories.jsonl"


class DatasetWriter:
    """OUTPUT/ITEM: test/TYPE/NNN.png, ground_truth/TYPE/NNN_mask.png, the same below rejected/ for samples that never
    passed, trajectories.jsonl, and the images that it names: normal/ and attempts/TYPE/.

    A sample's record is written last and whole: what the records name is complete, also after an interruption.
    """

    def __init__(self, output: Path, item: str, settings: dict[str, Any]) -> None:
        """Prepares the folder. settings: what the run was asked for; the same settings write the same set again.

        Raises InputError where the folder cannot be written or holds another run's data.
        """
        self.root = output / folder_name(item, "item")
        self._counts: dict[tuple[bool, str], int] = {}
        self._normals: dict[Path, str] = {}
        self._prepare(settings)

    def add(self, sample: Sample) -> dict[str, Any]:
        """Writes one sample; returns its record. Raises InputError where the disk does not take it."""
        result, kind = sample.result, folder_name(sample.task.anomaly, "anomaly type")
        number = self._counts.get((result.passed, kind), 0)
        prefix = "" if result.passed else "rejected/"
        image, mask = f"{prefix}test/{kind}/{number:03d}.png", f"{prefix}ground_truth/{kind}/{number:03d}_mask.png"
        written: list[str] = []
        try:
            paths = [self._normal(sample)]
            for index, attempt in enumerate(result.trajectory.attempts, 1):
                if attempt.image is result.image:
                    paths.append(image)
                    continue
                beside = f"attempts/{kind}/{'' if result.passed else 'rejected_'}{number:03d}_attempt{index}.png"
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
                passed=result.passed,
                stop=result.stop.value,
            )
            self._append(json.dumps(record, ensure_ascii=False) + "\n")
        except OSError as error:
            for name in written:
                (self.root / name).unlink(missing_ok=True)
            raise not_writable(self.root, error) from error
        self._counts[result.passed, kind] = number + 1
        return record

    def _append(self, line: str) -> None:
        """Adds a line to the records, whole or not at all."""
        path = self.root / _TRAJECTORIES
        length = path.stat().st_size
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError:
            os.truncate(path, length)
            raise

    def _prepare(self, settings: dict[str, Any]) -> None:
        path = self.root / _SETTINGS
        text = json.dumps(settings, indent=1, ensure_ascii=False) + "\n"
        try:
            if self.root.is_dir() and any(self.root.iterdir()):
                if not path.is_file() or path.read_text(encoding="utf-8") != text:
                    raise InputError(f"{self.root}: holds files of another run; choose another --output")
                self._clear()
            self.root.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            (self.root / _TRAJECTORIES).write_text("", encoding="utf-8")
        except OSError as error:
            raise not_writable(self.root, error) from error

    def _clear(self) -> None:
        """Removes the images of the same run before, as far as its records name them."""
        records = self.root / _TRAJECTORIES
        if not records.is_file():
            return
        for line in records.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            for name in {record["image"], record["mask"], *record["images"]}:
                target = (self.root / name).resolve()
                if target.is_relative_to(self.root.resolve()):
                    target.unlink(missing_ok=True)

    def _normal(self, sample: Sample) -> str:
        if sample.source not in self._normals:
            stem = re.sub(r"[^\w.-]", "_", sample.source.stem)[:60]
            name = f"normal/{len(self._normals):03d}_{stem}.png"
            self._write(name, sample.task.image, [])
            self._normals[sample.source] = name
        return self._normals[sample.source]

    def _write(self, name: str, array: np.ndarray, written: list[str]) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        written.append(name)
        write_png(path, array)


def not_writable(folder: Path, error: OSError) -> InputError:
    """The error to raise when the disk does not take what is written to a folder."""
    reason = error.strerror or type(error).__name__
    return InputError(f"{folder}: cannot be written ({reason}); free some space or choose another --output")
