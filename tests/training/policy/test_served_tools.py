"""Models behind the environment's tools, served apart from the trainer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from faulty_server import FaultyServer, says, status

from anomaly_agent.agent.core.errors import BackendError
from anomaly_agent.agent.tools.image_generation import diffusion
from anomaly_agent.training.policy.config import TaskConfig, ToolConfig, TrainingConfig
from anomaly_agent.training.policy.grpo.run import make_environment
from anomaly_agent.training.policy.served_tools import served_backends

GOOD = '{"location": 4.5, "quality": 4, "review": "Convincing."}'


@pytest.fixture
def server():
    running = FaultyServer()
    yield running
    running.close()
    served_backends.cache_clear()


def judged(server):
    """An environment whose judge stands at the server, with an image to judge; (environment, judge it)."""
    apart = ToolConfig(judge_server=server.url, judge_model="qwen")
    environment = make_environment(TrainingConfig(tasks=TaskConfig(side=64), tools=apart), "images")
    environment.reset(0)
    task = environment._episode.task
    names = {"item": task.item, "anomaly_type": task.anomaly}
    environment.prompt_gen(image=1, **names)
    environment.image_gen(image=1, prompt="Inside the box (0.4, 0.4, 0.7, 0.7), add a dark stain, about 30% long.")
    return environment, lambda: environment.quality_eval(original=1, edited=2, **names)


def test_the_judge_at_a_server_gives_the_verdict(server):
    server.replies = [says(GOOD)]
    environment, judge = judged(server)
    assert '"score": 8.5' in judge() and environment._rollout("").scores == [8.5]
    assert server.requests[0]["model"] == "qwen"


def test_a_judge_that_fails_stops_the_run_and_is_no_reward_of_zero(server):
    server.replies = [status(404, "no such model")]
    environment, judge = judged(server)
    with pytest.raises(BackendError):
        judge()  # the trainer hands this to the policy as the tool's word
    with pytest.raises(BackendError, match="qwen at 127"):
        environment._rollout("")
    environment.reset(1)
    assert environment._rollout("").turns == ()


def test_the_environments_of_a_process_share_one_editor(monkeypatch):
    loaded = []
    monkeypatch.setattr(diffusion, "load_editor", lambda *given, **_: loaded.append(given) or SimpleNamespace())
    config = TrainingConfig(tools=ToolConfig(editor="flux"))
    first, second = (make_environment(config, "images") for _ in range(2))
    assert first._backends.image_generator is second._backends.image_generator and len(loaded) == 1
    assert not first._unfaithful  # a real editor has biases of its own
    served_backends.cache_clear()
