"""Workflows as users of version 0.1 saved them: they open on the page as they were, and run.

saved_0_1 holds the thirteen that came with that version, in the page's format.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from faulty_server import FaultyServer, acting, says
from graphs import TINY, by_class, free, put_tiny_models, scores, shows_pictures

from anomaly_agent.agent.policies.scripted import ScriptedPolicy

SAVED = {path.stem: path for path in sorted(Path(__file__).with_name("saved_0_1").glob("*.json"))}
NOTE = "MarkdownNote"
#: Those that need no models, and the policy's loop in each; None where there is none, or several.
WHOLE = {
    "quickstart": "AnomalyAgentLoop",
    "painted_region": "AnomalyAgentLoop",
    "five_tools_closed_loop": "AnomalyAgentLoopEnd",
    "own_knowledge_base": "AnomalyAgentLoop",
    "rebuild_normal": "AnomalyAgentLoop",
    "dataset_production": None,
}
#: Inputs that nodes have got since, with the value that leaves all as it was.
SINCE = {"meaning": ""}
#: One that needs a server, which has a test of its own.
SERVER = "language_model_server"


def saved(name):
    """The file, in the page's format."""
    return json.loads(SAVED[name].read_text())


def as_saved(name):
    """The same in API format, by what the file itself says: the names of its inputs, their values and links."""
    graph = saved(name)
    sources = {number: [str(source), output] for number, source, output, *_ in graph["links"]}
    prompt = {}
    for node in graph["nodes"]:
        if node["type"] == NOTE:
            continue
        inputs, values = {}, iter(node["widgets_values"])
        for slot in node["inputs"]:
            if "widget" in slot:
                inputs[slot["name"]] = next(values)
                if slot["name"] == "seed":
                    assert next(values) == "fixed", "what the page does to a seed after each run is kept behind it"
            if slot["link"] is not None:
                inputs[slot["name"]] = sources[slot["link"]]
        assert next(values, None) is None
        prompt[str(node["id"])] = {"class_type": node["type"], "inputs": inputs}
    return prompt


@pytest.fixture(scope="module", autouse=True)
def uncached(host):
    """Nothing here comes from what other tests ran, and nothing of theirs from here."""
    free(host)
    yield
    free(host)


def test_all_thirteen_are_here():
    assert len(SAVED) == 13 and {*WHOLE, *TINY, SERVER} == set(SAVED)


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_workflow_opens_as_it_was(shared_page, name):
    graph = saved(name)
    shared_page.evaluate("async (graph) => { await app.loadGraphData(graph, true, true) }", graph)
    types = shared_page.evaluate(
        "app.graph._nodes.map((one) => [one.type, one.type in LiteGraph.registered_node_types])"
    )
    assert sorted(types) == sorted([node["type"], True] for node in graph["nodes"])
    said = shared_page.evaluate("async () => (await app.graphToPrompt()).output")
    for node in said.values():
        node.pop("_meta")
        node["inputs"] = {
            key: value for key, value in node["inputs"].items() if key not in SINCE or value != SINCE[key]
        }
    assert said == as_saved(name)
    assert shared_page.errors == []


@pytest.mark.parametrize("name", WHOLE)
def test_a_saved_workflow_runs(host, name):
    prompt = as_saved(name)
    if name == "dataset_production":
        for node in prompt.values():
            if node["class_type"] == "AnomalyAgentSaveDataset":
                node["inputs"]["folder"] = "saved_0_1"
    run = host.run(prompt)
    assert not run.cached
    shows_pictures(run, prompt)
    if WHOLE[name] is None:
        lines = (host.base / "output" / "saved_0_1" / "hex_nut" / "trajectories.jsonl").read_text().splitlines()
        assert len(lines) == 12
        return
    (node,) = [key for key, one in prompt.items() if one["class_type"] == WHOLE[name]]
    ((made, passed),) = scores(run, node)
    kinds = by_class(prompt)
    given = kinds.get("AnomalyAgentLoopBegin") or kinds["AnomalyAgentLoop"]
    assert passed and made[-1] > given["threshold"] and all(score <= given["threshold"] for score in made[:-1])
    assert len(made) < given["max_attempts"], "it stops early"


@pytest.mark.parametrize("name", TINY)
def test_a_saved_workflow_runs_with_its_models(host, models, checkpoint, name):
    prompt = as_saved(name)
    put_tiny_models(name, prompt)
    kinds = by_class(prompt)
    (kinds.get("AnomalyAgentLoopBegin") or kinds["AnomalyAgentLoop"])["max_attempts"] = 2
    shows_pictures(host.run(prompt), prompt)


def test_a_saved_workflow_runs_with_its_server(host):
    prompt = as_saved(SERVER)
    by_class(prompt)["AnomalyAgentExampleProduct"].update(size=128)
    server = FaultyServer()
    server.replies = [says(acting(ScriptedPolicy(), ['{"location": 5, "quality": 4, "review": "Fine."}']))]
    by_class(prompt)["AnomalyAgentLanguageModelServer"].update(base_url=server.url)
    try:
        shows_pictures(host.run(prompt), prompt)
    finally:
        server.close()
    assert server.keys, "the server was asked"
