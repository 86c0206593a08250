"""anomaly-agent train ...: trajectories, sft, grpo, evaluate. Found by the command line through its entry point."""

from __future__ import annotations

import argparse
import importlib

# One module a command, with add_parser(commands) that sets `run` on the parser's defaults; imported when the command line
# asks for `train`, as each may be slow to import.
_COMMANDS = ("trajectories.command", "sft_command", "grpo_command", "evaluation.command")


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Adds the training commands below `train`."""
    parser.description = "Makes the policy: trajectories, then SFT, then GRPO; and measures it."
    commands = parser.add_subparsers(dest="train_command", required=True, parser_class=type(parser))
    for name in _COMMANDS:
        importlib.import_module(f".{name}", __package__).add_parser(commands)
