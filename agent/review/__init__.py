"""Looks through a data set in the browser."""

from .run import run_review

__all__ = ["run_review"]
