"""Engines: who makes the samples that a schedule asks for. All of them make the same ones; only the caller writes any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from ..dataset.encoded import EncodedSample
from .plan import Plan
from .schedule import Job, Schedule
from .worker import Worker

#: Gives each sample as it is finished; the caller tells the schedule before it asks for the next.
Samples = Callable[[Schedule], Iterator[tuple[Job, EncodedSample]]]


class Engine(Protocol):
    """Makes samples."""

    def open(
        self, plan: Plan, check: Callable[[], None], on_notice: Callable[[str], None]
    ) -> AbstractContextManager[Samples]:
        """Gets ready, models loaded. check: is called often, and raises to cancel. on_notice: is told of normal images that
        cannot be used; may be told twice.

        Raises InputError for models that cannot be loaded; the samples then raise BackendError for one that fails.
        """


class ProcessEngine:
    """Makes one sample after the other in this process."""

    @contextmanager
    def open(self, plan: Plan, check: Callable[[], None], on_notice: Callable[[str], None]) -> Iterator[Samples]:
        """See Engine."""
        worker = Worker(plan, check, on_notice)
        worker.load()

        def samples(schedule: Schedule) -> Iterator[tuple[Job, EncodedSample]]:
            while (job := schedule.take()) is not None:
                yield job, worker.make(job)

        yield samples
