"""comparison.md: the records as tables, with what they were measured on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..baselines.choose import ALIKE, METHODS, OURS
from ..baselines.speed import SPEED_SIDE

Record = dict[str, Any]


class _Column(NamedTuple):
    figure: str
    title: str
    digits: int = 3


_MEASURES = (
    _Column("pixel_ap", "pixel AP"),
    _Column("pixel_auroc", "pixel AUROC"),
    _Column("pro", "PRO"),
    _Column("image_auroc", "image AUROC"),
)
_SPEED = _Column("ms", "ms an image", 1)


def write_page(records: Sequence[Record], settings: dict[str, Any], run: dict[str, str]) -> str:
    """The page in Markdown. records, settings: of run_jobs. run: of describe_run."""
    lines = ["# Synthesizers compared", "", *_introduction(records, settings, run), ""]
    baselines = [record for record in records if record["part"] == "peers"]
    ablation = [record for record in records if record["part"] == "ablation"]
    if baselines:
        lines += ["## Methods beside each other", "", *_methods(baselines), ""]
        lines += [*_table(baselines, _order(baselines)), ""]
        if {OURS} < {record["method"] for record in baselines}:
            lines += ["## Ours to the best baseline", "", *_ratios(baselines), ""]
    if ablation:
        lines += ["## The loop, part by part", "", *_variants(ablation), "", *_table(ablation, _order(ablation)), ""]
    return "\n".join(lines).rstrip() + "\n"


def _introduction(records: Sequence[Record], settings: dict[str, Any], run: dict[str, str]) -> list[str]:
    commits = ", ".join(sorted({record["commit"] for record in records}))
    devices = ", ".join(sorted({record.get("device", "CPU") for record in records}))
    return [
        f"{run['date']}, commit {commits}. {run['processor']}; {run['system']}; {run['versions']}.",
        "",
        f"Each method makes {settings['images']} samples on the set's training normals, the same for all. A net of the preset "
        f"`{settings['preset']}` learns from them and the normals ({settings['steps']} steps of {settings['batch']} at "
        f"{settings['side']} px, the last step's weights) and is tested on the set's real pictures. Figures are the mean and "
        f"the standard deviation over seeds; a dash: not defined, as pixels' without masks. Nets were trained on: {devices}. "
        f"Milliseconds: one sample of {SPEED_SIDE} px on one core.",
    ]


def _methods(records: Sequence[Record]) -> list[str]:
    known = {
        OURS: "the embedded agent loop, given the product's name and what can occur on its material, and how often; one to four "
        "defects a picture, each of an episode on what the last one made; on half of the pictures irregularities of no known "
        "kind instead; all such that stand out from the product's own texture; masks a little wider than a known one, as people "
        "draw them",
        ALIKE: "the same without irregularities, the defects of a picture of one type and one episode",
        "CutPaste": "by NSA's code, with its patches as in the CutPaste paper",
        "NSA": "natural synthetic anomalies, Poisson blending",
        "DRAEM": "Perlin masks, augmented textures blended in",
        "anomalib": "anomalib's Perlin generator",
    }
    return [f"- {name}: {known.get(name, name)} ({_facts(records, name)})." for name in _order(records)]


def _variants(records: Sequence[Record]) -> list[str]:
    lines = [
        "An editor that departs from its prompt in its own way in every task, the same for all rows; the best attempt counts, "
        "passed or not. No loop: one fixed sentence. PG: the planner's prompt, one attempt. QE: review and retry. KR: the "
        "knowledge base. Then policies that decide for themselves.",
        "",
    ]
    return lines + [f"- {name}: {_facts(records, name)}." for name in _order(records)]


def _facts(records: Sequence[Record], method: str) -> str:
    facts = next(record["facts"] for record in records if record["method"] == method)
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())


def _order(records: Sequence[Record]) -> list[str]:
    """Methods that are there: known ones in their order, others as they come."""
    there = list(dict.fromkeys(record["method"] for record in records))
    return sorted(there, key=lambda name: METHODS.index(name) if name in METHODS else len(METHODS))


def _by_cell(records: Sequence[Record]) -> dict[tuple[str, str], list[Record]]:
    cells: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        cells[record["category"], record["method"]].append(record)
    return cells


def _categories(records: Sequence[Record]) -> list[str]:
    return sorted({record["category"] for record in records})


def _table(records: Sequence[Record], methods: Sequence[str]) -> list[str]:
    columns = (*_MEASURES, _SPEED)
    lines = ["| data set | method | " + " | ".join(column.title for column in columns) + " | seeds |"]
    lines.append("|---|---" + "|---:" * (len(columns) + 1) + "|")
    cells = _by_cell(records)
    for category in _categories(records):
        for method in methods:
            part = cells.get((category, method))
            if part:
                row = " | ".join(_cell(part, column) for column in columns)
                lines.append(f"| {category} | {method} | {row} | {len(part)} |")
    return lines


def _ratios(records: Sequence[Record]) -> list[str]:
    lines = [
        "Our mean, by that of the baseline with the highest one.",
        "",
        "| data set | " + " | ".join(column.title for column in _MEASURES) + " |",
        "|---" + "|---:" * len(_MEASURES) + "|",
    ]
    cells = _by_cell(records)
    for category in _categories(records):
        row = []
        for column in _MEASURES:
            means = {
                method: mean
                for (other, method), part in cells.items()
                if other == category and method != ALIKE and (mean := _mean(part, column)) is not None
            }
            ours = means.pop(OURS, None)
            best = max(means, key=lambda method: means[method], default=None)
            if ours is None or best is None or means[best] == 0:
                row.append("-")
            else:
                row.append(f"{ours / means[best]:.2f} ({best})")
        lines.append(f"| {category} | " + " | ".join(row) + " |")
    return lines


def _values(part: Sequence[Record], column: _Column) -> list[float]:
    return [record[column.figure] for record in part if record[column.figure] is not None]


def _mean(part: Sequence[Record], column: _Column) -> float | None:
    values = _values(part, column)
    return float(np.mean(values)) if values else None


def _cell(part: Sequence[Record], column: _Column) -> str:
    values = _values(part, column)
    if not values:
        return "-"
    mean = f"{np.mean(values):.{column.digits}f}"
    return mean if len(values) < 2 else f"{mean} ± {np.std(values, ddof=1):.{column.digits}f}"
