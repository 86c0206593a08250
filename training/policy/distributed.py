"""Which process of a run this is, as the launcher says; without a launcher there is one."""

from __future__ import annotations

import os


def is_first_process() -> bool:
    """Whether this one writes what is written once."""
    return int(os.environ.get("RANK", "0")) == 0


def process_count() -> int:
    """Processes of the run, on all machines."""
    return int(os.environ.get("WORLD_SIZE", "1"))
