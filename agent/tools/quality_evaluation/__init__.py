"""QE, the quality evaluation tool: the embedded critic, and judges built on models."""

from .critic import ComputedCritic

__all__ = ["ComputedCritic"]
