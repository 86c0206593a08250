"""What a picture's file says of its samples."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Declared:
    """depth: bits a channel that a sample is stored in. most: the largest value that one can be. significant: the bits that hold
    something. white_level: the value that is white, in files that this product wrote. None: the file does not say."""

    depth: int = 8
    most: float | None = None
    significant: int | None = None
    white_level: float | None = None
