"""evaluation.md: the summary as tables, with the walls below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...policy.rewards import TERMS, TOTAL
from .candidates import REFERENCE
from .measures import Difference, Spread


class _Column(NamedTuple):
    figure: str
    title: str
    digits: int = 2
    factor: float = 1.0


_QUALITY = (
    _Column("pass rate", "passed, %", 1, 100),
    _Column("score", "final score"),
    _Column("first score", "first score"),
    _Column("attempts of passed", "attempts of a passed"),
    _Column("attempts a pass", "attempts spent a pass"),
    _Column("reward total", "reward", 3),
)
_BEHAVIOUR = (
    _Column("illegal", "illegal transitions"),
    _Column("malformed in 1000", "malformed in 1,000 turns", 1),
    _Column("refused in 1000", "refused in 1,000 turns", 1),
    _Column("look-up", "with a look-up, %", 1, 100),
    _Column("turns", "turns"),
    _Column("tokens", "tokens", 0),
    _Column("policy seconds", "policy, s", 3),
    _Column("tool seconds", "tools, s", 3),
)
_SPREADS = (
    _Column("asked size spread", "asked size (ln)"),
    _Column("asked severity spread", "asked severity"),
    _Column("asked place spread", "asked place"),
    _Column("drawn size spread", "drawn size (ln)"),
    _Column("drawn place spread", "drawn place"),
)
_PLACES = (
    _Column("tasks", "tasks", 0),
    _Column("pass rate", "passed, %", 1, 100),
    _Column("score", "final score"),
    _Column("reward total", "reward", 3),
)
_COMPARED = (
    _Column("passed", "passed, points", 1, 100),
    _Column("score", "final score"),
    _Column("reward total", "reward", 3),
)


def write_page(
    summary: dict[str, Any],
    settings: dict[str, Any],
    walls: Sequence[tuple[str, str]],
    downstream: Sequence[str] = (),
) -> str:
    """The page in Markdown. summary: of summarize. settings: of the plan. walls: (title, file beside the page). downstream:
    lines of that section.
    """
    lines = ["# Policies compared", "", *_introduction(settings), ""]
    for setting, places in summary["all"].items():
        policies = places["all"]
        lines += [f"## {setting.capitalize()} editors", ""]
        lines += [*_table("policy", policies, _QUALITY), ""]
        lines += [
            "Reward by term (a sum is followed by its parts):",
            "",
            *_table("policy", policies, _reward_columns()),
        ]
        lines += ["", "Behaviour, a sample:", "", *_table("policy", policies, _BEHAVIOUR), ""]
        lines += [
            "Diversity of passed samples, standard deviations within a defect family; a policy that collapses shows here "
            "(-: its prompts do not say it):",
            "",
            *_table("policy", policies, _SPREADS),
            "",
        ]
        if summary["differences"].get(setting):
            lines += [f"Difference to `{REFERENCE}` on the same tasks, with its 95 % bootstrap interval:", ""]
            lines += [*_differences(summary["differences"][setting]), ""]
        for lead, key, columns in (
            ("By group of tasks", "group", _PLACES[1:]),
            ("By product, all seeds at once", "product", _PLACES),
        ):
            rows = {
                f"{place} | {policy}": values
                for place, by_policy in summary[f"by {key}"][setting].items()
                for policy, values in by_policy.items()
            }
            lines += [f"{lead}:", "", *_table(f"{key} | policy", rows, columns), ""]
    if downstream:
        lines += ["## Downstream", "", *downstream, ""]
    for title, file in walls:
        lines += [f"## {title}", "", f"![{title}]({file})", ""]
    return "\n".join(lines).rstrip() + "\n"


def _reward_columns() -> list[_Column]:
    names = [name for term in TERMS for name in (term.name, *(part.name for part in term.parts))]
    return [_Column(f"reward {name}", name, 3) for name in (*names, TOTAL)]


def _introduction(settings: dict[str, Any]) -> list[str]:
    tasks = ", ".join(f"{facts['count']} of {name}" for name, facts in settings["tasks"].items())
    total = sum(facts["count"] for facts in settings["tasks"].values())
    policies = "; ".join(
        f"`{name}`: " + ", ".join(f"{value}" if key == "kind" else f"{key} {value}" for key, value in facts.items())
        for name, facts in settings["policies"].items()
    )
    return [
        f"{total} tasks a setting and seed that no training has drawn ({tasks}), the same for every policy; "
        f"{settings['seeds']} seeds; at most {settings['max_attempts']} attempts; passed: a score above "
        f"{settings['threshold']:g} of 10. Figures are the mean and the standard deviation over seeds.",
        "",
        f"Policies: {policies}.",
        "",
        "Faithful editors are the embedded renderer, which draws what the prompt says. Unfaithful ones have a bias that the "
        "policy must find out: smaller, fainter, beside the place, with a seam, or another defect. `fixed` sends one sentence "
        "and does not try again; it skips prompt_gen, which counts as an illegal transition.",
    ]


def _table(head: str, rows: dict[str, dict[str, Spread]], columns: Sequence[_Column]) -> list[str]:
    lines = [f"| {head} | " + " | ".join(column.title for column in columns) + " |"]
    lines.append("|---" * (head.count("|") + 1) + "|---:" * len(columns) + "|")
    for name, values in rows.items():
        lines.append(f"| {name} | " + " | ".join(_cell(values[column.figure], column) for column in columns) + " |")
    return lines


def _cell(spread: Spread, column: _Column) -> str:
    if spread.mean is None:
        return "-"
    mean = f"{column.factor * spread.mean:.{column.digits}f}"
    return mean if spread.deviation is None else f"{mean} ± {column.factor * spread.deviation:.{column.digits}f}"


def _differences(rows: dict[str, dict[str, Difference]]) -> list[str]:
    lines = [
        "| policy | " + " | ".join(column.title for column in _COMPARED) + " |",
        "|---" + "|---:" * len(_COMPARED) + "|",
    ]
    for policy, values in rows.items():
        cells = []
        for column in _COMPARED:
            mean, low, high = (f"{column.factor * value:+.{column.digits}f}" for value in values[column.figure])
            cells.append(f"{mean} ({low} to {high})")
        lines.append(f"| {policy} | " + " | ".join(cells) + " |")
    return lines
