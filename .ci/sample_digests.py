"""Prints a digest of each file of two small data sets, by both policies, made with fixed seeds: the same under every Python."""

import contextlib
import hashlib
import io
import tempfile
from pathlib import Path

from PIL import Image

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.products.catalogue import render_normal

PRODUCTS = ("hex_nut", "leather", "circuit_board", "bottle_base")
DEFECTS = ("scratch", "crack", "stain", "dent", "missing part", "contamination")

with tempfile.TemporaryDirectory() as folder:
    root = Path(folder)
    (root / "photos").mkdir()
    for name in PRODUCTS:
        Image.fromarray(render_normal(name, 0, 128)).save(root / "photos" / f"{name}.png")
    asked = ["--images", str(root / "photos"), "--item", "part", "--count", "3", "--seed", "5"]
    for defect in DEFECTS:
        asked += ["--anomaly", defect]
    for policy in ("trained", "scripted"):
        # No sample of a type, or fewer than asked for, is no error here.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            main(["synthesize", *asked, "--policy", policy, "--output", str(root / policy)])
    for path in sorted(root.glob("*/part/**/*.*")):
        if path.suffix in (".png", ".jsonl"):
            print(path.relative_to(root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
