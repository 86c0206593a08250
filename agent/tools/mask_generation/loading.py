"""One way to load a mask generator, whichever model it is."""

from __future__ import annotations

from pathlib import Path

from ...core.errors import InputError
from ...models.residency import ModelMemory
from .segmenting import SegmentingMaskGenerator


def load_segmenter(source: Path, memory: ModelMemory | None = None) -> SegmentingMaskGenerator:
    """source: a Segment Anything checkpoint (.pth), or a folder of Segment Anything 2. Raises InputError for any other."""
    if source.is_dir():
        from .sam2 import load_sam2

        return SegmentingMaskGenerator(load_sam2(source, memory))
    if source.suffix not in (".pth", ".pt"):
        raise InputError(f"{source}: give a Segment Anything checkpoint (.pth), or a folder of Segment Anything 2")
    from .sam import load_sam

    return SegmentingMaskGenerator(load_sam(source, memory))
