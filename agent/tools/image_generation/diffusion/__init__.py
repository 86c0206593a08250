"""IG by diffusion models: instruction editors and inpainting models, through one loader and one call."""

from .editor import DiffusionEditor, EditorOptions
from .inverse import DiffusionInverseEditor
from .loading import load_editor

__all__ = ["DiffusionEditor", "DiffusionInverseEditor", "EditorOptions", "load_editor"]
