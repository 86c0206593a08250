"""Curves of a run, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def draw_curves(history: list[dict[str, Any]], panels: dict[str, list[str]], path: Path) -> None:
    """Draws a trainer's log history. panels: title and the logged names drawn in it; names never logged are left out."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = {
        title: [name for name in names if any(name in entry for entry in history)] for title, names in panels.items()
    }
    shown = {title: names for title, names in shown.items() if names}
    if not shown:
        return
    figure, axes = pyplot.subplots(1, len(shown), figsize=(4.2 * len(shown), 3.2), squeeze=False)
    for axis, (title, names) in zip(axes[0], shown.items(), strict=True):
        for name in names:
            points = [(entry["step"], entry[name]) for entry in history if name in entry]
            axis.plot(*zip(*points, strict=True), label=name.rsplit("/", 2)[-2 if name.endswith("/mean") else -1])
        axis.set(title=title, xlabel="step")
        if len(names) > 1:
            axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
