"""How fast the embedded loop is: ms an edit by family and size, accepted samples a second, share of time outside tools.

    python benchmarks/throughput.py

One core: OpenCV and BLAS threads are switched off. Pictures are the demo's own.
"""

from __future__ import annotations

import os

os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")})

import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from anomaly_agent.agent.assembly.embedded import POLICIES, embedded_backends
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.dataset.samples import NormalImages, SampleRequest, make_samples
from anomaly_agent.agent.dataset.writer import DatasetWriter
from anomaly_agent.agent.defects.naming import default_families
from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal
from anomaly_agent.agent.scene.scene import analyze_scene

SIZES = (256, 1024)
EDITS = 20
SAMPLES_A_FAMILY = 10


def edits() -> None:
    """Prints ms an edit by family and size, median and 90th percentile; the scene is analysed beforehand."""
    backends = embedded_backends()
    scenes_ms = []
    print(f"{'ms an edit':14}" + "".join(f"{f'{size} px':>9}{'p90':>8}" for size in SIZES))
    medians: dict[int, list[float]] = {size: [] for size in SIZES}
    tasks = {}
    for size in SIZES:
        for index, name in enumerate(EXAMPLE_PRODUCTS):
            image = render_normal(name, index, size)
            started = time.perf_counter()
            scene = analyze_scene(image)
            if size == SIZES[0]:
                scenes_ms.append(1000 * (time.perf_counter() - started))
            tasks[size, index] = (image, EXAMPLE_PRODUCTS[name].item, scene)
    for family in default_families():
        row = ""
        for size in SIZES:
            times = []
            for index in range(EDITS):
                image, item, scene = tasks[size, index % len(EXAMPLE_PRODUCTS)]
                task = Task(image, item, family, None, index)
                prompt = backends.prompt_generator.plan(task, scene)
                started = time.perf_counter()
                try:
                    backends.image_generator.edit(task, scene, prompt, index)
                except InputError:
                    continue
                times.append(1000 * (time.perf_counter() - started))
            medians[size].append(float(np.median(times)))
            row += f"{np.median(times):9.1f}{np.percentile(times, 90):8.1f}"
        print(f"{family:14}{row}")
    print(f"{'median':14}" + "".join(f"{np.median(medians[size]):9.1f}{'':8}" for size in SIZES))
    print(f"scene analysis at {SIZES[0]} px, once an image: {np.median(scenes_ms):.1f} ms")


def loop(policy: str) -> None:
    """Prints accepted samples a second at 256 px with and without writing, and the share of time outside tools."""
    agent = AgentLoop(POLICIES[policy](), embedded_backends())
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for index, name in enumerate(EXAMPLE_PRODUCTS):
            paths.append(Path(folder) / f"{index:03d}.png")
            write_png(paths[-1], render_normal(name, index, 256))
        writer = DatasetWriter(Path(folder) / "out", "products", {})
        accepted, in_tools, in_loop, writing = 0, 0.0, 0.0, 0.0
        started = time.perf_counter()
        for family in default_families():
            images = NormalImages(paths, print)
            for sample in make_samples(agent, images, SampleRequest("product", family), SAMPLES_A_FAMILY, seed=0):
                accepted += sample.result.passed
                in_tools += sample.result.trajectory.seconds_in_tools
                in_loop += sample.result.trajectory.seconds
                before = time.perf_counter()
                writer.add(sample)
                writing += time.perf_counter() - before
        seconds = time.perf_counter() - started
    print(
        f"{policy}: accepted samples a second at 256 px: {accepted / (seconds - writing):.1f}, written: {accepted / seconds:.1f}"
    )
    print(f"{policy}: share of the loop's time outside tools: {100 * (1 - in_tools / in_loop):.1f} %")


if __name__ == "__main__":
    cv2.setNumThreads(1)
    edits()
    for name in POLICIES:
        loop(name)
