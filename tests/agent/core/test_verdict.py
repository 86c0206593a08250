"""The one definition of what passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_agent.agent.core.verdict import PASS_THRESHOLD, Verdict

PART = st.floats(0, 5)


@given(location=PART, quality=PART)
def test_score_is_the_sum_and_the_threshold_is_not_yet_a_pass(location, quality):
    verdict = Verdict(location, quality, "")
    assert 0 <= verdict.score <= 10
    assert verdict.score == pytest.approx(location + quality, abs=0.006)
    assert verdict.passed == (verdict.score > PASS_THRESHOLD)


def test_passing_is_above_the_threshold():
    assert not Verdict(2.5, 2.5, "").passed
    assert Verdict(2.5, 2.51, "").passed
    assert not Verdict(5, 4, "", threshold=9.0).passed


@pytest.mark.parametrize("location,quality", [(-0.1, 1), (1, 5.1), (float("nan"), 1), (1, float("inf"))])
def test_scores_outside_are_refused(location, quality):
    with pytest.raises(ValueError, match="score must lie"):
        Verdict(location, quality, "")
