"""anomaly-agent synthesize: what is asked for, by options or a plan's file, and how it is made."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..assembly.choice import ModelChoice
from ..core.errors import InputError, NothingPassedError
from ..core.names import composed
from ..core.task import Counts
from ..core.verdict import MAX_SCORE, PASS_THRESHOLD
from ..dataset.names import check_names_differ
from ..dataset.report import Report
from ..defects.understanding import check_meaning
from ..imaging.deep import BIT_DEPTHS
from ..imaging.picture_files import list_images
from ..imaging.tone import WHITE_LEVELS
from ..production.engine import Engine, ProcessEngine
from ..production.plan import ItemPlan, Plan, TypePlan, check_anomaly, check_region_file
from ..production.plan_file import read_plan
from ..production.plan_pictures import distinct
from ..production.ray_engine import RayEngine
from ..production.run import run_plan
from .models import add_model_options, read_model_options
from .values import counts, number, path, whole_number

# Options without which there must be a plan's file, and those that say how rather than what.
_NEEDED = ("images", "item", "anomaly", "output")
_HOW = ("plan", "engine", "workers", "address", "command", "run")
_PROCESS, _RAY = "process", "ray"


def add_synthesize_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `synthesize`, and what it runs."""
    parser.add_argument("--plan", type=path, metavar="FILE", help="a plan's file, in place of the options below")
    parser.add_argument("--images", type=path, metavar="DIR_OR_FILE", help="normal images")
    parser.add_argument("--item", metavar="NAME", help='the product, e.g. "bottle"')
    parser.add_argument("--anomaly", action="append", metavar="TYPE", help="a defect in free text; repeat for more")
    parser.add_argument(
        "--meaning",
        action="append",
        metavar="TEXT",
        help='how the type is meant, where it is understood otherwise; one for each --anomaly, "" for none',
    )
    parser.add_argument("--region", type=path, metavar="MASK", help="a picture, white where a defect may go")
    parser.add_argument(
        "--count", type=whole_number(1), default=10, metavar="N", help="samples a type, default: %(default)s"
    )
    parser.add_argument(
        "--defects", type=counts, metavar="N[-M]", help="of the type in one picture, 1-12; default: as it usually has"
    )
    parser.add_argument("--output", type=path, metavar="DIR", help="the set is written to DIR/NAME")
    parser.add_argument("--seed", type=whole_number(0), default=0, metavar="S", help="default: %(default)s")
    parser.add_argument(
        "--threshold",
        type=_score,
        default=PASS_THRESHOLD,
        metavar="T",
        help="a sample passes when its score, 0-10, is above this, or full, default: %(default)g",
    )
    parser.add_argument(
        "--max-attempts", type=whole_number(1, 20), default=3, metavar="N", help="images a sample, default: %(default)s"
    )
    parser.add_argument(
        "--white-level",
        type=number(*WHITE_LEVELS),
        metavar="VALUE",
        help="the value that is white in images deeper than 8 bit, e.g. 4095; default: as the files, or all together, say",
    )
    parser.add_argument(
        "--bit-depth",
        type=int,
        choices=BIT_DEPTHS,
        default=Plan.bit_depth,
        help="bits a channel of what is written; 16 keeps those of deeper images, default: %(default)s",
    )
    parser.add_argument(
        "--knowledge", type=path, action="append", default=[], metavar="DIR", help="your own knowledge (.md, .json)"
    )
    how = parser.add_argument_group("engine", "Who makes the samples; they are the same, whoever does.")
    how.add_argument(
        "--engine", choices=(_PROCESS, _RAY), default=_PROCESS, help="this process, or Ray's, default: %(default)s"
    )
    how.add_argument("--workers", type=whole_number(1), metavar="N", help="of Ray; default: one a CPU, or one a GPU")
    how.add_argument("--address", metavar="ADDRESS", help="of a Ray cluster; default: this machine alone")
    add_model_options(parser)
    parser.set_defaults(run=lambda options: run_synthesis(_plan(parser, options), _engine(options)))


def run_synthesis(plan: Plan, engine: Engine | None = None, report: Report | None = None) -> None:
    """Runs a plan and says what came of it; see run_plan. Raises NothingPassedError where a type has no sample that passed."""
    outcome = run_plan(plan, engine or ProcessEngine(), report)
    where = plan.output if len(plan.items) > 1 else plan.folder(plan.items[0])
    speed = f", {outcome.made / max(outcome.seconds, 1e-9):.1f} a second" if outcome.made else ""
    there = outcome.tried - outcome.made
    kept = f" ({there} were there)" if there else ""
    print(f"{outcome.passed} samples passed of {outcome.tried} tried{kept}{speed}: {where}")
    if outcome.shortfalls:
        print(
            f"fewer than asked for ({'; '.join(outcome.shortfalls)}); rejected/ and the report show the others and why"
        )
    if outcome.failed:
        lines = [one.words(plan.threshold) for one in outcome.failed]
        cure = (
            "rejected/ and the report show all; change what is asked for, the images, or the models, in another output"
        )
        if len(lines) == 1:
            raise NothingPassedError(f"{lines[0]}; {cure}")
        raise NothingPassedError(f"{len(lines)} types have no sample that passed; {cure}", *lines)


def one_item_plan(
    images: Path,
    item: str,
    anomalies: tuple[str, ...],
    output: Path,
    region: Path | None = None,
    count: int = 10,
    seed: int = 0,
    models: ModelChoice | None = None,
    threshold: float = PASS_THRESHOLD,
    max_attempts: int = 3,
    knowledge: tuple[Path, ...] = (),
    defects: Counts | None = None,
    white_level: float | None = None,
    bit_depth: int = 8,
    meanings: tuple[str, ...] = (),
) -> Plan:
    """The plan of a command line without a plan's file. Raises InputError for what cannot be used."""
    models = models or ModelChoice()
    item, anomalies = composed(item), tuple(dict.fromkeys(map(composed, anomalies)))
    kinds = [check_anomaly(anomaly) for anomaly in anomalies]
    if len(set(kinds)) < len(kinds):
        raise InputError(f"anomaly types {', '.join(map(repr, anomalies))} share a folder; give each once")
    check_names_differ(kinds, "anomaly types")
    types = tuple(
        TypePlan(anomaly, count, region, defects=defects, meaning=meaning)
        for anomaly, meaning in zip(anomalies, _meanings(meanings, anomalies), strict=True)
    )
    planned = ItemPlan(item, distinct(list_images(images)), types, composed(images.name), white_level)
    plan = Plan((planned,), output, seed, models, threshold, max_attempts, knowledge, bit_depth)
    plan.folder(planned)  # refuses a name that cannot be one
    _ = planned.first_size
    if region is not None:
        check_region_file(region, planned)
    return plan


def _plan(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Plan:
    if options.plan is not None:
        given = [
            name for name, value in vars(options).items() if name not in _HOW and value != parser.get_default(name)
        ]
        if given:
            parser.error(f"--plan says what to make; leave out {', '.join('--' + n.replace('_', '-') for n in given)}")
        return read_plan(options.plan)
    missing = [f"--{name}" for name in _NEEDED if getattr(options, name) is None]
    if missing:
        parser.error(f"the following arguments are required: {', '.join(missing)} (or --plan)")
    return one_item_plan(
        images=options.images,
        item=options.item,
        anomalies=tuple(options.anomaly),
        region=options.region,
        count=options.count,
        output=options.output,
        seed=options.seed,
        models=read_model_options(options),
        threshold=options.threshold,
        max_attempts=options.max_attempts,
        knowledge=tuple(options.knowledge),
        defects=options.defects,
        white_level=options.white_level,
        bit_depth=options.bit_depth,
        meanings=tuple(options.meaning or ()),
    )


def _meanings(given: tuple[str, ...], anomalies: tuple[str, ...]) -> tuple[str, ...]:
    """A meaning for each type. Raises InputError for another number of them, and for one that names no defect."""
    meanings = tuple(composed(meaning.strip()) for meaning in given) or ("",) * len(anomalies)
    if len(meanings) != len(anomalies):
        raise InputError(
            f"{len(meanings)} --meaning for {len(anomalies)} --anomaly; give one for each, in the same order, and '' for a "
            "type that says it itself"
        )
    for meaning in meanings:
        check_meaning(meaning)
    return meanings


def _engine(options: argparse.Namespace) -> Engine:
    if options.engine == _RAY:
        return RayEngine(options.workers, options.address)
    if options.workers is not None or options.address is not None:
        raise InputError("--workers and --address are for --engine ray; add that, or leave them out")
    return ProcessEngine()


def _score(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= MAX_SCORE:
        raise argparse.ArgumentTypeError(f"{text!r} is not a score from 0 to {MAX_SCORE:g}")
    return value
