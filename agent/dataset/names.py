"""Names of items and anomaly types as folder names."""

from __future__ import annotations

import re

from ..core.errors import InputError

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_LONGEST = 80


def folder_name(name: str, what: str) -> str:
    """A folder name for an item or anomaly type: white space becomes "_".

    Raises InputError, calling it `what`, for a name that is empty, too long, or could leave its folder.
    """
    slug = re.sub(r"\s+", "_", name.strip())
    if not slug:
        raise InputError(f"{what} is empty; give it a name")
    if len(slug) > _LONGEST:
        raise InputError(f"{what} {slug[:20]!r}... is longer than {_LONGEST} characters; give it a shorter name")
    if not re.fullmatch(r"[\w][\w.+-]*", slug) or slug.endswith(".") or _RESERVED.fullmatch(slug.split(".")[0]):
        raise InputError(f"{what} {slug!r} cannot be a folder name; use letters, digits, spaces, '_' and '-'")
    return slug
