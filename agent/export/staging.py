"""Folders that appear whole or not at all."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from ..core.errors import InputError
from ..core.files import PART_SUFFIX
from ..dataset.layout import LOCK, not_writable
from ..dataset.names import shortened


@contextmanager
def staged(output: Path) -> Iterator[Path]:
    """A folder beside `output` to write into; it becomes `output` at the end, and is gone where something failed.

    Raises InputError where `output` exists already or the disk does not take it.
    """
    _check_free(output)
    prefix = f".{shortened(output.name)}."
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        _remove_left(output.parent, prefix)
        beside = Path(tempfile.mkdtemp(prefix=prefix, suffix=PART_SUFFIX, dir=output.parent))
        lock = filelock.FileLock(beside / LOCK)
        lock.acquire(timeout=0)
    except (OSError, NotImplementedError) as error:
        raise not_writable(output, error if isinstance(error, OSError) else OSError(str(error))) from error
    try:
        yield beside
        lock.release()
        (beside / LOCK).unlink(missing_ok=True)
        beside.chmod(0o777 & ~_umask())
        _check_free(output)
        os.rename(beside, output)
    except OSError as error:
        raise not_writable(output, error) from error
    finally:
        lock.release()
        shutil.rmtree(beside, ignore_errors=True)


def _remove_left(folder: Path, prefix: str) -> None:
    """Removes what a killed run left. The lock of one that still runs is held."""
    for left in folder.glob(f"{glob.escape(prefix)}*{PART_SUFFIX}"):
        if not (left / LOCK).is_file():
            continue
        lock = filelock.FileLock(left / LOCK)
        try:
            with lock.acquire(timeout=0):
                shutil.rmtree(left, ignore_errors=True)
        except filelock.Timeout:
            continue


def _check_free(output: Path) -> None:
    if output.exists() or output.is_symlink():
        raise InputError(f"{output}: exists already; choose another --output, or move it away")


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
