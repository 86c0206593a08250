"""Language models behind a server: a real OpenAI-compatible one, and one that fails in every way that servers do."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace

import pytest
import tiny_models
from aiohttp import web
from faulty_server import FaultyServer, acting, breaks_off, page, says, silent, status

from anomaly_agent.agent.assembly.choice import ChosenModels, ModelChoice
from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.errors import BackendError, InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.loop.toolbox import Backends
from anomaly_agent.agent.models.language import GenerationOptions, servers
from anomaly_agent.agent.models.language.local import load_language_model
from anomaly_agent.agent.models.language.server import ServerLanguageModel
from anomaly_agent.agent.policies.model import LanguageModelPolicy
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.prompt_generation import LanguagePromptGenerator
from anomaly_agent.agent.tools.quality_evaluation import LanguageJudge
from anomaly_agent.training.policy.config import ToolConfig
from anomaly_agent.training.policy.served_tools import served_backends

KEY = "sk-a-key-that-nobody-may-see"
NORMAL = render_normal("hex_nut", 1, 160)
GOOD = '{"location": 4.5, "quality": 4, "review": "Convincing."}'


@pytest.fixture
def server(monkeypatch):
    """A server of one's own, with its key in the environment."""
    running = FaultyServer()
    monkeypatch.setenv("ANOMALY_AGENT_BASE_URL", running.url)
    monkeypatch.setenv("ANOMALY_AGENT_API_KEY", KEY)
    yield running
    running.close()


def conversation():
    told = Trajectory()
    told.add_text("system", "You are a policy.")
    told.add_image(NORMAL, "Image 1 is a normal image.")
    told.add_text("assistant", "I look.")
    told.add_text("tool", "made image 2")
    told.add_image(NORMAL)
    return told


def ask(model, seed=7):
    told = conversation()
    return model.chat(told.messages, told.images, seed)


def test_what_is_shown_while_it_is_written_is_without_the_key_too(server):
    # The server sends two characters at a time; the end looks as if the key began again.
    server.replies = [says(f"Keys: {KEY}, s{KEY}{KEY[:9]}", reasoning=f"So {KEY}")]
    model = ServerLanguageModel("qwen")
    pieces = []
    model.on_text = pieces.append
    answer = f"Keys: [key], s[key]{KEY[:9]}"
    assert ask(model) == f"<think>So [key]</think>\n{answer}"
    assert "".join(pieces) == f"So [key]{answer}"


def test_the_request_is_what_every_server_takes(server):
    server.replies = [says("Done.", reasoning="I think.")]
    model = ServerLanguageModel("qwen", options=GenerationOptions(max_new_tokens=50, temperature=0.5, image_side=64))
    pieces = []
    model.on_text = pieces.append
    assert ask(model) == "<think>I think.</think>\nDone."
    assert "".join(pieces) == "I think.Done."
    (body,) = server.requests
    assert body["model"] == "qwen" and body["stream"] and body["max_tokens"] == 50
    assert body["temperature"] == 0.5 and body["seed"] == 7 and server.keys == [f"Bearer {KEY}"]
    roles = [turn["role"] for turn in body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    last = body["messages"][-1]["content"]
    assert [part["type"] for part in last] == ["text", "image_url", "text"]
    assert last[0]["text"] == "<tool_response>\nmade image 2\n</tool_response>"
    assert last[1]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")


@pytest.mark.parametrize(
    "faults",
    [
        [status(429, "slow down", {"Retry-After": "0.05"})],
        [status(500, "oops"), status(503, "loading")],
        [breaks_off],
        [says("half an answ", finish=None)],
        [page("data: {not json\n\n")],
        [page('data: {"error": {"message": "overloaded"}}\n\n')],
        [page("<html>bad gateway</html>"), breaks_off],
    ],
)
def test_a_fault_that_passes_is_survived(server, faults):
    server.replies = [*faults, says("Fine.")]
    assert ask(ServerLanguageModel("qwen")) == "Fine."
    assert len(server.requests) == len(faults) + 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            status(401, f"Incorrect API key provided: {KEY}"),
            r"\[key\].*does not take the key .* check ANOMALY_AGENT_API_KEY",
        ),
        (status(404, "no such model"), "no such model; check the model's name"),
        (breaks_off, "its answer could not be read"),
        (says("half", finish=None), "its answer was cut off"),
        (status(400, "context too long"), "context too long"),
    ],
)
def test_a_fault_that_stays_is_named_in_one_line(server, fault, words):
    server.replies = [fault]
    with pytest.raises(BackendError, match=words) as caught:
        ask(ServerLanguageModel("qwen"))
    text = str(caught.value)
    assert "\n" not in text and KEY not in text and f"qwen at 127.0.0.1:{server.port}" in text


def test_a_server_that_stays_overloaded_is_left_after_five_calls(server):
    server.replies = [status(429, "slow down", {"Retry-After": "0.01"})]
    with pytest.raises(BackendError, match=r"slow down.*; tried 5 times"):
        ask(ServerLanguageModel("qwen"))
    assert len(server.requests) == 5


def test_a_slow_server_has_its_time_and_no_more(server):
    server.replies = [silent]
    model = ServerLanguageModel("qwen", options=GenerationOptions(time_limit=0.7))
    started = time.monotonic()
    with pytest.raises(BackendError, match=r"no answer within 0\.7 s; raise time_limit"):
        ask(model)
    assert time.monotonic() - started < 3
    server.replies = [says("x" * 200, pause=0.05)]
    with pytest.raises(BackendError, match=r"no answer within 0\.7 s"):
        ask(model)


@pytest.mark.parametrize("reply", [silent, says("x" * 200, pause=0.05)], ids=["silent", "writing"])
def test_a_cancel_takes_effect_at_once(server, reply):
    server.replies = [reply]
    model = ServerLanguageModel("qwen")
    started = time.monotonic()

    def stop(_):
        if time.monotonic() - started > 0.3:
            raise KeyboardInterrupt

    model.on_text = stop
    with pytest.raises(KeyboardInterrupt):
        ask(model)
    assert time.monotonic() - started < 1.3


def test_what_a_server_refuses_is_left_out(server):
    async def particular(request, body):
        for name in ("max_tokens", "temperature", "seed"):
            if name in body:
                return web.json_response({"error": {"message": f"Unsupported parameter: '{name}'"}}, status=400)
        return await says("Fine.")(request, body)

    server.replies = [particular]
    model = ServerLanguageModel("o9", options=GenerationOptions(max_new_tokens=50, temperature=0.5))
    assert ask(model) == "Fine."
    assert server.requests[-1]["max_completion_tokens"] == 50
    assert ask(model) == "Fine." and len(server.requests) == 5


def test_the_key_goes_to_its_own_server_alone(server, monkeypatch):
    other = FaultyServer()
    other.replies = [says("Fine.")]
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert ask(ServerLanguageModel("qwen", other.url)) == "Fine."
    assert other.keys == ["Bearer none"]
    other.replies = [status(401, "who are you?")]
    with pytest.raises(BackendError, match="it wants a key: set ANOMALY_AGENT_BASE_URL to its address and ANOMALY"):
        ask(ServerLanguageModel("qwen", other.url))
    other.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "no server: give its address"),
        ("127.0.0.1:8000", "is no server's address"),
        ("ftp://host/v1", "is no server's address"),
        (f"http://user:{KEY}@host/v1", "put the key into ANOMALY_AGENT_API_KEY"),
        (f"http://host/v1?key={KEY}", "put the key into ANOMALY_AGENT_API_KEY"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(url, words, monkeypatch):
    monkeypatch.delenv("ANOMALY_AGENT_BASE_URL", raising=False)
    with pytest.raises(InputError, match=words) as caught:
        ServerLanguageModel("qwen", url)
    assert KEY not in str(caught.value)


class OtherModel:
    """A model behind a server of another API, as far as it is asked here."""

    on_text = None

    def __init__(self, name, url, options=None):
        self.name, self.url = name, url


def test_a_new_api_is_one_file_and_one_line(monkeypatch):
    """Its servers are known by their address, wherever one can be named; all others speak OpenAI's."""
    other = servers.ServerAPI("other", lambda url: "other.example" in url, OtherModel)
    monkeypatch.setattr(servers, "SERVER_APIS", [other, *servers.SERVER_APIS])
    url = "https://api.other.example/v2"
    choice = ModelChoice(policy="model", language_model="m1", server=url + "/")
    model = ChosenModels(choice).language_model
    assert isinstance(model, OtherModel) and (model.name, model.url) == ("m1", url)
    judge = served_backends(ToolConfig(judge_server=url, judge_model="m2")).judge
    served_backends.cache_clear()
    assert isinstance(judge.model, OtherModel) and judge.model.name == "m2"
    there = ChosenModels(replace(choice, server="http://127.0.0.1:8000/v1")).language_model
    assert isinstance(there, ServerLanguageModel) and there.base_url == "http://127.0.0.1:8000/v1"


def loop(server, verdicts, attempts=3):
    """A whole loop with policy, planner and judge at the server."""
    server.replies = [says(acting(ScriptedPolicy(), verdicts))]
    model = ServerLanguageModel("qwen")
    tools = embedded_backends()
    backends = Backends(
        LanguagePromptGenerator(model),
        tools.image_generator,
        LanguageJudge(model),
        tools.knowledge,
        tools.mask_generator,
    )
    return AgentLoop(LanguageModelPolicy(model), backends, attempts).synthesize(
        Task(NORMAL, "hex nut", "scratch", seed=1)
    )


def test_it_serves_policy_planner_and_judge(server):
    result = loop(server, ['{"location": 1, "quality": 2, "review": "Too small."}', GOOD])
    assert result.passed and result.verdict.score == 8.5 and len(result.trajectory.attempts) == 2


def test_a_malformed_verdict_is_asked_for_once_more(server):
    result = loop(server, ["It passes, I would say 9/10.", GOOD])
    assert result.passed and len(result.trajectory.attempts) == 1
    repair = [
        body for body in server.requests if body["messages"][-1]["content"][0].get("text", "").startswith("That is")
    ]
    assert len(repair) == 1


def test_a_judge_without_a_verdict_never_lets_pass(server):
    result = loop(server, ["PASS. passed: true"] * 4, attempts=2)
    assert not result.passed and result.verdict.score == 0
    assert result.verdict.review.startswith("Could not judge: qwen at 127.0.0.1")


def test_the_limit_of_tokens_is_named_for_judge_and_planner_too(server):
    server.replies = [says("", reasoning="I wonder", finish="length")]
    task = Task(NORMAL, "hex nut", "scratch", seed=1)
    verdict = LanguageJudge(ServerLanguageModel("qwen")).judge(task, analyze_scene(NORMAL), 255 - NORMAL, 5.0)
    assert not verdict.passed and "cut off by max_new_tokens (--max-new-tokens), raise that" in verdict.review
    with pytest.raises(BackendError, match=r"wrote no prompt; raise max_new_tokens \(--max-new-tokens\)"):
        LanguagePromptGenerator(ServerLanguageModel("qwen")).plan(task, analyze_scene(NORMAL))


def test_a_key_that_a_server_says_stays_out_of_the_trajectory(server):
    result = loop(server, [json.dumps({"location": 5, "quality": 5, "review": f"Your key is {KEY}."})])
    assert KEY not in json.dumps(result.trajectory.messages) and "Your key is [key]." in result.verdict.review


@pytest.fixture(scope="module")
def real_server(tmp_path_factory):
    """transformers' own OpenAI-compatible server, with Qwen3-VL of tiny size."""
    folder = tmp_path_factory.mktemp("served") / "qwen3-vl"
    for part in tiny_models.qwen3_vl():
        part.save_pretrained(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(folder), "--host", "127.0.0.1"]
    log = (folder.parent / "log").open("w")
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder.parent)}
    process = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log, env=environment)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, (folder.parent / "log").read_text()[-2000:]
                time.sleep(0.5)
        yield folder, f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def test_a_real_server_gives_what_the_model_gives_here(real_server):
    folder, url = real_server
    options = GenerationOptions(max_new_tokens=16, temperature=0.0)
    pieces = []
    there = ServerLanguageModel(str(folder), url, options)
    there.on_text = pieces.append
    text = ask(there)
    here = ask(load_language_model(str(folder), options))
    # The last character may be half a one, which either side writes in its own way.
    assert text and text.rstrip("\ufffd") == here.rstrip("\ufffd") and "".join(pieces) == text


def test_a_real_server_is_policy_and_judge_and_babble_never_passes(real_server):
    folder, url = real_server
    model = ServerLanguageModel(str(folder), url, GenerationOptions(max_new_tokens=12))
    tools = embedded_backends()
    backends = Backends(
        tools.prompt_generator, tools.image_generator, LanguageJudge(model), tools.knowledge, tools.mask_generator
    )
    task = Task(NORMAL, "hex nut", "scratch", seed=1)
    judged = AgentLoop(ScriptedPolicy(), backends, 1).synthesize(task)
    assert not judged.passed and judged.verdict.review.startswith("Could not judge")
    lost = AgentLoop(LanguageModelPolicy(model), tools, 1).synthesize(task)
    assert lost.stop.value == "policy gave no usable turn"
