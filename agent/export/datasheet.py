"""DATASHEET.md: how an export was made and what is in it (after Gebru et al., "Datasheets for Datasets", 2018)."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from ..assembly.choice import ModelChoice
from ..core.program import TOOL, tool_version
from ..dataset.stored import StoredItem, StoredSample
from .content import COMBINED, Content, Picture
from .export_format import ExportFormat
from .provenance import without_folders

_LIBRARIES = ("numpy", "pillow", "opencv-python-headless", "torch", "diffusers", "transformers", "pycocotools")
# Settings that have a row of their own, and what they are where nobody chose.
_PARTS = {"policy": "unknown", "prompt_generator": "embedded", "judge": "embedded", "editor": "embedded renderers"}


def datasheet(
    items: Sequence[StoredItem],
    content: Content,
    form: ExportFormat,
    licence: str,
    validation: float,
    seed: int,
    mask_margin: float = 0.0,
) -> str:
    """The sheet in Markdown. licence: of the input images, in the user's words; validation, seed: of the split;
    mask_margin: by how much masks are grown, as a share of the shorter side.
    """
    kept = [picture for picture in content.pictures if picture.samples]
    lines = [
        f"# {_cell(', '.join(item.replace('_', ' ') for item in content.items))}: anomalies with pixel masks",
        "",
        f"{len(kept)} anomalous images of {len(content.types)} types and {len(content.pictures) - len(kept)} normal images, "
        f"in the {form.name} format, exported by {TOOL} {tool_version()}. The defects of images that say `synthetic` in their "
        "PNG text were drawn by an agent, and do not show how often a defect occurs, nor all that occur.",
        "",
        "## Licence of the input images",
        "",
        *(f"> {_cell(line)}" for line in (licence.strip() or "Not stated by who made this export.").splitlines()),
        "",
        "Images made from them are derived works; models that took part have licences of their own.",
        "",
        "## Counts",
        "",
        *_table(("item", "type", "training side", "held out"), _counts(content)),
        "",
        *_combined(kept),
        f"Split with seed {seed}, {validation:g} of the normal images held out. {form.split}",
        "",
        "## Masks",
        "",
        _masks(mask_margin),
        "",
        "## How it was made",
        "",
    ]
    for item in items:
        lines += [f"### {_cell(item.name.replace('_', ' '))}", "", *_table(("", ""), _made(item)), ""]
    lines += ["## Versions", "", *_table(("library", "version"), _versions()), ""]
    return "\n".join(lines)


def _masks(margin: float) -> str:
    if not margin:
        return "As they are in the data set."
    return (
        f"Grown by {margin:g} of the picture's shorter side to each side ({round(256 * margin)} px of 256), as people "
        "outline a defect, those of irregularities by half of it; those of the data set that this was exported from are not."
    )


def _combined(kept: Sequence[Picture]) -> Iterable[str]:
    several = [len(picture.samples) for picture in kept if len(picture.samples) > 1]
    if several:
        yield (
            f"{len(several)} images show the defects of up to {max(several)} samples that were made on the same normal image and "
            f"do not meet; `{COMBINED}`: of several types. A sample can stand in several images, all on one side."
        )
        yield ""


def _counts(content: Content) -> Iterable[tuple[Any, ...]]:
    for item in content.items:
        labels = sorted(
            {picture.label for picture in content.of(item)}, key=lambda label: (label in content.folders, label)
        )
        for label in labels:
            yield item, label, len(content.of(item, label, False)), len(content.of(item, label, True))


def _made(item: StoredItem) -> Iterable[tuple[Any, ...]]:
    samples = item.samples
    settings = {name: value for name, value in item.settings.items() if value not in (None, "", [])}
    for name, default in _PARTS.items():
        unset = default if item.settings else "not written down"
        yield name.replace("_", " "), settings.pop(name, unset)
    for name in sorted(settings):
        # What was left at its default says nothing of the data.
        if settings[name] != getattr(_DEFAULTS, name, None):
            yield name.replace("_", " "), settings[name]
    recorded = [sample for sample in samples if sample.record]
    passed = sum(sample.passed for sample in samples)
    yield "tried", len(samples)
    yield "passed by the judge", f"{passed} ({100 * passed / len(samples):.0f}%)" if samples else 0
    if recorded:
        yield "attempts a sample", f"{np.mean([sample.record.attempts for sample in recorded if sample.record]):.2f}"
    yield from _scores(samples)
    yield "dropped by a reviewer", _dropped(samples, "review")
    yield (
        "dropped by curation",
        sum(bool(s.decisions.curation and not s.kept and not s.decisions.review) for s in samples),
    )
    yield "accepted by a reviewer", sum(bool(s.decisions.review and s.decisions.review.kept) for s in samples)
    yield "masks touched up by hand", sum(s.decisions.touched_up for s in samples)
    yield "exported", sum(sample.kept for sample in samples)


def _dropped(samples: Sequence[StoredSample], who: str) -> int:
    decisions = [getattr(sample.decisions, who) for sample in samples]
    return sum(decision is not None and not decision.kept for decision in decisions)


def _scores(samples: Sequence[StoredSample]) -> Iterable[tuple[str, str]]:
    scores = [
        sample.record.score for sample in samples if sample.kept and sample.record and sample.record.score is not None
    ]
    if scores:
        low, middle, high = np.percentile(scores, (0, 50, 100))
        yield "scores of what is exported, 0-10", f"{low:.2f} lowest, {middle:.2f} median, {high:.2f} highest"


def _versions() -> Iterable[tuple[str, str]]:
    yield TOOL, tool_version()
    yield "Python", platform.python_version()
    for name in _LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]


def _cell(value: Any) -> str:
    """A value as text that cannot break out of its line or cell."""
    if isinstance(value, list | tuple):
        return ", ".join(_cell(part) for part in value)
    if isinstance(value, dict):  # a plan's types with what was asked for of each
        told = (f"{_cell(name)}: {_cell(part)}" if isinstance(part, dict) else f"{_cell(name)} {_cell(part)}"
                for name, part in value.items())  # fmt: skip
        return ("; " if any(isinstance(part, dict) for part in value.values()) else ", ").join(told)
    text = without_folders(value) if isinstance(value, str) else str(value)
    return re.sub(r"([\\|<>`*\[\]])", r"\\\1", re.sub(r"\s+", " ", text).strip())


_DEFAULTS = ModelChoice()
