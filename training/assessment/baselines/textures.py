"""Pictures whose content is blended in: DRAEM's authors take the Describable Textures Dataset (DTD)."""

from __future__ import annotations

from pathlib import Path

import cv2

from ....agent.core.errors import InputError
from ....agent.imaging.picture_files import is_own, is_picture


def list_textures(folder: Path) -> list[Path]:
    """The pictures in a folder and below, by name. Raises InputError where there is none, or one that cannot be read."""
    found = sorted(
        path
        for path in folder.rglob("*")
        if is_picture(path) and all(map(is_own, path.relative_to(folder).parent.parts))
    )
    if not found:
        raise InputError(f"--textures {folder}: no picture in it or below; give a folder such as DTD's images")
    for path in found:
        if not cv2.haveImageReader(str(path)):
            raise InputError(f"{path}: cannot be read as a picture; mend it or take it out of --textures")
    return found
