"""MVTec AD: ITEM/train/good, ITEM/test/good, ITEM/test/TYPE, ITEM/ground_truth/TYPE. Training is on normal images alone."""

from __future__ import annotations

from pathlib import Path

from ..dataset.reader import GOOD
from .content import Content
from .export_format import ExportFormat
from .pictures import write_picture


def write(content: Content, folder: Path) -> None:
    """Writes the layout; the normal images that are held out become test/good."""
    for item in content.items:
        root = folder / item
        for part, held_out in (("train", False), ("test", True)):
            for number, picture in enumerate(content.of(item, GOOD, held_out)):
                write_picture(picture, root / part / GOOD / f"{number:03d}.png")
        for anomaly in content.folders:
            for number, picture in enumerate(content.of(item, anomaly)):
                mask = root / "ground_truth" / anomaly / f"{number:03d}_mask.png"
                write_picture(picture, root / "test" / anomaly / f"{number:03d}.png", mask)


FORMAT = ExportFormat(
    "mvtec",
    write,
    needs_normal=True,
    split="Held-out normal images are test/good. All anomalous images are test images, as the layout has no place for them "
    "in training; those made from a training image show it again, with a defect.",
)
