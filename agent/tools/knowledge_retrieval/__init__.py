"""KR, the knowledge retrieval tool: ranked full-text search over packaged and users' passages."""

from .base import KnowledgeBase
from .loading import Entry, load_folder

__all__ = ["Entry", "KnowledgeBase", "load_folder"]
