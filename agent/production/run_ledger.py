"""What is made and what is missing of a plan: its data sets, written in order, and their reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from ..core.errors import LostFilesError
from ..core.files import write_whole
from ..dataset.encoded import EncodedSample
from ..dataset.json_text import json_bytes
from ..dataset.layout import TRAJECTORIES, not_writable
from ..dataset.recovery import whole_records
from ..dataset.report import Report
from ..dataset.writer import DatasetWriter
from .claim import PLAN, SUMMARY, claim_output, is_claimed
from .plan import Plan
from .reorder_buffer import ReorderBuffer
from .schedule import Job, Schedule


class RunLedger:
    """Opens the data sets of a plan, takes account of what they hold, and puts samples into them.

    Samples go into an item's set in the order in which one worker would make them, so that names and records do not depend
    on who was faster; one that is finished early is held until its turn. Use as a context manager: no other run can write here
    meanwhile.
    """

    def __init__(self, plan: Plan) -> None:
        """Raises InputError where the output cannot be written, holds another run's data, or is being written by another."""
        self.schedule = Schedule(plan)
        self._plan = plan
        self._writers: list[DatasetWriter] = []
        self._buffers: list[ReorderBuffer] = []
        with ExitStack() as stack:
            if plan.whole_output:
                claim_output(plan, stack)
            for number, item in enumerate(plan.items):
                writer = DatasetWriter(plan.output, item.name, plan.settings(item))
                stack.callback(writer.close)
                self._writers.append(writer)
                self._buffers.append(ReorderBuffer(writer.root, number))
                self._restore(number)
            self._stack = stack.pop_all()

    def __enter__(self) -> RunLedger:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def accept(self, job: Job, sample: EncodedSample) -> None:
        """Accepts a finished sample: it goes into the data set if it is its turn, with those that waited for it. Once this
        returns, the sample is not lost. Raises InputError where the disk does not take it."""
        if self.schedule.turn(job.item) == job:
            self._put(job, sample)
            self._put_waiting(job.item)
        else:
            self._buffers[job.item].keep(job, sample)
        self.schedule.finish(job, sample.passed)

    def write_reports(self, report: Report | None = None) -> None:
        """Checks that all that was written is there, and writes the reports: each item's, or adds the items to the one given;
        with a plan's file, the summary too.

        Raises LostFilesError, naming what is missing, and InputError where the disk does not take a report.
        """
        self._check_there()
        try:
            self._write_reports(report)
        except (OSError, ValueError):
            self._check_there()  # what is gone meanwhile is the better reason
            raise
        self._check_there()

    def check_done(self) -> None:
        """Raises LostFilesError where finished samples did not get into the data sets: what held them is gone."""
        if not self.schedule.done:
            raise LostFilesError(
                f"{self._plan.output}: samples that waited in .held/ are gone; re-run to make them again"
            )

    def records(self, item: int) -> Iterator[dict[str, Any]]:
        """The records of an item's set, by its number in the plan. Raises InputError for one that somebody damaged."""
        return whole_records(self._writers[item].root / TRAJECTORIES)

    def _check_there(self) -> None:
        lost = [(writer.root, name) for writer in self._writers for name in writer.lost()]
        if self._plan.whole_output and not is_claimed(self._plan):
            lost.append((self._plan.output, PLAN))
        if lost:
            first, more = lost[0][0] / lost[0][1], f" and {len(lost) - 1} more files" if len(lost) > 1 else ""
            raise LostFilesError(
                f"{first}{more}: gone or changed since this run wrote {'them' if more else 'it'}, so the data set is not whole; "
                "re-run the same command: it makes them again, or says what to put back"
            )

    def _write_reports(self, report: Report | None) -> None:
        for item, writer in zip(self._plan.items, self._writers, strict=True):
            own = report or Report(f"{item.name}: synthesized anomalies")
            own.add_set(writer.root)
            if report is None:
                own.write(writer.root / "report.html")
        if self._plan.whole_output:
            _write_json(self._plan.output / SUMMARY, self._summary())

    def shortfalls(self) -> list[str]:
        """A phrase for each type of which fewer passed than were asked for."""
        return [
            f"{item}, {anomaly}: {facts['passed']} of {facts['asked']}"
            for item, types in self._summary().items()
            for anomaly, facts in types.items()
            if facts["passed"] < facts["asked"]
        ]

    def _summary(self) -> dict[str, dict[str, dict[str, int]]]:
        summary: dict[str, dict[str, dict[str, int]]] = {}
        for number, item in enumerate(self._plan.items):
            types = summary.setdefault(item.name, {})
            for type_index, one in enumerate(item.types):
                tried, passed = self.schedule.counts(number, type_index)
                types[one.anomaly] = {"asked": one.count, "passed": passed, "tried": tried}
        return summary

    def _restore(self, number: int) -> None:
        writer, held = self._writers[number], self._buffers[number]
        for type_index, one in enumerate(self._plan.items[number].types):
            self.schedule.restore(number, type_index, writer.tried[one.folder], writer.passed[one.folder])
        for job in held.jobs():
            if job.episode < self.schedule.counts(number, job.type)[0]:
                held.drop(job)  # it went into the set, and then the run ended
            elif (sample := held.get(job)) is not None:
                self.schedule.restore_ahead(job, sample.passed)
        self._put_waiting(number)

    def _put(self, job: Job, sample: EncodedSample) -> None:
        self._writers[job.item].put(sample)
        self.schedule.publish(job, sample.passed)

    def _put_waiting(self, number: int) -> None:
        held = self._buffers[number]
        while (job := self.schedule.turn(number)) is not None and (sample := held.get(job)) is not None:
            self._put(job, sample)
            held.drop(job)
        if job is None:
            held.close()


def _write_json(path: Path, value: Any) -> None:
    try:
        write_whole(path, json_bytes(value, indent=1))
    except OSError as error:
        raise not_writable(path.parent, error) from error
