"""anomaly-agent train trajectories: from real anomaly images, from rendered ones, and from what users recorded."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from ....agent.production.interrupt import Interrupted
from .mix import TrajectoryMix
from .run import TrajectoriesRequest, make_trajectories


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `train trajectories`."""
    add = parser.add_argument
    add("--output", type=Path, required=True, metavar="FILE", help="JSON lines; images go to FILE's stem + _images/")
    add(
        "--data", type=Path, action="append", default=[], metavar="DIR",
        help="anomaly images with masks: one item's folder or a folder of items, MVTec AD or VisA; repeat for more",
    )  # fmt: skip
    add("--rendered", type=int, metavar="COUNT", help="anomaly images that the pack makes itself")
    add("--side", type=int, metavar="PX", help="of rendered images")
    add(
        "--recorded", type=Path, action="append", default=[], metavar="FILE",
        help="trajectories.jsonl that users recorded; repeat for more",
    )  # fmt: skip
    add("--failed-too", action="store_true", help="take recorded trajectories that did not pass, too")
    add("--per-image", type=int, metavar="N", help="trajectories for one anomaly image")
    add("--anomaly", dest="unnamed", metavar="TYPE", help="what anomalies are whose type's name says nothing")
    add("--editor", metavar="MODEL", help="a diffusers folder or hub id that rebuilds normal images")
    add("--download-to", type=Path, metavar="DIR", help="allows a hub id to be downloaded, into this folder")
    add("--strict", action="store_true", help="stop, with nothing written, where anything is broken")
    names = ", ".join(f"{share.name} {share.default}" for share in fields(TrajectoryMix))
    add(
        "--share", type=_share, action="append", default=[], metavar="NAME=SHARE",
        help=f"of trajectories, 0-1; repeat for more; default: {names}",
    )  # fmt: skip
    add("--max-attempts", type=int, metavar="N", help="images that an episode may make")
    add("--threshold", type=float, metavar="T", help="an image passes when its score, 0-10, is above this")
    add("--preview", type=Path, metavar="FILE", help="a page (.html) that shows some of them")
    add("--seed", type=int, metavar="S", help="the same seed and data give the same bytes")
    for action in parser._actions:
        default = getattr(TrajectoriesRequest, action.dest, None)
        if isinstance(default, int | float) and not isinstance(default, bool):
            action.help = f"{action.help}, default: {default:g}"
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    """Raises InputError, and Interrupted on Ctrl-C, when nothing is left behind."""
    names = {name.name for name in fields(TrajectoriesRequest)}
    given: dict[str, Any] = {k: v for k, v in vars(options).items() if k in names and v is not None}
    given |= {
        "data": tuple(options.data),
        "recorded": tuple(options.recorded),
        "mix": TrajectoryMix(**dict(options.share)),
    }
    try:
        make_trajectories(TrajectoriesRequest(**given))
    except KeyboardInterrupt:
        raise Interrupted from None


def _share(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    known = [share.name for share in fields(TrajectoryMix)]
    try:
        if name in known:
            return name, float(value)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not NAME=SHARE with a name of {', '.join(known)}")
