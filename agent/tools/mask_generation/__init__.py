"""MG, the mask generation tool: the pixel mask of what changed between the normal and the edited image."""

from .change import ChangeMaskGenerator
from .segmenting import SegmentingMaskGenerator

__all__ = ["ChangeMaskGenerator", "SegmentingMaskGenerator"]
