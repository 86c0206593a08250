"""From a written data set to the formats that detectors are trained from."""

from .run import ExportRequest, run_export

__all__ = ["ExportRequest", "run_export"]
