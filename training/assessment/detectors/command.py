"""anomaly-agent evaluate: what a synthesized set is good for, on real defects. Found through its entry point."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ....agent.cli.values import whole_number
from ....agent.models.libraries import require

_DESCRIPTION = """\
Measures a synthesized set on real defects: localization (a U-Net from scratch on half normal, half synthesized pictures),
classification (a ResNet-34 told the defect types from synthesized pictures), inception score and IC-LPIPS. Writes
evaluation.html and evaluation.json. Both sets: an item's folder, or a folder of them, in the MVTec AD layout (train/good,
test/good, test/TYPE, ground_truth/TYPE/NAME_mask.png) or VisA's; what `anomaly-agent synthesize` writes is one. A picture or
mask that is missing, damaged, empty or of another size is left out, counted and named on the page; a labelled set without a
normal picture or without a defect to test on is refused. Nothing is downloaded.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `evaluate`."""
    require("sklearn", "an evaluation", "scikit-learn")
    require("torchvision", "an evaluation")
    require("matplotlib", "an evaluation")
    from .localization import PROTOCOLS
    from .presets import PRESETS
    from .run import PARTS

    parser.description = _DESCRIPTION
    parser.add_argument("--labelled", type=Path, required=True, metavar="DIR", help="real pictures with masks")
    parser.add_argument(
        "--synthesized",
        type=Path,
        required=True,
        metavar="DIR",
        help="synthesized ones; several items are paired by name",
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where page and figures go")
    parser.add_argument(
        "--preset", choices=PRESETS, default="quick",
        help="quick: 128 px, a small net, minutes on a CPU; full: 256 px, a large net, for a GPU; default: %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--protocol", choices=PROTOCOLS, default="strict",
        help="strict: nothing is chosen on test data; paper: the epoch that does best on it, which leaks; default: %(default)s",
    )  # fmt: skip
    parser.add_argument("--seeds", type=whole_number(1, 100), default=3, metavar="N", help="nets, default: %(default)s")
    parser.add_argument("--device", default="cpu", metavar="NAME", help="cpu, cuda or cuda:1, default: %(default)s")
    parser.add_argument(
        "--only",
        choices=PARTS,
        action="append",
        metavar="PART",
        help=f"repeat for more; default: all of {', '.join(PARTS)}",
    )
    parser.add_argument(
        "--resnet-weights", type=Path, metavar="FILE", help="torchvision's ResNet-34 of ImageNet; without: from scratch"
    )
    parser.add_argument(
        "--inception-weights",
        type=Path,
        metavar="FILE",
        help="torch-fidelity's Inception v3; without: no inception score",
    )
    parser.add_argument(
        "--vgg-weights", type=Path, metavar="FILE", help="torchvision's VGG-16 of ImageNet; without: no IC-LPIPS"
    )
    parser.set_defaults(run=evaluate)


def evaluate(options: argparse.Namespace) -> None:
    """Measures every item and writes the page after each. Raises InputError for input that cannot be used."""
    from .device import check_device
    from .presets import PRESETS
    from .report import FIGURES, PAGE, Report, summary_lines
    from .run import PARTS, EvaluationRequest, Networks, measure_item
    from .sets import check_items, pair_items

    request = EvaluationRequest(
        labelled=options.labelled,
        synthesized=options.synthesized,
        output=options.output,
        preset=PRESETS[options.preset],
        protocol=options.protocol,
        seeds=options.seeds,
        device=options.device,
        parts=tuple(dict.fromkeys(options.only or PARTS)),
        resnet_weights=options.resnet_weights,
        inception_weights=options.inception_weights,
        vgg_weights=options.vgg_weights,
    )
    check_device(request.device)
    pairs = pair_items(request.labelled, request.synthesized)
    check_items(pairs)
    networks = Networks(request)
    report = Report(request)
    for pair in pairs:
        report.add(measure_item(request, networks, pair, _tell))
    print("\n".join(summary_lines(report.figures)))
    print(f"{request.output / PAGE} and {FIGURES} beside it")


def _tell(message: str) -> None:
    print(message, file=sys.stderr)
