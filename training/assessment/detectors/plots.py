"""Pictures of a localization for its page: curves, heat maps, and the pictures that were judged worst."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_curve

from ....agent.imaging.outline import outline_path, picture_url
from .localization import LabelledTest, LocalizationScores

# Of a picture on the page, px; of points of a drawn curve; of pictures shown of each type, and of each kind of miss.
_SIDE, _POINTS, _SHOWN, _WORST = 192, 400, 4, 6


def curves_url(scores: Sequence[LocalizationScores], test: LabelledTest) -> str:
    """ROC and precision-recall curves by pixel and by image, a line a seed, as a PNG's data URL."""
    defective = np.array([kind != "" for kind in test.types])
    figure = Figure(figsize=(15, 3.6))
    axes = figure.subplots(1, 4)
    for seed, each in enumerate(scores):
        parts = (("pixel", test.masks.ravel(), each.maps.ravel()), ("image", defective, each.image_scores))
        for index, (name, wanted, values) in enumerate(parts):
            roc, curve = axes[2 * index : 2 * index + 2]
            if not wanted.any():  # all defects vanish at this size
                continue
            false, true, _ = roc_curve(wanted, values)
            precision, recall, _ = precision_recall_curve(wanted, values)
            roc.plot(*_thinned(false, true), label=f"seed {seed}", linewidth=1.2)
            curve.plot(*_thinned(recall, precision), label=f"seed {seed}", linewidth=1.2)
            roc.set(title=f"ROC by {name}", xlabel="false positive rate", ylabel="true positive rate")
            curve.set(title=f"precision and recall by {name}", xlabel="recall", ylabel="precision")
    for axis in axes:
        axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        axis.grid(alpha=0.3)
    if len(scores) > 1:
        axes[-1].legend(fontsize=7)
    figure.tight_layout()
    data = io.BytesIO()
    figure.savefig(data, dpi=100)
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()


def heat_maps(score: LocalizationScores, test: LabelledTest) -> dict[str, list[dict[str, Any]]]:
    """Cards of a few pictures of each type, evenly spread over them; normal ones under ""."""
    return {
        kind: [
            _card(score, test, index) for index in _spread([i for i, other in enumerate(test.types) if other == kind])
        ]
        for kind in (*test.kinds, "")
    }


def worst_misses(score: LocalizationScores, test: LabelledTest) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Cards of the defects whose image scores are lowest, and of the normal pictures whose are highest."""
    order = np.argsort(score.image_scores, kind="stable")
    defects = [int(index) for index in order if test.types[index]]
    normal = [int(index) for index in order[::-1] if not test.types[index]]
    return (
        [_card(score, test, index) for index in defects[:_WORST]],
        [_card(score, test, index) for index in normal[:_WORST]],
    )


def _card(score: LocalizationScores, test: LabelledTest, index: int) -> dict[str, Any]:
    side = test.masks.shape[1]
    colours = cv2.applyColorMap((score.maps[index] * 255).round().astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    return {
        "name": test.names[index],
        "kind": test.types[index],
        "score": float(score.image_scores[index]),
        "picture": picture_url(test.images[index], _SIDE),
        "heat": picture_url(colours, _SIDE),
        "outline": outline_path(test.masks[index]),
        "view_box": f"0 0 {side} {side}",
    }


def _spread(indices: Sequence[int]) -> list[int]:
    places = np.unique(np.linspace(0, len(indices) - 1, min(_SHOWN, len(indices))).round().astype(int))
    return [indices[place] for place in places]


def _thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A curve with points enough to draw it, evenly spread along it: by both axes, for steep parts matter."""
    if len(x) <= _POINTS:
        return x, y
    along = np.concatenate([[0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    places = np.unique(np.searchsorted(along, np.linspace(0, along[-1], _POINTS)).clip(max=len(x) - 1))
    return x[places], y[places]
