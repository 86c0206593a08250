"""The Ray engine: workers on this machine or on a cluster take sample after sample from one queue."""

from __future__ import annotations

import logging
import math
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import cv2

from ..core.errors import BackendError, InputError
from ..dataset.encoded import EncodedSample
from .engine import Samples
from .plan import Plan
from .schedule import Job, Schedule
from .worker import Worker

# Each worker has its next job queued, so that it never waits for this process.
_JOBS_A_WORKER = 2
# A sample that so many workers could not make stops the run.
_TRIES = 3
# How long this process waits for a sample before it looks whether it is to stop, in seconds.
_POLL = 0.2
# How long a cluster may take to answer, in seconds.
_KNOCK = 10.0
# Bytes of finished samples on their way here, on this machine; Ray would take a third of the memory.
_STORE_BYTES = 512 * 2**20


class RayWorker:
    """An actor: a Worker in a process of its own, with one thread."""

    def __init__(self, plan: Plan) -> None:
        # Ray sets OMP_NUM_THREADS to the worker's share of CPUs, which is one.
        cv2.setNumThreads(1)
        self._plan = plan
        self._notices: list[str] = []
        self._worker: Worker | None = None

    def load(self) -> None:
        """Loads the models. Not in the constructor: what that raises ends the actor, and comes without its class."""
        self._worker = Worker(self._plan, on_notice=self._notices.append)
        self._worker.load()

    def make(self, job: Job) -> tuple[EncodedSample, list[str]]:
        """The sample, and lines on normal images that cannot be used."""
        if self._worker is None:
            self.load()
        assert self._worker is not None
        sample = self._worker.make(job)
        said, self._notices[:] = list(self._notices), []
        return sample, said


class RayEngine:
    """Makes samples in `workers` processes, each of which keeps its models loaded.

    address: of a running cluster, "auto" to find it; None: on this machine. On a cluster the plan's files must lie at the same
    paths on all nodes. workers: None for one a CPU, or one a GPU where models need it.
    """

    def __init__(self, workers: int | None = None, address: str | None = None) -> None:
        self._workers = workers
        self._address = address

    @contextmanager
    def open(self, plan: Plan, check: Callable[[], None], on_notice: Callable[[str], None]) -> Iterator[Samples]:
        """See Engine. Raises InputError where Ray is not installed, or the cluster is not there or too small."""
        ray = _import_ray()
        own = not ray.is_initialized()
        if own:
            _start(ray, self._workers, self._address)
        pool = None
        try:
            pool = _WorkerPool(ray, plan, self._workers, check, on_notice)
            pool.load()
            yield pool.samples
        finally:
            if pool is not None:
                pool.stop()
            if own:
                ray.shutdown()


class _WorkerPool:
    """The workers, and what each has in hand."""

    def __init__(
        self, ray: Any, plan: Plan, workers: int | None, check: Callable[[], None], on_notice: Callable[[str], None]
    ) -> None:
        self._ray = ray
        self._check = check
        self._on_notice = on_notice
        there = ray.cluster_resources()
        gpus, cpus = there.get("GPU", 0.0) if _needs_gpu(plan) else 0.0, int(there.get("CPU", 0.0))
        wanted = workers or 1
        if wanted > cpus:  # Ray would wait for more without a word
            raise InputError(
                f"CPUs of the Ray cluster: {cpus}, workers asked for: {wanted}, and each takes one; lower --workers, or "
                "add nodes"
            )
        count = workers or min(cpus, int(gpus or cpus))
        # With more workers than GPUs, workers share a GPU evenly.
        share = 1 / math.ceil(count / gpus) if gpus else 0
        self._actor = ray.remote(RayWorker).options(num_cpus=1, num_gpus=share)
        self._plan = ray.put(plan)
        self._workers = [self._actor.remote(self._plan) for _ in range(count)]
        self._running: dict[Any, tuple[Job, Any]] = {}
        self._failures: Counter[Job] = Counter()
        self._ends = 0

    def load(self) -> None:
        """Waits until one worker has loaded its models; raises what it raises."""
        first = self._workers[0].load.remote()
        while not self._ray.wait([first], timeout=_POLL)[0]:
            self._check()
        try:
            self._ray.get(first)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from None
        except self._ray.exceptions.RayError as error:
            raise BackendError(f"the first worker ended ({_line(error)})") from None

    def samples(self, schedule: Schedule) -> Iterator[tuple[Job, EncodedSample]]:
        """See Samples."""
        while True:
            self._hand_out(schedule)
            if not self._running:
                return
            ready, _ = self._ray.wait(list(self._running), timeout=_POLL)
            self._check()
            for reference in ready:
                job, worker = self._running.pop(reference)
                try:
                    sample, said = self._ray.get(reference)
                except self._ray.exceptions.RayTaskError as error:
                    schedule.give_back(job)
                    if isinstance(error.cause, InputError):
                        raise error.cause from None
                    self._failed(job, worker, _line(error.cause), schedule)
                    continue
                except self._ray.exceptions.RayError as error:
                    schedule.give_back(job)
                    self._failed(job, worker, f"a worker ended: {_line(error)}", schedule)
                    continue
                self._ends = 0
                for line in said:
                    self._on_notice(line)
                yield job, sample

    def stop(self) -> None:
        """Ends the workers."""
        for worker in self._workers:
            self._ray.kill(worker)

    def _hand_out(self, schedule: Schedule) -> None:
        """A job for each worker before a second one for any."""
        load = Counter(id(worker) for _, worker in self._running.values())
        for most in range(1, _JOBS_A_WORKER + 1):
            for worker in self._workers:
                if load[id(worker)] < most and (job := schedule.take()) is not None:
                    self._running[worker.make.remote(job)] = job, worker
                    load[id(worker)] += 1

    def _failed(self, job: Job, worker: Any, reason: str, schedule: Schedule) -> None:
        """Puts another worker in the place of one that failed: its GPU or its models may be in a state that stays.

        Raises BackendError for a job that several workers could not do, and where one worker after the other ends.
        """
        self._failures[job] += 1
        self._ends += 1
        if self._failures[job] >= _TRIES or self._ends >= _TRIES * len(self._workers):
            raise BackendError(f"{reason}; tried {self._failures[job]} times, on a new worker each time")
        for reference, (other, its) in list(self._running.items()):
            if its is worker:
                del self._running[reference]
                schedule.give_back(other)
        self._ray.kill(worker)
        self._workers[self._workers.index(worker)] = self._actor.remote(self._plan)


def _import_ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
        import ray.exceptions
    except ImportError:
        raise InputError("--engine ray: Ray is not installed; pip install 'anomaly-agent[ray]'") from None
    return ray


def _start(ray: Any, workers: int | None, address: str | None) -> None:
    quiet = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if address is None:
            # Not without an address: Ray would join any cluster that it finds.
            ray.init("local", num_cpus=workers, include_dashboard=False, object_store_memory=_STORE_BYTES, **quiet)
        else:
            _knock(address)
            ray.init(address=address, **quiet)
    except (OSError, RuntimeError, ValueError) as error:
        if address is None:
            raise BackendError(f"Ray did not start ({_line(error)})") from None
        raise InputError(
            f"--address {address}: no Ray cluster that can be joined ({_line(error)}); see that it runs, and that the "
            "environment has its token if it wants one"
        ) from None


def _knock(address: str) -> None:
    """Raises OSError where nothing listens at HOST:PORT: Ray itself would wait for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if port.isdigit():
        socket.create_connection((host, int(port)), timeout=_KNOCK).close()


def _needs_gpu(plan: Plan) -> bool:
    """Whether a worker has models of its own to load."""
    models = plan.models
    return bool(models.editor or models.segmenter or (models.uses_language_model and not models.server))


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
