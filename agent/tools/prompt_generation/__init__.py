"""PG, the prompt generation tool: looks at the normal image and writes the first local-edit paragraph."""

from .language import LanguagePromptGenerator
from .scene import ScenePromptGenerator

__all__ = ["LanguagePromptGenerator", "ScenePromptGenerator"]
