"""anomaly-agent export: reads a data set, splits it, and writes it in another format, with a datasheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import InputError
from ..core.foreign_files import real_path
from ..core.task import COUNTS, Counts, check_range
from ..dataset.readable import readable
from ..dataset.reader import GOOD
from ..dataset.stored import open_stored
from .combine import combined
from .content import Content, gather, with_bit_depth, with_mask_margin
from .datasheet import datasheet
from .formats import FORMATS
from .split import split
from .staging import staged

#: What ExportRequest.mask_margin can be: beyond, a mask says little of where the defect is.
MASK_MARGINS = (0.0, 0.05)


@dataclass(frozen=True)
class ExportRequest:
    """folder: the data set. licence: of the input images, in the user's words. validation: share of the normal images,
    0-0.9, that is held out with what was made from them. seed: of the split and of what is combined. mask_margin: by how
    much masks are grown, as a share of the picture's shorter side, 0-0.05. combine: (least, most) samples of one normal image
    whose defects a picture shows, see combine.py. bit_depth: 8 or 16 bits a channel; 16 keeps what deeper files have.
    """

    folder: Path
    format: str
    output: Path
    licence: str = ""
    validation: float = 0.2
    seed: int = 0
    mask_margin: float = 0.0
    combine: Counts = (1, 1)
    bit_depth: int = 8


def run_export(request: ExportRequest, tell: Callable[[str], None] = lambda _: None) -> Content:
    """Writes the export, whole or not at all; returns what it holds. The same set and options give the same files. tell: hears of
    each file that is left out because it cannot be read.

    Raises InputError for a set that cannot be exported so, an output that exists, or a disk that does not take it.
    """
    if real_path(request.output).is_relative_to(real_path(request.folder)):
        raise InputError(f"{request.output}: lies in the data set itself; choose an --output elsewhere")
    if not MASK_MARGINS[0] <= request.mask_margin <= MASK_MARGINS[1]:
        raise InputError(f"mask margin is {request.mask_margin:g}; choose {MASK_MARGINS[0]:g} to {MASK_MARGINS[1]:g}")
    check_range(request.combine, COUNTS, "combine")
    items = readable(open_stored(request.folder), tell)
    content = combined(gather(items), request.combine, request.seed)
    content = with_mask_margin(split(content, request.validation, request.seed), request.mask_margin)
    content = with_bit_depth(content, request.bit_depth)
    form = FORMATS[request.format]
    if form.needs_normal:
        for item in content.items:
            if not content.of(item, GOOD, held_out=False):
                raise InputError(
                    f"{item}: no normal images for training, which the {form.name} format is made for; put some into "
                    "train/good, or export as coco or yolo"
                )
    with staged(request.output) as folder:
        form.write(content, folder)
        sheet = datasheet(items, content, form, request.licence, request.validation, request.seed, request.mask_margin)
        (folder / "DATASHEET.md").write_bytes(sheet.encode("utf-8", "backslashreplace"))
    return content
