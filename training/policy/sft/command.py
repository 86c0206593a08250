"""anomaly-agent train sft"""

from __future__ import annotations

import argparse
from pathlib import Path

from ....agent.models.libraries import require


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `train sft`."""
    parser.add_argument(
        "--trajectories", type=Path, required=True, action="append", metavar="FILE", help="repeat for more"
    )
    add_run_options(parser)
    parser.set_defaults(run=_run)


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Options of every run."""
    parser.add_argument("--config", default="embedded", metavar="NAME", help="a YAML file or a packaged configuration")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="the same DIR again goes on after a kill"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="over the configuration, e.g. grpo.steps=10"
    )


def require_trainer() -> None:
    """Raises InputError, with what to install, where the training libraries are missing."""
    require("trl", "training", "trl datasets accelerate tensorboard matplotlib pyyaml")


def _run(options: argparse.Namespace) -> None:
    require_trainer()
    from ..checkpoints import begin
    from ..config import load_config
    from ..trajectories.load import load_trajectories
    from .run import run_sft

    config = load_config(options.config, tuple(options.set))
    records = [record for path in options.trajectories for record in load_trajectories(path)]
    begin(options.output, config)
    print(f"Policy: {run_sft(config, records, options.output)}")
