"""Help pages and translations cover every node, every input and every output."""

import json
import re
from pathlib import Path

import pytest

from anomaly_agent.nodes.extension import NODES

PACK = Path(__file__).resolve().parents[2]
SCHEMAS = {node.GET_SCHEMA().node_id: node.GET_SCHEMA() for node in NODES if not node.GET_SCHEMA().is_dev_only}
SCRIPTS = {"ko": r"[가-힣]", "zh": r"[一-鿿]"}


def words(language):
    return json.loads((PACK / "locales" / language / "nodeDefs.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("node", SCHEMAS)
def test_every_node_has_a_page_that_names_all_its_sockets(node):
    page = (PACK / "web" / "docs" / node / "en.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {SCHEMAS[node].display_name}\n")
    rows = {
        match[1]: match[2] for match in re.finditer(r"^\| `(\w+)`(?: \(optional\))? \| [\w*]+ \| (.+) \|$", page, re.M)
    }
    for one in SCHEMAS[node].inputs:
        assert one.options["tooltip"] in page, (one.id, "the page says what the tooltip says")
    assert {one.id for one in SCHEMAS[node].inputs} | {one.id for one in SCHEMAS[node].outputs} == set(rows)


def test_english_is_the_schemas():
    expected = {
        node: {
            "display_name": schema.display_name,
            "description": schema.description,
            "inputs": {one.id: {"name": one.id, "tooltip": one.options["tooltip"]} for one in schema.inputs},
            "outputs": {str(i): {"name": one.id, "tooltip": one.tooltip} for i, one in enumerate(schema.outputs)},
        }
        for node, schema in SCHEMAS.items()
    }
    assert words("en") == expected


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    else:
        yield path, value


@pytest.mark.parametrize("language", SCRIPTS)
def test_translations_are_whole(language):
    translated, english = dict(leaves(words(language))), dict(leaves(words("en")))
    assert translated.keys() == english.keys()
    for path, value in translated.items():
        assert re.search(SCRIPTS[language], value), f"{path} is not translated: {value!r}"


def test_the_panel_speaks_the_same_texts_in_every_language():
    source = (PACK / "web" / "texts.js").read_text(encoding="utf-8")
    keys = {}
    for name, body in re.findall(r"const (ENGLISH|KOREAN|CHINESE) = \{(.*?)\n\}", source, re.S):
        keys[name] = re.findall(r"^  (\w+):", body, re.M)
    assert len(keys) == 3 and keys["ENGLISH"] == keys["KOREAN"] == keys["CHINESE"]
    used = {
        key
        for path in (PACK / "web").glob("*.js")
        for key in re.findall(r"\b(?:text\(|counted\([^)]*, )'(\w+)'\)", path.read_text())
    }
    assert used <= set(keys["ENGLISH"])
