"""Every regular expression in the tree is linear: each is tried on texts made from its own parts.

Expressions are found where they are: compiled ones in the modules, and those that are written into a call, in the source. What
a call puts together at run time stands in BUILT, with the test that reads long texts through it.
"""

from __future__ import annotations

import ast
import importlib
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nasty import NASTY, grows_too_fast

import anomaly_agent

try:
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:
    import sre_parse as parser

PACK = Path(anomaly_agent.__file__).resolve().parent
FOLDERS = ("agent", "nodes", "training")
_CALLS = {"compile", "search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn"}
_LENGTHS = (250, 1_000, 4_000, 16_000, 64_000)

#: file -> how many expressions its functions build when they are called; test_long_texts reads through all of them.
BUILT = {
    "agent/defects/attribute_reader.py": 3,
    "agent/defects/describing.py": 1,
    "agent/defects/naming.py": 1,
    "agent/defects/prompt_text.py": 2,
    "agent/production/plan_pictures.py": 1,  # a part of a path, matched against names of files
}


def calls(path: Path) -> Iterator[tuple[ast.expr, bool]]:
    """The expressions that a file hands to `re`, and whether each is within a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {id(node) for outer in ast.walk(tree) if isinstance(outer, ast.FunctionDef) for node in ast.walk(outer)}
    for node in ast.walk(tree):
        call = node.func if isinstance(node, ast.Call) and node.args else None
        if isinstance(call, ast.Attribute) and call.attr in _CALLS and ast.unparse(call.value) == "re":
            yield node.args[0], id(node) in inner


def files() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (PACK / folder).rglob("*.py"))


def written() -> dict[str, re.Pattern[str]]:
    """Expressions written into a call, by file and line."""
    found = {}
    for path in files():
        for given, _ in calls(path):
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                found[f"{path.relative_to(PACK)}:{given.lineno}"] = re.compile(given.value)
    return found


def compiled() -> dict[str, re.Pattern[str]]:
    """Expressions that the modules hold, also in their tables, by module and name."""
    found: dict[str, re.Pattern[str]] = {}

    def add(name: str, value: Any) -> None:
        if isinstance(value, re.Pattern):
            found[name] = value
        elif isinstance(value, tuple | list):
            for index, part in enumerate(value):
                add(f"{name}[{index}]", part)

    for path in files():
        if "re.compile(" not in path.read_text(encoding="utf-8"):
            continue
        module = importlib.import_module(".".join(["anomaly_agent", *path.relative_to(PACK).with_suffix("").parts]))
        for name, value in vars(module).items():
            add(f"{path.relative_to(PACK)}:{name}", value)
    return found


PATTERNS = {**written(), **compiled()}


def sample(tree: Any) -> str:
    """A short text that a part of an expression matches, or nearly."""
    text = ""
    for kind, given in tree:
        name = str(kind)
        if name in ("LITERAL", "NOT_LITERAL"):
            text += chr(given) if name == "LITERAL" else ("x" if given != ord("x") else "y")
        elif name == "ANY":
            text += "x"
        elif name == "IN":
            text += member(given)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            text += sample(given[2]) * max(1, min(given[0], 4))
        elif name == "SUBPATTERN":
            text += sample(given[3])
        elif name == "BRANCH":
            text += sample(given[1][0])
        elif name == "ATOMIC_GROUP":
            text += sample(given)
    return text


_CATEGORIES = {"CATEGORY_SPACE": " ", "CATEGORY_DIGIT": "5", "CATEGORY_WORD": "a", "CATEGORY_NOT_SPACE": "a",
               "CATEGORY_NOT_DIGIT": "a", "CATEGORY_NOT_WORD": " "}  # fmt: skip


def member(given: Any) -> str:
    """A character of a class."""
    negated = str(given[0][0]) == "NEGATE"
    fits = re.compile(f"[{''.join(map(shown, given[1:] if negated else given))}]")
    literals = [one[1] for one in given if str(one[0]) == "LITERAL"] + [
        one[1][0] for one in given if str(one[0]) == "RANGE"
    ]
    own = "".join(map(chr, literals))
    return next(letter for letter in f"a5 -_{string.printable}é{own}" if bool(fits.match(letter)) is not negated)


def shown(one: Any) -> str:
    kind, given = str(one[0]), one[1]
    if kind == "LITERAL":
        return re.escape(chr(given))
    if kind == "RANGE":
        return f"{re.escape(chr(given[0]))}-{re.escape(chr(given[1]))}"
    return {"CATEGORY_SPACE": r"\s", "CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w", "CATEGORY_NOT_SPACE": r"\S",
            "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_NOT_WORD": r"\W"}[str(given)]  # fmt: skip


def attacks(tree: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """(what stands before, what is repeated) for each repetition without a small bound."""
    for index, (kind, given) in enumerate(tree):
        name = str(kind)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            if given[1] is parser.MAXREPEAT or given[1] > 64:
                yield before, sample(given[2])
            yield from attacks(given[2], before)
        elif name == "SUBPATTERN":
            yield from attacks(given[3], before)
        elif name == "BRANCH":
            for branch in given[1]:
                yield from attacks(branch, before)
        elif name in ("ASSERT", "ASSERT_NOT"):
            yield from attacks(given[1], before)
        before += sample([tree[index]])


def texts(pattern: re.Pattern[str]) -> Iterator[tuple[str, Any]]:
    """Texts made from the expression's own parts: each repetition drawn out, alone and with what leads to it."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    whole = sample(tree)
    units = {(before, unit) for before, unit in attacks(tree) if unit}
    units |= {("", before + unit) for before, unit in units} | ({("", whole)} if whole else set())
    for before, unit in sorted(units):
        for end in ("\0", ""):
            yield repr((before, unit, end)), lambda n, b=before, u=unit, e=end: b + u * (n // len(u)) + e


@pytest.mark.parametrize("name", PATTERNS)
def test_an_expression_takes_time_by_the_length_of_its_text(name: str) -> None:
    pattern = PATTERNS[name]
    for what, text in [*texts(pattern), *NASTY.items()]:
        assert not grows_too_fast(pattern.search, text, _LENGTHS), what


def test_no_expression_is_built_where_no_test_reads_long_texts() -> None:
    """A new expression that is put together at run time has to be added to BUILT, and its reader to test_long_texts."""
    found: dict[str, int] = {}
    for path in files():
        built = [given for given, within in calls(path) if within and not isinstance(given, ast.Constant)]
        if built:
            found[str(path.relative_to(PACK))] = len(built)
    assert found == BUILT


# Lengths at which the square, and the cube, of a length shows.
_SQUARE, _CUBE = (2_000, 8_000, 32_000), (50, 200, 800)


@pytest.mark.parametrize(
    ("slow", "lengths"),
    [(r"\s+$", _SQUARE), (r"\d\s*%?\s*[,;\s]\s*\d", _CUBE), (r"\([^)]*\)", _SQUARE), (r"\d+-\d+", _SQUARE)],
)
def test_what_is_slow_is_seen(slow: str, lengths: tuple[int, ...]) -> None:
    pattern = re.compile(slow)
    assert any(grows_too_fast(pattern.search, text, lengths) for _, text in [*texts(pattern), *NASTY.items()])


def test_the_pages_have_no_expression_that_repeats() -> None:
    """The pages' scripts read what people type with none; a new one should be thought about, and tested."""
    scripts = [*(PACK / "web").rglob("*.js"), *(PACK / "agent" / "review" / "page").rglob("*.js")]
    assert scripts
    for path in scripts:
        for line in path.read_text(encoding="utf-8").splitlines():
            code = line.split("//")[0]
            assert "RegExp(" not in code, path
            assert not re.search(r"\.(?:match|matchAll|replace|replaceAll|search|split|test|exec)\(\s*/", code), (
                f"{path}: {line}"
            )
