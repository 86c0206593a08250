"""The formats that a data set can be exported to. A new one is a file beside this, and a line below."""

from __future__ import annotations

from . import anomalib, coco, mvtec, visa, yolo
from .export_format import ExportFormat

#: By the name that `--format` takes, in the order of the documentation.
FORMATS: dict[str, ExportFormat] = {module.FORMAT.name: module.FORMAT for module in (mvtec, visa, anomalib, coco, yolo)}
