"""anomaly-agent train ...: trajectories, sft, grpo, evaluate. Found by the command line through its entry point."""

from __future__ import annotations

import argparse
import importlib

# Command -> (its module, with add_arguments(parser) that sets `run` on the parser's defaults; its help). They are imported when
# the command line asks for `train`, as each may be slow to import.
_COMMANDS = {
    "trajectories": (".trajectories.command", "make trajectories to learn from, out of anomaly images"),
    "sft": (".sft.command", "fine-tune a policy on trajectories"),
    "grpo": (".grpo.command", "improve a fine-tuned policy by reinforcement learning in the environment"),
    "evaluate": ("..assessment.policies.command", "compare policies on tasks that no training has drawn"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the training commands below `train`."""
    parser.description = "Makes the policy: trajectories, then SFT, then GRPO; and measures it."
    commands = parser.add_subparsers(dest="train_command", required=True, parser_class=type(parser))
    for name, (module, text) in _COMMANDS.items():
        importlib.import_module(module, __package__).add_arguments(commands.add_parser(name, help=text))
