"""Names of items and anomaly types as folder names, and folders that are there under another form of a name.

A new folder gets a name that every system takes and that is not mistaken for another: `folder_name` refuses all else. A folder
that exists is read whatever its name; where that becomes a name in an output, `safe_names` makes it one that `folder_name` takes.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from ..core.errors import InputError
from ..core.names import JOINERS, composed, name_key
from .layout import GOOD

# Names of devices on Windows, with any ending.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])", re.IGNORECASE)
_LONGEST = 80
_MOST_UNCOMPOSED = 1000
# A file name has 255 bytes at most; this leaves room for ".", ".yaml", and ".part".
_MOST_BYTES = 240
# A name that is part of a file's name, beside another and a number.
_MOST_PART_BYTES = 100
_UNNAMED = "unnamed"
# Letters, marks and numbers. Not enclosing marks: they turn a digit into an emoji.
_WORD = ("L", "N", "Mn", "Mc")
# Punctuation within words: Catalan, Hebrew, Tibetan, Japanese.
_PUNCTUATION = "_.+-\u00b7\u05be\u05f3\u05f4\u0f0b\u30fb"
# Letters and marks that show nothing: fillers, variation selectors and such.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
# Scripts whose spelling needs joiners: Arabic and Syriac to Mongolian, with those of India between.
_JOINED = re.compile("[\u0600-\u07bf\u0840-\u109f\u1780-\u18af\u1a20-\u1aaf\ua840-\ua87f\ua8e0-\ua8ff]")
_VIRAMA = 9


def folder_name(name: str, what: str) -> str:
    """A folder name for an item or anomaly type: composed, white space becomes "_".

    Raises InputError, calling it `what`, for a name that is empty, too long, could leave its folder, is no folder's name on
    some system, or could pass for another.
    """
    plain = name.strip()
    # Composing many marks takes the square of their number; no name that is short enough has so many.
    slug = re.sub(r"\s+", "_", composed(plain) if len(plain) <= _MOST_UNCOMPOSED else plain)
    if not slug:
        raise InputError(f"{what} is empty; give it a name")
    if len(plain) > _MOST_UNCOMPOSED or len(slug) > _LONGEST or _bytes(slug) > _MOST_BYTES:
        raise InputError(
            f"{what} {slug[:20]!r}... is longer than {_LONGEST} characters, or {_MOST_BYTES} bytes of UTF-8; give it a "
            "shorter name"
        )
    wrong = next((letter for index, letter in enumerate(slug) if not _fits(slug, index)), "")
    if wrong:
        shown = f"{wrong!r}, " if wrong.isprintable() else ""
        raise InputError(
            f"{what} {slug!r} cannot be a folder name: it has {shown}{unicodedata.name(wrong, 'a character')} "
            f"(U+{ord(wrong):04X}); use letters, digits, spaces, '_' and '-'"
        )
    if not _can_begin(slug[0]) or slug.endswith(".") or _is_reserved(slug):
        raise InputError(
            f"{what} {slug!r} cannot be a folder name on every system; begin it with a letter or digit, end it without a "
            "dot, and call it no device of Windows (con, nul, com1)"
        )
    return slug


def type_folder(anomaly: str) -> str:
    """The folder name of an anomaly type. Raises InputError as `folder_name` does, and for the name of normal
    images' folder."""
    folder = folder_name(anomaly, "anomaly type")
    if name_key(folder) == GOOD:
        raise InputError(f"anomaly type {anomaly!r} is the folder of images without a defect; give the defect a name")
    return folder


def check_names_differ(names: Iterable[str], what: str) -> None:
    """Raises InputError where two names are one folder on some system: they differ in case, or in what cannot be seen."""
    known: dict[str, str] = {}
    for name in names:
        before = known.setdefault(name_key(name), name)
        if composed(before) != composed(name):
            raise InputError(
                f"{what} {before!r} and {name!r} are one name on other systems (macOS, Windows) or to the eye; rename one"
            )


def safe_names(names: Iterable[str], what: str, others: Iterable[str] = ()) -> dict[str, str]:
    """A folder name that `folder_name` takes for each name of a folder that exists, one for equal names: what it does not take
    becomes "_". Of different names that come to the same one, the second is "NAME_2", and so on, by name. others: names that are
    something else's.

    Raises InputError where two names differ in case alone.
    """
    plain = {name: re.sub(r"\s+", "_", composed(name.strip())) for name in names}
    check_names_differ(sorted(set(plain.values())), what)
    safe: dict[str, str] = {}
    taken = set(map(name_key, others))
    # Those that are folder names already keep them.
    for slug in sorted(set(plain.values()), key=lambda slug: (_safe(slug) != slug, slug)):
        first = _safe(slug)
        numbered = (f"{_with_room(first)}_{number}" for number in range(2, len(plain) + 2))
        safe[slug] = next(one for one in (first, *numbered) if name_key(one) not in taken)
        taken.add(name_key(safe[slug]))
    return {name: safe[slug] for name, slug in plain.items()}


def shortened(name: str, most_bytes: int = _MOST_PART_BYTES, longest: int = _LONGEST) -> str:
    """The beginning of a name, of so many bytes and characters at most: as part of a file's name."""
    name = name[:longest]
    while _bytes(name) > most_bytes:
        name = name[:-1]
    return name


def place(parent: Path, name: str, what: str) -> Path:
    """Where the folder `name` lies in `parent`, or is to lie: one that is there with its accents in another form is it.

    Raises InputError where there is one that other systems take for it.
    """
    found = _child(parent, name)
    if found is None:
        for entry in _entries(parent):
            if name_key(entry) == name_key(name) and not entry.startswith("."):
                raise InputError(
                    f"{what} {name!r} is one name with {entry!r}, which is in {parent}, on other systems (macOS, Windows) or "
                    "to the eye; use that name, or another"
                )
    return parent / (found or name)


def on_disk(root: Path, name: str) -> Path:
    """The file or folder at a path in `root`, "/" between its parts, with its accents in whichever form they are there."""
    path = root / name
    if name.isascii() or os.path.lexists(path):
        return path
    path = root
    for part in PurePosixPath(name).parts:
        path = path / (_child(path, part) or part)
    return path


def _child(parent: Path, name: str) -> str | None:
    if os.path.lexists(parent / name):
        return name
    return next((entry for entry in sorted(_entries(parent)) if composed(entry) == composed(name)), None)


def _entries(folder: Path) -> Iterator[str]:
    try:
        yield from os.listdir(folder)
    except (OSError, ValueError):  # no folder that can be read, or a name that no disk takes
        return


def _safe(slug: str) -> str:
    # A character that goes may leave another without what it needs beside it, so until each one fits.
    while any(wrong := [not _fits(slug, index) for index in range(len(slug))]):
        marked = "".join("\0" if bad else letter for letter, bad in zip(slug, wrong, strict=True))
        slug = composed(re.sub(r"[_\0]+", lambda run: "_" if "\0" in run[0] else run[0], marked).strip("_"))
    slug = slug.rstrip(".") or _UNNAMED
    if not _can_begin(slug[0]) or _is_reserved(slug):
        slug = f"_{slug}"
    if len(slug) > _LONGEST or _bytes(slug) > _MOST_BYTES:
        slug = _with_room(slug)
    return slug


def _with_room(slug: str) -> str:
    """Cut, so that a number has room behind it."""
    return shortened(slug, _MOST_BYTES - 8, _LONGEST - 8).rstrip("." + JOINERS)


def _fits(name: str, index: int) -> bool:
    """Whether the character at an index can stand there."""
    letter = name[index]
    if letter in JOINERS:
        before, after = name[index - 1 : index], name[index + 1 : index + 2]
        if before and unicodedata.combining(before) == _VIRAMA:
            return True
        return bool(_JOINED.match(before) and _JOINED.match(after))
    if letter in _PUNCTUATION:
        return True
    category = unicodedata.category(letter)
    return category.startswith(_WORD) and not _INVISIBLE.match(letter)


def _can_begin(letter: str) -> bool:
    return letter == "_" or unicodedata.category(letter)[0] in "LN"


def _is_reserved(slug: str) -> bool:
    return bool(_RESERVED.fullmatch(slug.partition(".")[0]))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
