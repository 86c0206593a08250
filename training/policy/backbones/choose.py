"""The backbone that a configuration names."""

from __future__ import annotations

from ..config import ModelConfig
from .base import Backbone


def choose_backbone(config: ModelConfig) -> Backbone:
    """The backbone; its libraries are imported here."""
    if config.backbone == "small":
        from .small import SmallBackbone

        return SmallBackbone(config)
    from .vision_language import VisionLanguageBackbone

    return VisionLanguageBackbone(config)
