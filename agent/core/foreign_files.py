"""Files that somebody else put there: a pipe or a device would be waited for, or read, without an end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def is_there(path: Path) -> bool:
    """Whether there is a file. Raises OSError where something else is in its place, and where a link leads nowhere."""
    if not os.path.lexists(path):
        return False
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "no regular file", str(path))
    return True


def read_whole(path: Path, most: int) -> bytes:
    """The bytes of a file, `most` of them at most. Raises OSError, also for what is_there does, and for a larger file."""
    if not is_there(path):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"larger than {most / 1e6:g} MB", str(path))
    return data


def real_path(path: Path) -> Path:
    """A path with its links followed; never raises, as Path.resolve does for links in a circle."""
    return Path(os.path.realpath(path))
