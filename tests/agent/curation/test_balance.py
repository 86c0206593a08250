"""Thinning out: down to the number, from the fullest cell, with hard samples and a reviewer's kept."""

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from anomaly_agent.agent.curation.balance import Candidate, thin_out

CANDIDATES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.floats(0, 10), st.booleans(), st.booleans()), min_size=1, max_size=40
).map(lambda rows: [Candidate(f"{number:02d}", *row) for number, row in enumerate(rows)])


@given(CANDIDATES, st.integers(1, 40), st.floats(1, 4), st.floats(0, 1))
def test_what_is_promised_is_kept(candidates, most, ratio, hard):
    dropped = thin_out(candidates, most, ratio, hard)
    staying = [one for one in candidates if one.name not in dropped]
    assert all(one in staying for one in candidates if one.fixed)
    free = [one for one in staying if not one.fixed and not one.hard]
    if free:  # something could still have been dropped
        limit = max(1, math.floor(ratio * len(candidates) / len({one.cell for one in candidates})))
        counts = Counter(one.cell for one in staying)
        assert len(staying) <= most
        assert all(counts[one.cell] <= limit for one in free)
    wanted = math.ceil(hard * min(most, len(staying)))
    assert sum(one.hard for one in staying) >= min(wanted, sum(one.hard for one in candidates))


def test_the_fullest_cell_gives_first_and_its_lowest_score():
    candidates = [
        Candidate(f"{cell}{n}", cell, 5 + n, False, False) for cell, count in (("a", 5), ("b", 2)) for n in range(count)
    ]
    assert set(thin_out(candidates, 4, 9, 0)) == {"a0", "a1", "a2"}


def test_enough_hard_ones_stay_though_they_score_lowest():
    candidates = [Candidate(f"{n}", "a", 10 - n, n >= 6, False) for n in range(10)]
    staying = {one.name for one in candidates} - set(thin_out(candidates, 5, 9, 0.4))
    assert staying == {"0", "1", "2", "6", "7"}
