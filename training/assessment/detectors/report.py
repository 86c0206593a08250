"""What an evaluation leaves: evaluation.json with every figure, and evaluation.html, one self-contained page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ....agent.dataset.layout import not_writable
from ....agent.dataset.page import write_page, write_text
from .figures import LOCALIZATION, item_figures, mean_figures, request_figures
from .plots import curves_url, heat_maps, worst_misses
from .run import EvaluationRequest, ItemResult

FIGURES, PAGE = "evaluation.json", "evaluation.html"
_TEMPLATE = Path(__file__).with_name("report.html.j2")
_PROTOCOLS = {
    "strict": "Protocol strict: the last step's weights, nothing chosen on test data, tested on all real defects.",
    "paper": "Protocol paper: the weights that do best on the test set are kept, as in the paper's public scripts. That leaks: "
    "the figures are too good, and are for comparison with figures got the same way. Tested on the last two thirds "
    "of the real defects of each type.",
}


class Report:
    """Collects items; each is drawn when it is added, so that its maps need not be kept.

    Raises InputError at once where the output folder cannot be written.
    """

    def __init__(self, request: EvaluationRequest) -> None:
        try:
            request.output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_writable(request.output, error) from error
        self._request = request
        self._items: list[dict[str, Any]] = []
        self._drawn: list[dict[str, Any]] = []

    def add(self, result: ItemResult) -> None:
        """Takes in an item and writes what there is so far. Raises InputError where the disk does not take it."""
        self._items.append(item_figures(result, self._request.resnet_weights is None))
        self._drawn.append(_draw(result))
        self._write()

    @property
    def figures(self) -> dict[str, Any]:
        """What evaluation.json holds."""
        return {
            "settings": request_figures(self._request),
            "items": self._items,
            "mean": mean_figures(self._items),
        }

    def _write(self) -> None:
        figures = self.figures
        write_text(self._request.output / FIGURES, json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
        write_page(
            self._request.output / PAGE,
            _TEMPLATE,
            settings=figures["settings"],
            protocol=_PROTOCOLS[self._request.protocol],
            leaks=self._request.protocol == "paper",
            mean=figures["mean"],
            items=list(zip(self._items, self._drawn, strict=True)),
            columns=LOCALIZATION,
            percent=percent,
        )


def percent(figure: dict[str, Any] | None) -> str:
    """A spread as a table's cell, in per cent."""
    if figure is None or figure["mean"] is None:
        return "–"
    mean = f"{100 * figure['mean']:.1f}"
    return mean if figure.get("deviation") is None else f"{mean} ± {100 * figure['deviation']:.1f}"


def summary_lines(figures: dict[str, Any]) -> Sequence[str]:
    """The items' main figures, for the command line."""
    lines = []
    for item in figures["items"]:
        parts = []
        if isinstance(item["localization"], dict):
            parts += [
                f"{title} {percent(item['localization']['overall'][name])}" for name, title in LOCALIZATION.items()
            ]
        if isinstance(item["classification"], dict):
            parts.append(
                f"accuracy {percent(item['classification']['accuracy'])} ({item['classification']['network']})"
            )
        for name, title in (("inception_score", "inception score"), ("ic_lpips", "IC-LPIPS")):
            if isinstance(item[name], dict):
                parts.append(f"{title} {item[name]['mean']:.3f}")
        lines.append(f"{item['name']}: " + "; ".join(parts or ["nothing was measured"]))
        if item["left_out"]:
            lines.append(f"{item['name']}: {len(item['left_out'])} left out, the first: {item['left_out'][0]}")
        lines += [f"{item['name']}: note: {warning}" for warning in item["warnings"]]
    return lines


def _draw(result: ItemResult) -> dict[str, Any]:
    if not result.localization:
        return {}
    first = result.localization[0]
    missed, alarms = worst_misses(first, result.test)
    return {
        "curves": curves_url(result.localization, result.test),
        "heat": heat_maps(first, result.test),
        "missed": missed,
        "alarms": alarms,
    }
