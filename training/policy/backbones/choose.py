"""The kind that a configuration names."""

from __future__ import annotations

from ..config import ModelConfig
from .base import Kind


def choose_kind(config: ModelConfig) -> Kind:
    """The kind; its libraries are imported here."""
    if config.kind == "small":
        from .small import SmallKind

        return SmallKind(config)
    from .vision_language import VisionLanguageKind

    return VisionLanguageKind(config)
