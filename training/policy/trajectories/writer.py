"""Writes trajectories: one JSON line each, and their images beside them; whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from ....agent.core.errors import InputError
from ....agent.core.trajectory import Trajectory
from ....agent.dataset.layout import not_writable
from ....agent.imaging.io import write_png


class TrajectoryWriter:
    """FILE and FILE-stem_images/, which appear together at the end of the `with` block, and only where it ended well.

    Every record has the same fields of the same types, so that `datasets` reads them. Raises InputError where there is
    such a file or folder already, or the disk does not take it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.with_name(f"{path.stem}_images")
        for taken in (self.path, self.folder):
            if taken.exists():
                raise InputError(f"{taken}: is there already; choose another --output, or take it away first")
        self._parts = (path.with_name(f".{path.name}.part"), path.with_name(f".{self.folder.name}.part"))
        self.count = 0
        self._open()

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(self._parts[1], ignore_errors=True)  # left by a run that was killed
            self._parts[1].mkdir()
            self._lines = self._parts[0].open("w", encoding="utf-8")
        except OSError as error:
            raise not_writable(self.path.parent, error) from error

    def add(
        self, trajectory: Trajectory, mask: np.ndarray | None, item: str, anomaly: str, kind: str, knowledge: bool,
        source: str, name: str, seed: int, passed: bool,
    ) -> None:  # fmt: skip
        """Adds a trajectory. mask: (H, W) bool of the image that it ends with, None for none. name: where that image is
        from.
        """
        number = f"{self.count:06d}"
        facts = {
            "item": item, "anomaly": anomaly, "kind": kind, "knowledge": knowledge, "source": source, "name": name,
            "seed": seed, "passed": passed,
        }  # fmt: skip
        try:
            paths = [self._normal(trajectory.images[0])]
            paths += [self._image(f"{number}_{n}.png", image) for n, image in enumerate(trajectory.images[1:], 2)]
            facts["mask"] = self._image(f"{number}_mask.png", mask.astype(np.uint8) * 255) if mask is not None else ""
            record = _uniform(trajectory.to_record(paths, **facts))
            self._lines.write(json.dumps(record, ensure_ascii=False) + "\n")
        except OSError as error:
            raise not_writable(self.path.parent, error) from error
        self.count += 1

    def __enter__(self) -> TrajectoryWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._lines.close()
            if kind is None and self.count:
                os.replace(self._parts[1], self.folder)
                os.replace(self._parts[0], self.path)
        except OSError as failure:
            raise not_writable(self.path.parent, failure) from failure
        finally:
            self._parts[0].unlink(missing_ok=True)
            shutil.rmtree(self._parts[1], ignore_errors=True)

    def _normal(self, image: np.ndarray) -> str:
        """By content: the same normal image is kept once, however many trajectories begin with it."""
        digest = hashlib.sha256(image.tobytes() + str(image.shape).encode()).hexdigest()
        return self._image(f"normal_{digest[:16]}.png", image)

    def _image(self, name: str, image: np.ndarray) -> str:
        path = self._parts[1] / name
        if not path.is_file():
            write_png(path, image)
        return f"{self.folder.name}/{name}"


def _uniform(record: dict[str, Any]) -> dict[str, Any]:
    """The same fields in every record: `datasets` takes their types from the first ones. A user's edits are told by the
    messages that they wrote.
    """
    messages: Sequence[dict[str, Any]] = record["messages"]
    kept = {name: value for name, value in record.items() if name != "edits"}
    return {**kept, "messages": [{"author": "", **message} for message in messages]}
