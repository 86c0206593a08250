"""An evaluation: what was asked for, and each item of it, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import torch

from ....agent.models.libraries import require
from .classification import NETWORK as RESNET
from .classification import ClassificationScores, build_resnet, classify, shared_types
from .localization import LabelledTest, LocalizationScores, Protocol, localize
from .pictures import count_shared, read_pictures
from .presets import Preset
from .sets import Labelled, Synthesized, read_labelled, read_synthesized, training_normals
from .squares import square_image
from .weights import load_weights, read_weights

#: What can be measured.
Part = Literal["localization", "classification", "inception-score", "ic-lpips"]
PARTS: tuple[Part, ...] = get_args(Part)
#: Side at which pictures are compared with one another, px; the paper's.
COMPARED_SIDE = 256
# With fewer pictures of a type the inception score is far below what more of the same would have.
_FEW = 100


@dataclass(frozen=True)
class EvaluationRequest:
    """labelled, synthesized: folders of one item or of several. seeds: nets of each kind. *_weights: files, None where not
    given: without the ResNet-34's it is trained from scratch, without the others their measures are left out.
    """

    labelled: Path
    synthesized: Path
    output: Path
    preset: Preset
    protocol: Protocol = "strict"
    seeds: int = 3
    device: str = "cpu"
    parts: tuple[Part, ...] = PARTS
    resnet_weights: Path | None = None
    inception_weights: Path | None = None
    vgg_weights: Path | None = None


@dataclass(eq=False)
class ItemResult:
    """What was measured of one item; a text says why a part was not. counts: pictures by what they were used for. left_out:
    pictures that could not be used. warnings: what makes figures doubtful.
    """

    name: str
    counts: dict[str, int]
    test: LabelledTest
    left_out: list[str]
    warnings: list[str]
    localization: list[LocalizationScores] = field(default_factory=list)
    classification: list[ClassificationScores] | str = "not asked for"
    inception_score: dict[str, float] | str = "not asked for"
    ic_lpips: dict[str, float] | str = "not asked for"


class Networks:
    """The networks with weights from files, loaded once, before anything is trained.

    Raises InputError where a file holds no weights of its network, or a library is missing.
    """

    def __init__(self, request: EvaluationRequest) -> None:
        self.resnet: dict[str, torch.Tensor] | None = None
        self.inception: Any = None
        self.distance: Any = None
        if "classification" in request.parts and request.resnet_weights is not None:
            self.resnet = read_weights(request.resnet_weights, RESNET)
            load_weights(build_resnet(), self.resnet, request.resnet_weights, RESNET)
        if "inception-score" in request.parts and request.inception_weights is not None:
            require("torch_fidelity", "the inception score", "torch-fidelity")
            from .inception import load_inception

            self.inception = load_inception(request.inception_weights, request.device)
        if "ic-lpips" in request.parts and request.vgg_weights is not None:
            require("lpips", "IC-LPIPS", "lpips")
            from .diversity import load_distance

            self.distance = load_distance(request.vgg_weights, request.device)


def measure_item(
    request: EvaluationRequest, networks: Networks, folders: tuple[Path, Path], tell: Callable[[str], None]
) -> ItemResult:
    """Measures one item. folders: of its labelled and its synthesized pictures. tell: hears what is being done.

    Raises InputError where either set has nothing to use.
    """
    side = request.preset.side
    labelled = read_labelled(folders[0], side, request.protocol)
    synthesized = read_synthesized(folders[1], side)
    normals, made, test = training_normals(labelled, synthesized), synthesized.pictures, labelled.test
    defects = len(test.types) - test.types.count("")
    result = ItemResult(
        labelled.name,
        {"normal, trained on": len(normals), "synthesized": len(made), "normal, tested": test.types.count("")}
        | {"defects, tested": defects},
        test,
        [],
        [],
    )
    shared = count_shared(test.images, [normals, made.images, synthesized.normals.images])
    if shared:
        result.warnings.append(
            f"{shared} of the tested pictures are among those trained on or those that were synthesized from: the figures "
            "are too good; synthesize from train/good alone"
        )
    if "localization" in request.parts:
        for seed in range(request.seeds):
            tell(f"{labelled.name}: localization, seed {seed}")
            result.localization.append(
                localize(normals, made.images, made.masks, test, request.preset, seed, request.protocol, request.device)
            )
    if "classification" in request.parts:
        result.classification = _classification(request, networks, labelled, synthesized, result.warnings, tell)
    if "inception-score" in request.parts:
        tell(f"{labelled.name}: inception score")
        result.inception_score = _inception_score(networks, synthesized, result.warnings)
    if "ic-lpips" in request.parts:
        tell(f"{labelled.name}: IC-LPIPS")
        result.ic_lpips = _ic_lpips(request, networks, labelled, synthesized)
    # A picture that is used twice is reported once, and without the path of its set.
    lines = [line.replace(str(folders[0]), "labelled") for line in labelled.left_out]
    lines += [line.replace(str(folders[1]), "synthesized") for line in synthesized.left_out]
    result.left_out = list(dict.fromkeys(lines))
    return result


def _classification(
    request: EvaluationRequest,
    networks: Networks,
    labelled: Labelled,
    synthesized: Synthesized,
    warnings: list[str],
    tell: Callable[[str], None],
) -> list[ClassificationScores] | str:
    made, test = synthesized.pictures, labelled.test
    shared = shared_types(made, test)
    if len(shared) < 2:
        there = ", ".join(shared) or "none"
        return f"not measured: two types at least must be in both sets, by the same name; there is: {there}"
    missing = [kind for kind in test.kinds if kind not in shared]
    if missing:
        warnings.append(
            f"classification leaves out real defects of types that were not synthesized: {', '.join(missing)}"
        )
    scores = []
    for seed in range(request.seeds):
        tell(f"{labelled.name}: classification, seed {seed}")
        scores.append(classify(made, test, request.preset, seed, request.protocol, request.device, networks.resnet))
    return scores


def _inception_score(networks: Networks, synthesized: Synthesized, warnings: list[str]) -> dict[str, float] | str:
    if networks.inception is None:
        return "not measured: give --inception-weights FILE"
    from .inception import inception_score

    counts = Counter(synthesized.pictures.types)
    few = [f"{kind} ({count})" for kind, count in sorted(counts.items()) if count < _FEW]
    if few:
        warnings.append(f"the inception score is too low with fewer than {_FEW} pictures of a type: {', '.join(few)}")
    return {
        kind: inception_score(
            networks.inception,
            (square_image(entry.read()[0], COMPARED_SIDE) for entry in synthesized.pictures.of_type(kind).entries),
        )
        for kind in synthesized.kinds
    }


def _ic_lpips(
    request: EvaluationRequest, networks: Networks, labelled: Labelled, synthesized: Synthesized
) -> dict[str, float] | str:
    if networks.distance is None:
        return "not measured: give --vgg-weights FILE"
    from .diversity import ic_lpips

    found = {}
    for kind in synthesized.kinds:
        centres = read_pictures(labelled.centres.get(kind, ()), COMPARED_SIDE, labelled.left_out.append)
        entries = synthesized.pictures.of_type(kind).entries
        value = ic_lpips(
            networks.distance,
            list(centres.images),
            len(entries),
            lambda index, entries=entries: square_image(entries[index].read()[0], COMPARED_SIDE),  # type: ignore[misc]
            lonely_count=request.protocol == "paper",
        )
        if value is not None:
            found[kind] = value
    if not found:
        return (
            "not measured: no type has three real defects, for the centres, and two synthesized ones near one of them"
        )
    return found
