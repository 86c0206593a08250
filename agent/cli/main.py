"""Arguments of the command line. Bad input ends with one line on stderr and exit code 2; Ctrl-C with 130."""

from __future__ import annotations

import argparse
import io
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import NoReturn

from ..core.errors import BackendError, InputError, InputProblems, RunFailedError
from ..core.text import one_line
from ..production.interrupt import Interrupted
from .datasets import add_dataset_commands
from .demo import run_demo
from .inspection import add_inspect_options
from .plan import add_plan_commands
from .synthesize import add_synthesize_options
from .values import path, whole_number

# Commands of other packages, which this one does not import: training adds `train`.
_FURTHER_COMMANDS = "anomaly_agent.commands"
_KEPT = "what was written is a complete data set, and the same command goes on from there"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, without the usage text."""
        self.exit(2, f"{self.prog}: error: {one_line(message)}\n")


def main(arguments: list[str] | None = None) -> int:
    """Runs a command and returns its exit code: 0 done, 2 input that cannot be used or a file that the system refuses,
    3 a model or server that failed, or a run that came to nothing or lost what it wrote, 130 interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names of another encoding
    try:
        options = _parser(arguments).parse_args(arguments)  # a further command's libraries may be missing
        options.run(options)
    except InputError as error:
        lines = error.lines if isinstance(error, InputProblems) else (str(error),)
        print("anomaly-agent: error:", "\n  ".join(map(one_line, lines)), file=sys.stderr)
        return 2
    except OSError as error:
        name = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        reason = error.strerror or type(error).__name__
        print(f"anomaly-agent: error: {one_line(name + reason)}; give another file or folder", file=sys.stderr)
        return 2
    except BackendError as error:
        print(f"anomaly-agent: error: {one_line(str(error))}; {_KEPT}", file=sys.stderr)
        return 3
    except RunFailedError as error:
        print("anomaly-agent: error:", "\n  ".join(map(one_line, error.lines)), file=sys.stderr)
        return 3
    except Interrupted:
        print(f"anomaly-agent: interrupted; {_KEPT}", file=sys.stderr)
        return 130
    return 0


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    parser = _Parser(prog="anomaly-agent", description="Synthesizes industrial anomalies with pixel masks.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    demo = commands.add_parser("demo", help="synthesize defects on pictures that the demo makes itself")
    demo.add_argument("--output", type=path, default=Path("output/demo"), metavar="DIR", help="default: %(default)s")
    demo.add_argument("--seed", type=whole_number(0), default=0, metavar="S", help="default: %(default)s")
    demo.add_argument(
        "--count", type=whole_number(1), default=3, metavar="N", help="samples a defect, default: %(default)s"
    )
    demo.set_defaults(run=lambda options: run_demo(options.output, options.seed, options.count))
    add_inspect_options(commands.add_parser("inspect", help="say and draw what the products of pictures are made of"))
    add_synthesize_options(commands.add_parser("synthesize", help="synthesize defects on your normal images"))
    add_plan_commands(commands.add_parser("plan", help="write or check a plan of what to synthesize"))
    add_dataset_commands(commands)
    for further in entry_points(group=_FURTHER_COMMANDS):
        further_parser = commands.add_parser(further.name, help=f"see {further.name} --help")
        if arguments[:1] == [further.name]:  # what it imports is slow
            further.load()(further_parser)
    return parser
