"""anomaly-agent train grpo"""

from __future__ import annotations

import argparse
from pathlib import Path

from .sft_command import add_run_options, require_trainer


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "grpo", help="improve a fine-tuned policy by reinforcement learning in the environment"
    )
    parser.add_argument(
        "--start", type=Path, required=True, metavar="DIR", help="the policy folder that sft has written"
    )
    add_run_options(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    require_trainer()
    from .checkpoints import begin
    from .config import load_config
    from .grpo import run_grpo

    config = load_config(options.config, tuple(options.set))
    begin(options.output, config)
    print(f"Policy: {run_grpo(config, options.start, options.output)}")
