"""anomaly-agent train evaluate: compares policies on tasks that no training has drawn."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ....agent.cli.values import named_value, whole_number
from ....agent.core.errors import InputError
from ....agent.core.task import MAX_SIDE, MIN_SIDE
from ....agent.dataset.page import write_text
from .candidates import list_candidates
from .page import write_page
from .run import Plan, run_plan
from .summary import summarize
from .task_groups import category_groups, list_categories, rendered_groups
from .wall import draw_tasks, write_wall

PAGE, SUMMARY = "evaluation.md", "summary.json"
_WALLS = (("A wall of rendered products", "wall.jpg", False), ("A wall of photographs", "wall_real.jpg", True))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `train evaluate`."""
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="results, tables and walls; goes on there"
    )
    parser.add_argument(
        "--policy", type=named_value, action="append", default=[], metavar="NAME=DIR",
        help="a checkpoint of `anomaly-agent train`; repeat for more, beside fixed and scripted",
    )  # fmt: skip
    parser.add_argument("--temperature", type=_temperature, default=0.0, metavar="T", help="of checkpoints; 0: greedy")
    parser.add_argument(
        "--language-model", type=named_value, action="append", default=[], metavar="NAME=MODEL",
        help="a folder or hub id, or a model's name at --server",
    )  # fmt: skip
    parser.add_argument("--server", default="", metavar="URL", help="an OpenAI-compatible server for --language-model")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data sets in the MVTec AD layout; every one is used")
    parser.add_argument(
        "--rendered", type=whole_number(1), default=40, metavar="N", help="tasks of each rendered group, default: 40"
    )
    parser.add_argument(
        "--per-set", type=whole_number(1), default=20, metavar="N", help="tasks of each data set, default: 20"
    )
    parser.add_argument(
        "--side", type=whole_number(MIN_SIDE, MAX_SIDE), default=128, metavar="PX", help="of renderings, default: 128"
    )
    parser.add_argument("--seeds", type=whole_number(1), default=3, metavar="N", help="default: %(default)s")
    parser.add_argument("--max-attempts", type=whole_number(1, 20), default=3, metavar="N", help="default: %(default)s")
    parser.add_argument(
        "--wall", type=whole_number(1), default=10, metavar="N", help="tasks of a setting on a wall, default: 10"
    )
    parser.add_argument("--downstream", action="store_true", help="train a detector on each policy's samples of --data")
    parser.add_argument(
        "--downstream-images",
        type=whole_number(8),
        default=100,
        metavar="N",
        help="samples a detector, default: %(default)s",
    )
    parser.add_argument(
        "--downstream-seeds",
        type=whole_number(1),
        default=2,
        metavar="N",
        help="detectors a policy, default: %(default)s",
    )
    parser.set_defaults(run=evaluate)


def evaluate(options: argparse.Namespace) -> None:
    """Runs what is not there yet, then writes summary, page and walls. Raises InputError for input that cannot be used."""
    if options.downstream and options.data is None:
        raise InputError("--downstream needs --data: real defects with masks to test on")
    categories = list_categories(options.data, _tell) if options.data is not None else []
    groups = rendered_groups(options.rendered, options.side) + category_groups(categories, options.per_set)
    candidates = list_candidates(
        [(name, Path(folder)) for name, folder in options.policy],
        options.temperature,
        options.language_model,
        options.server,
    )
    plan = Plan(candidates, groups, options.seeds, options.max_attempts)
    summary = summarize(run_plan(plan, options.output))
    downstream: list[str] = []
    if options.downstream:
        from .downstream import describe_downstream, run_downstream

        records = run_downstream(
            plan, categories, options.output, _tell, options.downstream_images, options.downstream_seeds
        )
        downstream = describe_downstream(records)
        summary["downstream"] = records
    walls = []
    for title, name, real in _WALLS:
        rows = draw_tasks(plan, real, options.wall)
        if rows:
            write_wall(options.output / name, rows)
            walls.append((title, name))
    write_text(options.output / SUMMARY, json.dumps(_plain(summary), indent=1) + "\n")
    page = write_page(summary, plan.settings, walls, downstream)
    write_text(options.output / PAGE, page)
    print(page)


def _tell(message: str) -> None:
    print(message, file=sys.stderr)


def _plain(value: object) -> object:
    """Named tuples as objects."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return value._asdict()
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return value


def _temperature(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 10:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 10")
    return value
