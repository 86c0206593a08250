"""anomaly-agent synthesize: checks everything, then makes the samples, the data set and the report."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..dataset.names import folder_name
from ..dataset.report import Report
from ..dataset.samples import NormalImages, make_samples
from ..dataset.writer import DatasetWriter
from ..defects.families import resolve
from ..errors import InputError
from ..imaging.io import list_images, read_image, read_mask
from ..loop import AgentLoop
from ..model_choice import ChosenModels, ModelChoice
from ..verdict import PASS_THRESHOLD


class Interrupted(Exception):
    """Ctrl-C came; raised between two turns, when all that is on the disk is whole."""


@dataclass(frozen=True)
class SynthesisRequest:
    """What a run was asked for; see the command line's help for each."""

    images: Path
    item: str
    anomalies: tuple[str, ...]
    output: Path
    region: Path | None = None
    count: int = 10
    seed: int = 0
    models: ModelChoice = field(default_factory=ModelChoice)
    threshold: float = PASS_THRESHOLD
    max_attempts: int = 3
    knowledge: tuple[Path, ...] = ()
    settings: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        left_out = ("output", "settings", "images", "models")
        named = {name: value for name, value in vars(self).items() if name not in left_out}
        self.settings.update(
            {k: str(v) if isinstance(v, Path) else [str(x) for x in v] if isinstance(v, tuple) else v
             for k, v in named.items()},
            images=self.images.name,
            **{"policy": self.models.policy, **self.models.facts()},
        )  # fmt: skip


def run_synthesis(request: SynthesisRequest, report: Report | None = None) -> None:
    """Makes a data set below request.output. report: one to add to instead of a report of its own.

    Raises InputError before anything is written for input that cannot be used, and Interrupted on Ctrl-C.
    """
    folder_name(request.item, "item")
    for anomaly in request.anomalies:
        folder_name(anomaly, "anomaly type")
        if request.models.draws_known_defects_only:
            resolve(anomaly)
    paths = list_images(request.images)
    first = _first_usable(paths)
    region = None if request.region is None else read_mask(request.region, first)
    models = ChosenModels(request.models, *request.knowledge)
    loop = AgentLoop(models.policy, models.backends, request.max_attempts, request.threshold)
    writer = DatasetWriter(request.output, request.item, request.settings)
    own_report = report is None
    report = report or Report(f"{request.item}: synthesized anomalies")
    started = time.perf_counter()
    # Only now, with nothing left to refuse, is anything printed or written.
    with _interruptible() as check, tqdm(total=request.count * len(request.anomalies), unit="sample") as bar:
        models.on_work = check
        tried = passed = 0
        shortfalls = []
        images = NormalImages(
            paths,
            lambda message: bar.write(f"skipped: {message}", file=sys.stderr),
            first if region is not None else None,
        )
        try:
            for anomaly in request.anomalies:
                before = passed
                for sample in make_samples(
                    loop, images, request.item, anomaly, request.count, request.seed, region, lambda _: check()
                ):
                    report.add(sample, writer.add(sample))
                    tried += 1
                    passed += sample.result.passed
                    bar.update(int(sample.result.passed))
                    bar.set_postfix_str(f"{anomaly}, {100 * passed / tried:.0f}% passed")
                    check()
                if passed - before < request.count:
                    shortfalls.append(f"{anomaly}: {passed - before} of {request.count}")
        finally:
            if own_report:
                report.write(writer.root / "report.html")
    seconds = time.perf_counter() - started
    print(f"{passed} samples passed of {tried} tried, {passed / max(seconds, 1e-9):.1f} a second: {writer.root}")
    if shortfalls:
        print(f"fewer than asked for ({'; '.join(shortfalls)}); rejected/ and the report show the others and why")


def _first_usable(paths: list[Path]) -> tuple[int, int]:
    """(height, width) of the first image that can be read. Raises InputError with the first cause where none can."""
    broken = []
    for path in paths:
        try:
            height, width = read_image(path).shape[:2]
        except InputError as error:
            broken.append(str(error))
        else:
            return height, width
    more = f" (and {len(broken) - 1} more images that cannot be used)" if len(broken) > 1 else ""
    raise InputError(broken[0] + more)


@contextmanager
def _interruptible() -> Iterator[Callable[[], None]]:
    """Gives a check to call where stopping is safe; it raises Interrupted once Ctrl-C was pressed."""
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return

    def check() -> None:
        if pressed.is_set():
            raise Interrupted

    before = signal.signal(signal.SIGINT, lambda *_: pressed.set())
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
