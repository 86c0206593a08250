"""The documents agree with the tree: links lead somewhere, every option is described, README stays a front page."""

import argparse
import ast
import importlib
import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

PACK = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(
    path
    for folder in (".", "docs", "benchmarks", "agent/policies", "web/docs")
    for path in (PACK / folder).glob("*.md" if folder == "." else "**/*.md")
)
_CODE = re.compile(r"^```.*?^```", re.M | re.S)
_LINK = re.compile(r"(?:\]\(|<img src=\")([^)\"\s]+)")
# The command line, whose parsers the commands of training join.
command_line = importlib.import_module("anomaly_agent.agent.cli.main")


def anchors(page):
    """What GitHub makes of a page's headings: lower case, words joined by hyphens, other signs dropped."""
    headings = re.findall(r"^#+ (.+)$", _CODE.sub("", page.read_text(encoding="utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(PACK)))
def test_links_lead_somewhere(page):
    for link in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8"))):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(PACK)))
def test_files_that_a_page_names_are_there(page):
    """Paths in backticks and commands that begin with a folder of the tree."""
    named = re.findall(
        r"(?:^|[\s`(])((?:agent|nodes|training|tests|benchmarks|docs|locales|web)/[\w./-]*\w)", page.read_text()
    )
    for name in (name for name in named if "NAME" not in name):
        assert (PACK / name).exists(), name


def parsers(parser):
    """A parser and those of all its commands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from parsers(inner)


def all_parsers():
    further = [entry.name for entry in entry_points(group="anomaly_agent.commands")]
    assert {"train", "compare", "evaluate"} <= set(further)
    for arguments in ([], *([name] for name in further)):  # a further command's parser is filled when it is asked for
        yield from parsers(command_line._parser(arguments))


def test_every_option_of_every_command_is_described():
    pytest.importorskip("torch")  # training's commands name what they lack
    text = (PACK / "docs" / "command-line.md").read_text(encoding="utf-8")
    sections = {part.splitlines()[0]: part for part in text.split("\n## ")[1:]}
    sections["synthesize"] += sections["Models"]
    checked = set()
    for parser in all_parsers():
        _, *command = parser.prog.split()
        for action in parser._actions:
            for option in action.option_strings:
                if option in ("-h", "--help"):
                    continue
                section = next(part for title, part in sections.items() if title.split()[0] == command[0])
                assert re.search(rf"`{option}[ `]", section), (parser.prog, option)
                checked.add((parser.prog, option))
                for choice in action.choices or ():
                    assert str(choice) in section, (parser.prog, option, choice)
    assert len(checked) > 90
    assert {prog.split()[1] for prog, _ in checked} == {
        "demo", "inspect", "synthesize", "plan", "export", "curate", "review", "compare", "evaluate", "train",
    }  # fmt: skip


def test_every_choice_of_models_has_a_variable_by_the_rule_that_the_page_gives():
    for option in importlib.import_module("anomaly_agent.agent.assembly.options").MODEL_OPTIONS:
        if option.name != "server":
            assert option.variable == option.option[2:].upper().replace("-", "_")


def test_readme_is_a_front_page():
    assert len((PACK / "README.md").read_text(encoding="utf-8").splitlines()) <= 140


def test_readme_names_every_family_of_defects():
    """By the registry, so that a new family is asked for."""
    (listed,) = re.findall(
        r"^The renderer draws(.+?)\n\n", (PACK / "README.md").read_text(encoding="utf-8"), re.M | re.S
    )
    families = importlib.import_module("anomaly_agent.agent.defects.naming").FAMILIES
    assert len(families) >= 12
    for name in families:
        assert re.search(rf"\b{name}\b", listed), name


def floors():
    """Folder of agent/ -> floor, as the table of docs/architecture.md has it."""
    text = (PACK / "docs" / "architecture.md").read_text(encoding="utf-8")
    return {name: int(floor) for floor, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", text, re.M)}


def imported(file):
    """The folders of the pack that a file imports from, as paths from the pack's root."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = file.parents[node.level - 1].relative_to(PACK).parts
            path = (*base, *(node.module or "").split("."))
            for alias in node.names:
                yield tuple(part for part in (*path, alias.name) if part)


def test_every_folder_of_agent_has_a_floor():
    folders = {path.parent.name for path in (PACK / "agent").glob("*/__init__.py")}
    assert folders == set(floors())


def test_imports_point_to_lower_floors():
    floor = floors()
    for file in (PACK / "agent").glob("*/**/*.py"):
        own = file.relative_to(PACK / "agent").parts[0]
        for target in imported(file):
            assert target[0] == "agent", (file, target)
            other = target[1]
            assert other == own or floor[other] < floor[own], f"{file.relative_to(PACK)} imports {'.'.join(target)}"


def test_nodes_and_training_do_not_know_each_other():
    for here, there in (("nodes", "training"), ("training", "nodes")):
        for file in (PACK / here).rglob("*.py"):
            assert there not in {target[0] for target in imported(file)}, file
