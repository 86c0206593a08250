"""anomaly-agent inspect: says and shows what the product of each picture is made of."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..core.errors import InputError
from ..core.text import one_line
from ..dataset.layout import not_writable
from ..imaging.io import read_picture, write_png
from ..imaging.picture_files import list_images
from ..imaging.tone import ItemTone
from ..scene.overlay import draw_parts
from ..scene.parts import Parts
from ..scene.scene import analyze_scene
from ..scene.words import say_scene, say_shared
from .values import path


def add_inspect_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `inspect`, and what it runs."""
    parser.add_argument("images", type=path, metavar="DIR_OR_FILE", help="normal images")
    parser.add_argument("--output", type=path, metavar="DIR", help="draw the parts on each picture, into this folder")
    parser.set_defaults(run=lambda options: inspect_pictures(options.images, options.output))


def inspect_pictures(images: Path, output: Path | None = None) -> None:
    """Prints a line for each picture, and at the end what all have; broken ones are named on stderr and passed over.

    images: a picture or a folder of them. output: for a picture NAME_parts.png of each. Raises InputError where no picture can be
    read, or output cannot be written.
    """
    paths = list_images(images)
    tone = ItemTone(paths)
    found: list[Parts] = []
    for source in paths:
        try:
            picture = read_picture(source, tone)
        except InputError as error:
            print(one_line(f"skipped: {error}"), file=sys.stderr)
            continue
        for remark in picture.remarks:
            print(one_line(f"noted: {source}: {remark}"), file=sys.stderr)
        scene = analyze_scene(picture.image)
        found.append(scene.parts)
        print(one_line(f"{source.name}: {say_scene(scene)}"))
        if output is not None:
            same = [path for path in paths if path.stem.lower() == source.stem.lower()]
            name = source.stem if len(same) == 1 else source.name
            try:
                write_png(output / f"{name}_parts.png", draw_parts(picture.image, scene))
            except OSError as error:
                raise not_writable(output, error) from error
    if not found:
        raise InputError(f"{images}: no picture can be used; see the messages above for what is wrong with each")
    if len(found) > 1:
        print(f"All {len(found)} pictures have: {say_shared(found)}")
    if output is not None:
        print(f"{len(found)} pictures of parts: {output}")
