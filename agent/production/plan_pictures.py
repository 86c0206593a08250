"""The pictures that a plan's `images` name: folders, files, and patterns."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ..core.errors import InputError
from ..core.names import composed
from ..dataset.names import on_disk
from ..imaging.picture_files import is_picture, list_images, without_labels

_ANY_DEPTH = "**"


def find_path(folder: Path, text: str) -> Path:
    """An absolute path for one as the user wrote it, relative to `folder`; "~" is the user's home."""
    # An unknown user's ~ stays as it is, and is then no such file.
    path = Path(os.path.abspath(folder / os.path.expanduser(text)))
    return on_disk(Path(path.anchor), path.relative_to(path.anchor).as_posix())


def find_pictures(folder: Path, text: str) -> list[Path]:
    """The pictures of a folder, a file or a pattern, relative to `folder`, whose own name is no pattern. Raises InputError where
    there is none."""
    path = find_path(folder, text)
    if path.exists() or not glob.has_magic(text):
        return list_images(path)
    pattern = Path(os.path.expanduser(text))
    start, parts = (Path(pattern.anchor), pattern.parts[1:]) if pattern.is_absolute() else (folder, pattern.parts)
    found = (Path(os.path.abspath(one)) for one in _matches(start, parts))
    pictures = without_labels(one for one in found if is_picture(one))
    if not pictures:
        hint = "; in a pattern, [[] stands for the character [" if "[" in text else ""
        raise InputError(f"images: no picture matches {text!r}{hint}")
    return pictures


def distinct(pictures: Iterable[Path]) -> tuple[Path, ...]:
    """Each picture once, sorted by name: one that can be reached by several paths, links among them, is one picture. Of its
    paths, the first that is no link itself counts."""
    found: dict[object, Path] = {}
    for path in sorted(set(pictures), key=lambda path: (path.is_symlink(), _order(path))):
        found.setdefault(_identity(path), path)
    return tuple(sorted(found.values(), key=_order))


def _order(path: Path) -> tuple[str, ...]:
    # On a disk with decomposed names, in the same order.
    return tuple(map(composed, path.parts))


def _identity(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return path  # whoever reads it says what is wrong
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


def _matches(start: Path, parts: Sequence[str]) -> Iterable[Path]:
    """Paths that a pattern's parts lead to, each once: part by part, so that no pattern takes long."""
    if parts[-1] == _ANY_DEPTH:
        parts = [*parts, "*"]
    found = {start: None}
    for number, part in enumerate(parts):
        inner: dict[Path, None] = {}
        for path in found:
            if part == _ANY_DEPTH:
                _add_folders(path, inner)
            else:
                inner.update(dict.fromkeys(_inside(path, part, number + 1 < len(parts))))
        found = inner
    return found


def _inside(folder: Path, part: str, only_folders: bool) -> Iterator[Path]:
    """What one part of a pattern, not "**", stands for in a folder."""
    if not glob.has_magic(part):
        path = folder / part if part == ".." else on_disk(folder, part)
        if os.path.lexists(path):
            yield path
        return
    fits = _fitting(part)
    yield from (
        folder / one.name
        for one in _entries(folder)
        if fits(one.name) and (not only_folders or os.path.isdir(one.path))
    )


def _add_folders(folder: Path, found: dict[Path, None]) -> None:
    """Adds the folder and all below it but hidden ones. Links are not followed: they may lead in circles."""
    left = [folder]
    while left:
        path = left.pop()
        if path not in found and os.path.isdir(path):
            found[path] = None
            left += [
                path / one.name
                for one in _entries(path)
                if not one.name.startswith(".") and one.is_dir(follow_symlinks=False)
            ]


def _fitting(pattern: str) -> Callable[[str], bool]:
    expression = re.compile(fnmatch.translate(os.path.normcase(composed(pattern))))
    hidden = pattern.startswith(".")

    def fits(name: str) -> bool:
        return (hidden or not name.startswith(".")) and bool(expression.match(os.path.normcase(composed(name))))

    return fits


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []  # as a pattern has it: no entry that fits
