"""The kinds of model that are trained: what differs between them, so that SFT and GRPO have one code for all."""

from .base import Kind
from .choose import choose_kind

__all__ = ["Kind", "choose_kind"]
