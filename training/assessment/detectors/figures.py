"""Figures of an evaluation as plain values, for JSON and for tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .classification import ClassificationScores
from .localization import LocalizationScores
from .measures import Measures
from .run import EvaluationRequest, ItemResult

#: Figures of localization by their names in evaluation.json, with their titles.
LOCALIZATION = {
    "pixel_auroc": "pixel AUROC", "pixel_ap": "pixel AP", "pixel_f1_max": "pixel F1-max", "pixel_pro": "PRO",
    "image_auroc": "image AUROC", "image_ap": "image AP", "image_f1_max": "image F1-max",
}  # fmt: skip


def flatten(measures: Measures) -> dict[str, float]:
    """By the names in LOCALIZATION."""
    pixel = {f"pixel_{name}": value for name, value in measures.pixel._asdict().items()}
    return pixel | {f"image_{name}": value for name, value in measures.image._asdict().items()}


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Mean and standard deviation (of the sample) of the values that are defined; None where there are too few."""
    known = [float(value) for value in values if math.isfinite(value)]
    return {
        "mean": float(np.mean(known)) if known else None,
        "deviation": float(np.std(known, ddof=1)) if len(known) > 1 else None,
        "values": [float(value) if math.isfinite(value) else None for value in values],
    }


def request_figures(request: EvaluationRequest) -> dict[str, Any]:
    """What figures depend on; no path but the files' and folders' own names."""
    preset = request.preset
    weights = {"resnet": request.resnet_weights, "inception": request.inception_weights, "vgg": request.vgg_weights}
    return {
        "labelled": request.labelled.resolve().name,
        "synthesized": request.synthesized.resolve().name,
        "protocol": request.protocol,
        "preset": preset.name,
        "side": preset.side,
        "batch": preset.batch,
        "seeds": request.seeds,
        "device": request.device,
        "weights": {name: None if path is None else path.name for name, path in weights.items()},
    }


def item_figures(result: ItemResult, from_scratch: bool) -> dict[str, Any]:
    """Of one item. from_scratch: the classifier had no ImageNet weights."""
    return {
        "name": result.name,
        "pictures": result.counts,
        "warnings": result.warnings,
        "left_out": result.left_out,
        "localization": _localization(result.localization) if result.localization else "not asked for",
        "classification": _classification(result.classification, from_scratch),
        "inception_score": _by_type(result.inception_score),
        "ic_lpips": _by_type(result.ic_lpips),
    }


def mean_figures(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means over items, of each seed first: spread over seeds. None where no item has the figure."""
    measured = [item["localization"]["overall"] for item in items if isinstance(item["localization"], dict)]
    means: dict[str, Any] = {
        name: _over_items([figures[name]["values"] for figures in measured]) for name in LOCALIZATION if measured
    }
    accuracies = [
        item["classification"]["accuracy"]["values"] for item in items if isinstance(item["classification"], dict)
    ]
    means["accuracy"] = _over_items(accuracies)
    for name in ("inception_score", "ic_lpips"):
        known = [item[name]["mean"] for item in items if isinstance(item[name], dict)]
        means[name] = {"mean": float(np.mean(known))} if known else None
    return means


def _over_items(values: Sequence[Sequence[float | None]]) -> dict[str, Any] | None:
    """values: an item's seeds each."""
    if not values:
        return None
    by_seed = np.array([[math.nan if value is None else value for value in item] for item in values])
    return spread(list(by_seed.mean(axis=0)))


def _localization(scores: Sequence[LocalizationScores]) -> dict[str, Any]:
    overall = [flatten(score.overall) for score in scores]
    return {
        "overall": {name: spread([each[name] for each in overall]) for name in LOCALIZATION},
        "by_type": {
            kind: {name: spread([flatten(score.by_type[kind])[name] for score in scores]) for name in LOCALIZATION}
            for kind in scores[0].by_type
        },
        "step": [score.step for score in scores],
        "steps": scores[0].steps,
    }


def _classification(scores: Sequence[ClassificationScores] | str, from_scratch: bool) -> dict[str, Any] | str:
    if isinstance(scores, str):
        return scores
    return {
        "network": "ResNet-34 trained from scratch" if from_scratch else "ResNet-34 with ImageNet weights",
        "accuracy": spread([score.accuracy for score in scores]),
        "by_type": {kind: spread([score.by_type[kind] for score in scores]) for kind in scores[0].by_type},
        "tested": scores[0].tested,
        "types_not_synthesized": list(scores[0].unknown),
        "step": [score.step for score in scores],
        "steps": scores[0].steps,
    }


def _by_type(found: dict[str, float] | str) -> dict[str, Any] | str:
    return found if isinstance(found, str) else {"mean": float(np.mean(list(found.values()))), "by_type": found}
