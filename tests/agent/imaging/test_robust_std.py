"""The robust deviation against what is known of a sample."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.imaging.robust_std import robust_std


@pytest.mark.parametrize("deviation", [0.5, 3.0, 40.0])
def test_it_is_a_normal_sample_s_standard_deviation_also_with_outliers(deviation):
    sample = np.random.default_rng(0).normal(0, deviation, (200, 300))
    assert robust_std(sample) == pytest.approx(deviation, rel=0.02)
    sample[:10] = 1e6
    assert robust_std(sample) == pytest.approx(deviation, rel=0.1)


def test_the_same_value_everywhere_is_its_own_size():
    assert robust_std(np.full(7, -2.0)) == pytest.approx(2 * 1.4826)
