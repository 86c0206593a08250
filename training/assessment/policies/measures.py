"""Figures of a policy from its episodes: means, spreads over seeds, and paired differences."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ....agent.defects.describing import resolve
from ...policy.rewards import illegal_transitions
from ...policy.rollout import MALFORMED
from .episodes import EpisodeRecord

_RESAMPLES = 2000


class Spread(NamedTuple):
    """mean, and standard deviation, over seeds; deviation is None for one seed. Both None where there is no figure."""

    mean: float | None
    deviation: float | None


class Difference(NamedTuple):
    """Mean of the paired differences, and its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


def episode_figures(record: EpisodeRecord) -> dict[str, float]:
    """What one episode adds to the means. Rewards: "reward total" and so on; score: 0 where there is none."""
    rollout = record.rollout
    tools = [turn.tool for turn in rollout.turns]
    return {
        "passed": float(record.passed),
        "score": record.score or 0.0,
        "first score": record.first_score or 0.0,
        "attempts": float(rollout.images_made),
        "turns": float(len(tools)),
        "illegal": float(len(illegal_transitions(rollout))),
        "malformed": float(tools.count(MALFORMED)),
        "refused": float(sum(turn.refused and turn.tool != MALFORMED for turn in rollout.turns)),
        "look-up": float(any(turn.tool == "knowledge_retrieval" and not turn.refused for turn in rollout.turns)),
        "tokens": math.nan if record.tokens is None else float(record.tokens),
        "policy seconds": record.policy_seconds,
        "tool seconds": record.tool_seconds,
        **{f"reward {name}": value for name, value in record.rewards.items()},
    }


def figures(records: Sequence[EpisodeRecord]) -> dict[str, float]:
    """All figures of some episodes of one policy; NaN where one is not defined, as attempts a pass without a pass."""
    if not records:
        return {}
    rows = [episode_figures(record) for record in records]
    column = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    passed = column["passed"] > 0
    mean = {name: float(values.mean()) for name, values in column.items()}
    turns = float(column["turns"].sum())
    plain = {name: mean[name] for name in mean if name not in ("passed", "attempts", "malformed", "refused")}
    return {
        "tasks": float(len(rows)),
        "pass rate": mean["passed"],
        "attempts of passed": float(column["attempts"][passed].mean()) if passed.any() else math.nan,
        "attempts a pass": float(column["attempts"].sum() / passed.sum()) if passed.any() else math.nan,
        "malformed in 1000": 1000 * float(column["malformed"].sum()) / turns if turns else math.nan,
        "refused in 1000": 1000 * float(column["refused"].sum()) / turns if turns else math.nan,
        **plain,
        **spreads([record for record in records if record.passed]),
    }


def spreads(records: Sequence[EpisodeRecord]) -> dict[str, float]:
    """How different the samples are from one another: standard deviations within a defect family, pooled, so that a mixture
    of families does not hide that each has become one and the same.

    asked size, drawn size: of the natural logarithm. Places: of both coordinates, in fractions of the image, as one root
    mean square. NaN where the prompts do not say it, or there are too few.
    """

    def within_family(value: Callable[[EpisodeRecord], float | None]) -> float:
        groups: dict[str, list[float]] = defaultdict(list)
        for record in records:
            found = value(record)
            if found is not None:
                groups[resolve(record.anomaly).family].append(found)
        free = sum(len(group) - 1 for group in groups.values())
        squares = sum(float(np.var(group)) * len(group) for group in groups.values())
        return math.sqrt(squares / free) if free else math.nan

    def logarithm(value: float | None) -> float | None:
        return None if value is None else math.log(value)

    def place(*axes: float) -> float:
        return math.sqrt(sum(axis * axis for axis in axes) / len(axes))

    return {
        "asked size spread": within_family(lambda record: logarithm(record.asked["size"])),
        "asked severity spread": within_family(lambda record: record.asked["severity"]),
        "asked place spread": place(within_family(lambda r: r.asked["x"]), within_family(lambda r: r.asked["y"])),
        "drawn size spread": within_family(lambda r: logarithm(math.sqrt(r.drawn["area"])) if r.drawn else None),
        "drawn place spread": place(
            within_family(lambda r: r.drawn["x"] if r.drawn else None),
            within_family(lambda r: r.drawn["y"] if r.drawn else None),
        ),
    }


def over_seeds(records: Sequence[EpisodeRecord]) -> dict[str, Spread]:
    """Every figure seed by seed, then mean and deviation of those. Seeds without a figure (no pass) do not count for it."""
    by_seed: dict[int, list[EpisodeRecord]] = defaultdict(list)
    for record in records:
        by_seed[record.key.seed].append(record)
    rows = [figures(group) for group in by_seed.values()]
    return {name: _spread(row[name] for row in rows) for name in rows[0]} if rows else {}


def pooled(records: Sequence[EpisodeRecord]) -> dict[str, Spread]:
    """Every figure over all seeds at once, without a deviation: for parts with few tasks a seed."""
    return {name: _spread([value]) for name, value in figures(records).items()}


def _spread(values: Iterable[float]) -> Spread:
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return Spread(None, None)
    return Spread(float(np.mean(known)), float(np.std(known, ddof=1)) if len(known) > 1 else None)


def paired_difference(
    records: Sequence[EpisodeRecord], reference: Sequence[EpisodeRecord], figure: str, seed: int = 0
) -> Difference:
    """Mean of figure (one of episode_figures) over the tasks, less the reference's on the same tasks; tasks are resampled.

    Raises ValueError where the tasks are not the same.
    """
    ours, theirs = ({_task(r): episode_figures(r)[figure] for r in side} for side in (records, reference))
    if ours.keys() != theirs.keys() or not ours:
        raise ValueError("a paired difference needs the same tasks on both sides")
    differences = np.array([ours[task] - theirs[task] for task in sorted(ours)])
    rng = np.random.default_rng(seed)
    means = np.array([rng.choice(differences, len(differences)).mean() for _ in range(_RESAMPLES)])
    low, high = np.percentile(means, (2.5, 97.5))
    return Difference(float(differences.mean()), float(low), float(high))


def _task(record: EpisodeRecord) -> tuple[str, str, int, int]:
    key = record.key
    return key.setting, key.group, key.seed, key.index
