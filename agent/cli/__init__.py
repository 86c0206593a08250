"""The command line: anomaly-agent."""

from .main import main

__all__ = ["main"]
