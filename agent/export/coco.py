"""COCO segmentation: images/, annotations/instances_train.json and instances_val.json. One annotation a connected piece."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import InputError
from .content import Content
from .export_format import ExportFormat
from .outlines import Piece, on_edges, pieces_by_type
from .pictures import write_picture


def write(content: Content, folder: Path) -> None:
    """Writes images and annotations. A piece is a polygon where that is the same pixels, else (holes, parts that touch at
    a corner) compressed RLE. Raises InputError without pycocotools.
    """
    coding = _coco_mask()
    categories = [
        {"id": number, "name": anomaly, "supercategory": "anomaly"} for number, anomaly in enumerate(content.types, 1)
    ]
    sides: dict[str, dict[str, list[dict[str, Any]]]] = {
        side: {"images": [], "annotations": [], "categories": categories} for side in ("train", "val")
    }
    for number, (name, picture) in enumerate(content.numbered(), 1):
        side = "val" if picture.held_out else "train"
        file = f"{name}.png"
        (height, width), masks = write_picture(picture, folder / "images" / side / file)
        sides[side]["images"].append({"id": number, "file_name": file, "width": width, "height": height})
        for anomaly, piece in pieces_by_type(masks):
            sides[side]["annotations"].append(
                {
                    "id": len(sides[side]["annotations"]) + 1,
                    "image_id": number,
                    "category_id": 1 + content.types.index(anomaly),
                    "segmentation": _segmentation(piece, (height, width), coding),
                    "area": piece.area,
                    "bbox": list(piece.box),
                    "iscrowd": 0,
                }
            )
    (folder / "annotations").mkdir(parents=True, exist_ok=True)
    for side, value in sides.items():
        described = {"info": {"description": "Synthetic anomalies; see DATASHEET.md"}, **value}
        path = folder / "annotations" / f"instances_{side}.json"
        path.write_text(json.dumps(described, ensure_ascii=False) + "\n", encoding="utf-8")


def _segmentation(piece: Piece, size: tuple[int, int], coding: Any) -> list[list[float]] | dict[str, Any]:
    height, width = size
    x, y, across, down = piece.box
    if len(piece.rings) == 1:
        polygon = on_edges(piece.rings[0])
        # Compared in the piece's own box: whole numbers, moved by whole numbers, are drawn alike.
        inside = [float(value) for value in (polygon - (x, y)).ravel()]
        pixels = coding.encode(np.asfortranarray(piece.pixels.astype(np.uint8)))
        if len(polygon) >= 3 and coding.merge(coding.frPyObjects([inside], down, across)) == pixels:
            return [[float(value) for value in polygon.ravel()]]
    whole = np.zeros((height, width), np.uint8, order="F")
    whole[y : y + down, x : x + across] = piece.pixels
    return {"size": [height, width], "counts": coding.encode(whole)["counts"].decode("ascii")}


def _coco_mask() -> Any:
    try:
        from pycocotools import mask  # noqa: PLC0415 - an extra's
    except ImportError as error:
        raise InputError("the coco format needs pycocotools: pip install pycocotools") from error
    return mask


FORMAT = ExportFormat(
    "coco",
    write,
    needs_normal=False,
    split="train and val; no image stands on another side than the normal image that it was made from.",
)
