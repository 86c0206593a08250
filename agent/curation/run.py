"""anomaly-agent curate: looks at every sample that would be exported, decides, and writes the decisions to the data set."""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from ..dataset.decisions import Decision, write_decisions
from ..dataset.readable import readable
from ..dataset.stored import StoredItem, StoredSample, open_stored
from ..tools.quality_evaluation.measures import VISIBLE
from .balance import Candidate, thin_out
from .duplicates import near_duplicates
from .features import FeatureReader, Features, read_positional_saliency

# A decision's reason, and how it is counted.
_KEPT, _HARD, _UNSEEN, _INCONSPICUOUS, _DUPLICATE, _UNBALANCED = (
    "kept", "hard", "unseen", "inconspicuous", "near_duplicate", "unbalanced",
)  # fmt: skip
_COUNTED = {
    _KEPT: "kept",
    _HARD: "kept hard",
    _UNSEEN: "not to be seen",
    _INCONSPICUOUS: "not distinct",
    _DUPLICATE: "near-duplicates",
    _UNBALANCED: "dropped for balance",
}


@dataclass(frozen=True)
class CurationRequest:
    """folder: the data set. ratio: how many times the rarest type another may have, 1 or more, and a size and place of a
    type's mean. hard: share of hard samples, 0-1, that each type keeps at least, as far as there are any.
    distinct: the least conspicuity, 0 or more, from the product's own texture (see TextureSaliency); 0 asks for none.
    """

    folder: Path
    ratio: float = 2.0
    hard: float = 0.2
    distinct: float = 0.0


def run_curation(request: CurationRequest, tell: Callable[[str], None] = lambda _: None) -> Iterator[str]:
    """Decides on each item, writes decisions.json, and gives a line of counts for each. tell: hears of each file that cannot be
    read, and of which nothing is decided.

    What a reviewer has decided stays; what an earlier curation has decided is decided anew. Raises InputError for a set that
    cannot be read or decisions that somebody else changed meanwhile.
    """
    for item in readable(open_stored(request.folder), tell):
        decided = curate(item, request)
        changes = {
            sample.image: replace(sample.decisions, curation=decided.get(sample.image)) for sample in item.samples
        }
        write_decisions(item.root, item.decisions.changed(changes))
        reasons = Counter(_COUNTED[decision.reason] for decision in decided.values())
        counts = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        yield f"{item.name}: {counts or 'nothing to decide'}"


def curate(item: StoredItem, request: CurationRequest) -> dict[str, Decision]:
    """The decisions on an item's samples, by image; none on samples that are out anyway."""
    # The best first: of two that are alike, it stays. What a reviewer accepted comes before all.
    samples = sorted(
        (sample for sample in item.samples if replace(sample.decisions, curation=None).keeps(sample.passed)),
        key=lambda sample: (sample.decisions.review is None, -_score(sample), sample.image),
    )
    features = _read(samples, item.name, request.distinct > 0)
    decided = {sample.image: _kept(features[sample.image]) for sample in samples}
    by_type: dict[str, list[StoredSample]] = defaultdict(list)
    for sample in samples:
        by_type[sample.anomaly].append(sample)

    def drop(image: str, reason: str, why: str) -> None:
        if decided[image].kept:
            decided[image] = Decision(False, why, reason)

    for sample in samples:
        visibility = features[sample.image].visibility
        if visibility is not None and visibility < VISIBLE[0] and not sample.decisions.review:
            drop(sample.image, _UNSEEN, f"cannot be seen: visibility {visibility:.2f}")
        conspicuity = features[sample.image].conspicuity
        if conspicuity is not None and conspicuity < request.distinct and not sample.decisions.review:
            drop(sample.image, _INCONSPICUOUS, f"like the product's own texture: conspicuity {conspicuity:.2f}")
    for of_type in by_type.values():
        seen = [sample for sample in of_type if decided[sample.image].kept]
        for index, (first, cosine) in near_duplicates([features[sample.image] for sample in seen]).items():
            if not seen[index].decisions.review:
                why = f"near-duplicate of {seen[first].image} (similarity {cosine:.2f})"
                drop(seen[index].image, _DUPLICATE, why)
    left = {anomaly: [s for s in of_type if decided[s.image].kept] for anomaly, of_type in by_type.items()}
    rarest = min((len(of_type) for of_type in left.values() if of_type), default=0)
    for of_type in left.values():
        candidates = [_candidate(sample, features[sample.image]) for sample in of_type]
        for image, why in thin_out(candidates, math.floor(request.ratio * rarest), request.ratio, request.hard).items():
            drop(image, _UNBALANCED, why)
    return decided


def _read(samples: Sequence[StoredSample], name: str, conspicuity: bool) -> dict[str, Features]:
    reader = FeatureReader(conspicuity, read_positional_saliency(samples) if conspicuity else None)
    by_normal = sorted(samples, key=lambda sample: (str(sample.normal), sample.image))
    bar = tqdm(by_normal, desc=name, unit="sample", file=sys.stderr, disable=None)
    return {sample.image: reader.read(sample) for sample in bar}


def _candidate(sample: StoredSample, features: Features) -> Candidate:
    return Candidate(
        name=sample.image,
        cell=f"{features.size}, {features.place}",
        score=_score(sample),
        hard=_is_hard(features),
        fixed=sample.decisions.review is not None,
    )


def _is_hard(features: Features) -> bool:
    return features.visibility is not None and features.visibility < VISIBLE[1]


def _kept(features: Features) -> Decision:
    return Decision(True, _remark(features), _HARD if _is_hard(features) else _KEPT)


def _remark(features: Features) -> str:
    seen = "" if features.visibility is None else f", visibility {features.visibility:.2f}"
    seen += "" if features.conspicuity is None else f", conspicuity {features.conspicuity:.2f}"
    return f"{features.size}, {features.place}{seen}" + (", hard" if _is_hard(features) else "")


def _score(sample: StoredSample) -> float:
    score = sample.record.score if sample.record else None
    return 0.0 if score is None else score
