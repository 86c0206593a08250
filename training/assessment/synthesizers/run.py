"""Runs every method on every set and seed and writes a record of each, so that an interrupted run can resume."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tqdm import tqdm

from ....agent.core.errors import InputError
from ..baselines.base import Synthesizer
from ..baselines.checkout import commit_of
from ..baselines.speed import ms_an_image
from ..detectors.device import name_device
from ..detectors.localization import LocalizationScores, localize
from ..detectors.presets import Preset
from ..policies.records import RecordFile
from .labelled import LabelledSet

#: Table that a record belongs to: methods beside each other, or the loop part by part.
#: As records say it; "peers" are the baselines, as version 0.1 recorded them.
Part = Literal["peers", "ablation"]
# Samples that a record's speed is measured on.
_TIMED = 10
_PACK = Path(__file__).parents[3]


@dataclass(frozen=True, eq=False)
class Job:
    """One cell of a table."""

    part: Part
    data: LabelledSet
    method: Synthesizer
    seed: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        """The key of its record."""
        return self.part, self.data.name, self.method.name, self.seed

    @property
    def facts(self) -> dict[str, Any]:
        """What its record depends on besides the key and the settings."""
        return {"data": self.data.digest, "facts": self.method.facts}


def list_jobs(part: Part, sets: Sequence[LabelledSet], methods: Sequence[Synthesizer], seeds: int) -> list[Job]:
    """All cells; a seed of all sets and methods before the next one."""
    return [Job(part, data, method, seed) for seed in range(seeds) for data in sets for method in methods]


def run_jobs(
    jobs: Sequence[Job], output: Path, preset: Preset, images: int, device: str = "cpu"
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The jobs' records, and the settings that all of them depend on. Records are taken from output/comparison.jsonl as far as
    they are there; the others are run and added.

    images: samples that each detector is trained on. device: to train on, as torch names it. Raises InputError where that
    file is of other settings, or a record of another version of a method or a set.
    """
    settings = {
        "preset": preset.name,
        "side": preset.side,
        "batch": preset.batch,
        "steps": preset.localization.count_steps(images, preset.batch // 2),
        "images": images,
    }
    file = RecordFile(output, "comparison", settings)
    done = {(r["part"], r["category"], r["method"], r["seed"]): r for r in file.records}
    for job in jobs:
        record = done.get(job.key)
        if record is not None and {name: record[name] for name in job.facts} != job.facts:
            raise InputError(
                f"{file.path}: holds {job.method.name} on {job.data.name} by another version or on other pictures; "
                "choose another --output"
            )
    for job in tqdm([job for job in jobs if job.key not in done], unit="detector"):
        record = _run(job, preset, images, device)
        file.append(record)
        done[job.key] = record
    return [done[job.key] for job in jobs], settings


def _run(job: Job, preset: Preset, images: int, device: str) -> dict[str, Any]:
    normals = list(job.data.normals)
    made = job.method.synthesize(normals, job.data.item, images, job.seed)
    scores = localize(job.data.normals, made.images, made.masks, job.data.test, preset, job.seed, device=device)
    milliseconds = ms_an_image(job.method, normals, job.data.item, _TIMED, job.seed)
    part, category, method, seed = job.key
    return {
        "part": part, "category": category, "method": method, "seed": seed, **_figures(scores),
        "ms": round(milliseconds, 2), "commit": commit_of(_PACK), "device": name_device(device), **job.facts,
    }  # fmt: skip


def _figures(scores: LocalizationScores) -> dict[str, float | None]:
    """None where a figure is not defined, as pixels' without masks."""
    pixel, image = scores.overall
    found = {"pixel_ap": pixel.ap, "pixel_auroc": pixel.auroc, "pro": pixel.pro, "image_auroc": image.auroc}
    return {name: None if math.isnan(value) else float(value) for name, value in found.items()}
