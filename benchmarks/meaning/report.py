"""Tables, a comparison and the page, written from the records alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .descriptions import FILES, KINDS, read_descriptions
from .loop import ATTEMPTS
from .run import keeps_all

_HERE = Path(__file__).parent
PAGE = _HERE.parents[1] / "docs" / "meaning.md"
Rows = list[dict[str, Any]]


def to_json(content: dict[str, Any], rows: Rows) -> str:
    """A file of results: a row a line, so that a change can be read as a difference."""
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    head = json.dumps(content)[1:-1]
    return f'{{{head}, "rows": [\n{lines}\n]}}\n'


def tables(content: dict[str, Any]) -> str:
    """The tables of one file of results, Markdown."""
    write = {"run": _run_tables, "judge": _judge_tables, "loop": _loop_tables, "off-product": _off_product_table}
    return write[content["what"]](content["rows"])


def figures(rows: Rows) -> dict[str, tuple[int, int]]:
    """Of a run: by kind of word (kept, asked) in accepted samples; and "all words", "visible", "no spill", "accepted"."""
    accepted = [row for row in rows if row["passed"]]
    found = {}
    for kind in KINDS:
        kept = [row["facts"][kind][0] for row in accepted if kind in row["facts"] and row["facts"][kind][0] is not None]
        found[kind] = (sum(kept), len(kept))
    words = [all(kept is not False for kept, _ in row["facts"].values()) for row in accepted if row["facts"]]
    found["all words"] = (sum(words), len(words))
    found["visible"] = (sum(row["visible"] >= 1 for row in accepted), len(accepted))
    found["no spill"] = (sum(row["spill"] == 0 for row in accepted), len(accepted))
    found["all of it"] = (sum(keeps_all(row) for row in accepted), len(accepted))
    found["accepted"] = (len(accepted), len(rows))
    found["run ended without a picture"] = (sum("stopped" in row for row in rows), len(rows))
    return found


def _share(part: int, whole: int) -> str:
    return "-" if whole == 0 else f"{100 * part / whole:.0f} %"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def _run_tables(rows: Rows) -> str:
    found = figures(rows)
    first = _table(
        ("kind of word", "asked", "kept", "share"),
        [(kind, whole, part, _share(part, whole)) for kind, (part, whole) in found.items()],
    )
    return f"{first}\n\n{histogram(rows)}"


def histogram(rows: Rows) -> str:
    """Of accepted and refused pictures' scores, those that keep all and those that break something apart."""
    made = [row for row in rows if "score" in row]
    bins = [f"{low}-{low + 1}" for low in range(10)] + ["10.0"]
    counts = {name: [0, 0] for name in bins}
    for row in made:
        name = "10.0" if row["score"] >= 10 else bins[int(row["score"])]
        counts[name][0 if keeps_all(row) else 1] += 1
    return _table(("score", "keeps all", "breaks something"), [(name, *pair) for name, pair in counts.items()])


def _judge_tables(rows: Rows) -> str:
    def line(name: str, some: Rows) -> tuple[object, ...]:
        bad = [row for row in some if row["broken"]]
        # An unfaithful editor's seams and other families break no word, and a judge refuses them rightly.
        good = [row for row in some if not row["broken"] and row["editor"] == "faithful"]
        passed, refused = sum(row["passed"] for row in bad), sum(not row["passed"] for row in good)
        return name, len(bad), _share(passed, len(bad)), len(good), _share(refused, len(good))

    head = ("break a word", "of them pass", "faithful, keep all", "of them refused")
    editors = sorted({row["editor"] for row in rows})
    by_editor = [line("all", rows), *(line(name, [row for row in rows if row["editor"] == name]) for name in editors)]
    # By kind: pictures that break this kind, and those that keep all of a description that asks for it.
    asked = {row.text: set(row.asks) for which in FILES for row in read_descriptions(which)}
    by_kind = [
        line(
            kind,
            [
                row
                for row in rows
                if kind in row["broken"] or (not row["broken"] and kind in asked.get(row["text"], ()))
            ],
        )
        for kind in (*KINDS, "visible", "spill")
    ]
    return f"{_table(('editor', *head), by_editor)}\n\n{_table(('kind', *head), by_kind)}\n\n{_judge_histogram(rows)}"


def _judge_histogram(rows: Rows) -> str:
    as_run = [
        {"score": row["score"], "facts": dict.fromkeys(row["broken"], (False, 0)), "visible": 1, "spill": 0}
        for row in rows
    ]
    return histogram(as_run)


def _loop_tables(rows: Rows) -> str:
    found = []
    for policy in sorted({row["policy"] for row in rows}):
        for drops in sorted({row["drops"] for row in rows}):
            some = [row["after"] for row in rows if (row["policy"], row["drops"]) == (policy, drops)]
            kept = [sum(not after[k]["broken"] for after in some) for k in range(ATTEMPTS)]
            passed = sum(after[-1]["passed"] for after in some)
            shares = [_share(number, len(some)) for number in kept]
            found.append((policy, drops or "nothing", len(some), *shares, _share(passed, len(some))))
    head = ("policy", "editor drops", "runs", *(f"kept after {k + 1}" for k in range(ATTEMPTS)), "passed")
    return _table(head, found)


def _off_product_table(rows: Rows) -> str:
    made = [row for row in rows if "stopped" not in row]

    def line(name: str, some: Rows) -> tuple[object, ...]:
        off = [row for row in some if row["mask"] or row["changed"]]
        masks, changes = (sum(row[key] > 0 for row in some) for key in ("mask", "changed"))
        most = max((max(row["mask"], row["changed"]) for row in some), default=0)
        return name, len(some), masks, changes, most, sum(row["passed"] for row in off)

    kinds = sorted({row["picture"].split("/")[0] for row in made})
    lines = [line(kind, [row for row in made if row["picture"].split("/")[0] == kind]) for kind in kinds]
    head = (
        "product",
        "samples",
        "with mask pixels off it",
        "with changed pixels off it",
        "most pixels",
        "of these accepted",
    )
    return _table(head, [line("all", made), *lines])


def comparison(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Two runs' figures side by side."""
    old, new = figures(before["rows"]), figures(after["rows"])
    rows = [(kind, *(f"{_share(*one[kind])} of {one[kind][1]}" for one in (old, new))) for kind in old]
    return _table(("kind of word", "before", "after"), rows)


_INTRODUCTION = """# Is what was asked what is seen?

[`benchmarks/meaning.py`](../benchmarks/meaning.py) asks for {worked} descriptions in plain words, single words and up to four
at once, on seven sets of photographs and on the fifteen rendered products. {held_back} more were kept back. As some of their
failures were looked at later, {unseen} others were written at the end without a look at the words that are read, or at any
results: "unseen". At their first reading 82 % of the pictures kept all words; the lists of words then grew, again without a
look. Each word is a fact that the pixels decide, in code that neither renderer nor judge uses:
[`facts.py`](../benchmarks/meaning/facts.py) and the files beside it say how. A fact fails only where a person with the
picture before them would say that it is not what was asked for. Colours are asked for only on pictures that have colours,
relations only where the product has what they relate to.

"Kept" counts accepted samples. "Visible": the CIELAB difference is at least twice a just noticeable one, and more on rough
textures. "No spill": no pixel of the mask and no changed pixel lies off the product, but for one along its outline by rendered
truth, and two and a half where a photograph is segmented.

`python benchmarks/meaning.py page` wrote this page from the raw results beside the benchmark."""
_TITLES = {
    "before": "Before the description became data",
    "before_held_back": "Before, descriptions kept back",
    "after": "Now",
    "after_held_back": "Now, descriptions kept back",
    "after_unseen": "Now, descriptions unseen",
    "after_trained": "Now, the trained policy",
    "judge_before": "The judge against the facts, before",
    "judge": "The judge against the facts, now",
    "judge_unseen": "The judge against the facts, descriptions unseen",
    "loop_before": "The loop, before",
    "loop": "The loop with editors that drop a word",
    "off_product": "Off the product",
}


def write_page() -> str:
    """Writes docs/meaning.md from the results that lie beside this file; returns its path."""
    counts = {which.replace("-", "_"): len(read_descriptions(which)) for which in FILES}
    parts = [_INTRODUCTION.format(**counts)]
    read = {
        name: json.loads((_HERE / f"{name}.json").read_text(encoding="utf-8"))
        for name in _TITLES
        if (_HERE / f"{name}.json").exists()
    }
    for when, old, new in (
        ("Before and now", "before", "after"),
        ("Kept back, before and now", "before_held_back", "after_held_back"),
    ):
        if old in read and new in read:
            parts.append(f"## {when}\n\n{comparison(read[old], read[new])}")
    for name, content in read.items():
        link = f"Raw results: [{name}.json](../benchmarks/meaning/{name}.json)."
        parts.append(f"## {_TITLES[name]}\n\n{_facts_of(content)}{link}\n\n{tables(content)}")
    PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return str(PAGE)


def _facts_of(content: dict[str, Any]) -> str:
    return f"Policy: {content['policy']}. " if "policy" in content else ""
