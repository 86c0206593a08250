"""The measures of a detector: how well scores tell defects from the rest, by pixel and by image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_curve

#: PRO is taken up to this rate of false positive pixels (Bergmann et al., IJCV 2021).
PRO_LIMIT = 0.3


class PixelMeasures(NamedTuple):
    """Area under the ROC curve, average precision, highest F1 and per-region overlap, all 0-1; NaN where undefined."""

    auroc: float
    ap: float
    f1_max: float
    pro: float


class ImageMeasures(NamedTuple):
    """Area under the ROC curve, average precision and highest F1, all 0-1; NaN where undefined."""

    auroc: float
    ap: float
    f1_max: float


class Measures(NamedTuple):
    """By pixel and by image."""

    pixel: PixelMeasures
    image: ImageMeasures


def measure(maps: np.ndarray, image_scores: np.ndarray, masks: np.ndarray, types: Sequence[str]) -> Measures:
    """maps: (N, H, W) float, higher is more of a defect. image_scores: (N,). masks: (N, H, W) bool. types: N, "" for normal."""
    defective = np.array([kind != "" for kind in types])
    # Each measure sorts by score: what is sorted already goes through in no time.
    order = np.argsort(-maps.ravel())
    wanted, scores = masks.ravel()[order], maps.ravel()[order]
    return Measures(
        PixelMeasures(
            auroc(wanted, scores), average_precision(wanted, scores), f1_max(wanted, scores), pro(masks, maps)
        ),
        ImageMeasures(
            auroc(defective, image_scores), average_precision(defective, image_scores), f1_max(defective, image_scores)
        ),
    )


def auroc(wanted: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve. wanted: (N,) bool. scores: (N,) float. NaN unless both classes are there."""
    if wanted.all() or not wanted.any():
        return math.nan
    false, true, _ = roc_curve(wanted, scores)
    return float(auc(false, true))


def average_precision(wanted: np.ndarray, scores: np.ndarray) -> float:
    """Precision at each threshold, weighed by what it adds to the recall (no interpolation). NaN without a positive."""
    return float(average_precision_score(wanted, scores)) if wanted.any() else math.nan


def f1_max(wanted: np.ndarray, scores: np.ndarray) -> float:
    """The highest F1 over all thresholds. NaN without a positive."""
    if not wanted.any():
        return math.nan
    precision, recall, _ = precision_recall_curve(wanted, scores)
    total = precision + recall
    return float(np.max(2 * precision * recall / np.where(total > 0, total, 1.0)))


def pro(masks: np.ndarray, maps: np.ndarray, limit: float = PRO_LIMIT) -> float:
    """Per-region overlap: the mean over connected regions (8-connected) of the part that is found, averaged over rates of
    false positive pixels from 0 to `limit`. masks: (N, H, W) bool. maps: (N, H, W) float.

    NaN without a region, or without a pixel outside all regions.
    """
    if masks.all() or not masks.any():
        return math.nan
    # The mean overlap of regions is the true positive rate when a region's pixels share a weight of one.
    weights = np.ones(masks.shape)
    for mask, weight in zip(masks, weights, strict=True):
        if mask.any():
            _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
            weight[mask] = 1.0 / np.bincount(labels.ravel())[labels[mask]]
    false, overlap, _ = roc_curve(masks.ravel(), maps.ravel(), sample_weight=weights.ravel(), drop_intermediate=False)
    at_limit = np.interp(limit, false, overlap)
    within = false <= limit
    return float(auc(np.append(false[within], limit), np.append(overlap[within], at_limit)) / limit)
