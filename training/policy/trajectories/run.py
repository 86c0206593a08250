"""Makes a file of trajectories: sources, builder, writer, progress."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from ....agent.assembly.choice import ChosenModels, ModelChoice
from ....agent.core.errors import InputError
from ....agent.core.protocol import read_task
from ....agent.core.trajectory import Trajectory
from ....agent.core.verdict import MAX_SCORE, PASS_THRESHOLD
from ....agent.dataset.names import on_disk
from ....agent.imaging.io import read_mask
from ....agent.tools.image_generation.diffusion import DiffusionInverseEditor
from ....agent.tools.image_generation.inverse import InverseEditor, TextureInverseEditor
from .build import Builder, WrittenTrajectory
from .defects import RealDefect, rendered_defects
from .load import Record, load_trajectories
from .mix import TrajectoryMix
from .preview import write_preview
from .real import RealEntry, list_defects, read_defects
from .recorded import looks_up, read_recorded
from .writer import TrajectoryWriter

_MOST_PROBLEMS_SHOWN = 20


@dataclass(frozen=True)
class TrajectoriesRequest:
    """What a run was asked for. output: the file. data: data sets with real anomaly images. rendered: how many anomaly
    images the pack makes, of `side` px. recorded: users' trajectories.jsonl files; failed_too: also what did not pass there.
    per_image: trajectories for one anomaly image. unnamed: what anomalies are whose type's name says nothing.
    editor: a diffusers folder or hub id for inverse editing, "" for the embedded one; download_to: where a hub id may be
    downloaded to. strict: stop at anything that is broken. preview: a page to write. Raises InputError.
    """

    output: Path
    data: tuple[Path, ...] = ()
    rendered: int = 0
    recorded: tuple[Path, ...] = ()
    side: int = 128
    per_image: int = 1
    failed_too: bool = False
    unnamed: str = ""
    editor: str = ""
    download_to: Path | None = None
    strict: bool = False
    mix: TrajectoryMix = field(default_factory=TrajectoryMix)
    max_attempts: int = 3
    threshold: float = PASS_THRESHOLD
    preview: Path | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not (self.data or self.rendered or self.recorded):
            raise InputError("nothing to make trajectories from: give --data, --rendered or --recorded")
        for name, least, most in (
            ("rendered", 0, 10**7), ("side", 64, 2048), ("per_image", 1, 1000), ("max_attempts", 1, 20),
            ("seed", 0, 2**31 - 1), ("threshold", 0, MAX_SCORE),
        ):  # fmt: skip
            if not least <= getattr(self, name) <= most:
                option = name.replace("_", "-")
                raise InputError(f"--{option} must lie in {least}-{most:g}, got {getattr(self, name)!r}")


@dataclass
class Outcome:
    """made: trajectories by sort. skipped: anomaly images without one, and sorts that were redrawn, by reason.
    problems: a line on each file that could not be used.
    """

    made: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def make_trajectories(request: TrajectoriesRequest) -> Outcome:
    """Writes the file and the folder of images beside it, and the preview.

    Raises InputError, with nothing written, where nothing usable is found, or `strict` and something is broken.
    """
    cv2.setNumThreads(1)  # pictures are small: threads cost more than they give
    outcome = Outcome()
    try:
        _write(request, outcome)
    finally:
        _tell_problems(outcome.problems)
    if request.preview is not None:
        write_preview(request.preview, load_trajectories(request.output))
    print(_summary(request, outcome))
    return outcome


def _write(request: TrajectoriesRequest, outcome: Outcome) -> None:
    entries = list_defects(request.data, request.unnamed, outcome.problems)
    _stop_if_strict(request, outcome)
    builder = Builder(request.mix, max_attempts=request.max_attempts, threshold=request.threshold)
    outcome.skipped = builder.skipped
    total = (len(entries) + request.rendered) * request.per_image
    with TrajectoryWriter(request.output) as writer, tqdm(total=total, unit="trajectory") as bar:
        for index, defect in enumerate(_defects(request, entries, outcome.problems)):
            for variant in range(request.per_image):
                seed = int(np.random.default_rng([request.seed, index, variant]).integers(2**31))
                told = builder.tell(defect, seed) if defect is not None else None
                if told is not None:
                    _add_told(writer, told)
                    outcome.made[told.sort] += 1
                bar.update(1)
        for trajectory, record in read_recorded(request.recorded, request.failed_too, outcome.problems):
            _add_recorded(writer, trajectory, record)
            outcome.made["recorded"] += 1
        _stop_if_strict(request, outcome)
        if not writer.count:
            broken = f"{len(outcome.problems)} files cannot be used, see above" if outcome.problems else ""
            why = "; ".join(filter(None, (broken, _reasons(outcome.skipped))))
            raise InputError(f"no trajectory could be made, so nothing is written: {why or 'no anomaly image'}")


def _defects(
    request: TrajectoriesRequest, entries: list[RealEntry], problems: list[str]
) -> Iterator[RealDefect | None]:
    if entries:
        yield from read_defects(entries, _inverse_editor(request), request.seed, problems)
    yield from rendered_defects(request.rendered, request.seed, request.side, request.threshold)


def _inverse_editor(request: TrajectoriesRequest) -> InverseEditor:
    if not request.editor:
        return TextureInverseEditor()
    models = ChosenModels(ModelChoice(editor=request.editor, download_to=request.download_to))
    return DiffusionInverseEditor(models.backends.image_generator)  # type: ignore[arg-type]


def _add_told(writer: TrajectoryWriter, told: WrittenTrajectory) -> None:
    defect = told.defect
    passed = told.sort != "spent"
    writer.add(
        told.trajectory, defect.mask if passed else None, defect.item, defect.anomaly, told.sort, told.knowledge,
        defect.source, defect.name, told.seed, passed,
    )  # fmt: skip


def _add_recorded(writer: TrajectoryWriter, trajectory: Trajectory, record: Record) -> None:
    facts = record.facts
    task = read_task(trajectory.messages[1]["content"][-1]["text"])
    image, mask = facts.get("image"), None
    if isinstance(image, str) and facts.get("mask"):
        path = on_disk(record.folder, facts["mask"])
        mask = read_mask(path, trajectory.images[0].shape[:2]) if path.is_file() else None
    writer.add(
        trajectory, mask, task.item, task.anomaly, "recorded", looks_up(trajectory), "recorded", str(image or ""),
        int(facts.get("seed") or 0), bool(facts.get("passed")),
    )  # fmt: skip


def _stop_if_strict(request: TrajectoriesRequest, outcome: Outcome) -> None:
    if request.strict and outcome.problems:
        count = len(outcome.problems)
        raise InputError(f"{count} problems, see above, so nothing is written; mend them, or leave out --strict")


def _tell_problems(problems: list[str]) -> None:
    for problem in problems[:_MOST_PROBLEMS_SHOWN]:
        print(f"skipped: {problem}", file=sys.stderr)
    if len(problems) > _MOST_PROBLEMS_SHOWN:
        print(f"skipped: {len(problems) - _MOST_PROBLEMS_SHOWN} more, {len(problems)} in all", file=sys.stderr)


def _summary(request: TrajectoriesRequest, outcome: Outcome) -> str:
    sorts = ", ".join(f"{count} {sort}" for sort, count in sorted(outcome.made.items()))
    line = f"{sum(outcome.made.values())} trajectories ({sorts}): {request.output}"
    return f"{line}\nskipped: {_reasons(outcome.skipped)}" if outcome.skipped else line


def _reasons(skipped: Counter[str]) -> str:
    return "; ".join(f"{reason}: {count}" for reason, count in sorted(skipped.items()))
