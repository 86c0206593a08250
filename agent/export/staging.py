"""Folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..core.errors import InputError
from ..dataset.layout import not_writable
from ..dataset.names import shortened


@contextmanager
def staged(output: Path) -> Iterator[Path]:
    """A folder beside `output` to write into; it becomes `output` at the end, and is gone where something failed.

    Raises InputError where `output` exists already or the disk does not take it.
    """
    _check_free(output)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{shortened(output.name)}.", suffix=".part", dir=output.parent))
    except OSError as error:
        raise not_writable(output, error) from error
    try:
        yield beside
        beside.chmod(0o777 & ~_umask())
        _check_free(output)
        os.rename(beside, output)
    except OSError as error:
        raise not_writable(output, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _check_free(output: Path) -> None:
    if output.exists() or output.is_symlink():
        raise InputError(f"{output}: exists already; choose another --output, or move it away")


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
