"""YOLO segmentation: images/ and labels/ for train and val, and data.yaml. One line a connected piece."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from .content import Content
from .export_format import ExportFormat
from .outlines import keyhole, pieces_by_type
from .pictures import write_picture

_DATA = """\
# yolo segment train data=data.yaml model=yolo11n-seg.pt imgsz={side}
{held_out}train: images/train
val: images/{val}
names:
{names}
"""
_NOTHING_HELD_OUT = "# Nothing is held out for validation: val is the training side.\n"


def write(content: Content, folder: Path) -> None:
    """Writes images, labels (empty for a normal image) and data.yaml.

    The format has one ring of points an object, in fractions of the image: parts become objects of their own, and a hole is
    reached by a cut of no width.
    """
    for side in ("train", "val"):
        for part in ("images", "labels"):
            (folder / part / side).mkdir(parents=True, exist_ok=True)
    longest = 0
    for name, picture in content.numbered():
        side = "val" if picture.held_out else "train"
        (height, width), masks = write_picture(picture, folder / "images" / side / f"{name}.png")
        longest = max(longest, height, width)
        lines = []
        for anomaly, piece in pieces_by_type(masks):
            points = keyhole(piece.rings) / np.array([width, height], float)
            numbers = " ".join(f"{value:.6f}" for value in points.ravel())
            lines.append(f"{content.types.index(anomaly)} {numbers}\n")
        (folder / "labels" / side / f"{name}.txt").write_text("".join(lines), encoding="ascii")
    held_out = any(picture.held_out for picture in content.pictures)
    text = _DATA.format(
        side=-(-longest // 32) * 32,
        held_out="" if held_out else _NOTHING_HELD_OUT,
        val="val" if held_out else "train",
        names="\n".join(
            f"  {number}: {json.dumps(anomaly, ensure_ascii=False)}" for number, anomaly in enumerate(content.types)
        ),
    )
    (folder / "data.yaml").write_text(text, encoding="utf-8")


FORMAT = ExportFormat(
    "yolo",
    write,
    needs_normal=False,
    split="train and val; no image stands on another side than the normal image that it was made from.",
)
