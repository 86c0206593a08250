"""Runs a plan: reads what is there, has the rest made, and writes the samples in the plan's order."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass

from tqdm import tqdm

from ..dataset.report import Report
from .engine import Engine
from .interrupt import interruptible
from .plan import Plan
from .run_ledger import RunLedger


@dataclass(frozen=True)
class Outcome:
    """What a run came to. passed, tried: samples in the data sets. made: those of them that this run made, in `seconds`.
    shortfalls: a phrase for each type that lacks samples."""

    passed: int
    tried: int
    made: int
    seconds: float
    shortfalls: list[str]


def run_plan(plan: Plan, engine: Engine, report: Report | None = None) -> Outcome:
    """Makes what a plan asks for, or what is left of it. report: one to add to, instead of a report in each data set.

    Raises InputError before anything is written for input that cannot be used; Interrupted on Ctrl-C, BackendError for a model
    that failed, and InputError where the disk takes no more: then the same call goes on later.
    """
    skipped: set[str] = set()
    with interruptible() as check, ExitStack() as stack:

        def on_notice(message: str) -> None:
            if message not in skipped:
                skipped.add(message)
                tqdm.write(f"skipped: {message}", file=sys.stderr)

        samples = stack.enter_context(engine.open(plan, check, on_notice))
        # Only now, with nothing left to refuse, is anything written, and only then printed.
        ledger = stack.enter_context(RunLedger(plan))
        schedule, before = ledger.schedule, ledger.schedule.tried
        bar = stack.enter_context(tqdm(total=plan.wanted, initial=schedule.passed, unit="sample"))
        started = time.perf_counter()
        try:
            for job, sample in samples(schedule):
                ledger.accept(job, sample)
                item = plan.items[job.item]
                bar.update(int(sample.passed))
                share = 100 * schedule.passed / schedule.tried
                bar.set_postfix_str(f"{item.name}, {item.types[job.type].anomaly}, {share:.0f}% passed")
                check()
        finally:
            ledger.write_reports(report)
        seconds = time.perf_counter() - started
    made = schedule.tried - before
    return Outcome(schedule.passed, schedule.tried, made, seconds, ledger.shortfalls())
