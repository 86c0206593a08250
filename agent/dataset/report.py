"""report.html: one self-contained page with a picture wall, every sample's attempts, and plots."""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..imaging.outline import outline_path, picture_url, shrink_mask
from ..trajectory import Attempt
from ..verdict import MAX_PART_SCORE
from .page import write_page
from .samples import Sample

# Longest side of a picture in the report, px: sharp on the wall, and a page of some MB for a few hundred samples.
_PICTURE_SIDE = 320
_TEMPLATE = Path(__file__).with_name("report.html.j2")


@dataclass(frozen=True)
class _Card:
    title: str
    item: str
    anomaly: str
    passed: bool
    stop: str
    score: float
    picture: str
    normal: str
    outline: str
    view_box: str
    file: str
    attempts: list[dict[str, Any]]


class Report:
    """Collects samples and writes the page. Pictures are embedded, so that the file can be sent by itself."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._cards: list[_Card] = []

    def add(self, sample: Sample, record: dict[str, Any]) -> None:
        """Takes in a sample; record: as DatasetWriter.add returned it."""
        result = sample.result
        small_mask = shrink_mask(result.mask, _PICTURE_SIDE)
        height, width = small_mask.shape
        self._cards.append(
            _Card(
                title=Path(record["image"]).stem,
                item=sample.task.item,
                anomaly=sample.task.anomaly,
                passed=result.passed,
                stop=result.stop.value,
                score=result.verdict.score if result.verdict else 0.0,
                picture=_picture(result.image),
                normal=_picture(sample.task.image),
                outline=outline_path(small_mask),
                view_box=f"0 0 {width} {height}",
                file=record["image"],
                attempts=[_attempt_facts(attempt, result.image) for attempt in result.trajectory.attempts],
            )
        )

    def write(self, path: Path) -> None:
        """Writes the page, whole or not at all; nothing where there is no sample.

        Raises InputError where the disk does not take it.
        """
        if not self._cards:
            return
        groups: dict[tuple[str, str], list[_Card]] = {}
        for card in self._cards:
            groups.setdefault((card.item, card.anomaly), []).append(card)
        passed = sum(card.passed for card in self._cards)
        write_page(
            path,
            _TEMPLATE,
            title=self._title,
            groups=groups,
            total=len(self._cards),
            passed=passed,
            rate=round(100 * passed / len(self._cards)),
            most=MAX_PART_SCORE,
            attempts_mean=round(float(np.mean([len(card.attempts) for card in self._cards])), 2),
            score_plot=_bars(_score_histogram(self._cards), "score", "samples"),
            attempt_plot=_bars(_counted(len(card.attempts) for card in self._cards), "attempts made", "samples"),
            stop_plot=_bars(_counted(card.stop for card in self._cards), "why the loop stopped", "samples"),
        )


def _attempt_facts(attempt: Attempt, chosen: np.ndarray) -> dict[str, Any]:
    verdict = attempt.verdict
    return {
        "picture": "" if attempt.image is chosen else _picture(attempt.image),
        "prompt": attempt.prompt,
        "location": verdict.location if verdict else 0.0,
        "quality": verdict.quality if verdict else 0.0,
        "score": verdict.score if verdict else 0.0,
        "passed": bool(verdict and verdict.passed),
        "review": verdict.review if verdict else "not judged",
    }


def _picture(image: np.ndarray) -> str:
    return picture_url(image, _PICTURE_SIDE)


def _score_histogram(cards: list[_Card]) -> list[tuple[str, int]]:
    counts, _ = np.histogram([card.score for card in cards], bins=np.arange(0, 11))
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
