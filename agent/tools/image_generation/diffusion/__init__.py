"""IG by diffusion models: instruction editors and inpainting models, through one loader and one call."""

from .editor import DiffusionEditor, EditorOptions
from .loading import load_editor

__all__ = ["DiffusionEditor", "EditorOptions", "load_editor"]
