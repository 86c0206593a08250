"""How fast a plan is made by one process and by two Ray workers, and whether memory stays flat.

    python benchmarks/production.py [--samples 2000] [--size 256] [--workers 2]

On as many cores as there are workers, with the embedded backends; pictures are the demo's own. Each engine runs in a process of
its own. Memory is what is resident and not shared (Ray's store of finished samples is), of the process and of Ray's workers,
after a tenth of the samples and at the end.
"""

from __future__ import annotations

import os

os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")})

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import psutil

from anomaly_agent.agent.dataset.encoded import EncodedSample
from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.agent.production.engine import Engine, ProcessEngine, Samples
from anomaly_agent.agent.production.plan import Plan
from anomaly_agent.agent.production.plan_file import read_plan
from anomaly_agent.agent.production.ray_engine import RayEngine
from anomaly_agent.agent.production.run import run_plan
from anomaly_agent.agent.production.schedule import Job, Schedule
from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal

NORMALS_AN_ITEM = 4


class Weighed:
    """An engine whose memory is taken after a tenth of the samples, and after every further tenth."""

    def __init__(self, engine: Engine, samples: int) -> None:
        self._engine = engine
        self._every = max(1, samples // 10)
        self.megabytes: list[dict[str, float]] = []

    @contextmanager
    def open(self, plan: Plan, check: Callable[[], None], on_skip: Callable[[str], None]) -> Iterator[Samples]:
        """See Engine."""
        with self._engine.open(plan, check, on_skip) as samples:

            def weighed(schedule: Schedule) -> Iterator[tuple[Job, EncodedSample]]:
                for made, one in enumerate(samples(schedule), 1):
                    yield one
                    if made % self._every == 0:
                        self.megabytes.append(memory())

            yield weighed


def memory() -> dict[str, float]:
    """MB that are resident and not shared: of this process, and of all Ray workers that it has started."""
    this = psutil.Process()
    found = {"process": own(this)}
    for child in this.children(recursive=True):
        try:
            if child.cmdline()[:1] and child.cmdline()[0].startswith("ray::"):
                found["workers"] = found.get("workers", 0.0) + own(child)
        except psutil.Error:
            continue
    return found


def own(process: psutil.Process) -> float:
    """MB of one process."""
    facts = process.memory_info()
    return (facts.rss - getattr(facts, "shared", 0)) / 2**20


def write_inputs(folder: Path, samples: int, size: int) -> Path:
    """Normal images of all the demo's products, and a plan that asks for `samples` over them, as evenly as it goes."""
    types = [
        (product.item, name, anomaly) for name, product in EXAMPLE_PRODUCTS.items() for anomaly in product.anomalies
    ]
    counts = [samples // len(types) + (index < samples % len(types)) for index in range(len(types))]
    lines = ["output: data", "items:"]
    for name, product in EXAMPLE_PRODUCTS.items():
        for index in range(NORMALS_AN_ITEM):
            path = folder / "photos" / name / f"{index:03d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_png(path, render_normal(name, index, size))
        wanted = [(a, count) for (_, of, a), count in zip(types, counts, strict=True) if of == name and count]
        if wanted:
            lines += [f"  '{product.item}':", f"    images: photos/{name}", "    types:"]
            lines += [f"      '{anomaly}': {count}" for anomaly, count in wanted]
    plan = folder / "plan.yaml"
    plan.write_text("\n".join(lines) + "\n")
    return plan


def run(plan_path: Path, engine: str, workers: int) -> None:
    """Prints what one engine took, as JSON; in a process of its own."""
    cv2.setNumThreads(1)
    plan = read_plan(plan_path)
    weighed = Weighed(RayEngine(workers) if engine == "ray" else ProcessEngine(), plan.wanted)
    started = time.perf_counter()
    outcome = run_plan(plan, weighed)
    whole = time.perf_counter() - started
    facts = {"passed": outcome.passed, "tried": outcome.tried, "seconds": outcome.seconds, "whole": whole}
    print(json.dumps({**facts, "megabytes": weighed.megabytes}))


def digest(folder: Path) -> str:
    """Of all files' names and bytes, but for the locks."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"):
        found.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return found.hexdigest()


def main() -> None:
    """Runs each engine and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--run", nargs=2, metavar=("PLAN", "ENGINE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run(Path(options.run[0]), options.run[1], options.workers)
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.workers])
    speeds, digests = [], set()
    for engine in ("process", "ray"):
        with tempfile.TemporaryDirectory() as folder:
            plan = write_inputs(Path(folder), options.samples, options.size)
            command = [sys.executable, __file__, "--workers", str(options.workers), "--run", str(plan), engine]
            said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
            facts = json.loads(said.splitlines()[-1])
            digests.add(digest(Path(folder) / "data"))
        speeds.append(facts["tried"] / facts["seconds"])
        print(
            f"{engine}: {facts['passed']} passed of {facts['tried']} in {facts['seconds']:.1f} s, {speeds[-1]:.1f} a second; "
            f"{facts['whole'] - facts['seconds']:.1f} s to start and end"
        )
        for name in facts["megabytes"][0]:
            values = [one[name] for one in facts["megabytes"] if name in one]
            print(f"  memory of {name}: {values[0]:.0f} MB after a tenth, {values[-1]:.0f} MB at the end, "
                  f"{100 * (values[-1] / values[0] - 1):+.1f} %, most {max(values):.0f} MB")  # fmt: skip
    print(
        f"Ray, {options.workers} workers: {speeds[1] / speeds[0]:.2f} times one process; the same bytes: {len(digests) == 1}"
    )


if __name__ == "__main__":
    main()
