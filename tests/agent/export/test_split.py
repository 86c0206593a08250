"""The split: seeded, near the share asked for, and never through one normal image's pictures."""

import numpy as np
import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.dataset.decisions import SampleDecisions
from anomaly_agent.agent.dataset.reader import Entry
from anomaly_agent.agent.dataset.stored import StoredSample
from anomaly_agent.agent.export.content import Content, Picture
from anomaly_agent.agent.export.split import split


def content(groups, item="part", types=("crack", "dent")):
    rng = np.random.default_rng(groups)
    pictures = [Picture(item, Entry(None), f"g{group}") for group in range(groups)]
    for number in range(6 * groups):
        group = f"g{rng.integers(groups)}"
        kind = types[number % len(types)]
        sample = StoredSample(None, "", Entry(None), kind, None, None, True, SampleDecisions())
        pictures.append(Picture(item, Entry(None), group, (sample,)))
    return Content(tuple(pictures))


def sides(found):
    return {
        picture.group: {p.held_out for p in found.pictures if p.group == picture.group} for picture in found.pictures
    }


@pytest.mark.parametrize("groups", [2, 3, 10, 40])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.9])
def test_groups_stay_together_and_the_share_is_met(groups, share):
    found = split(content(groups), share, 1)
    by_group = sides(found)
    assert all(len(side) == 1 for side in by_group.values())
    held = sum(True in side for side in by_group.values())
    assert held == min(max(round(share * groups), 1), groups - 1)


def test_every_type_is_on_both_sides_where_it_can_be():
    found = split(content(12), 0.25, 5)
    for kind in ("", "crack", "dent"):
        held = [picture.held_out for picture in found.pictures if picture.anomaly == kind]
        assert {True, False} == set(held)
        assert 0.1 < np.mean(held) < 0.4


def test_the_seed_decides():
    same = [sides(split(content(20), 0.2, 7)) for _ in range(2)]
    assert same[0] == same[1]
    assert any(sides(split(content(20), 0.2, seed)) != same[0] for seed in range(8, 12))


def test_a_normal_image_of_two_items_stays_on_one_side():
    both = Content((*content(8, "a").pictures, *content(8, "b").pictures))
    assert all(len(side) == 1 for side in sides(split(both, 0.3, 0)).values())


def test_one_normal_image_cannot_be_parted():
    with pytest.raises(InputError, match="--validation 0"):
        split(content(1), 0.2, 0)
    assert not any(picture.held_out for picture in split(content(1), 0.0, 0).pictures)
    two_items = Content((*content(1, "a").pictures, *(p for p in content(9, "b").pictures if p.group != "g0")))
    assert not any(picture.held_out for picture in split(two_items, 0.2, 0).pictures if picture.item == "a")
