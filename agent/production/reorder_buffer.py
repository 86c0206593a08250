"""Finished samples whose turn has not come: kept in the data set's folder, so that a run that is killed loses none."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from ..core.errors import InputError
from ..core.files import write_whole
from ..dataset.encoded import EncodedSample
from ..dataset.layout import not_writable
from .schedule import Job

_FOLDER = ".held"
_NAME = re.compile(r"(\d{1,19})-(\d{1,19})\.zip")


class ReorderBuffer:
    """The held samples of one item. A sample is held once its file has its name, which it gets when it is whole."""

    def __init__(self, root: Path, item: int) -> None:
        """root: the data set's folder. item: its number in the plan."""
        self._folder = root / _FOLDER
        self._item = item

    def jobs(self) -> Iterator[Job]:
        """What is held, in order."""
        if self._folder.is_dir():
            names = [_NAME.fullmatch(path.name) for path in self._folder.iterdir()]
            yield from sorted(Job(self._item, int(match[1]), int(match[2])) for match in names if match)

    def keep(self, job: Job, sample: EncodedSample) -> None:
        """Holds a sample. Raises InputError where the disk does not take it."""
        try:
            write_whole(self._path(job), sample.to_bytes())
        except OSError as error:
            raise not_writable(self._folder.parent, error) from error

    def get(self, job: Job) -> EncodedSample | None:
        """A sample that is held, else None. Raises InputError for a file that somebody changed."""
        path = self._path(job)
        try:
            return EncodedSample.from_bytes(path.read_bytes())
        except FileNotFoundError:
            return None
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{path}: is damaged; take it away, and it is made again") from error

    def drop(self, job: Job) -> None:
        """The sample is in the data set."""
        self._path(job).unlink(missing_ok=True)

    def close(self) -> None:
        """Removes the folder if nothing is held."""
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _path(self, job: Job) -> Path:
        return self._folder / f"{job.type}-{job.episode}.zip"
