"""Language models that see images, behind one call: through transformers, or through an OpenAI-compatible server."""

from .base import GenerationOptions, LanguageModel

__all__ = ["GenerationOptions", "LanguageModel"]
