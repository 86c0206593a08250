"""anomaly-agent compare: compares synthesizers by what a detector learns from their samples."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ....agent.cli.values import named_value, whole_number
from ....agent.core.errors import InputError
from ....agent.core.names import name_key
from ....agent.dataset.page import write_text
from ....agent.models.libraries import require

if TYPE_CHECKING:
    from ..baselines.base import Synthesizer
    from .labelled import LabelledSet

PAGE = "comparison.md"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Makes the parser that of `compare`. Raises InputError where a library is missing."""
    require("torch", "a comparison")
    require("sklearn", "a comparison", "scikit-learn")
    from ..baselines.choose import METHODS
    from ..detectors.presets import PRESETS, QUICK

    parser.description = (
        "Compares synthesizers by a detector that is trained on their samples and tested on real defects."
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="labelled sets in the MVTec AD layout; every one is used",
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="records and the page; goes on there")
    parser.add_argument(
        "--method", type=_method(METHODS), action="append", default=[], metavar="NAME",
        help=f"one of {', '.join(METHODS)}; repeat for more; default: all that can run",
    )  # fmt: skip
    parser.add_argument("--nsa", type=Path, metavar="PATH", help="checkout of hmsch/natural-synthetic-anomalies")
    parser.add_argument("--draem", type=Path, metavar="PATH", help="checkout of VitjanZ/DRAEM; needs imgaug")
    parser.add_argument(
        "--textures", type=Path, metavar="DIR",
        help="pictures that DRAEM and anomalib blend in (DTD); default: the training normals, and anomalib's own noise",
    )  # fmt: skip
    parser.add_argument(
        "--ablation", action="append", default=[], metavar="SET",
        help="also the agent's loop part by part, on this set; repeat for more",
    )  # fmt: skip
    parser.add_argument(
        "--only-ablation", action="store_true", help="the loop's parts alone, without the other methods"
    )
    parser.add_argument(
        "--policy", type=named_value, action="append", default=[], metavar="NAME=DIR",
        help="a checkpoint of `anomaly-agent train` in the ablation; repeat for more",
    )  # fmt: skip
    parser.add_argument("--preset", choices=sorted(PRESETS), default=QUICK.name, help="default: %(default)s")
    parser.add_argument("--steps", type=whole_number(1), metavar="N", help="of a detector's training, not the preset's")
    parser.add_argument(
        "--images", type=whole_number(1), default=200, metavar="N", help="samples a detector, default: %(default)s"
    )
    parser.add_argument(
        "--seeds", type=whole_number(1), default=3, metavar="N", help="detectors a cell, default: %(default)s"
    )
    parser.add_argument(
        "--device",
        default="cpu",
        metavar="NAME",
        help="to train detectors on: cpu, cuda or cuda:1, default: %(default)s",
    )
    parser.set_defaults(run=compare)


def compare(options: argparse.Namespace) -> None:
    """Runs what is not there yet, then writes the page. Raises InputError for input that cannot be used."""
    from ..baselines.choose import choose_methods
    from ..detectors.device import check_device
    from ..detectors.presets import PRESETS
    from .ablation import list_variants
    from .labelled import read_sets
    from .machine import describe_run
    from .page import write_page
    from .run import list_jobs, run_jobs

    if options.only_ablation and not options.ablation:
        raise InputError("--only-ablation needs --ablation SET: on which set, at least one")
    if options.policy and not options.ablation:
        raise InputError("--policy needs --ablation SET: checkpoints are compared there")
    check_device(options.device)
    methods: Sequence[Synthesizer] = []
    if not options.only_ablation:
        methods = choose_methods(options.method, options.nsa, options.draem, options.textures)
    variants = list_variants([(name, Path(folder)) for name, folder in options.policy]) if options.ablation else []
    preset = PRESETS[options.preset]
    if options.steps is not None:
        preset = replace(preset, localization=replace(preset.localization, steps=options.steps))
    sets = read_sets(options.data, preset.side, lambda message: print(message, file=sys.stderr))
    chosen = _sets_of_ablation(sets, options.ablation)
    jobs = [
        *list_jobs("peers", sets, methods, options.seeds),
        *list_jobs("ablation", chosen, variants, options.seeds),
    ]
    records, settings = run_jobs(jobs, options.output, preset, options.images, options.device)
    page = write_page(records, settings, describe_run())
    write_text(options.output / PAGE, page)
    print(page)


def _sets_of_ablation(sets: Sequence[LabelledSet], names: Sequence[str]) -> list[LabelledSet]:
    by_name = {name_key(data.name): data for data in sets if data.has_masks}
    for name in names:
        if name_key(name) not in by_name:
            raise InputError(
                f"--ablation {name}: no such set with masks in --data; choose of "
                f"{', '.join(data.name for data in by_name.values()) or 'none'}"
            )
    return [by_name[name] for name in dict.fromkeys(map(name_key, names))]


def _method(known: Sequence[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        for name in known:
            if name.lower() == text.strip().lower():
                return name
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(known)}")

    return read
