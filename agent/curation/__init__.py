"""Which samples of a written data set are worth training on; what is not is marked, never deleted."""

from .run import CurationRequest, run_curation

__all__ = ["CurationRequest", "run_curation"]
