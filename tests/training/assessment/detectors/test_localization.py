"""A detector trained on samples: it learns, by either protocol."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from anomaly_agent.training.assessment.detectors.localization import (
    LocalizationScores,
    image_scores,
    localize,
    train_net,
)
from anomaly_agent.training.assessment.detectors.loss import focal_loss
from anomaly_agent.training.assessment.detectors.networks import DiscriminativeUNet, SmallUNet
from anomaly_agent.training.assessment.detectors.presets import FULL, QUICK

from .pictures import SIDE, squares, squares_test, tiny


def test_the_net_learns_what_is_plain_to_see() -> None:
    test = squares_test(16, 1)
    scores = localize(*squares(16, 0), test, tiny(30))
    assert scores.overall.pixel.ap > 0.9
    assert scores.overall.pixel.pro > 0.9
    assert scores.overall.image.auroc > 0.95
    assert scores.maps.shape == (32, SIDE, SIDE)
    assert scores.step == scores.steps == 30
    assert localize(*squares(16, 0), test, tiny(1)).overall.pixel.ap < 0.5
    # A type's rows are of the normal pictures and its own.
    assert list(scores.by_type) == ["a", "b"]
    good, found = scores.image_scores[:16], scores.image_scores[-1]
    assert scores.by_type["b"].image.auroc == pytest.approx(np.mean(good < found) + np.mean(good == found) / 2)


def test_the_large_net_learns_too_here_a_narrow_one() -> None:
    narrow = replace(tiny(60), network=lambda: DiscriminativeUNet(8))
    assert localize(*squares(16, 0), squares_test(16, 1), narrow).overall.pixel.ap > 0.9


def test_the_paper_s_protocol_keeps_the_weights_that_do_best_on_the_test() -> None:
    test = squares_test(8, 1)
    strict, paper = (localize(*squares(8, 0), test, tiny(20), protocol=protocol) for protocol in ("strict", "paper"))
    assert strict.step == strict.steps == 20
    assert paper.step % 2 == 0

    def merit(scores: LocalizationScores) -> float:
        pixel, image = scores.overall
        return image.auroc + pixel.auroc + pixel.ap + pixel.pro

    assert merit(paper) >= merit(strict)
    # Trained alike: at the best step the net is the one of that many steps, whatever was tested on the way.
    seen: list[torch.Tensor] = []
    train_net(*squares(8, 0), tiny(20), check=lambda net, step: seen.append(net.head[0].weight.detach().clone()))
    assert len(seen) == 10
    assert torch.equal(seen[-1], train_net(*squares(8, 0), tiny(20)).head[0].weight)


def test_the_same_seed_gives_the_same_net() -> None:
    made = squares(4, 0)
    first, second, other = (train_net(*made, tiny(2), seed=seed).head[0].weight for seed in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_the_nets_keep_the_size_and_are_as_large_as_they_say() -> None:
    small, large = SmallUNet(), DiscriminativeUNet()
    assert small(torch.zeros(2, 3, 128, 128)).shape == (2, 1, 128, 128)
    assert 400_000 < sum(parameter.numel() for parameter in small.parameters()) < 1_000_000
    assert 20e6 < sum(parameter.numel() for parameter in large.parameters()) < 35e6
    assert DiscriminativeUNet(8).eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 1, 64, 64)
    assert QUICK.side % small.stride == FULL.side % large.stride == 0


def test_the_full_preset_is_as_long_as_the_public_scripts() -> None:
    assert FULL.localization.count_steps(2000, FULL.batch) == 200 * 63
    assert FULL.classification.count_steps(2000, FULL.batch) == 30 * 250


def test_the_loss_by_hand() -> None:
    logits, target = torch.zeros(1, 1, 1, 2), torch.tensor([[[[1.0, 0.0]]]])
    assert focal_loss(logits, target).item() == pytest.approx(2 * 0.25 * np.log(2), rel=1e-5)
    assert focal_loss(torch.tensor([[[[20.0, -20.0]]]]), target).item() == pytest.approx(0, abs=1e-6)
    assert np.isfinite(focal_loss(logits, torch.zeros(1, 1, 1, 2)).item())


def test_the_image_score_is_the_highest_mean_of_a_window_that_grows_with_the_side() -> None:
    assert (FULL.window, QUICK.window, replace(QUICK, side=512).window) == (21, 11, 43)
    maps = np.zeros((2, 32, 32), np.float32)
    maps[0, 10:13, 10:13] = 1.0
    maps[1, 5, 5] = 0.9
    assert image_scores(maps, 3) == pytest.approx([1.0, 0.1])
    assert image_scores(maps, 5) == pytest.approx([9 / 25, 0.9 / 25])


def test_shapes_that_do_not_fit_are_named() -> None:
    normals, images, masks = squares(4, 0)
    with pytest.raises(ValueError, match=r"normals is \(4, 32, 32, 3\)"):
        localize(normals, images, masks, squares_test(4, 1), "quick")
    with pytest.raises(ValueError, match="same number"):
        localize(normals, images, masks[:3], squares_test(4, 1), tiny(2))
    with pytest.raises(ValueError, match="N above 0"):
        localize(normals, images[:0], masks[:0], squares_test(4, 1), tiny(2))
