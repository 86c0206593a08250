"""The backbones that are trained: what differs between them, so that SFT and GRPO have one code for all."""

from .base import Backbone
from .choose import choose_backbone

__all__ = ["Backbone", "choose_backbone"]
