"""How long the embedded loop takes in two checkouts, in turns, as a ratio: a change of the code must not make it slower.

    git worktree add ../before v0.1.0
    python benchmarks/loop_ratio.py ../before . [--rounds 7] [--json loop_ratio.json]

Each round runs both checkouts in processes of their own, one after the other and in alternating order, on one core: OpenCV and
BLAS threads are off. A process takes the fifteen example products at 256 px, three anomaly types each, with each policy; what is
told is ms an episode. A ratio is of one round's two figures; the median over the rounds counts, with the lowest and highest.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_ONE_CORE = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
POLICIES = ("scripted", "trained")
# Runs in either checkout: version 0.1 had its modules elsewhere.
_CHILD = """
import json, time
import cv2
cv2.setNumThreads(1)
try:
    from anomaly_agent.agent.assembly.embedded import POLICIES, embedded_backends
    from anomaly_agent.agent.core.task import Task
    from anomaly_agent.agent.loop.agent_loop import AgentLoop
    from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal
except ModuleNotFoundError:
    from anomaly_agent.agent.demo.normals import NORMALS as EXAMPLE_PRODUCTS, render_normal
    from anomaly_agent.agent.embedded import POLICIES, embedded_backends
    from anomaly_agent.agent.loop import AgentLoop
    from anomaly_agent.agent.task import Task
backends = embedded_backends()
tasks = [
    Task(render_normal(name, index, 256), product.item, anomaly, None, index)
    for index, (name, product) in enumerate(EXAMPLE_PRODUCTS.items())
    for anomaly in product.anomalies
]
found = {}
for policy in sorted(POLICIES):
    loop = AgentLoop(POLICIES[policy](), backends)
    for task in tasks[:3]:
        loop.synthesize(task)
    started = time.perf_counter()
    for task in tasks:
        loop.synthesize(task)
    found[policy] = 1000 * (time.perf_counter() - started) / len(tasks)
print(json.dumps(found))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, help="where the raw figures go")
    options = parser.parse_args()
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        roots = {name: _root(Path(folder), name, getattr(options, name)) for name in ("before", "after")}
        for number in range(options.rounds):
            order = ("before", "after") if number % 2 == 0 else ("after", "before")
            rounds.append({name: _run(roots[name]) for name in order})
            print(f"round {number + 1}: " + "; ".join(_line(rounds[-1], policy) for policy in POLICIES))
    for policy in POLICIES:
        ratios = sorted(one["after"][policy] / one["before"][policy] for one in rounds)
        before, after = (statistics.median(one[name][policy] for one in rounds) for name in ("before", "after"))
        print(
            f"{policy}: {statistics.median(ratios):.3f} ({ratios[0]:.3f}-{ratios[-1]:.3f}) of the time before; "
            f"{before:.1f} and {after:.1f} ms an episode"
        )
    if options.json is not None:
        options.json.write_text(json.dumps(rounds, indent=1) + "\n", encoding="utf-8")


def _root(folder: Path, name: str, checkout: Path) -> Path:
    """A folder in which the checkout is the package `anomaly_agent`."""
    root = folder / name
    root.mkdir()
    (root / "anomaly_agent").symlink_to(checkout.resolve(), target_is_directory=True)
    return root


def _run(root: Path) -> dict[str, float]:
    environment = {**os.environ, **_ONE_CORE, "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", _CHILD], env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _line(one: dict[str, dict[str, float]], policy: str) -> str:
    return f"{policy} {one['before'][policy]:.1f} and {one['after'][policy]:.1f} ms"


if __name__ == "__main__":
    main()
