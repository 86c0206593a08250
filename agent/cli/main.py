"""Arguments of the command line. Bad input ends with one line on stderr and exit code 2; Ctrl-C with 130."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import NoReturn

from ..errors import BackendError, InputError
from ..production.interrupt import Interrupted
from .demo import run_demo
from .plan import add_plan_commands
from .synthesize import add_synthesize_options
from .values import whole_number

# Commands of other packages, which this one does not import: training adds `train`.
_FURTHER_COMMANDS = "anomaly_agent.commands"
_KEPT = "what was written is a complete data set, and the same command goes on from there"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, without the usage text."""
        self.exit(2, f"{self.prog}: error: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Runs a command and returns its exit code: 0 done, 2 input that cannot be used, 3 a model or server
    that failed, 130 interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        options = _parser(arguments).parse_args(arguments)  # a further command's libraries may be missing
        options.run(options)
    except InputError as error:
        print(f"anomaly-agent: error: {error}", file=sys.stderr)
        return 2
    except BackendError as error:
        print(f"anomaly-agent: error: {error}; {_KEPT}", file=sys.stderr)
        return 3
    except Interrupted:
        print(f"anomaly-agent: interrupted; {_KEPT}", file=sys.stderr)
        return 130
    return 0


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    parser = _Parser(prog="anomaly-agent", description="Synthesizes industrial anomalies with pixel masks.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    demo = commands.add_parser("demo", help="synthesize defects on pictures that the demo makes itself")
    demo.add_argument("--output", type=Path, default=Path("output/demo"), metavar="DIR", help="default: %(default)s")
    demo.add_argument("--seed", type=whole_number(0), default=0, metavar="S", help="default: %(default)s")
    demo.add_argument(
        "--count", type=whole_number(1), default=3, metavar="N", help="samples a defect, default: %(default)s"
    )
    demo.set_defaults(run=lambda options: run_demo(options.output, options.seed, options.count))
    add_synthesize_options(commands.add_parser("synthesize", help="synthesize defects on your normal images"))
    add_plan_commands(commands.add_parser("plan", help="write or check a plan of what to synthesize"))
    for further in entry_points(group=_FURTHER_COMMANDS):
        further_parser = commands.add_parser(further.name, help=f"see {further.name} --help")
        if arguments[:1] == [further.name]:  # what it imports is slow
            further.load()(further_parser)
    return parser
