"""Samples that are finished out of turn: held, and put where they belong, by this run or the next."""

import random

import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.dataset.encoded import EncodedSample
from anomaly_agent.agent.production.plan_file import read_plan
from anomaly_agent.agent.production.run_ledger import Books
from anomaly_agent.agent.production.worker import SampleMaker


def tree(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("seed", range(4))
def test_samples_in_any_order_by_several_runs_come_to_the_same_bytes(plan_file, tmp_path, undisturbed, seed):
    rng = random.Random(seed)
    plan = read_plan(plan_file())
    maker, made = SampleMaker(plan), 0
    for _ in range(100):  # runs, each of which ends after a few samples with some in hand
        with Books(plan) as books:
            in_hand = []
            for _ in range(rng.randint(1, 6)):
                while len(in_hand) < 5 and (job := books.schedule.take()) is not None:
                    in_hand.append(job)
                if in_hand:
                    job = in_hand.pop(rng.randrange(len(in_hand)))
                    books.take_in(job, maker.make(job))
                    made += 1
            if books.schedule.done:
                break
    with Books(plan) as books:
        assert books.schedule.done and made == books.schedule.tried
        books.write_reports()
    assert tree(tmp_path / "data") == undisturbed


def test_an_encoded_sample_comes_back_from_its_file(plan_file):
    plan = read_plan(plan_file())
    with Books(plan) as books:
        sample = SampleMaker(plan).make(books.schedule.take())
    assert EncodedSample.from_bytes(sample.to_bytes()) == sample


def test_one_run_at_a_time(plan_file):
    plan = read_plan(plan_file())
    with Books(plan), pytest.raises(InputError, match="another run writes here"):
        Books(plan)
    Books(plan).__exit__(None, None, None)
