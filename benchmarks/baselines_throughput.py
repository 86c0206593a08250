"""Images a second on one core, the agent beside other synthesizers, all in the same run.

    python benchmarks/baselines_throughput.py --nsa PATH [--draem PATH] [--rounds N]

anomalib is measured where it is installed, the others where the path of their checkout is given (docs/comparison.md). The
normal images are the demo's own, at 256 px.
"""

from __future__ import annotations

import os

os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")})

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal
from anomaly_agent.agent.scene.scene import Scene, analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.knowledge_retrieval.occurrence import plausible_types
from anomaly_agent.agent.tools.prompt_generation import ScenePromptGenerator
from anomaly_agent.training.assessment.baselines.base import Samples, Synthesizer, collect
from anomaly_agent.training.assessment.baselines.choose import choose_methods
from anomaly_agent.training.assessment.baselines.speed import SPEED_SIDE, ms_an_image

PRODUCTS = ("concrete", "hex_nut", "circuit_board")  # one of each kind
SAMPLES = 10


class Renderer:
    """Plan and renderer without the loop: a defect a picture, of a type that can occur, which nobody judges."""

    name = "ours, unjudged"
    facts: dict[str, Any] = {}  # noqa: RUF012 - as the protocol has it

    def synthesize(self, normals: Sequence[np.ndarray], item: str, count: int, seed: int) -> Samples:
        """See Synthesizer."""
        scenes: dict[int, Scene] = {}
        planner, renderer = ScenePromptGenerator(), ProceduralGenerator()
        rng = np.random.default_rng(seed)

        def draw(index: int) -> tuple[np.ndarray, np.ndarray]:
            if index not in scenes:
                scenes[index] = analyze_scene(normals[index])
            scene = scenes[index]
            shares = plausible_types(item, scene)
            drawn = list(shares)[int(rng.choice(len(shares), p=list(shares.values())))]
            task = Task(normals[index], item, drawn, seed=int(rng.integers(2**31)))
            made = renderer.edit(task, scene, planner.plan(task, scene), task.seed)
            assert made.mask is not None
            return made.image, made.mask

        return collect(self.name, normals, count, seed, draw)


def main() -> None:
    """Prints median and range over rounds of the mean over products; methods take turns, so that what else runs on the
    machine meets all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nsa", type=Path)
    parser.add_argument("--draem", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    methods: list[Synthesizer] = [*choose_methods((), options.nsa, options.draem), Renderer()]
    images = {name: [render_normal(name, seed, SPEED_SIDE) for seed in range(8)] for name in PRODUCTS}
    rounds: dict[str, list[float]] = {method.name: [] for method in methods}
    for seed in tqdm(range(options.rounds), unit="round"):
        for method in methods:
            times = [ms_an_image(method, images[name], EXAMPLE_PRODUCTS[name].item, SAMPLES, seed) for name in PRODUCTS]
            rounds[method.name].append(float(np.mean(times)))
    print(f"{'method':15}{'ms an image':>12}{'range':>14}{'images/s':>10}")
    for name, values in rounds.items():
        middle = float(np.median(values))
        print(f"{name:15}{middle:12.1f}{f'{min(values):.1f}-{max(values):.1f}':>14}{1000 / middle:10.0f}")


if __name__ == "__main__":
    main()
