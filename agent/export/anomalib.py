"""anomalib's Folder: ITEM/normal, ITEM/normal_test, ITEM/abnormal and ITEM/mask, with a configuration an item."""

from __future__ import annotations

import json
from pathlib import Path

from ..dataset.names import shortened
from ..dataset.reader import GOOD
from .content import Content
from .export_format import ExportFormat
from .pictures import write_picture

# The batch is small, so that it fits any card; anomalib's own default is 32. JSON strings are YAML strings.
_CONFIGURATION = """\
# From the folder of this file: anomalib train --model Padim --data {file}
class_path: anomalib.data.Folder
init_args:
  name: {name}
  root: {name}
  normal_dir: normal
  abnormal_dir: abnormal
  mask_dir: mask
{held_out}  train_batch_size: 8
  eval_batch_size: 8
  num_workers: 2
"""
_HELD_OUT = "  normal_test_dir: normal_test\n"


def write(content: Content, folder: Path) -> None:
    """Writes the folders; an anomalous image is called TYPE_NNN.png, its mask the same."""
    for item in content.items:
        root = folder / item
        held_out = content.of(item, GOOD, held_out=True)
        for part, pictures in (("normal", content.of(item, GOOD, held_out=False)), ("normal_test", held_out)):
            for number, picture in enumerate(pictures):
                write_picture(picture, root / part / f"{number:03d}.png")
        anomalous = [picture for picture in content.of(item) if picture.anomaly]
        for number, picture in enumerate(anomalous):
            name = f"{shortened(picture.anomaly)}_{number:03d}.png"
            write_picture(picture, root / "abnormal" / name, root / "mask" / name)
        text = _CONFIGURATION.format(
            file=f"{item}.yaml", name=json.dumps(item, ensure_ascii=False), held_out=_HELD_OUT if held_out else ""
        )
        (folder / f"{item}.yaml").write_text(text, encoding="utf-8")


FORMAT = ExportFormat(
    "anomalib",
    write,
    needs_normal=True,
    split="Held-out normal images are normal_test. All anomalous images are tested on; those made from a training image "
    "show it again, with a defect.",
)
