"""Reads trajectories back, as SFT does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ....agent.core.errors import InputError
from ....agent.core.json_reading import read_json
from ....agent.dataset.names import on_disk
from ....agent.imaging.io import read_image

_NOT_FACTS = ("messages", "images")


@dataclass(frozen=True, eq=False)
class Record:
    """A trajectory on the disk. messages: as in Trajectory. image_paths: of image 1, 2, ... facts: item, anomaly, kind
    ("single", "dual", "triple", "spent" or "recorded"), knowledge, source, seed and attempts. folder: what the facts' paths are
    relative to. where: file and line.
    """

    messages: list[dict[str, Any]]
    image_paths: tuple[Path, ...]
    facts: dict[str, Any]
    folder: Path
    where: str

    def read_images(self) -> list[np.ndarray]:
        """Images 1, 2, ..., each (H, W, 3) uint8. Raises InputError for one that cannot be read."""
        return [read_image(path) for path in self.image_paths]


def load_trajectories(path: Path) -> list[Record]:
    """All records of a file that `anomaly-agent train trajectories` wrote, or a data set's trajectories.jsonl; images are
    read when they are asked for. Raises InputError, naming file and line, for what is no trajectory.
    """
    records, problems = read_lines(path)
    if problems:
        raise InputError(problems[0])
    if not records:
        raise InputError(f"{path}: holds no trajectory; make some with `anomaly-agent train trajectories`")
    return records


def read_lines(path: Path) -> tuple[list[Record], list[str]]:
    """The records of a file, and a line by file and line for each that is broken. Raises InputError where there is no
    such file.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a file of trajectories (.jsonl)") from error
    records, problems = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            records.append(_record(read_json(line), path.parent, f"{path}, line {number}"))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            what = str(error).splitlines()[0] if str(error) else type(error).__name__
            problems.append(f"{path}, line {number}: no trajectory ({what}); mend the line or take it out")
    return records, problems


def _record(value: Any, folder: Path, where: str) -> Record:
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    for name in _NOT_FACTS:
        if not isinstance(value.get(name), list) or not value[name]:
            raise ValueError(f"{name} is missing or no list")
    messages = [_message(message, len(value["images"])) for message in value["messages"]]
    paths = tuple(on_disk(folder, name) for name in value["images"])
    return Record(
        messages, paths, {name: fact for name, fact in value.items() if name not in _NOT_FACTS}, folder, where
    )


def _message(message: dict[str, Any], images: int) -> dict[str, Any]:
    """As Trajectory has it: without the empty fields that keep a file's records alike."""
    parts: list[dict[str, Any]] = []
    for part in message["content"]:
        if part["type"] == "image":
            if not 1 <= part["image"] <= images:
                raise ValueError(f"image {part['image']} of {images}")
            parts.append({"type": "image", "image": part["image"]})
        else:
            parts.append({"type": "text", "text": str(part["text"])})
    if not parts:
        raise ValueError("a message without content")
    plain = {"role": str(message["role"]), "content": parts}
    return {**plain, "author": message["author"]} if message.get("author") else plain
