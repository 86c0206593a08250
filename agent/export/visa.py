"""VisA: ITEM/Data/Images/Normal and Anomaly, ITEM/Data/Masks/Anomaly, ITEM/image_anno.csv, and split_csv/ for all items."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from .content import Content, Picture
from .export_format import ExportFormat
from .pictures import write_picture

#: The columns of VisA's split tables. 1cls trains on normal images alone, 2cls_highshot on both.
_COLUMNS = ("object", "split", "label", "image", "mask")
_TABLES = ("1cls", "2cls_highshot")


def write(content: Content, folder: Path) -> None:
    """Writes the layout. As in VisA, the pixels of a defect hold its type's number from 1 on in a mask, and the label of a
    picture names all of its types."""
    values = {anomaly: number for number, anomaly in enumerate(content.types, 1)}
    rows: dict[str, list[tuple[str, ...]]] = {table: [] for table in _TABLES}
    for item in content.items:
        annotations = []
        numbers = {"Normal": 0, "Anomaly": 0}
        for picture in content.of(item):
            part = "Anomaly" if picture.anomaly else "Normal"
            name = f"{numbers[part]:04d}.png"
            numbers[part] += 1
            image = f"{item}/Data/Images/{part}/{name}"
            mask = f"{item}/Data/Masks/Anomaly/{name}" if picture.anomaly else ""
            write_picture(picture, folder / image, folder / mask if mask else None, values)
            annotations.append((image, ",".join(picture.types) or "normal", mask))
            for table in _TABLES:
                side = "test" if _tested(picture, table) else "train"
                rows[table].append((item, side, "anomaly" if picture.anomaly else "normal", image, mask))
        _write_table(folder / item / "image_anno.csv", ("image", "label", "mask"), annotations)
    for table in _TABLES:
        _write_table(folder / "split_csv" / f"{table}.csv", _COLUMNS, rows[table])


def _tested(picture: Picture, table: str) -> bool:
    return picture.held_out or (bool(picture.anomaly) and table == "1cls")


def _write_table(path: Path, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


FORMAT = ExportFormat(
    "visa",
    write,
    needs_normal=True,
    split="1cls.csv trains on normal images alone; in 2cls_highshot.csv anomalous images are on their normal image's side.",
)
