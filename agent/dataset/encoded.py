"""A finished sample as the bytes that are written, but for its number in the set, which the writer gives it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.protocol import read_task
from ..core.task import Task
from ..core.trajectory import Trajectory
from ..defects.describing import describe
from ..defects.understanding import understood_as
from ..imaging.deep import DeepPicture
from ..imaging.io import encode_png
from .json_text import json_bytes
from .names import type_folder
from .samples import Sample


@dataclass(frozen=True)
class EncodedSample:
    """type_folder: the anomaly type as a folder name. image, mask, normal: PNG files. attempts: a PNG file for each attempt, None
    for the one that `image` is. digest: of the normal image's pixels, hex. record: the sample's line in trajectories.jsonl,
    but for the paths. had_usable_turn: whether the policy gave any turn that could be read.
    """

    type_folder: str
    passed: bool
    image: bytes
    mask: bytes
    normal: bytes
    digest: str
    attempts: tuple[bytes | None, ...]
    record: dict[str, Any]
    had_usable_turn: bool = True

    @property
    def normal_image(self) -> str:
        """The normal image's name, as the user's folder has it."""
        return self.record["normal_image"]

    def to_bytes(self) -> bytes:
        """The sample as one file, for `from_bytes`."""
        # "kind", as version 0.1 wrote it: samples that a run left waiting are read by the next version, too.
        facts: dict[str, Any] = {
            "kind": self.type_folder,
            "passed": self.passed,
            "digest": self.digest,
            "record": self.record,
            "had_usable_turn": self.had_usable_turn,
        }
        facts["attempts"] = [None if data is None else f"attempt{i}" for i, data in enumerate(self.attempts)]
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
            file.writestr("facts.json", json_bytes(facts))
            for name, data in (("image", self.image), ("mask", self.mask), ("normal", self.normal)):
                file.writestr(name, data)
            for name, attempt in zip(facts["attempts"], self.attempts, strict=True):
                if attempt is not None:
                    file.writestr(name, attempt)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> EncodedSample:
        """What `to_bytes` gave."""
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            facts: dict[str, Any] = json.loads(file.read("facts.json"))
            names, folder = facts.pop("attempts"), facts.pop("kind")
            attempts = tuple(None if name is None else file.read(name) for name in names)
            facts.update({name: file.read(name) for name in ("image", "mask", "normal")})
        return cls(type_folder=folder, **facts, attempts=attempts)


def understood_facts(trajectory: Trajectory, task: Task) -> dict[str, Any]:
    """What the anomaly type was understood as, in words and as data: by the meaning that the conversation's task has.
    corrected: whether a person gave it."""
    messages = trajectory.messages
    meaning = read_task(messages[1]["content"][-1]["text"]).meaning if len(messages) > 1 else task.meaning
    asked = meaning or task.anomaly
    return {
        "understood": str(understood_as(task.anomaly, meaning, task.corrected)),
        "meaning": meaning,
        "corrected": task.corrected,
        "description": describe(asked).to_json(),
    }


def encode_sample(
    sample: Sample, passed: bool | None = None, normal: bytes | None = None, deep: DeepPicture | None = None
) -> EncodedSample:
    """passed: a judgement other than its verdict's. normal: the normal image's PNG file where there is one already. deep: the
    normal image with more than 8 bits, where the sample's pictures are to have them.

    Raises InputError for a type that cannot be a folder name.
    """
    result, task = sample.result, sample.task
    passed = result.passed if passed is None else passed
    # Paths are not known yet: numbers are placeholders for them.
    record = result.trajectory.to_record(
        [""] * len(result.trajectory.images),
        item=task.item,
        anomaly_type=task.anomaly,
        normal_image=task.image_name,
        seed=task.seed,
        passed=passed,
        stop=result.stop.value,
        **understood_facts(result.trajectory, task),
    )

    def encoded(image: np.ndarray) -> bytes:
        return encode_png(image) if deep is None else deep.edited(task.image, image).to_png()

    return EncodedSample(
        type_folder=type_folder(task.anomaly),
        passed=passed,
        image=encoded(result.image),
        mask=encode_png(result.mask.astype(np.uint8) * 255),
        normal=encoded(task.image) if normal is None else normal,
        digest=hashlib.sha256(task.image.tobytes() + str(task.image.shape).encode()).hexdigest(),
        attempts=tuple(
            None if attempt.image is result.image else encoded(attempt.image) for attempt in result.trajectory.attempts
        ),
        record=record,
        had_usable_turn=result.trajectory.had_usable_turn,
    )
