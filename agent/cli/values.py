"""Values of options, read and checked; what cannot be used ends with one line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from ..core.task import COUNTS, Counts


def whole_number(least: int, most: int = 2**31 - 1) -> Callable[[str], int]:
    """Reads a whole number from least to most, for argparse's `type`."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return value

    return read


def named_value(text: str) -> tuple[str, str]:
    """Reads NAME=VALUE, neither of them empty, for argparse's `type`."""
    name, equals, value = text.partition("=")
    if not (equals and name.strip() and value.strip()):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name.strip(), value.strip()


def number(least: float, most: float) -> Callable[[str], float]:
    """Reads a number from least to most, for argparse's `type`."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}")
        return value

    return read


def counts(text: str) -> Counts:
    """Reads a whole number or a range of them, such as 3 or 1-4, for argparse's `type`."""
    least, _, most = text.partition("-")
    values = [int(value) if value.strip().isdecimal() else 0 for value in (least, most or least)]
    if not COUNTS[0] <= values[0] <= values[1] <= COUNTS[1]:
        raise argparse.ArgumentTypeError(f"{text!r} is not how many, such as 3 or 1-4, of {COUNTS[0]} to {COUNTS[1]}")
    return values[0], values[1]


def path(value: str) -> Path:
    """Reads a path, for argparse's `type`."""
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(f"{value!r} is no path on this system") from None
    return Path(value)


def text(value: str) -> str:
    """Reads a text that goes into files, for argparse's `type`."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("is not UTF-8 text") from None
    return value
