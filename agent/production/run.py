"""Runs a plan: reads what is there, has the rest made, and writes the samples in the plan's order."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from tqdm import tqdm

from ..assembly.choice import LANGUAGE_MODEL
from ..core.errors import BackendError
from ..core.text import one_line
from ..dataset.encoded import EncodedSample
from ..dataset.names import type_folder
from ..dataset.report import Report
from ..defects.nearest import meant
from ..defects.understanding import understood, understood_as
from ..tools.knowledge_retrieval import KnowledgeBase
from .engine import Engine
from .interrupt import interruptible
from .outcomes import FailedType, had_usable_turn, refusals
from .plan import Plan
from .run_ledger import RunLedger

# After so many samples without any turn that could be used, a run with a language model as its policy stops.
_UNUSABLE_SAMPLES = 3


@dataclass(frozen=True)
class Outcome:
    """What a run came to. passed, tried: samples in the data sets. made: those of them that this run made, in `seconds`.
    shortfalls: a phrase for each type that lacks samples. failed: types of which none passed."""

    passed: int
    tried: int
    made: int
    seconds: float
    shortfalls: list[str]
    failed: list[FailedType]


def run_plan(plan: Plan, engine: Engine, report: Report | None = None) -> Outcome:
    """Makes what a plan asks for, or what is left of it. report: one to add to, instead of a report in each data set.

    Raises InputError before anything is written for input that cannot be used; Interrupted on Ctrl-C, BackendError for a model
    that failed or of whose turns none can be used, and InputError where the disk takes no more: then the same call goes on later.
    Raises LostFilesError where somebody took away what was written.
    """
    noticed: set[str] = set()
    with interruptible() as check, ExitStack() as stack:

        def on_notice(message: str) -> None:
            if message not in noticed:
                noticed.add(message)
                tqdm.write(one_line(message), file=sys.stderr)

        for line in (*notices_of_tone(plan), *notices_of_meaning(plan)):
            on_notice(f"noted: {line}")
        samples = stack.enter_context(engine.open(plan, check, on_notice))
        # Only now, with nothing left to refuse, is anything written, and only then printed.
        ledger = stack.enter_context(RunLedger(plan))
        schedule, before = ledger.schedule, ledger.schedule.tried
        bar = stack.enter_context(tqdm(total=plan.wanted, initial=schedule.passed, unit="sample"))
        unusable = 0
        started = time.perf_counter()
        try:
            for made, (job, sample) in enumerate(samples(schedule), 1):
                ledger.accept(job, sample)
                unusable += not sample.had_usable_turn
                if made == unusable == _UNUSABLE_SAMPLES:
                    _check_usable(plan, ledger, sample)
                item = plan.items[job.item]
                bar.update(int(sample.passed))
                share = 100 * schedule.passed / schedule.tried
                bar.set_postfix_str(f"{item.name}, {item.types[job.type].anomaly}, {share:.0f}% passed")
                check()
        finally:
            ledger.write_reports(report)
        ledger.check_done()
        seconds = time.perf_counter() - started
        failed = list(_failed(plan, ledger))
    return Outcome(schedule.passed, schedule.tried, schedule.tried - before, seconds, ledger.shortfalls(), failed)


def notices_of_tone(plan: Plan) -> list[str]:
    """A line for each item and scale of images deeper than 8 bit: how they are read, and what sets it otherwise."""
    cure = "white_level in the plan" if plan.whole_output else "--white-level"
    return [
        f"{item.name}: {item.tone.deep} of {len(item.images)} images are deeper than 8 bit: {tone}; {cure} sets another"
        for item in plan.items
        for tone in item.tones
    ]


def notices_of_meaning(plan: Plan) -> list[str]:
    """A line for each anomaly type that says more than a name, or that no family has a word for: what it is understood as."""
    notes = KnowledgeBase.packaged(*plan.knowledge).notes
    types = dict.fromkeys((one.anomaly, one.meaning) for item in plan.items for one in item.types)
    told = [
        (anomaly, str(understood_as(anomaly, meaning, True) if meaning else understood(meant(anomaly, notes))))
        for anomaly, meaning in types
    ]
    return [f"{anomaly}: understood as {text}" for anomaly, text in told if text != _plain(anomaly)]


def _plain(anomaly: str) -> str:
    return " ".join(anomaly.replace("_", " ").lower().split())


def _check_usable(plan: Plan, ledger: RunLedger, last: EncodedSample) -> None:
    """Raises BackendError where a language model decides and none of its turns could be used, in this run and before."""
    records = (record for number in range(len(plan.items)) for record in ledger.records(number))
    if plan.models.policy != LANGUAGE_MODEL or had_usable_turn(records):
        return
    reason = next((refused.message for refused in refusals(last.record)), "it wrote nothing")
    raise BackendError(
        f"{plan.models.language_model}: no turn of the first {_UNUSABLE_SAMPLES} samples could be used ({reason}); name a "
        "model that calls tools, or raise --max-new-tokens; trajectories.jsonl has its words"
    )


def _failed(plan: Plan, ledger: RunLedger) -> Iterator[FailedType]:
    """The types of which no sample passed."""
    for number, item in enumerate(plan.items):
        counts = [ledger.schedule.counts(number, index) for index in range(len(item.types))]
        failed = {
            one.folder: FailedType(item.name, one.anomaly)
            for one, (tried, passed) in zip(item.types, counts, strict=True)
            if tried and not passed
        }
        for record in ledger.records(number) if failed else ():
            if (one := failed.get(type_folder(record["anomaly_type"]))) is not None:
                one.add(record)
        yield from failed.values()
