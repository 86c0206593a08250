"""Samples that are finished out of turn: held, and put where they belong, by this run or the next."""

import random

import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.dataset.encoded import EncodedSample
from anomaly_agent.agent.production.plan_file import read_plan
from anomaly_agent.agent.production.run_ledger import RunLedger
from anomaly_agent.agent.production.worker import Worker


def tree(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("seed", range(4))
def test_samples_in_any_order_by_several_runs_come_to_the_same_bytes(plan_file, tmp_path, undisturbed, seed):
    rng = random.Random(seed)
    plan = read_plan(plan_file())
    worker, made = Worker(plan), 0
    for _ in range(100):  # runs, each of which ends after a few samples with some in hand
        with RunLedger(plan) as ledger:
            in_hand = []
            for _ in range(rng.randint(1, 6)):
                while len(in_hand) < 5 and (job := ledger.schedule.take()) is not None:
                    in_hand.append(job)
                if in_hand:
                    job = in_hand.pop(rng.randrange(len(in_hand)))
                    ledger.accept(job, worker.make(job))
                    made += 1
            if ledger.schedule.done:
                break
    with RunLedger(plan) as ledger:
        assert ledger.schedule.done and made == ledger.schedule.tried
        ledger.write_reports()
    assert tree(tmp_path / "data") == undisturbed


def test_an_encoded_sample_comes_back_from_its_file(plan_file):
    plan = read_plan(plan_file())
    with RunLedger(plan) as ledger:
        sample = Worker(plan).make(ledger.schedule.take())
    assert EncodedSample.from_bytes(sample.to_bytes()) == sample


def test_one_run_at_a_time(plan_file):
    plan = read_plan(plan_file())
    with RunLedger(plan), pytest.raises(InputError, match="another run writes here"):
        RunLedger(plan)
    RunLedger(plan).__exit__(None, None, None)
