"""Figures worked out by hand."""

from __future__ import annotations

import math

import pytest
from made_up import FAIL, PASS, record

from anomaly_agent.training.assessment.policies.measures import (
    Spread,
    episode_figures,
    figures,
    over_seeds,
    paired_difference,
    pooled,
)


def test_figures_of_one_pass_and_one_failure() -> None:
    found = figures([record("a", 0, PASS), record("a", 1, FAIL, tokens=50, policy_seconds=0.4)])
    assert found["tasks"] == 2
    assert found["pass rate"] == 0.5
    assert found["score"] == pytest.approx((8 + 4) / 2)
    assert found["first score"] == pytest.approx((8 + 3) / 2)
    assert found["attempts of passed"] == 1
    assert found["attempts a pass"] == 3  # one and two attempts for one pass
    assert found["turns"] == 6
    assert found["malformed in 1000"] == pytest.approx(1000 / 12)
    assert found["refused in 1000"] == 0  # a malformed turn is not counted twice
    assert found["illegal"] == 0
    assert found["look-up"] == 0
    assert found["tokens"] == 40
    assert found["policy seconds"] == pytest.approx(0.3)
    assert found["tool seconds"] == pytest.approx(0.1)


def test_rewards_by_part() -> None:
    found = figures([record("a", 0, PASS), record("a", 1, FAIL)])
    assert found["reward task"] == pytest.approx((0.8 + 0.4) / 2)
    assert found["reward reflection"] == pytest.approx((0.8 + 0.3 + 0.1) / 2)
    assert found["reward format"] == 0  # 0.5 and -0.5
    assert found["reward behaviour"] == pytest.approx(-0.1)  # seven turns, two more than a single attempt takes
    assert found["reward total"] == pytest.approx(0.5 * 0.6 + 0.3 * 0.6 + 0.2 * -0.1)


def test_nothing_made_counts_as_score_0_and_skipping_the_plan_as_illegal() -> None:
    found = episode_figures(record("a", 0, FAIL[-1:], score=None))
    assert found["score"] == found["first score"] == found["attempts"] == 0
    assert found["illegal"] == 1


def test_attempts_a_pass_without_a_pass_and_tokens_that_nobody_counts_are_undefined() -> None:
    found = figures([record("a", 0, FAIL, tokens=None)])
    assert all(math.isnan(found[name]) for name in ("attempts a pass", "attempts of passed", "tokens"))
    assert over_seeds([record("a", 0, FAIL, tokens=None)])["tokens"] == Spread(None, None)


def test_mean_and_deviation_are_over_seeds() -> None:
    records = [record("a", 0, PASS, seed=0), record("a", 1, FAIL, seed=0), record("a", 0, PASS, seed=1)]
    assert over_seeds(records)["pass rate"] == Spread(0.75, pytest.approx(math.sqrt(0.125)))
    assert over_seeds(records[:2])["pass rate"] == Spread(0.5, None)
    assert pooled(records)["pass rate"] == Spread(pytest.approx(2 / 3), None)


def test_spread_is_within_families_and_of_passed_samples_alone() -> None:
    def asking(index: int, anomaly: str, size: float, turns: tuple = PASS) -> object:
        asked = {"size": size, "severity": size, "x": size, "y": 0.5}
        return record("a", index, turns, anomaly=anomaly, asked=asked)

    collapsed = [asking(0, "hole", 0.1), asking(1, "hole", 0.1), asking(2, "scratch", 0.8), asking(3, "scratch", 0.8)]
    assert figures([*collapsed, asking(4, "hole", 0.9, FAIL)])["asked size spread"] == pytest.approx(0)
    varied = figures([asking(0, "hole", 0.1), asking(1, "hole", 0.3)])
    assert varied["asked size spread"] == pytest.approx(math.log(3) / math.sqrt(2))
    assert varied["asked severity spread"] == pytest.approx(0.2 / math.sqrt(2))
    assert varied["asked place spread"] == pytest.approx(0.1)  # 0.2 / sqrt 2 along one of two axes
    unsaid = record("a", 0, PASS, asked=dict.fromkeys(("size", "severity", "x", "y")))
    assert math.isnan(figures([unsaid, unsaid])["asked size spread"])


def test_a_paired_difference_takes_each_task_with_itself() -> None:
    ours = [record("a", 0, PASS), record("a", 1, PASS), record("a", 2, FAIL)]
    theirs = [record("b", 2, FAIL), record("b", 0, PASS), record("b", 1, FAIL)]
    mean, low, high = paired_difference(ours, theirs, "passed")
    assert mean == pytest.approx(1 / 3)
    assert low == 0
    assert high <= 1
    assert paired_difference(ours, ours, "passed") == (0, 0, 0)
    with pytest.raises(ValueError, match="same tasks"):
        paired_difference(ours, theirs[:2], "passed")
