"""QE, the quality evaluation tool: the embedded critic, and the judge built on a language model."""

from .critic import ComputedCritic
from .language import LanguageJudge

__all__ = ["ComputedCritic", "LanguageJudge"]
