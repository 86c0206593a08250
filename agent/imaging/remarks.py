"""What a reader of picture files did that its user may not expect, as data; the words come last."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class RemarkKind(Enum):
    """What was met in a file."""

    FURTHER_PAGES = "further pages"
    DAMAGED_METADATA = "damaged metadata"
    UNUSABLE_PROFILE = "unusable profile"
    BLANK_ALPHA = "blank alpha"


_WORDS = {
    RemarkKind.FURTHER_PAGES: "holds {count} pages or frames, and only the first is read; save the others as files of their own",
    RemarkKind.DAMAGED_METADATA: "its metadata is damaged and is left out; the pixels are read as they are stored",
    RemarkKind.UNUSABLE_PROFILE: "its colour profile cannot be used, and its colours are read as sRGB",
    RemarkKind.BLANK_ALPHA: "its alpha channel is 0 everywhere, as where a camera leaves it unused, and is left out",
}


@dataclass(frozen=True)
class Remark:
    """One of them. count: pages or frames that the file holds, where it is about them."""

    kind: RemarkKind
    count: int = 0

    def __str__(self) -> str:
        return _WORDS[self.kind].format(count=self.count)
