"""summary.json: every figure by setting and policy, for all tasks, by group and by product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from .candidates import REFERENCE
from .episodes import EpisodeRecord
from .measures import Difference, Spread, over_seeds, paired_difference, pooled

#: What is compared task by task with the reference.
COMPARED = ("passed", "score", "reward total")

#: setting -> place (a group, a product, "all") -> policy -> figure
Table = dict[str, dict[str, dict[str, dict[str, Spread]]]]


def summarize(records: Sequence[EpisodeRecord]) -> dict[str, Any]:
    """{"all", "by group", "by product": Table, "differences": setting -> policy -> figure -> Difference, "episodes"}.

    By product over all seeds at once, the others seed by seed.
    """
    return {
        "all": _tabulate(records, lambda record: "all"),
        "by group": _tabulate(records, lambda record: record.key.group),
        "by product": _tabulate(records, lambda record: record.product, pooled),
        "differences": _differences(records),
        "episodes": len(records),
    }


def _tabulate(
    records: Sequence[EpisodeRecord],
    place: Callable[[EpisodeRecord], str],
    figures: Callable[[Sequence[EpisodeRecord]], dict[str, Spread]] = over_seeds,
) -> Table:
    parts: dict[tuple[str, str, str], list[EpisodeRecord]] = defaultdict(list)
    for record in records:
        parts[record.key.setting, place(record), record.key.policy].append(record)
    table: Table = {}
    for (setting, where, policy), part in parts.items():
        table.setdefault(setting, {}).setdefault(where, {})[policy] = figures(part)
    return table


def _differences(records: Sequence[EpisodeRecord]) -> dict[str, dict[str, dict[str, Difference]]]:
    parts: dict[str, dict[str, list[EpisodeRecord]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        parts[record.key.setting][record.key.policy].append(record)
    return {
        setting: {
            policy: {figure: paired_difference(part, policies[REFERENCE], figure) for figure in COMPARED}
            for policy, part in policies.items()
            if policy != REFERENCE
        }
        for setting, policies in parts.items()
    }
