"""IG, the image generation tool: the embedded procedural generator, and editors built on models."""

from .procedural import ProceduralGenerator

__all__ = ["ProceduralGenerator"]
