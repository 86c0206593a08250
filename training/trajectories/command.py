"""anomaly-agent train trajectories: from real anomaly images, from rendered ones, and from what users recorded."""

from __future__ import annotations

import argparse
from pathlib import Path

from .run import TrajectoriesRequest, make_trajectories


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Adds the command."""
    parser = commands.add_parser("trajectories", help="make trajectories to learn from out of anomaly images")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="JSON lines; images go beside it")
    parser.add_argument("--rendered", type=int, default=0, metavar="COUNT", help="anomaly images that the pack makes")
    parser.add_argument("--side", type=int, default=128, metavar="PX", help="of rendered images, default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="default: %(default)s")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    make_trajectories(
        TrajectoriesRequest(output=options.output, rendered=options.rendered, side=options.side, seed=options.seed)
    )
