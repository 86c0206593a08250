"""report.html: one page with a picture wall, every sample's attempts, and plots, made from the data sets on the disk."""

from __future__ import annotations

import html
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from ..core.json_reading import read_json
from ..core.verdict import MAX_PART_SCORE
from ..imaging.io import read_image
from ..imaging.outline import outline_path, picture_url, thumbnail_mask
from .layout import TRAJECTORIES
from .names import on_disk
from .page import write_page

# Longest side of a picture in the report, px: sharp on the wall, and a page of some MB for a few hundred samples.
_PICTURE_SIDE = 320
# Up to so many samples the page holds its pictures; beyond, it shows those that lie in the data set.
_EMBEDDED_SAMPLES = 400
# Cards a type at most: a browser can scroll through so many.
_CARDS_A_TYPE = 1000
_TEMPLATE = Path(__file__).with_name("report.html.j2")


@dataclass
class _Group:
    """Samples of one type. understood: how the type was, "" where no record says it. places: the data set's folder, and where in
    its records the sample's line begins."""

    understood: str = ""
    tried: int = 0
    passed: int = 0
    places: list[tuple[Path, int]] = field(default_factory=list)


class Report:
    """Writes the page on one or more data sets. One sample at a time is held in memory."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._roots: list[Path] = []

    def add_set(self, root: Path) -> None:
        """Takes in the data set of one item. root: its folder, with trajectories.jsonl."""
        self._roots.append(root)

    def write(self, path: Path) -> None:
        """Writes the page, whole or not at all; nothing where there is no sample.

        Up to 400 samples it can be sent by itself; with more it shows the pictures of the data sets beside it.
        Raises InputError where the disk does not take it.
        """
        groups: dict[tuple[str, str], _Group] = {}
        scores, attempts, stops = [], [], []
        for place, record in _records(self._roots):
            group = groups.setdefault((record["item"], record["anomaly_type"]), _Group())
            group.understood = str(record.get("understood") or group.understood)
            group.tried += 1
            group.passed += record["passed"]
            if len(group.places) < _CARDS_A_TYPE:
                group.places.append(place)
            scores.append(_score(record))
            attempts.append(len(record["attempts"]))
            stops.append(record["stop"])
        if not scores:
            return
        linked = path.parent if len(scores) > _EMBEDDED_SAMPLES else None
        passed = sum(group.passed for group in groups.values())
        write_page(
            path,
            _TEMPLATE,
            title=self._title,
            groups=[(item, anomaly, group, _cards(group, linked)) for (item, anomaly), group in groups.items()],
            total=len(scores),
            passed=passed,
            rate=round(100 * passed / len(scores)),
            most=MAX_PART_SCORE,
            attempts_mean=round(float(np.mean(attempts)), 2),
            score_plot=_bars(_score_histogram(scores), "score", "samples"),
            attempt_plot=_bars(_counted(attempts), "attempts made", "samples"),
            stop_plot=_bars(_counted(stops), "why the loop stopped", "samples"),
        )


def _records(roots: list[Path]) -> Iterator[tuple[tuple[Path, int], dict[str, Any]]]:
    for root in roots:
        if not (root / TRAJECTORIES).is_file():
            continue
        with (root / TRAJECTORIES).open("rb") as file:
            start = 0
            for line in file:
                yield (root, start), read_json(line)
                start += len(line)


def _cards(group: _Group, linked: Path | None) -> Iterator[dict[str, Any]]:
    """What the page shows of each sample. linked: the page's folder, if it links to the data set's pictures."""
    for root, start in group.places:
        with (root / TRAJECTORIES).open("rb") as file:
            file.seek(start)
            record = read_json(file.readline())
        small_mask = thumbnail_mask(read_image(on_disk(root, record["mask"]))[..., 0] > 127, _PICTURE_SIDE)
        height, width = small_mask.shape
        images = record["images"]
        yield {
            "title": Path(record["image"]).stem,
            "item": record["item"],
            "anomaly": record["anomaly_type"],
            "passed": record["passed"],
            "stop": record["stop"],
            "score": _score(record),
            "picture": _picture(on_disk(root, record["image"]), linked),
            "normal": _picture(on_disk(root, images[0]), linked) if images else "",
            "outline": outline_path(small_mask),
            "view_box": f"0 0 {width} {height}",
            "file": record["image"],
            "attempts": [
                {
                    **{name: attempt[name] or 0.0 for name in ("location", "quality", "score")},
                    "prompt": attempt["prompt"],
                    "passed": attempt["passed"],
                    "review": "not judged" if attempt["score"] is None else attempt["review"],
                    "picture": "" if made == record["image"] else _picture(on_disk(root, made), linked),
                }
                for attempt in record["attempts"]
                for made in [images[attempt["image"] - 1]]
            ],
        }


def _score(record: dict[str, Any]) -> float:
    """The chosen attempt's."""
    chosen = (a["score"] for a in record["attempts"] if record["images"][a["image"] - 1] == record["image"])
    return next(chosen, None) or 0.0


def _picture(path: Path, linked: Path | None) -> str:
    if linked is not None:
        return quote(Path(os.path.relpath(path, linked)).as_posix())
    return picture_url(read_image(path), _PICTURE_SIDE)


def _score_histogram(scores: list[float]) -> list[tuple[str, int]]:
    counts, _ = np.histogram(scores, bins=np.arange(0, 11))
    return [(f"{low}-{low + 1}", int(count)) for low, count in enumerate(counts)]


def _counted(values: Any) -> list[tuple[str, int]]:
    return sorted((str(value), count) for value, count in Counter(values).items())


def _bars(data: list[tuple[str, int]], x_label: str, y_label: str) -> str:
    """A bar chart as inline SVG, in the page's colours."""
    width, height, base = 340, 190, 140
    most = max((count for _, count in data), default=1) or 1
    slot = (width - 40) / max(len(data), 1)
    parts = [
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(y_label)} by {html.escape(x_label)}">'
    ]
    for index, (label, count) in enumerate(data):
        tall = (base - 24) * count / most
        x = 30 + index * slot
        bar = min(slot * 0.72, 56)
        middle = x + slot / 2
        parts.append(
            f'<rect class="bar" x="{middle - bar / 2:.1f}" y="{base - tall:.1f}" width="{bar:.1f}" height="{tall:.1f}" rx="2"/>'
            f'<text x="{middle:.1f}" y="{base - tall - 5:.1f}">{count or ""}</text>'
            f'<text x="{middle:.1f}" y="{base + 15}">{html.escape(label)}</text>'
        )
    parts.append(f'<line x1="26" x2="{width - 8}" y1="{base}" y2="{base}"/>')
    parts.append(f'<text class="axis" x="{width / 2 + 10}" y="{base + 38}">{html.escape(x_label)}</text></svg>')
    return "".join(parts)
