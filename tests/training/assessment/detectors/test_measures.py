"""The measures against their definitions, other libraries, and at their edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from torchmetrics.functional.classification import binary_auroc, binary_average_precision, binary_precision_recall_curve

from anomaly_agent.training.assessment.detectors.measures import auroc, average_precision, f1_max, measure, pro

#: Few values: ties are many.
_TIED = some.integers(0, 4).map(lambda value: value / 4)
_PAIRS = some.lists(some.tuples(some.booleans(), _TIED), min_size=1, max_size=40).map(
    lambda pairs: (np.array([wanted for wanted, _ in pairs]), np.array([score for _, score in pairs], np.float32))
)
_MAPS = some.tuples(arrays(bool, (2, 6, 6)), arrays(np.float32, (2, 6, 6), elements=_TIED))


@given(_PAIRS)
def test_by_definition_whatever_is_tied(pair: tuple[np.ndarray, np.ndarray]) -> None:
    wanted, scores = pair
    positives, negatives = scores[wanted], scores[~wanted]
    if positives.size and negatives.size:
        difference = positives[:, None] - negatives
        assert auroc(wanted, scores) == pytest.approx(np.mean((difference > 0) + (difference == 0) / 2))
    else:
        assert math.isnan(auroc(wanted, scores))
    if not positives.size:
        assert math.isnan(average_precision(wanted, scores))
        assert math.isnan(f1_max(wanted, scores))
        return
    precision, recall, f1 = [], [], []
    for threshold in np.unique(scores)[::-1]:
        found = scores >= threshold
        hits = np.sum(found & wanted)
        precision.append(hits / found.sum())
        recall.append(hits / wanted.sum())
        f1.append(2 * hits / (found.sum() + wanted.sum()))
    assert average_precision(wanted, scores) == pytest.approx(np.sum(np.diff([0, *recall]) * precision))
    assert f1_max(wanted, scores) == pytest.approx(max(f1))


@given(_PAIRS)
@settings(max_examples=30)
def test_as_torchmetrics_has_them(pair: tuple[np.ndarray, np.ndarray]) -> None:
    wanted, scores = pair
    if wanted.all() or not wanted.any():
        return
    given_ = torch.from_numpy(scores), torch.from_numpy(wanted.astype(np.int64))
    assert auroc(wanted, scores) == pytest.approx(binary_auroc(*given_).item(), abs=1e-5)
    assert average_precision(wanted, scores) == pytest.approx(binary_average_precision(*given_).item(), abs=1e-5)
    precision, recall, _ = binary_precision_recall_curve(*given_)
    f1 = torch.nan_to_num(2 * precision * recall / (precision + recall)).max().item()
    assert f1_max(wanted, scores) == pytest.approx(f1, abs=1e-5)


def test_all_positive_and_none_positive() -> None:
    scores = np.array([0.2, 0.8])
    assert average_precision(np.array([True, True]), scores) == f1_max(np.array([True, True]), scores) == 1.0
    assert math.isnan(auroc(np.array([True, True]), scores))
    assert math.isnan(auroc(np.array([False, False]), scores))


@given(_MAPS, some.sampled_from([0.05, 0.3, 1.0]))
def test_pro_by_definition(drawn: tuple[np.ndarray, np.ndarray], limit: float) -> None:
    masks, maps = drawn
    if masks.all() or not masks.any():
        assert math.isnan(pro(masks, maps, limit))
        return
    regions = []
    for index, mask in enumerate(masks):
        labels, count = ndimage.label(mask, np.ones((3, 3)))
        regions += [(index, labels == number) for number in range(1, count + 1)]
    false, overlap = [0.0], [0.0]
    for threshold in np.unique(maps)[::-1]:
        false.append(np.mean(maps[~masks] >= threshold))
        overlap.append(np.mean([np.mean(maps[index][region] >= threshold) for index, region in regions]))
    # The broken line, summed up in fine steps.
    steps = np.linspace(0, limit, 200_001)
    # Where the line stands upright, its upper end counts.
    curve = np.interp(steps, *_upper(false, overlap))
    assert pro(masks, maps, limit) == pytest.approx(np.trapezoid(curve, steps) / limit, abs=1e-4)


def _upper(false: list[float], overlap: list[float]) -> tuple[list[float], list[float]]:
    """The line with upright parts leaned over by next to nothing, as np.interp wants them."""
    return [x + 1e-9 * index for index, x in enumerate(false)], overlap


def test_pro_by_hand() -> None:
    masks, maps = np.zeros((1, 4, 5), bool), np.zeros((1, 4, 5))
    masks[0, 0, 0] = masks[0, 2:4, 3:5] = True
    # All of the small region and a quarter of the large one above all else: 5/8 at once, then a line up to 1.
    maps[0, 0, 0] = maps[0, 2, 3] = 1.0
    assert pro(masks, maps) == pytest.approx(5 / 8 + 3 / 8 * 0.3 / 2)
    assert pro(masks, masks.astype(float)) == 1.0
    assert pro(masks, np.zeros(maps.shape)) == pytest.approx(0.15)


def test_a_defect_too_small_for_a_pixel_still_counts_by_image() -> None:
    maps, masks = np.zeros((3, 4, 4), np.float32), np.zeros((3, 4, 4), bool)
    masks[1, 0, 0] = True
    found = measure(maps, np.array([0.1, 0.5, 0.7]), masks, ["", "hole", "crack"])
    assert found.image.auroc == 1.0
    assert found.pixel.auroc == 0.5


@pytest.mark.parametrize("seed", range(4))
def test_pro_as_anomalib_has_it(seed: int) -> None:
    anomalib = pytest.importorskip("anomalib.metrics.aupro")
    rng = np.random.default_rng(seed)
    masks = ndimage.gaussian_filter(rng.standard_normal((3, 48, 48)), (0, 3, 3)) > 0.12
    maps = (0.15 * masks + 0.1 * rng.standard_normal(masks.shape)).astype(np.float32)
    theirs = anomalib._AUPRO(fpr_limit=0.3)
    theirs.update(torch.from_numpy(maps), torch.from_numpy(masks.astype(np.int64)))
    assert 0.1 < pro(masks, maps, 0.3) < 0.95
    # Anomalib reads its curves at a few hundred places.
    assert pro(masks, maps, 0.3) == pytest.approx(float(theirs.compute()), abs=5e-3)
