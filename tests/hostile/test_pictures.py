"""Broken, odd and hurtful picture files: each is refused in a line that names it, or its pixels are those that it stores."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bad_files import ramp, whole_png
from pictures_catalogue import (
    JPEG_READ,
    JPEG_REFUSED,
    OTHER_READ,
    OTHER_REFUSED,
    PNG_NOTED,
    PNG_READ,
    PNG_REFUSED,
    TIFF_NOTED,
    TIFF_READ,
    TIFF_REFUSED,
)
from sandbox import outcome_of, sandbox

from anomaly_agent.agent.imaging.io import read_picture

# JPEG changes values a little.
_LOSSY = 6

REFUSED = {
    **{("png", name): make for name, make in PNG_REFUSED.items()},
    **{("jpg", name): make for name, make in JPEG_REFUSED.items()},
    **{("tif", name): make for name, make in TIFF_REFUSED.items()},
    **{("png", name): make for name, make in OTHER_REFUSED.items()},
}
READ = {
    **{("png", name): make for name, make in PNG_READ.items()},
    **{("jpg", name): make for name, make in JPEG_READ.items()},
    **{("tif", name): make for name, make in TIFF_READ.items()},
    **{("bmp", name): make for name, make in OTHER_READ.items()},
    ("jpg", "PNG under another ending"): whole_png,
    ("tif", "BMP under another ending"): OTHER_READ["bmp"],
    ("png", "TIFF under another ending"): TIFF_READ["plain"],
}
NOTED = {
    **{("png", name): case for name, case in PNG_NOTED.items()},
    **{("tif", name): case for name, case in TIFF_NOTED.items()},
}


def named(case: object) -> str:
    return " ".join(case) if isinstance(case, tuple) else str(case)


def close(image: np.ndarray, lossy: bool = False) -> bool:
    return image.shape == ramp().shape and np.abs(image.astype(int) - ramp()).max() <= (_LOSSY if lossy else 0)


@pytest.mark.parametrize("case", REFUSED, ids=named)
def test_what_is_no_whole_picture_is_refused(case: tuple[str, str]) -> None:
    with sandbox() as folder:
        path = folder / f"bad.{case[0]}"
        path.write_bytes(REFUSED[case]())
        outcome_of(lambda: read_picture(path), folder, "out").is_refused(path.name)


@pytest.mark.parametrize("case", READ, ids=named)
def test_whole_pixels_are_read_whatever_lies_beside_them(case: tuple[str, str]) -> None:
    with sandbox() as folder:
        path = folder / f"odd.{case[0]}"
        path.write_bytes(READ[case]())
        read = outcome_of(lambda: read_picture(path), folder, "out").is_taken()
        assert close(read.image, lossy=case in {("jpg", name) for name in JPEG_READ})


@pytest.mark.parametrize("case", NOTED, ids=named)
def test_what_is_left_out_of_a_file_is_said(case: tuple[str, str]) -> None:
    make, word = NOTED[case]
    with sandbox() as folder:
        path = folder / f"odd.{case[0]}"
        path.write_bytes(make())
        read = outcome_of(lambda: read_picture(path), folder, "out").is_taken()
        assert close(read.image) and any(word in str(remark) for remark in read.remarks)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)  # a socket's path is short


def _circle(path: Path) -> None:
    path.symlink_to(path.name)


def _far_circle(path: Path) -> None:
    (path.parent / "other").symlink_to(path.name)
    path.symlink_to("other")


#: Things that are no file, under a picture's name.
NO_FILES: dict[str, Callable[[Path], None]] = {
    "nothing": lambda path: None,
    "folder": Path.mkdir,
    "pipe": _pipe,
    "socket": _socket,
    "link to nothing": lambda path: path.symlink_to("gone.png"),
    "link to itself": _circle,
    "two links in a circle": _far_circle,
    "link to an endless device": lambda path: path.symlink_to("/dev/zero"),
    "link to an empty device": lambda path: path.symlink_to("/dev/null"),
    "link to random numbers": lambda path: path.symlink_to("/dev/urandom"),
    "link to the terminal": lambda path: path.symlink_to("/dev/tty"),
    "link to what the process reads": lambda path: path.symlink_to("/dev/stdin"),
    "link to a folder": lambda path: path.symlink_to("."),
    "link to a text outside": lambda path: path.symlink_to("/etc/passwd"),
    "link to the kernel's words": lambda path: path.symlink_to("/proc/self/environ"),
    "file in a file": lambda path: path.parent.joinpath("x").write_text("x") and None,
}


@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_file_is_refused_and_not_waited_for(name: str) -> None:
    with sandbox() as folder:
        path = folder / "bad.png"
        NO_FILES[name](path)
        outcome_of(lambda: read_picture(path), folder, "out").is_refused(path.name)


@pytest.mark.parametrize(
    "name", ["x" * 300 + ".png", "a\0b.png", "x.png/y.png", "../" * 40 + "gone.png", "", " ", "\ud800.png", "é" * 200]
)
def test_a_path_that_no_disk_takes_is_refused(name: str) -> None:
    with sandbox() as folder:
        (folder / "x.png").write_bytes(whole_png())
        outcome_of(lambda: read_picture(folder / name), folder, "out").is_refused()
