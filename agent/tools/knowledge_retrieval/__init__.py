"""KR, the knowledge retrieval tool: ranked full-text search over packaged and users' passages."""

from ..interfaces import Passage
from .base import KnowledgeBase, describe, read_passages
from .loading import Entry, load_folder

__all__ = ["Entry", "KnowledgeBase", "Passage", "describe", "load_folder", "read_passages"]
