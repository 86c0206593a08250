"""The policy that the pack was trained to be: a small language model of its own, read with NumPy alone."""

from .policy import TrainedPolicy

__all__ = ["TrainedPolicy"]
