"""Pictures of more than 8 bits a channel: which of their values is black and which is white, one scale for all of an item.

A 16-bit file does not say how many of its bits a camera fills. Guessed from each file alone, frames of one camera come out
at different brightness; so the scale is what the files say, or follows from all of them together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path

import numpy as np

from ..core.errors import InputError
from .decoding import Decoded, decode, may_be_deep

#: What a user can call white: (least, most).
WHITE_LEVELS = (1e-6, 1e9)
# Bits that cameras have.
_BITS = (8, 10, 12, 14, 16)
# Those that cameras store in the upper bits of 16. 14 bits there are told too poorly from fewer ones elsewhere.
_LEFT_ALIGNED = (8, 10, 12)
_FULL = 65535
# So many different values that all lie on the steps of fewer bits do not do so by chance.
_MANY = 16
# A float picture may overshoot its white, by filters and reflections.
_OVERSHOOT = 2.0
# What is further below 0 is no noise around black.
_BELOW = 0.1


class ToneOrigin(Enum):
    """Where a scale comes from."""

    ASKED = "asked"
    FILE = "file"
    TOGETHER = "together"
    RANGE = "range"


@dataclass(frozen=True)
class Tone:
    """Values of a file that are black and white, and why."""

    black: float
    white: float
    origin: ToneOrigin

    def to_8_bit(self, samples: np.ndarray) -> np.ndarray:
        """Samples of any shape, uint16, int32 or float32 -> uint8. NaN is black."""
        values = (samples.astype(np.float64) - self.black) / (self.white - self.black)
        return np.asarray(np.nan_to_num(np.clip(values, 0.0, 1.0)) * 255.0 + 0.5).astype(np.uint8)

    def __str__(self) -> str:
        white, black = f"{self.white:g}", f"{self.black:g}"
        if self.origin is ToneOrigin.ASKED:
            return f"{white} is taken as white, as asked for"
        if self.origin is ToneOrigin.FILE:
            return f"{white} is taken as white, as the files say"
        if self.origin is ToneOrigin.RANGE:
            return f"{black} is taken as black and {white} as white, the least and the most of all of them"
        return f"{white} is taken as white, the least that holds the brightest of all of them"


@dataclass
class Seen:
    """What was seen of deep pictures so far. least, most: finite values. declared, significant, white_level: the largest that
    their files say, 0 where none does, see Declared. present: whether a value of 0-65535 occurs, (65536,) bool."""

    least: float = math.inf
    most: float = -math.inf
    declared: float = 0.0
    significant: int = 0
    white_level: float = 0.0
    present: np.ndarray = field(default_factory=lambda: np.zeros(_FULL + 1, bool))

    def add(self, decoded: Decoded) -> None:
        """Takes in a deep picture."""
        samples = decoded.deep
        assert samples is not None
        says = decoded.declared
        self.declared = max(self.declared, says.most or 0.0)
        self.significant = max(self.significant, says.significant or 0)
        self.white_level = max(self.white_level, says.white_level or 0.0)
        finite = samples[np.isfinite(samples)] if samples.dtype.kind == "f" else samples
        if finite.size:
            self.least, self.most = min(self.least, float(finite.min())), max(self.most, float(finite.max()))
        if samples.dtype == np.uint16:
            self.present[samples] = True

    def integer_tone(self) -> Tone:
        """The scale of whole numbers."""
        if self.white_level:
            return Tone(0.0, self.white_level, ToneOrigin.FILE)
        if self.least < 0 or self.most > _FULL:
            return self._range()
        if self._is_declared():
            return Tone(0.0, self.declared, ToneOrigin.FILE)
        if self.significant:
            most = 2.0**self.significant - 1
            scaled = self.most > most or self._on_steps(self.significant)
            return Tone(0.0, _FULL if scaled else most, ToneOrigin.FILE)
        if any(map(self._on_steps, _LEFT_ALIGNED)):
            return Tone(0.0, _FULL, ToneOrigin.TOGETHER)
        return self._fewest_bits()

    def float_tone(self) -> Tone:
        """The scale of floating-point numbers: those of 0-1 stay as they are."""
        if self._is_declared():
            return Tone(0.0, self.declared, ToneOrigin.FILE)
        if self.most < _OVERSHOOT:
            found = Tone(0.0, 1.0, ToneOrigin.FILE)
        elif self.most <= _FULL:
            found = self._fewest_bits()
        else:
            return self._range()
        return self._range() if self.least < -_BELOW * found.white else found

    def _is_declared(self) -> bool:
        """Whether the files say how large a value can be, and none is larger."""
        return self.declared > 0 and self.declared >= self.most

    def _fewest_bits(self) -> Tone:
        """By the least of a camera's bits that holds the brightest value."""
        bits = next(bits for bits in _BITS if 2**bits > self.most)
        return Tone(0.0, 2.0**bits - 1, ToneOrigin.TOGETHER)

    def _range(self) -> Tone:
        return Tone(self.least, max(self.most, math.nextafter(self.least, math.inf)), ToneOrigin.RANGE)

    def _on_steps(self, bits: int) -> bool:
        """Whether all values are those of fewer bits, scaled up to 16 by a shift or by a factor, as PNG asks for."""
        values = np.flatnonzero(self.present)
        if len(values) < _MANY:
            return False
        if not (values & ((1 << (16 - bits)) - 1)).any():
            return True
        factor = _FULL / (2**bits - 1)
        near = np.abs(values - np.rint(values / factor) * factor) <= 1.0
        return bits < 14 and bool(near.all())


class ItemTone:
    """The scale of an item's pictures, found when the first deep one is met: then all that are deep are read once.

    paths: the item's pictures. white_level: the value that is white, where the user says it.
    """

    def __init__(self, paths: Sequence[Path], white_level: float | None = None) -> None:
        self._paths = tuple(paths)
        self._white_level = white_level

    def of(self, decoded: Decoded) -> Tone:
        """The scale for one of the pictures, a deep one."""
        assert decoded.deep is not None
        found = self.floats if decoded.deep.dtype.kind == "f" else self.integers
        return found if found is not None else tone_of(decoded, self._white_level)

    @property
    def integers(self) -> Tone | None:
        """The scale of whole numbers; None where no picture has them in more than 8 bits."""
        return self._found[0]

    @property
    def floats(self) -> Tone | None:
        """The scale of floating-point numbers; None where no picture has them."""
        return self._found[1]

    @property
    def deep(self) -> int:
        """How many of the pictures are deeper than 8 bit."""
        return self._found[2]

    @cached_property
    def _found(self) -> tuple[Tone | None, Tone | None, int]:
        integers, floats, deep = Seen(), Seen(), 0
        for path in self._paths:
            try:
                decoded = decode(path) if may_be_deep(path) else None
            except InputError:
                continue  # whoever reads it says so
            if decoded is not None and decoded.deep is not None:
                deep += 1
                (floats if decoded.deep.dtype.kind == "f" else integers).add(decoded)
        return (
            None if integers.most == -math.inf else _asked(self._white_level) or integers.integer_tone(),
            None if floats.most == -math.inf else _asked(self._white_level) or floats.float_tone(),
            deep,
        )


def tone_of(decoded: Decoded, white_level: float | None = None) -> Tone:
    """The scale of one deep picture by itself."""
    seen = Seen()
    seen.add(decoded)
    if seen.most == -math.inf:  # nothing is finite
        return Tone(0.0, 1.0, ToneOrigin.FILE)
    assert decoded.deep is not None
    asked = _asked(white_level)
    return asked or (seen.float_tone() if decoded.deep.dtype.kind == "f" else seen.integer_tone())


def _asked(white_level: float | None) -> Tone | None:
    return None if white_level is None else Tone(0.0, white_level, ToneOrigin.ASKED)
