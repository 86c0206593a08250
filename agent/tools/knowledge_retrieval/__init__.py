"""KR, the knowledge retrieval tool: ranked full-text search over packaged and users' passages."""

from .base import Entry, KnowledgeBase

__all__ = ["Entry", "KnowledgeBase"]
