"""Where the files of a data set lie: the MVTec AD layout, with each sample's record beside it."""

from __future__ import annotations

import os
from pathlib import Path

from ..core.errors import InputError

#: What the set was asked for, and a line for each sample.
SETTINGS, TRAJECTORIES = "settings.json", "trajectories.jsonl"
#: The folder of images without a defect, in train/ and test/.
GOOD = "good"
#: Held by the run that writes the set.
LOCK = ".lock"
#: Before the folders of samples that never passed.
REJECTED = "rejected/"


def prefix(passed: bool) -> str:
    """What comes before test/ and ground_truth/."""
    return "" if passed else REJECTED


def sample_names(passed: bool, type_folder: str, number: int) -> tuple[str, str]:
    """(image, mask) of a sample, relative to the item's folder. type_folder: the anomaly type's folder."""
    before = prefix(passed)
    return f"{before}test/{type_folder}/{number:03d}.png", f"{before}ground_truth/{type_folder}/{number:03d}_mask.png"


def attempt_name(passed: bool, type_folder: str, number: int, attempt: int | str) -> str:
    """The image of an attempt, 1 or more, that is not the sample's own image; "*" for a pattern of all."""
    return f"attempts/{type_folder}/{'' if passed else 'rejected_'}{number:03d}_attempt{attempt}.png"


def not_writable(folder: Path, error: OSError) -> InputError:
    """The error to raise when the disk does not take what is written to a folder."""
    reason = error.strerror or (os.strerror(error.errno) if error.errno else type(error).__name__)
    return InputError(f"{folder}: cannot be written ({reason}); free some space or choose another --output")
