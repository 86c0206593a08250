"""Commands on a written data set: export, curate, review."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from ..core.text import one_line
from ..curation import CurationRequest, run_curation
from ..export import ExportRequest, run_export
from ..export.formats import FORMATS
from ..export.run import MASK_MARGINS
from ..imaging.deep import BIT_DEPTHS
from ..review import run_review
from .values import counts, number, path, text, whole_number


def add_dataset_commands(commands: Any) -> None:
    """Adds the commands to the subparsers of the command line."""
    export = _command(commands, "export", "write a data set in another format, without what was rejected", _export)
    export.add_argument("--format", choices=FORMATS, required=True, help="%(choices)s")
    export.add_argument("--output", type=path, required=True, metavar="DIR", help="a folder that does not exist yet")
    export.add_argument(
        "--licence", type=text, default="", metavar="TEXT", help="of the input images, for the datasheet"
    )
    export.add_argument(
        "--validation",
        type=number(0, 0.9),
        default=ExportRequest.validation,
        metavar="SHARE",
        help="of the normal images, held out with all that was made from them, default: %(default)g",
    )
    export.add_argument(
        "--seed", type=whole_number(0), default=0, metavar="S", help="of the split, default: %(default)s"
    )
    export.add_argument(
        "--mask-margin",
        type=number(0, MASK_MARGINS[1]),
        default=ExportRequest.mask_margin,
        metavar="M",
        help="grow masks by this share of the picture's shorter side, as people outline a defect; 0.008 is 2 px of 256, "
        "default: %(default)g, exact",
    )
    export.add_argument(
        "--combine",
        type=counts,
        default=ExportRequest.combine,
        metavar="N[-M]",
        help="so many samples of one normal image in a picture, where they do not meet, e.g. 1-4; default: 1, as they are",
    )
    export.add_argument(
        "--bit-depth",
        type=int,
        choices=BIT_DEPTHS,
        default=ExportRequest.bit_depth,
        help="bits a channel; 16 keeps what deeper files have, default: %(default)s",
    )
    curate = _command(commands, "curate", "drop near-duplicates and even out types, sizes and places", _curate)
    curate.add_argument(
        "--ratio",
        type=number(1, 1000),
        default=CurationRequest.ratio,
        metavar="R",
        help="no type keeps more than R times the rarest one, and in a type no size and place more than R times their "
        "mean, default: %(default)g",
    )
    curate.add_argument(
        "--hard",
        type=number(0, 1),
        default=CurationRequest.hard,
        metavar="SHARE",
        help="of what a type keeps, at least, that can hardly be seen, as far as there is any, default: %(default)g",
    )
    curate.add_argument(
        "--distinct",
        type=number(0, 1000),
        default=CurationRequest.distinct,
        metavar="D",
        help="drop what stands out less than D times the product's own texture, e.g. 1.25, default: %(default)g, none",
    )
    review = _command(commands, "review", "look through a data set in the browser: accept, reject, mend masks", _review)
    review.add_argument("--port", type=whole_number(0, 65535), default=0, metavar="N", help="default: any free one")
    review.add_argument("--no-browser", action="store_true", help="print the address, open nothing")


def _command(
    commands: Any, name: str, words: str, run: Callable[[argparse.Namespace], None]
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words)
    parser.add_argument("folder", type=path, metavar="DIR", help="one item's folder of a data set, or a folder of them")
    parser.set_defaults(run=run)
    return parser


def _tell(message: str) -> None:
    print(one_line(message), file=sys.stderr)


def _export(options: argparse.Namespace) -> None:
    content = run_export(
        ExportRequest(
            options.folder,
            options.format,
            options.output,
            options.licence,
            options.validation,
            options.seed,
            options.mask_margin,
            options.combine,
            options.bit_depth,
        ),
        _tell,
    )
    anomalous = sum(bool(picture.anomaly) for picture in content.pictures)
    held_out = sum(picture.held_out for picture in content.pictures)
    print(
        f"{anomalous} anomalous and {len(content.pictures) - anomalous} normal images, {held_out} of them held out: "
        f"{options.output}"
    )


def _curate(options: argparse.Namespace) -> None:
    for line in run_curation(CurationRequest(options.folder, options.ratio, options.hard, options.distinct), _tell):
        print(line)


def _review(options: argparse.Namespace) -> None:
    run_review(options.folder, options.port, not options.no_browser)
