"""anomaly-agent plan: writes a plan's file to start from, and checks one."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..production.plan_file import read_plan
from ..production.plan_init import write_plan
from ..production.run import notices_of_meaning, notices_of_tone
from .values import path


def add_plan_commands(parser: argparse.ArgumentParser) -> None:
    """Adds `plan init` and `plan check`."""
    actions = parser.add_subparsers(dest="action", required=True, parser_class=type(parser))
    init = actions.add_parser("init", help="write a plan for a folder of normal images")
    init.add_argument("images", type=path, metavar="DIR", help="normal images, or a data set in the MVTec AD layout")
    init.add_argument(
        "--plan", type=path, default=Path("plan.yaml"), metavar="FILE", help="to write; default: %(default)s"
    )
    init.set_defaults(run=lambda options: _init(options.images, options.plan))
    check = actions.add_parser("check", help="say what is wrong with a plan, or what it makes")
    check.add_argument("plan", type=path, metavar="FILE")
    check.set_defaults(run=lambda options: _check(options.plan))


def _init(images: Path, plan: Path) -> None:
    count = write_plan(images, plan)
    print(f"{plan}: {count} item{'s' if count > 1 else ''}; read it, then: anomaly-agent synthesize --plan {plan}")


def _check(path: Path) -> None:
    plan = read_plan(path)
    for item in plan.items:
        types = ", ".join(f"{one.count} {one.anomaly}" for one in item.types)
        print(f"{item.name}: {types}, on {len(item.images)} normal images")
    for line in (*notices_of_meaning(plan), *notices_of_tone(plan)):
        print(f"noted: {line}")
    print(f"{plan.wanted} samples, to {plan.output}")
