"""Labelled sets on disk, small and whole, for tests to break."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.agent.products.catalogue import render_normal

SIDE = 96


def write_mvtec(root: Path, types: tuple[str, ...] = ("hole", "scratch"), count: int = 6) -> Path:
    """An item in the MVTec AD layout: `count` pictures in each folder, defects dark."""
    for part in ("train", "test"):
        for index in range(count):
            _write(
                root / part / "good" / f"{index:03d}.png", render_normal("leather", index + 50 * (part == "test"), SIDE)
            )
    for number, kind in enumerate(types):
        for index in range(count):
            image, mask = defect(kind, 100 * (number + 1) + index)
            _write(root / "test" / kind / f"{index:03d}.png", image)
            _write(root / "ground_truth" / kind / f"{index:03d}_mask.png", mask)
    return root


def write_visa(root: Path, normal: int = 20, defects: int = 6) -> Path:
    """An item in VisA's layout: masks number the defect, the table names its type."""
    rows = ["image,label,mask"]
    for index in range(normal):
        _write(root / "Data/Images/Normal" / f"{index:04d}.png", render_normal("leather", index, SIDE))
    for index in range(defects):
        image, mask = defect("hole", 100 + index)
        _write(root / "Data/Images/Anomaly" / f"{index:03d}.png", image)
        _write(root / "Data/Masks/Anomaly" / f"{index:03d}.png", mask // 255)
        rows.append(f"item/Data/Images/Anomaly/{index:03d}.png,Small Hole,item/Data/Masks/Anomaly/{index:03d}.png")
    (root / "image_anno.csv").write_text("\n".join(rows))
    return root


def defect(kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture with a dark hole, or a dark line for any other type, and its mask, 0 or 255."""
    image, mask = render_normal("leather", seed, SIDE), np.zeros((SIDE, SIDE), np.uint8)
    y, x = np.random.default_rng(seed).integers(10, SIDE - 40, 2)
    mask[y : y + (14 if kind == "hole" else 4), x : x + (14 if kind == "hole" else 30)] = 255
    image[mask > 0] = 10
    return image, mask


def _write(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, array)
