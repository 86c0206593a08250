"""The host's page in a browser: workflows open, run from the page, and their panel can be read, kept and answered.

SCREENSHOTS names a folder to put pictures of the page into.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from graphs import TOO_MUCH

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
NAMES = sorted(path.stem for path in WORKFLOWS.glob("*.json"))
PANEL, TURN, ATTEMPT = (
    '[data-testid="anomaly-panel"]',
    '[data-testid="anomaly-turn"]',
    '[data-testid="anomaly-attempt"]',
)

FIT = """() => {
  const boxes = [...app.graph._nodes, ...app.graph._groups].map((one) => [...one.pos, ...one.size])
  const left = Math.min(...boxes.map((b) => b[0])), top = Math.min(...boxes.map((b) => b[1])) - 40
  const right = Math.max(...boxes.map((b) => b[0] + b[2])), bottom = Math.max(...boxes.map((b) => b[1] + b[3]))
  const { canvas, ds } = app.canvas
  ds.scale = Math.min((canvas.width - 200) / (right - left), (canvas.height - 160) / (bottom - top), 1.2)
  ds.offset = [110 / ds.scale - left, 90 / ds.scale - top]
  app.canvas.setDirty(true, true)
}"""


def open_workflow(page, name):
    graph = json.loads((WORKFLOWS / f"{name}.json").read_text())
    page.evaluate("async (graph) => { await app.loadGraphData(graph, true, true) }", graph)
    page.wait_for_timeout(800)


# Nothing but the graph, or the group of that title, at 80 per cent: its box [left, top, width, height] on the graph.
BARE = """(group) => {
  Object.assign(app.canvas, { show_info: false, low_quality_zoom_threshold: 0, min_font_size_for_lod: 0 })
  app.canvas.deselectAll?.()
  const groups = app.graph._groups.filter((one) => !group || one.title === group)
  const boxes = [...(group ? [] : app.graph._nodes), ...groups].map((one) => [...one.pos, ...one.size])
  const left = Math.min(...boxes.map((b) => b[0])) - 20, top = Math.min(...boxes.map((b) => b[1] - 30)) - 20
  const right = Math.max(...boxes.map((b) => b[0] + b[2])) + 20, bottom = Math.max(...boxes.map((b) => b[1] + b[3])) + 20
  return [left, top, right - left, bottom - top]
}"""
# At this scale, and so far from the page's bars on the left and at the top, and from its messages on the right, in px.
SCALE, LEFT, TOP, RIGHT = 0.8, 90, 110, 440


def screenshot(page, name, group=""):
    """Takes a picture of the graph alone, or of one group of it, into the folder SCREENSHOTS, if there is one."""
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return
    left, top, width, height = page.evaluate(BARE, group)
    before = page.viewport_size
    page.set_viewport_size({"width": LEFT + int(width * SCALE) + RIGHT, "height": int(height * SCALE) + 2 * TOP})
    page.wait_for_timeout(300)
    page.evaluate(
        "([scale, x, y]) => { Object.assign(app.canvas.ds, { scale, offset: [x, y] }); app.canvas.setDirty(true, true) }",
        [SCALE, LEFT / SCALE - left, TOP / SCALE - top],
    )
    # Messages of the page that lie over the graph go by themselves; the map in its corner does not.
    page.add_style_tag(content=".p-toast, [data-testid^=minimap], .minimap-main-container { display: none !important }")
    page.wait_for_timeout(700)
    Path(folder).mkdir(parents=True, exist_ok=True)
    clip = {"x": LEFT, "y": TOP, "width": int(width * SCALE), "height": int(height * SCALE)}
    page.screenshot(path=Path(folder) / f"{name}.png", clip=clip)
    page.set_viewport_size(before)
    page.evaluate(FIT)
    page.wait_for_timeout(300)


def queue(page):
    page.evaluate("""() => {
      window.ended = null
      app.api.addEventListener('execution_success', () => (window.ended = 'success'))
      app.api.addEventListener('execution_error', (event) => (window.ended = event.detail.exception_message))
      return app.queuePrompt(0, 1)
    }""")


def ended(page):
    page.wait_for_function("window.ended", timeout=120_000)
    assert page.evaluate("window.ended") == "success"
    page.wait_for_timeout(500)


def set_widget(page, kind, name, value):
    page.evaluate(
        """([kind, name, value]) => {
          const node = app.graph._nodes.find((one) => one.comfyClass === kind)
          node.widgets.find((one) => one.name === name).value = value
        }""",
        [kind, name, value],
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_opens_whole_and_gives_its_api_form(page, name):
    open_workflow(page, name)
    missing = page.evaluate(
        "app.graph._nodes.map((n) => n.type).filter((type) => !LiteGraph.registered_node_types[type])"
    )
    assert missing == []
    graph = json.loads((WORKFLOWS / f"{name}.json").read_text())
    assert page.evaluate("app.graph._nodes.length") == len(graph["nodes"])
    assert page.evaluate("async () => (await app.graphToPrompt()).output") == json.loads(
        (WORKFLOWS / "api" / f"{name}.json").read_text()
    )
    again = page.evaluate("app.graph.serialize()")
    values = {node["id"]: node.get("widgets_values") for node in again["nodes"]}
    for node in graph["nodes"]:
        if node["type"].startswith("AnomalyAgent"):
            assert (values[node["id"]] or []) == node["widgets_values"], (
                f"{node['type']}: nothing but the node's own inputs is saved"
            )
    assert page.errors == []
    screenshot(page, f"opened_{name}")


def test_quickstart_runs_from_the_page_and_its_panel_is_kept(page):
    open_workflow(page, "quickstart")
    assert page.locator(f"{PANEL} .aa-empty").is_visible()
    queue(page)
    ended(page)
    page.wait_for_function("app.graph._nodes.find((n) => n.type === 'SaveImage').imgs?.length")
    screenshot(page, "quickstart")
    assert page.locator(ATTEMPT).count() >= 2, "every attempt shows"
    assert page.locator(f"{TURN}[data-tool=quality_eval] .aa-bar").count() == page.locator(ATTEMPT).count()
    assert page.locator(f"{TURN}[data-tool=knowledge_retrieval]").count() == 1
    assert page.locator('[data-testid="anomaly-state"]').inner_text() == "Passed"
    turns = page.locator(TURN).count()
    kept = page.evaluate("app.graph.serialize()")
    page.evaluate("async () => { await app.loadGraphData({ nodes: [], links: [], version: 0.4 }, true, true) }")
    assert page.locator(TURN).count() == 0
    page.evaluate("async (graph) => { await app.loadGraphData(graph, true, true) }", kept)
    page.wait_for_selector(TURN)
    assert page.locator(TURN).count() == turns, "the saved workflow brings the panel back"
    body = page.locator(f"{PANEL} .aa-body")
    body.evaluate("(one) => (one.scrollTop = 0)")
    assert page.locator(TURN).first.is_visible() and page.errors == []


def test_the_loop_on_the_canvas_fills_its_panel(page):
    open_workflow(page, "five_tools_closed_loop")
    queue(page)
    ended(page)
    screenshot(page, "five_tools_closed_loop")
    assert page.locator(ATTEMPT).count() == 2 and page.errors == []


def meaning_of(page, kind):
    return page.evaluate(
        "(kind) => app.graph._nodes.find((n) => n.comfyClass === kind).widgets.find((w) => w.name === 'meaning').value",
        kind,
    )


def by(page, name):
    return page.locator(f'[data-testid="anomaly-{name}"]')


def test_what_was_understood_is_corrected_in_the_panel(page):
    open_workflow(page, "quickstart")
    set_widget(page, "AnomalyAgentLoop", "threshold", 0)
    set_widget(page, "AnomalyAgentLoop", "max_attempts", 1)
    queue(page)
    ended(page)
    page.evaluate(FIT)
    by(page, "correct").wait_for()
    assert by(page, "sentence").inner_text() == "scratch"
    by(page, "correct").click()
    assert by(page, "meaning").input_value() == "scratch", "the sentence itself can be edited"
    by(page, "meaning").fill("zorblax")
    by(page, "meaning").press("Enter")
    page.wait_for_function("document.querySelector('[data-testid=anomaly-meaning-error]').textContent")
    assert "names no defect that is known" in by(page, "meaning-error").inner_text()
    screenshot(page, "correction_refused", "2  The agent")
    assert meaning_of(page, "AnomalyAgentLoop") == ""
    by(page, "meaning").fill("zwei dunkle Kratzer oben links")
    screenshot(page, "correction", "2  The agent")
    by(page, "apply").click()
    by(page, "next").wait_for()
    assert by(page, "next").inner_text() == "Next run: 2 dark scratches in the upper left"
    assert meaning_of(page, "AnomalyAgentLoop") == "zwei dunkle Kratzer oben links"
    screenshot(page, "correction_waits", "2  The agent")
    queue(page)
    ended(page)
    assert by(page, "sentence").inner_text() == "2 dark scratches in the upper left"
    assert "by itself is read as scratch" in by(page, "understood").inner_text() and by(page, "next").count() == 0
    page.locator(f"{PANEL} .aa-body").evaluate("(one) => (one.scrollTop = 0)")
    screenshot(page, "corrected", "2  The agent")
    kept = page.evaluate("app.graph.serialize()")
    (record,) = [n["properties"]["anomaly_agent_run"] for n in kept["nodes"] if n["type"] == "AnomalyAgentLoop"]
    (episode,) = record["episodes"]
    assert (episode["anomaly_type"], episode["corrected"]) == ("scratch", True)
    by(page, "correct").click()
    by(page, "uncorrect").click()
    by(page, "next").wait_for()
    assert meaning_of(page, "AnomalyAgentLoop") == "" and page.errors == []


def test_a_correction_reaches_the_loop_on_the_canvas(page):
    open_workflow(page, "five_tools_closed_loop")
    set_widget(page, "AnomalyAgentLoopBegin", "max_attempts", 1)
    queue(page)
    ended(page)
    page.evaluate(FIT)
    by(page, "correct").click()
    by(page, "meaning").fill("dark stain")
    by(page, "meaning").press("Enter")
    by(page, "next").wait_for()
    assert meaning_of(page, "AnomalyAgentLoopBegin") == "dark stain"
    queue(page)
    ended(page)
    assert by(page, "sentence").inner_text() == "dark stain" and page.errors == []


def test_a_meaning_that_comes_by_a_wire_is_not_corrected_in_the_panel(page):
    open_workflow(page, "quickstart")
    set_widget(page, "AnomalyAgentLoop", "threshold", 0)
    page.evaluate("""() => {
      const source = LiteGraph.createNode('PrimitiveString')
      app.graph.add(source)
      source.widgets[0].value = 'bright dent'
      const loop = app.graph._nodes.find((one) => one.comfyClass === 'AnomalyAgentLoop')
      source.connect(0, loop, loop.inputs.findIndex((one) => one.name === 'meaning'))
    }""")
    queue(page)
    ended(page)
    assert by(page, "sentence").inner_text() == "bright dent"
    assert by(page, "correct").count() == 0 and page.errors == []


def test_a_paused_run_is_edited_and_resumed(page):
    open_workflow(page, "quickstart")
    set_widget(page, "AnomalyAgentLoop", "pause", True)
    set_widget(page, "AnomalyAgentLoop", "seed", 3)
    set_widget(page, "AnomalyAgentLoop", "threshold", 10)
    set_widget(page, "AnomalyAgentLoop", "max_attempts", 3)
    queue(page)
    page.wait_for_selector('[data-testid="anomaly-pause"]', timeout=60_000)
    page.evaluate(FIT)
    page.wait_for_timeout(500)
    page.locator('[data-testid="anomaly-prompt"]').fill("Add one bright, thin scratch, about 25% of the product long.")
    page.locator('[data-testid="anomaly-pause"] [data-testid="anomaly-brush"]').scroll_into_view_if_needed()
    box = page.locator('[data-testid="anomaly-pause"] [data-testid="anomaly-brush"]').bounding_box()
    page.mouse.move(box["x"] + 0.62 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.66 * box["width"], box["y"] + 0.6 * box["height"], steps=6)
    page.mouse.up()
    screenshot(page, "pause", "2  The agent")
    page.locator('[data-testid="anomaly-continue"]').click()
    page.wait_for_selector(f"{TURN}[data-tool=user_edit]", timeout=30_000)
    # The next attempt asks again; the page may be loaded anew meanwhile.
    page.wait_for_selector('[data-testid="anomaly-pause"]', timeout=30_000)
    screenshot(page, "resumed")
    edit = page.locator(f"{TURN}[data-tool=user_edit]").inner_text()
    assert "bright, thin scratch" in edit and "the defect may now go within" in edit
    page.locator('[data-testid="anomaly-finish"]').click()
    ended(page)
    assert page.locator('[data-testid="anomaly-pause"]').count() == 0
    kept = page.evaluate("app.graph.serialize()")
    (record,) = [n["properties"]["anomaly_agent_run"] for n in kept["nodes"] if n["type"] == "AnomalyAgentLoop"]
    (episode,) = record["episodes"]
    assert episode["outcome"]["stop"] == "ended by the user"
    edits = [turn["edit"] for turn in episode["turns"] if turn["tool"] == "user_edit"]
    assert edits[0]["prompt"]["after"].startswith("Add one bright") and edits[0]["region"]["after"].startswith("M")
    assert episode["attempts"][1]["prompt"].startswith("Add one bright") and page.errors == []


def test_a_page_loaded_while_a_run_waits_asks_for_its_question(page, host):
    open_workflow(page, "quickstart")
    set_widget(page, "AnomalyAgentLoop", "pause", True)
    set_widget(page, "AnomalyAgentLoop", "seed", 8)
    queue(page)
    page.wait_for_selector('[data-testid="anomaly-pause"]', timeout=60_000)
    graph = page.evaluate("app.graph.serialize()")
    page.reload()
    page.wait_for_function("window.app?.vueAppReady", timeout=120_000)
    page.evaluate("async (graph) => { await app.loadGraphData(graph, true, true) }", graph)
    page.wait_for_selector('[data-testid="anomaly-pause"]', timeout=30_000)
    page.locator('[data-testid="anomaly-finish"]').click()
    page.wait_for_function("!document.querySelector('[data-testid=\"anomaly-pause\"]')", timeout=30_000)
    assert host.get("/anomaly_agent/waiting") == []


def test_only_the_page_that_queued_a_run_sees_and_answers_its_question(page, other_page, host):
    """Two tabs with the same graph: nodes of the same ids."""
    for one in (page, other_page):
        open_workflow(one, "quickstart")
    set_widget(page, "AnomalyAgentLoop", "pause", True)
    set_widget(page, "AnomalyAgentLoop", "seed", 11)
    page.evaluate("""() => {
      app.api.addEventListener('anomaly_agent.pause', ({ detail }) => { if (detail.prompt) window.asked = detail })
    }""")
    other_page.evaluate("() => app.api.addEventListener('anomaly_agent.pause', () => (window.asked = 'asked'))")
    queue(page)
    page.wait_for_selector('[data-testid="anomaly-pause"]', timeout=60_000)
    mine, theirs = (one.evaluate("app.api.clientId") for one in (page, other_page))
    assert mine and theirs and mine != theirs
    # The other page asks, as itself and, as ids are seen in the host's queue, as the first one.
    assert host.get("/anomaly_agent/waiting") == [] and host.get(f"/anomaly_agent/waiting?client_id={theirs}") == []
    assert len(host.get(f"/anomaly_agent/waiting?client_id={mine}")) == 1
    run = page.evaluate("window.asked.run")
    for client, named in ((theirs, run), (mine, "0" * len(run)), (mine, ""), ("", run), (None, run)):
        answer = host.post("/anomaly_agent/resume", {"client_id": client, "run": named, "action": "finish"})
        assert answer[0] == 400 and "no run of this page waits" in answer[1]["error"]
    other_page.evaluate("async () => { await app.loadGraphData(app.graph.serialize(), true, true) }")
    other_page.wait_for_timeout(3000)
    assert other_page.evaluate("window.asked ?? null") is None
    assert other_page.locator('[data-testid="anomaly-pause"]').count() == 0
    # Asked again, the first page keeps what its user has written meanwhile.
    page.locator('[data-testid="anomaly-prompt"]').fill("Add one dark scratch.")
    page.evaluate("(id) => app.api.fetchApi('/anomaly_agent/waiting?client_id=' + id)", mine)
    page.wait_for_timeout(500)
    assert page.locator('[data-testid="anomaly-prompt"]').input_value() == "Add one dark scratch."
    page.locator('[data-testid="anomaly-finish"]').click()
    ended(page)
    assert host.get(f"/anomaly_agent/waiting?client_id={mine}") == []
    assert page.errors == [] and other_page.errors == []


def test_a_run_that_nobody_could_answer_says_so(host):
    prompt = json.loads((WORKFLOWS / "api" / "quickstart.json").read_text())
    for node in prompt.values():
        if node["class_type"] == "AnomalyAgentLoop":
            node["inputs"]["pause"] = True
    run = host.run(prompt)
    assert run.status == "error" and run.error.startswith("pause: nobody could answer")


def test_a_page_of_another_site_is_refused(host):
    for headers in (
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "text/plain"},
    ):
        request = urllib.request.Request(
            f"{host.address}/anomaly_agent/resume", b"{}", {"Content-Type": "application/json", **headers}
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=30)
        assert refused.value.code in (400, 403)


def test_an_answer_to_nobody_is_refused(host):
    assert host.post("/anomaly_agent/resume", {"run": "none"})[0] == 400
    assert host.post("/anomaly_agent/resume", ["x"])[0] == 400
    status, answer = host.post("/anomaly_agent/resume", {"run": "none", "action": 3})
    assert status == 400 and "no run of this page waits" in answer["error"]


def test_a_region_is_painted_on_the_node(page):
    open_workflow(page, "painted_region")
    page.evaluate(FIT)
    page.wait_for_timeout(500)
    page.locator('[data-testid="anomaly-region"] [data-testid="anomaly-clear"]').click()
    canvas = page.locator('[data-testid="anomaly-region"] [data-testid="anomaly-brush"]')
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.3 * box["height"], steps=5)
    page.mouse.up()
    prompt = page.evaluate("async () => (await app.graphToPrompt()).output")
    (node,) = [one for one in prompt.values() if one["class_type"] == "AnomalyAgentPaintRegion"]
    (stroke,) = json.loads(node["inputs"]["strokes"])
    assert stroke["points"][0] == pytest.approx([0.7, 0.2], abs=0.02)
    assert stroke["points"][-1] == pytest.approx([0.9, 0.3], abs=0.02)
    queue(page)
    ended(page)
    screenshot(page, "painted_region")
    assert page.errors == []


def test_the_panel_works_in_the_newer_node_renderer(page, host):
    host.post("/settings/Comfy.VueNodes.Enabled", True)
    try:
        page.reload()
        page.wait_for_function("window.app?.vueAppReady", timeout=120_000)
        open_workflow(page, "quickstart")
        set_widget(page, "AnomalyAgentLoop", "anomaly_type", TOO_MUCH)
        set_widget(page, "AnomalyAgentLoop", "max_attempts", 2)
        queue(page)
        ended(page)
        page.wait_for_selector(ATTEMPT)
        screenshot(page, "newer_renderer")
        body = page.locator("[data-testid^=node-body]", has=page.locator(PANEL))
        assert not body.locator("> img").is_visible(), "the panel has the pictures; none below it"
        assert page.locator(ATTEMPT).count() >= 2 and page.errors == []
    finally:
        host.post("/settings/Comfy.VueNodes.Enabled", False)
