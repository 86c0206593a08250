"""Files that appear whole or not at all, also when the process is killed or, but for `appearing`, the power fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

#: The end of a name that a file has until it is whole.
PART_SUFFIX = ".part"
# The disk takes several files in the time of one: waiting for each in turn would cost a fifth of a sample's time.
_SYNC_THREADS = 4


def part_of(path: Path) -> Path:
    """The hidden path beside a file's place, where it is written until it is whole."""
    return path.with_name(f".{path.name}{PART_SUFFIX}")


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Where to write a file that takes its place when the block ends well, and is gone otherwise. Does not wait for the disk.
    Raises OSError."""
    beside = part_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Writes one file; see write_together."""
    write_together({path: data})


def write_together(files: Mapping[Path, bytes]) -> None:
    """Writes each file beside its place, waits until the disk has them all, then renames them, and waits for that too.

    Raises OSError; the parts are removed then, and files that were renamed before stay.
    """
    folders = list(dict.fromkeys(path.parent for path in files))
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        _all(_write_part, *zip(*files.items(), strict=True))
        for path in files:
            os.replace(part_of(path), path)
    finally:
        for path in files:
            part_of(path).unlink(missing_ok=True)
    if os.name != "nt":  # there a folder can be neither opened nor synced
        _all(_sync_folder, folders)


def holds(path: Path, data: bytes) -> bool:
    """Whether there is a file of these bytes. Raises OSError where it cannot be read."""
    return path.is_file() and path.read_bytes() == data


def append_line(path: Path, line: bytes) -> None:
    """Adds a line and waits until the disk has it. Raises OSError; the file is then as long as before."""
    length = path.stat().st_size if path.is_file() else 0
    try:
        with path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        if path.is_file():
            os.truncate(path, length)
        raise


def _all(work: Callable[..., None], *arguments: Iterable[Any]) -> None:
    """Calls `work` by several threads, and returns when all have ended; then raises the first error."""
    started = [_pool().submit(work, *given) for given in zip(*arguments, strict=True)]
    wait(started)
    for one in started:
        one.result()


def _write_part(path: Path, data: bytes) -> None:
    with part_of(path).open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_SYNC_THREADS, thread_name_prefix="sync")


if hasattr(os, "register_at_fork"):  # a forked child has none of the threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
