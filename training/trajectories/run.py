"""Makes a file of trajectories: sources, builder, writer, progress."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import cv2
from tqdm import tqdm

from ...agent.errors import InputError
from ...agent.verdict import PASS_THRESHOLD
from .build import Builder, Told
from .defects import rendered_defects
from .shares import Shares
from .writer import TrajectoryWriter


@dataclass(frozen=True)
class TrajectoriesRequest:
    """What a run was asked for. output: the file. rendered: anomaly images that the pack makes, of `side` px."""

    output: Path
    rendered: int = 0
    side: int = 128
    shares: Shares = field(default_factory=Shares)
    max_attempts: int = 3
    threshold: float = PASS_THRESHOLD
    seed: int = 0


def make_trajectories(request: TrajectoriesRequest) -> Counter[str]:
    """Writes the file and the folder of images beside it; returns how many of each kind.

    Raises InputError, with nothing written, where nothing usable is found.
    """
    cv2.setNumThreads(1)  # pictures are small: threads cost more than they give
    builder = Builder(request.shares, max_attempts=request.max_attempts, threshold=request.threshold)
    made: Counter[str] = Counter()
    with TrajectoryWriter(request.output) as writer, tqdm(total=request.rendered, unit="image") as bar:
        for index, defect in enumerate(rendered_defects(request.rendered, request.seed, request.side)):
            told = builder.tell(defect, request.seed * 1_000_003 + index)
            bar.update(index + 1 - bar.n)
            if told is not None:
                write_told(writer, told)
                made[told.kind] += 1
        if not writer.count:
            raise InputError("no usable anomaly image")
    print(f"{sum(made.values())} trajectories: {request.output}")
    return made


def write_told(writer: TrajectoryWriter, told: Told) -> None:
    """Adds a trajectory that was told in hindsight."""
    defect = told.defect
    passed = told.kind != "spent"
    writer.add(
        told.trajectory, defect.mask if passed else None, defect.item, defect.anomaly, told.kind, told.knowledge,
        defect.source, defect.name, told.seed, passed,
    )  # fmt: skip
