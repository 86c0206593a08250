"""anomaly-agent train grpo"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..sft.command import add_run_options, require_trainer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `train grpo`."""
    parser.add_argument(
        "--start", type=Path, required=True, metavar="DIR", help="the policy folder that sft has written"
    )
    add_run_options(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    require_trainer()
    from ..checkpoints import begin
    from ..config import load_config
    from .run import run_grpo

    config = load_config(options.config, tuple(options.set))
    begin(options.output, config)
    print(f"Policy: {run_grpo(config, options.start, options.output)}")
