"""What the embedded loop makes, as digests: written before a change of the code, compared after it.

    python benchmarks/golden.py record golden.json [--data DIR]
    python benchmarks/golden.py compare golden.json [--data DIR] [--expected benchmarks/golden_changes.json]

Every form of every family, on the fifteen example products and on the first normal image of each category in DIR (MVTec AD's
layout), with both policies, at 256 px. A row is the digest of the image, of the mask and of the verdict. `compare` makes the
recorded rows again, with the anomaly types that the record names, and lists the rows that differ; with --expected, those that
the file names with a reason are told apart, and any other difference ends with exit code 1.

One core a process; --processes spreads the products.
"""

from __future__ import annotations

import os

os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")})

import argparse
import hashlib
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from anomaly_agent.agent.assembly.embedded import POLICIES, embedded_backends
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.families.irregularity import FAMILY as IRREGULARITY
from anomaly_agent.agent.defects.naming import default_types
from anomaly_agent.agent.imaging.io import read_image
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal

SIDE = 256
#: A row: digests of image, mask and verdict, the score, and how many images were made.
Row = tuple[str, str, str, float, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("record", "compare"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--data", type=Path, help="a folder of categories in MVTec AD's layout")
    parser.add_argument("--expected", type=Path, help="rows that may differ, by reason")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if options.action == "record":
        rows = make_rows(products(options.data), anomaly_types(), options.processes)
        text = ",\n".join(f"  {json.dumps(key)}: {json.dumps(row)}" for key, row in rows.items())
        options.file.write_text(f"{{\n{text}\n}}\n")
        print(f"{len(rows)} rows: {options.file}")
        return
    recorded = {key: tuple(row) for key, row in json.loads(options.file.read_text()).items()}
    names = dict.fromkeys(key.split(" | ")[0] for key in recorded)
    known = products(options.data)
    if missing := [name for name in names if name not in known]:
        sys.exit(f"no picture of {', '.join(missing)}: give --data the folder that the record was made with")
    types = tuple(dict.fromkeys(key.split(" | ")[1] for key in recorded))
    made = make_rows({name: known[name] for name in names}, types, options.processes)
    sys.exit(compare(recorded, made, options.expected))


def products(data: Path | None) -> dict[str, tuple[str, str]]:
    """Name -> (item in words, the image's path, or "" where it is rendered)."""
    found = {name: (product.item, "") for name, product in EXAMPLE_PRODUCTS.items()}
    for folder in sorted(data.iterdir()) if data is not None else []:
        images = sorted((folder / "train" / "good").glob("*.png"))
        if images:
            found[folder.name] = (folder.name, str(images[0]))
    return found


def anomaly_types() -> tuple[str, ...]:
    """A type for each form of each family that is drawn by default, and irregularities."""
    return (*default_types(), IRREGULARITY.name)


def make_rows(products: dict[str, tuple[str, str]], types: tuple[str, ...], processes: int) -> dict[str, Row]:
    """ "product | type | policy" -> row, in order."""
    with ProcessPoolExecutor(processes) as pool:
        parts = pool.map(rows_of, products, products.values(), [types] * len(products))
        return {key: row for part in parts for key, row in part.items()}


def rows_of(name: str, product: tuple[str, str], types: tuple[str, ...]) -> dict[str, Row]:
    """The rows of one product."""
    cv2.setNumThreads(1)
    item, path = product
    image = render_normal(name, 0, SIDE) if not path else fit(read_image(Path(path)))
    backends = embedded_backends()
    rows = {}
    for policy in sorted(POLICIES):
        loop = AgentLoop(POLICIES[policy](), backends)
        for seed, anomaly in enumerate(types):
            result = loop.synthesize(Task(image, item, anomaly, None, seed))
            verdict = result.verdict
            said = "" if verdict is None else json.dumps([verdict.location, verdict.quality, verdict.review])
            rows[f"{name} | {anomaly} | {policy}"] = (
                digest(result.image.tobytes()), digest(np.packbits(result.mask).tobytes()), digest(said.encode()),
                0.0 if verdict is None else verdict.score, len(result.trajectory.attempts),
            )  # fmt: skip
    return rows


def fit(image: np.ndarray) -> np.ndarray:
    """The image, (H, W, 3) uint8, at 256 px on its long side."""
    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    if scale == 1.0:
        return image
    return cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def compare(recorded: dict[str, tuple], made: dict[str, Row], expected: Path | None) -> int:
    """Prints what differs, and gives the exit code."""
    reasons = {} if expected is None else json.loads(expected.read_text())
    allowed = {key: reason for reason, keys in reasons.items() for key in keys}
    differing = {key: changed(recorded[key], made[key]) for key in recorded if recorded[key] != made[key]}
    for key, parts in differing.items():
        told = f"expected: {allowed[key]}" if key in allowed else "UNEXPECTED"
        print(f"{key}: {parts}; score {recorded[key][3]:g} -> {made[key][3]:g}; {told}")
    unexpected = [key for key in differing if key not in allowed]
    counts = Counter(allowed[key] for key in differing if key in allowed)
    print(f"{len(recorded) - len(differing)} of {len(recorded)} rows are equal, {len(unexpected)} differ unexpectedly")
    for reason, count in counts.items():
        print(f"  {count}: {reason}")
    return 1 if unexpected else 0


def changed(before: tuple, after: Row) -> str:
    names = ("image", "mask", "verdict", "score", "attempts")
    return ", ".join(name for name, old, new in zip(names, before, after, strict=True) if old != new)


if __name__ == "__main__":
    main()
