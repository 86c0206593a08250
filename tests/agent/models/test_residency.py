"""Who is on the GPU: as many as fit together, the one used longest ago leaves first."""

from __future__ import annotations

import pytest
import torch

from anomaly_agent.agent.models.memory import ROOM, choose_offload
from anomaly_agent.agent.models.residency import OwnMemory, Resident

GPU = torch.device("meta")


class Weights(Resident):
    """A model of so many bytes that notes where it is."""

    def __init__(self, name, size, movable=True):
        super().__init__([torch.nn.Linear(size // 4, 1, bias=False)], name, movable)
        self.place = "cpu"

    def move(self, device):
        self.place = device.type

    def size_on(self, device):
        return self.size if self.place == device.type else 0


def memory(total, *models):
    """A GPU with so many bytes, of which what is there takes its part."""
    return OwnMemory(GPU, lambda: total - sum(model.size for model in models if model.place == "meta"))


def test_the_size_is_that_of_all_weights():
    assert Resident([torch.nn.Linear(10, 3), torch.nn.Linear(2, 2, dtype=torch.float16)], "two").size == 4 * 33 + 2 * 6


def test_on_a_large_card_all_stay():
    models = [Weights(str(number), 400) for number in range(3)]
    card = memory(4000, *models)
    for model in models * 2:
        card.use(model)
    assert [model.place for model in models] == ["meta"] * 3
    card.let_go()
    assert [model.place for model in models] == ["cpu"] * 3


def test_on_a_small_card_one_at_a_time():
    first, second = Weights("editor", 400), Weights("judge", 400)
    card = memory(int(400 * ROOM) + 1, first, second)
    for used, other in ((first, second), (second, first), (first, second)):
        card.use(used)
        assert (used.place, other.place) == ("meta", "cpu")


def test_the_one_used_longest_ago_leaves():
    a, b, c = (Weights(name, 400) for name in "abc")
    card = memory(400 + int(400 * ROOM) + 1, a, b, c)
    for model in (a, b, a, c):
        card.use(model)
    assert (a.place, b.place, c.place) == ("meta", "cpu", "meta")


def test_what_others_move_gets_room_and_is_left_alone():
    own, spread = Weights("editor", 400), Weights("quantized", 400, movable=False)
    card = memory(int(400 * ROOM) + 1, own, spread)
    card.use(own)
    card.use(spread)
    assert own.place == "cpu" and spread.place == "cpu"


def test_room_is_made_before_weights_are_loaded():
    first, second = Weights("editor", 400), Weights("judge", 400)
    card = memory(1200, first, second)
    card.use(first)
    card.use(second)
    card.make_room(280)
    assert (first.place, second.place) == ("meta", "meta")
    card.make_room(400)
    assert (first.place, second.place) == ("cpu", "meta")


@pytest.mark.parametrize("asked", ["auto", "none", "model", "sequential"])
def test_nothing_is_offloaded_where_there_is_no_gpu(asked):
    assert choose_offload(asked, 10**12, torch.device("cpu")) == "none"
