"""The shipped workflows without a host: every class, input, link and widget value against the schemas."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from anomaly_agent.nodes.extension import NODES

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
NAMES = sorted(path.stem for path in WORKFLOWS.glob("*.json"))
#: The host's own nodes as its /object_info has them; tests/host holds this copy against a real host.
CORE = json.loads(Path(__file__).with_name("core_nodes.json").read_text())
SCHEMAS = {**CORE, **{node.GET_SCHEMA().node_id: node.GET_SCHEMA().info() for node in NODES}}
WIDGETS = ("INT", "FLOAT", "STRING", "BOOLEAN", "COMBO")
NOTE = "MarkdownNote"


def ui(name):
    return json.loads((WORKFLOWS / f"{name}.json").read_text(encoding="utf-8"))


def api(name):
    return json.loads((WORKFLOWS / "api" / f"{name}.json").read_text(encoding="utf-8"))


def inputs_of(kind):
    parts = SCHEMAS[kind]["input"]
    return {**parts.get("required", {}), **parts.get("optional", {})}


def is_widget(spec):
    return spec[0] in WIDGETS and not spec[1].get("forceInput")


def fits(source, target):
    return source == target or "*" in (source, target)


def check_value(where, spec, value):
    kind, options = spec
    types = {"INT": int, "FLOAT": (int, float), "STRING": str, "BOOLEAN": bool, "COMBO": str}
    assert isinstance(value, types[kind]) and (kind == "BOOLEAN" or not isinstance(value, bool)), (where, value)
    if kind in ("INT", "FLOAT"):
        assert options.get("min", value) <= value <= options.get("max", value), (where, value)
    if kind == "COMBO" and "options" in options:
        assert value in options["options"], (where, value)


def widgets(node):
    """The node's widgets with their values, as the page reads widgets_values."""
    values = iter(node["widgets_values"])
    found = {}
    for name, spec in inputs_of(node["type"]).items():
        if is_widget(spec):
            found[name] = next(values)
            if spec[1].get("control_after_generate"):
                assert next(values) in ("fixed", "increment", "decrement", "randomize")
    assert next(values, None) is None, f"{node['type']}: a value too many"
    return found


def test_there_are_those_that_users_need():
    needed = ["quickstart", "five_tools_closed_loop", "painted_region", "own_generator_inpainting"]
    models = ["inpainting_editor", "instruction_editor", "vision_language_model", "language_model_server"]
    models += ["comfyui_language_model", "segment_anything_masks", "rebuild_normal"]
    assert set(NAMES) == {*needed, "dataset_production", "own_knowledge_base", *models}
    assert sorted(path.stem for path in (WORKFLOWS / "api").glob("*.json")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_nodes_inputs_and_values_are_those_of_the_schemas(name):
    for node in ui(name)["nodes"]:
        if node["type"] == NOTE:
            continue
        schema = SCHEMAS[node["type"]]
        assert [one["name"] for one in node["inputs"]] == list(inputs_of(node["type"]))
        assert [one["type"] for one in node["outputs"]] == schema["output"]
        assert [one["name"] for one in node["outputs"]] == schema["output_name"]
        for widget, value in widgets(node).items():
            check_value((node["type"], widget), inputs_of(node["type"])[widget], value)
        linked = {one["name"] for one in node["inputs"] if one["link"] is not None}
        required = {n for n, spec in schema["input"]["required"].items() if not is_widget(spec)}
        assert required <= linked, f"{node['type']}: not connected: {required - linked}"


@pytest.mark.parametrize("name", NAMES)
def test_links_join_sockets_of_one_type(name):
    graph = ui(name)
    nodes = {node["id"]: node for node in graph["nodes"]}
    assert len(nodes) == len(graph["nodes"]) and graph["last_node_id"] >= max(nodes)
    links = {link[0]: link for link in graph["links"]}
    for number, source, output, target, slot, _ in links.values():
        out, into = nodes[source]["outputs"][output], nodes[target]["inputs"][slot]
        assert fits(out["type"], into["type"]), (
            nodes[source]["type"],
            out["name"],
            nodes[target]["type"],
            into["name"],
        )
        assert number in out["links"] and into["link"] == number
    ends = [one["link"] for node in nodes.values() for one in node["inputs"] if one["link"] is not None]
    assert sorted(ends) == sorted(links)


@pytest.mark.parametrize("name", NAMES)
def test_the_api_form_is_the_same_graph(name):
    graph = ui(name)
    links = {link[0]: link for link in graph["links"]}
    expected = {}
    for node in graph["nodes"]:
        if node["type"] == NOTE:
            continue
        inputs = widgets(node)
        for one in node["inputs"]:
            if one["link"] is not None:
                _, source, output, *_ = links[one["link"]]
                inputs[one["name"]] = [str(source), output]
        expected[str(node["id"])] = {"class_type": node["type"], "inputs": inputs}
    given = {key: {k: v for k, v in node.items() if k != "_meta"} for key, node in api(name).items()}
    assert given == expected


@pytest.mark.parametrize("name", NAMES)
def test_it_can_be_read_without_a_manual(name):
    graph = ui(name)
    notes = [node for node in graph["nodes"] if node["type"] == NOTE]
    for note in notes:
        heading, text = note["widgets_values"][0].split("\n", 1)
        assert heading.startswith("## ")
        assert not re.search(r"\S\n(?!\n|- |\d+\. )", text), "the page joins broken lines without a space between"
    assert notes
    for node in graph["nodes"]:
        if node["type"] == NOTE:
            continue
        (x, y), (width, height) = node["pos"], node["size"]
        inside = [
            group["title"]
            for group in graph["groups"]
            if group["bounding"][0] <= x
            and group["bounding"][1] <= y
            and x + width <= group["bounding"][0] + group["bounding"][2]
            and y + height <= group["bounding"][1] + group["bounding"][3]
        ]
        assert len(inside) == 1, f"{node['type']} stands in {len(inside)} groups"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_overlaps(name):
    boxes = [
        (n["pos"][0], n["pos"][1] - 30, n["pos"][0] + n["size"][0], n["pos"][1] + n["size"][1])
        for n in ui(name)["nodes"]
    ]
    for index, one in enumerate(boxes):
        for other in boxes[:index]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_a_thumbnail_and_no_secrets_or_paths(name):
    with Image.open(WORKFLOWS / f"{name}.jpg") as picture:
        assert picture.format == "JPEG" and min(picture.size) >= 256
    text = (WORKFLOWS / f"{name}.json").read_text() + (WORKFLOWS / "api" / f"{name}.json").read_text()
    assert not re.search(r'"/|[A-Z]:\\\\|sk-\w|\btoken\b|"\w*key"', text, re.I)
