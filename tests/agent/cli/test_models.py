"""The command line with models: chosen by option or environment variable, and no key in any file."""

from __future__ import annotations

import json

import pytest
import tiny_models
import torch
from aiohttp import web
from faulty_server import FaultyServer, acting, chunk, says, status
from PIL import Image

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.products.catalogue import render_normal

KEY = "sk-a-key-that-nobody-may-see"


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    """No choice comes from this machine's environment."""
    for name in (
        "POLICY",
        "JUDGE",
        "EDITOR",
        "LANGUAGE_MODEL",
        "BASE_URL",
        "API_KEY",
        "STEPS",
        "SEGMENTER",
        "MAX_NEW_TOKENS",
    ):
        monkeypatch.delenv(f"ANOMALY_AGENT_{name}", raising=False)


@pytest.fixture
def images(tmp_path):
    """A folder with one normal image."""
    folder = tmp_path / "good"
    folder.mkdir()
    Image.fromarray(render_normal("hex_nut", 1, 128)).save(folder / "000.png")
    return folder


@pytest.fixture
def server(monkeypatch):
    """A server with a key."""
    running = FaultyServer()
    monkeypatch.setenv("ANOMALY_AGENT_BASE_URL", running.url)
    monkeypatch.setenv("ANOMALY_AGENT_API_KEY", KEY)
    yield running
    running.close()


def synthesize(images, output, *more):
    given = ["--images", str(images), "--item", "hex nut", "--anomaly", "scratch", "--count", "1"]
    return main(["synthesize", *given, "--output", str(output), *more])


def test_every_tool_can_be_a_model_and_no_file_holds_the_key(images, tmp_path, server, capsys):
    tiny_models.sd_inpaint().save_pretrained(tmp_path / "editor")
    torch.save(tiny_models.sam().state_dict(), tmp_path / "sam.pth")
    verdict = json.dumps({"location": 4, "quality": 4, "review": f"Fine; {KEY}."})
    server.replies = [says(acting(ScriptedPolicy(), [verdict]), reasoning=f"My key is {KEY}.")]
    roles = ["--policy", "model", "--prompt-generator", "model", "--judge", "model", "--language-model", "qwen"]
    tools = ["--editor", str(tmp_path / "editor"), "--steps", "1", "--segmenter", str(tmp_path / "sam.pth")]
    assert synthesize(images, tmp_path / "out", *roles, *tools) == 0
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert any(path.suffix == ".png" for path in written) and any(path.name == "trajectories.jsonl" for path in written)
    assert not [path for path in written if KEY.encode() in path.read_bytes()]
    said = capsys.readouterr()
    assert KEY not in said.out + said.err and set(server.keys) == {f"Bearer {KEY}"}
    told = "".join(path.read_text() for path in written if path.suffix in (".json", ".jsonl", ".html"))
    assert "[key]" in told and str(tmp_path) not in told and '"editor": "editor"' in told and '"steps": 1' in told


def test_the_environment_chooses_where_no_option_does(images, tmp_path, server, monkeypatch):
    server.replies = [says(acting(ScriptedPolicy(), []))]
    monkeypatch.setenv("ANOMALY_AGENT_LANGUAGE_MODEL", "qwen")
    assert synthesize(images, tmp_path / "a") == 0 and not server.requests
    monkeypatch.setenv("ANOMALY_AGENT_POLICY", "model")
    assert synthesize(images, tmp_path / "b") == 0 and server.requests
    asked = len(server.requests)
    assert synthesize(images, tmp_path / "c", "--policy", "scripted") == 0 and len(server.requests) == asked


def test_a_server_that_fails_ends_with_one_line_and_code_3(images, tmp_path, server, capsys):
    server.replies = [status(401, "no")]
    assert synthesize(images, tmp_path / "out", "--policy", "model", "--language-model", "qwen") == 3
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("anomaly-agent")]
    assert len(lines) == 1 and "check ANOMALY_AGENT_API_KEY; what was written is a complete data set" in lines[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--policy", "model"], "no language model: name one"),
        (["--language-model", "qwen"], "the language model serves nothing: choose it as policy"),
        (["--judge", "model", "--language-model", "qwen"], "qwen: no such folder"),
        (["--judge", "model", "--language-model", "q", "--server", "nowhere"], "'nowhere' is no server's address"),
        (["--editor", "someone/editor"], "someone/editor: not on this machine; allow the download"),
        (["--segmenter", "none.pth"], "none.pth: no such file"),
        (["--steps", "0"], "--steps: '0' is not a number above 0"),
        (["--steps", "x"], "--steps: 'x' is not a number above 0"),
        (["--strength", "1.5", "--editor", "/nowhere"], "strength must be above 0 and at most 1"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_before_anything_is_written(images, tmp_path, options, words, capsys):
    try:
        code = synthesize(images, tmp_path / "out", *options)
    except SystemExit as stopped:
        code = stopped.code
    said = capsys.readouterr().err
    assert code == 2 and words in said and len(said.strip().splitlines()) == 1 and not (tmp_path / "out").exists()


@pytest.mark.parametrize(("name", "value"), [("POLICY", "oracle"), ("STEPS", "many")])
def test_an_environment_variable_that_cannot_be_read_is_named(images, tmp_path, monkeypatch, capsys, name, value):
    monkeypatch.setenv(f"ANOMALY_AGENT_{name}", value)
    assert synthesize(images, tmp_path / "out") == 2
    assert f"ANOMALY_AGENT_{name}: '{value}' is" in capsys.readouterr().err


AS_MODEL = ["--policy", "model", "--language-model", "qwen"]
EMBEDDED_LOOP = [
    '{"name": "prompt_gen", "arguments": {"image": 1, "item": "hex nut", "anomaly_type": "scratch"}}',
    '{"name": "image_gen", "arguments": {"image": 1, "prompt": "Add a long dark scratch \\ud83d in the middle. \\ude00"}}',
    '{"name": "quality_eval", "arguments": {"original": 1, "edited": 2, "item": "hex nut", "anomaly_type": "scratch"}}',
    '{"name": "mask_gen", "arguments": {"original": 1, "edited": 2}}',
]


def _turn_of(body):
    """The next call of a fixed order, by how many turns the model has had."""
    turns = sum(turn["role"] == "assistant" for turn in body["messages"])
    calls = [f"<tool_call>{call}</tool_call>" for call in EMBEDDED_LOOP]
    return [*calls, '<answer>{"image": 2, "passed": true, "summary": "half \\ud83d"}</answer>'][min(turns, 4)]


def _all_in_the_reasoning(in_stream):
    async def reply(request, body):
        told = {"reasoning_content": f"I think \ud83d. {_turn_of(body)}", "content": None}
        if not in_stream:
            return web.json_response({"choices": [{"index": 0, "message": told, "finish_reason": "stop"}]})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write((chunk(**told) + chunk(finish="stop")).encode())
        return response

    return reply


@pytest.mark.parametrize("in_stream", [True, False])
def test_a_model_that_says_all_in_its_reasoning_makes_a_set(images, tmp_path, server, in_stream):
    server.replies = [_all_in_the_reasoning(in_stream)]
    assert synthesize(images, tmp_path / "out", *AS_MODEL, "--threshold", "0", "--max-attempts", "1") == 0
    (line,) = (tmp_path / "out" / "hex_nut" / "trajectories.jsonl").read_text(encoding="utf-8").splitlines()
    record = json.loads(line)
    assert record["attempts"][0]["prompt"] == "Add a long dark scratch \ufffd in the middle. \ufffd"
    assert (tmp_path / "out" / "hex_nut" / "report.html").read_text(encoding="utf-8")


def test_the_limit_of_tokens_is_an_option_a_variable_and_a_plans_key(images, tmp_path, server, monkeypatch, capsys):
    server.replies = [says("<think>I wonder", finish="length")]
    synthesize(images, tmp_path / "out", *AS_MODEL, "--max-new-tokens", "77")
    assert {body["max_tokens"] for body in server.requests} == {77}
    last = server.requests[-1]["messages"][-1]["content"][0]["text"]
    assert "cut off by max_new_tokens (--max-new-tokens)" in last and "never ends" in last
    for value in ("0", "-3", "2.5", "many"):
        with pytest.raises(SystemExit):
            synthesize(images, tmp_path / "other", *AS_MODEL, "--max-new-tokens", value)
        assert "is not a whole number above 0" in capsys.readouterr().err
    monkeypatch.setenv("ANOMALY_AGENT_MAX_NEW_TOKENS", "88")
    synthesize(images, tmp_path / "third", *AS_MODEL)
    assert server.requests[-1]["max_tokens"] == 88
    monkeypatch.setenv("ANOMALY_AGENT_MAX_NEW_TOKENS", "8.8")
    assert synthesize(images, tmp_path / "fourth", *AS_MODEL) == 2
    assert "ANOMALY_AGENT_MAX_NEW_TOKENS: '8.8' is not a whole number" in capsys.readouterr().err
    plan = f"output: planned\nmodels:\n  policy: model\n  language_model: qwen\n  server: {server.url}\n  max_new_tokens: 99\n"
    (tmp_path / "plan.yaml").write_text(f"{plan}items:\n  hex nut:\n    images: {images}\n    types: {{scratch: 1}}\n")
    main(["synthesize", "--plan", str(tmp_path / "plan.yaml")])
    assert server.requests[-1]["max_tokens"] == 99
