"""The benchmark's command line."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from . import judge, loop, off_product, report
from .descriptions import FILES
from .run import run_sample
from .samples import choose, spread

_ABOUT = """Is what was asked what is seen? Descriptions in plain words, each with facts that pixels decide, measured in code that
neither renderer nor judge uses.

    python benchmarks/meaning.py run --data DATA --output results.json [--policy trained] [--set held-back] [--quick]
    python benchmarks/meaning.py judge --data DATA --output judge.json
    python benchmarks/meaning.py loop --data DATA --output loop.json
    python benchmarks/meaning.py off-product --data DATA --output off_product.json
    python benchmarks/meaning.py table results.json
    python benchmarks/meaning.py compare before.json after.json
    python benchmarks/meaning.py page

DATA: folders in MVTec AD's layout; without it only rendered products are taken. `page` writes docs/meaning.md from the results
beside this benchmark."""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=_ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True)
    for name in ("run", "judge", "loop", "off-product"):
        action = actions.add_parser(name)
        action.add_argument("--data", type=Path)
        action.add_argument("--output", type=Path, required=True)
        action.add_argument("--processes", type=int, default=2)
        if name == "off-product":
            continue
        action.add_argument("--quick", action="store_true", help="two products a description")
        action.add_argument("--set", choices=tuple(FILES), default="worked", help="of descriptions")
        if name == "run":
            action.add_argument("--policy", choices=("scripted", "trained"), default="scripted")
    actions.add_parser("table").add_argument("file", type=Path)
    comparing = actions.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    actions.add_parser("page")
    options = parser.parse_args(arguments)
    if options.action == "table":
        print(report.tables(_read(options.file)))
    elif options.action == "compare":
        print(report.comparison(_read(options.before), _read(options.after)))
    elif options.action == "page":
        print(report.write_page())
    else:
        _measure(options)


def _measure(options: argparse.Namespace) -> None:
    """Runs, judge, loop or off-product: makes the records, writes them, prints their tables."""
    started = time.perf_counter()
    if options.action == "run":
        samples = choose(options.data, options.set, 2 if options.quick else 8)
        arguments = [(sample, options.policy, options.data) for sample in samples]
        content: dict[str, Any] = {"what": "run", "policy": options.policy}
        rows = list(spread(run_sample, arguments, options.processes))
    elif options.action == "judge":
        content = {"what": "judge"}
        samples = choose(options.data, options.set, 1 if options.quick else 3)
        parts = spread(judge.judge_sample, [(sample, options.data) for sample in samples], options.processes)
        rows = [row for part in parts for row in part]
    elif options.action == "off-product":
        content = {"what": "off-product"}
        rows = off_product.off_product_rows(options.data, options.processes)
    else:
        content = {"what": "loop"}
        rows = loop.loop_rows(options.data, options.set, 1 if options.quick else 3, options.processes)
    options.output.write_text(report.to_json(content, rows), encoding="utf-8")
    print(report.tables({**content, "rows": rows}))
    print(f"{len(rows)} rows in {time.perf_counter() - started:.0f} s: {options.output}", file=sys.stderr)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))
