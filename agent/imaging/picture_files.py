"""Which files of a folder are pictures of it: one rule for every reader of folders and data sets."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..core.errors import InputError
from ..core.names import composed
from .decoding import decode
from .mask_files import FEW_VALUES

#: Endings of the files that count as images in a folder.
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
# Folders that systems and programs put beside a user's own, apart from hidden ones.
_FOREIGN_FOLDERS = frozenset({"__macosx", "@eadir", "$recycle.bin", "system volume information"})
# How a picture of labels is named after the picture that it is for.
_WORDS = "(?:masks?|labels?|gt|ground_?truth|seg|segmentation|annotation)"
_LABEL = re.compile(rf"[-_. ]{_WORDS}$|^{_WORDS}[-_. ](?=.)", re.IGNORECASE)
_MASK = "_mask"


def list_images(source: Path) -> list[Path]:
    """Images at `source` (a file, or a folder, not searched deeper), by name. Raises InputError when there is none."""
    if not source.exists():
        raise InputError(f"{source}: no such file or folder; give a picture or a folder of pictures")
    if not source.is_dir():
        return [source]
    found = pictures_in(source)
    if not found:
        raise InputError(f"{source}: no image in this folder ({', '.join(sorted(IMAGE_SUFFIXES))} are read)")
    return found


def pictures_in(folder: Path) -> list[Path]:
    """The pictures of a folder, not searched deeper, by name, without those that only label others; none where there is no such
    folder. Raises InputError for a folder that cannot be read."""
    try:
        return without_labels(path for path in folder.iterdir() if is_picture(path))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror}); check its permissions") from error


def folders_in(folder: Path) -> list[Path]:
    """The folders in a folder that are the user's own, by name; none where there is no such folder. Raises InputError."""
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() and is_own(path.name))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror}); check its permissions") from error


def is_own(name: str) -> bool:
    """Whether a file or folder of this name is the user's own: neither hidden, nor put there by a system."""
    return not name.startswith(".") and name.lower() not in _FOREIGN_FOLDERS


def is_picture(path: Path) -> bool:
    """Whether a file counts as an image, by its name and kind. Pipes, devices, folders and links to nothing do not, whatever
    their name."""
    if path.suffix.lower() not in IMAGE_SUFFIXES or not is_own(path.name):
        return False
    return path.is_file()


def without_labels(paths: Iterable[Path]) -> list[Path]:
    """Pictures by name, without those of labels that lie beside the picture that they are for: 01_mask.png, 01_label.bmp or
    mask_01.png beside 01.jpg, or a 01.png of few values beside 01.jpg."""
    twins: dict[tuple[Path, str], list[Path]] = defaultdict(list)
    found = sorted(paths)
    for path in found:
        twins[path.parent, mask_key(path)].append(path)
    labels = set()
    for path in found:
        stem = _LABEL.sub("", path.stem)
        if stem != path.stem and (path.parent, composed(stem).lower()) in twins:
            labels.add(path)
    for same in twins.values():
        if len(same) > 1:
            flat = [path for path in same if _is_flat(path)]
            labels.update(flat if len(flat) < len(same) else [])
    return [path for path in found if path not in labels]


def masks_in(folder: Path) -> dict[str, Path]:
    """The masks in a folder by the `mask_key` of the picture that each is for: NAME_mask, NAME with another word for it, or NAME,
    with any ending of an image, in any case. NAME_mask.png comes first where there are several."""
    try:
        there = sorted(path for path in folder.iterdir() if is_picture(path))
    except OSError:
        return {}
    found: dict[str, Path] = {}
    # The last one to be set stands.
    for path in sorted(there, key=_rank):
        found[mask_key(path)] = path
        found[_LABEL.sub("", mask_key(path))] = path
    return found


def _rank(mask: Path) -> tuple[bool, bool, bool]:
    return mask_key(mask).endswith(_MASK), _LABEL.search(mask.stem) is not None, mask.suffix.lower() == ".png"


def mask_key(picture: Path) -> str:
    """What a picture's name and that of its mask have in common."""
    return composed(picture.stem).lower()


def _is_flat(path: Path) -> bool:
    """Whether a picture has few values, as labels have."""
    try:
        decoded = decode(path)
    except InputError:
        return False
    if decoded.lossy:
        return False
    values = decoded.deep if decoded.picture is None else np.asarray(decoded.picture.convert("RGB"))
    assert values is not None
    flat = values if values.ndim == 2 else values.max(axis=2)
    return len(np.unique(flat)) <= FEW_VALUES
