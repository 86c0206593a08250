"""Whether what the critic likes better is better for something: a detector trained on a policy's samples, tested on real
defects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ....agent.core.errors import InputError
from ....agent.dataset.reader import Entry, list_dataset, one_item
from ..detectors.localization import LabelledTest, localize
from ..detectors.pictures import read_pictures
from ..detectors.presets import QUICK
from ..detectors.squares import square_image, square_mask
from .episodes import EpisodeKey, play
from .records import RecordFile
from .run import Plan
from .task_groups import Category, Setting

_SIDE = QUICK.side
#: Where an editor departs from the prompt, policies differ most.
_SETTING: Setting = "unfaithful"


def run_downstream(
    plan: Plan,
    categories: Sequence[Category],
    output: Path,
    tell: Callable[[str], None],
    images: int = 100,
    seeds: int = 2,
    steps: int = 300,
) -> list[dict[str, Any]]:
    """A record for each category with masks, policy and seed: pixel_ap and image_auroc on the set's real test images, and
    the critic's mean score and the pass rate of the samples that the net was trained on.

    images: samples a net, made on training images alone. Goes on from output/downstream.jsonl. tell: hears of sets that are
    left out. Raises InputError where that file is of other settings.
    """
    usable = []
    for category in categories:
        try:
            usable.append((category, _read_test(category, tell)))
        except InputError as error:
            tell(f"left out of the downstream check: {error}")
    settings = {
        "policies": {candidate.name: candidate.facts for candidate in plan.candidates},
        "sets": {category.name: category.facts for category, _ in usable},
        "max_attempts": plan.max_attempts,
        "threshold": plan.threshold,
        "images": images,
        "seeds": seeds,
        "steps": steps,
    }
    file = RecordFile(output, "downstream", settings)
    done = {(record["category"], record["policy"], record["seed"]) for record in file.records}
    todo = [
        (category, test, candidate.name, seed)
        for category, test in usable
        for seed in range(seeds)
        for candidate in plan.candidates
        if (category.name, candidate.name, seed) not in done
    ]
    for category, test, policy, seed in tqdm(todo, unit="net"):
        file.append(_measure(plan, category, test, EpisodeKey(policy, _SETTING, category.name, seed, 0), images, steps))
    return file.records


def _measure(
    plan: Plan, category: Category, test: LabelledTest, first: EpisodeKey, count: int, steps: int
) -> dict[str, Any]:
    normals, made, masks, scores, passed = [], [], [], [], []
    source = category.tasks(first.seed, 1.0, with_test=False)
    for index in range(count):
        assignment = source.draw(index)
        key = EpisodeKey(first.policy, first.setting, first.group, first.seed, index)
        result = play(assignment, key.setting, plan.policy(key), plan.max_attempts, plan.threshold)
        normals.append(square_image(assignment.task.image, _SIDE))
        made.append(square_image(result.image, _SIDE))
        masks.append(square_mask(result.mask, _SIDE))
        scores.append(result.verdict.score if result.verdict else 0.0)
        passed.append(result.passed)
    preset = replace(QUICK, localization=replace(QUICK.localization, steps=steps))
    on_real = localize(np.stack(normals), np.stack(made), np.stack(masks), test, preset, first.seed).overall
    return {
        "category": category.name,
        "policy": first.policy,
        "seed": first.seed,
        "images": count,
        "critic_score": float(np.mean(scores)),
        "pass_rate": float(np.mean(passed)),
        "pixel_ap": on_real.pixel.ap,
        "image_auroc": on_real.image.auroc,
    }


def _read_test(category: Category, tell: Callable[[str], None]) -> LabelledTest:
    """The pictures of test/. What cannot be used, such as a defect without a good mask, is left out and reported.
    Raises InputError where the set has no masks, or no normal image to test on.
    """
    if not category.test:
        raise InputError(f"{category.name}: has no test/good")
    entries = one_item([*map(Entry, category.test), *list_dataset(category.folder, "anomalous")])
    found = read_pictures(entries, _SIDE, lambda line: tell(f"left out of the downstream check: {line}"))
    if not found.types.count(""):
        raise InputError(f"{category.name}: has no picture in test/good that can be read")
    if found.types.count("") == len(found):
        raise InputError(f"{category.name}: has no defect with a mask that can be used")
    return LabelledTest(found.images, found.masks, found.types, tuple(entry.image.name for entry in found.entries))


def describe_downstream(records: Sequence[dict[str, Any]]) -> list[str]:
    """Markdown: a table by category and policy, and the order of the policies by the critic against that by the net."""
    if not records:
        return ["No data set with masks was given."]
    first = records[0]
    parts: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    by_policy: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        parts[record["category"], record["policy"]].append(record)
        by_policy[record["policy"]].append(record)
    lines = [
        f"A small U-Net, trained from scratch on {first['images']} samples of each policy (unfaithful editors, final images "
        f"whether passed or not, exact masks) and their normal images at {_SIDE} px, tested on the sets' real test images. "
        "Mean and standard deviation over seeds; the last step's weights.",
        "",
        "| data set | policy | critic's score | passed, % | pixel AP | image AUROC |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for (category, policy), part in parts.items():
        cells = [_over(part, "critic_score", 2), _over(part, "pass_rate", 1, 100)]
        cells += [_over(part, "pixel_ap", 3), _over(part, "image_auroc", 3)]
        lines.append(f"| {category} | {policy} | " + " | ".join(cells) + " |")
    orders = {name: order_by(by_policy, name) for name in ("critic_score", "pixel_ap")}
    lines += ["", f"Order by the critic's score, best first: {', '.join(orders['critic_score'])}."]
    lines.append(f"Order by pixel AP, mean of the sets: {', '.join(orders['pixel_ap'])}.")
    return lines


def order_by(by_policy: dict[str, list[dict[str, Any]]], name: str) -> list[str]:
    """Policies with their mean of a figure, the best first."""
    means = {policy: float(np.mean([record[name] for record in part])) for policy, part in by_policy.items()}
    return [f"{policy} {means[policy]:.3f}" for policy in sorted(means, key=lambda policy: -means[policy])]


def _over(part: Sequence[dict[str, Any]], name: str, digits: int, factor: float = 1.0) -> str:
    values = factor * np.array([record[name] for record in part])
    mean = f"{values.mean():.{digits}f}"
    return mean if len(values) < 2 else f"{mean} ± {values.std(ddof=1):.{digits}f}"
