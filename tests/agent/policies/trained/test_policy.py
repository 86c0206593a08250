"""The shipped policy in the loop: no malformed or refused call, whatever budget, threshold, product or defect."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from anomaly_agent.agent.assembly.embedded import POLICIES, embedded_backends
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.result import Stop
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.policies.trained import TrainedPolicy
from anomaly_agent.agent.policies.trained.policy import SHIPPED
from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal
from anomaly_agent.training.policy.tasks import RenderedTasks
from anomaly_agent.training.policy.unfaithful_editor import UnfaithfulEditor

BACKENDS = embedded_backends()


def task(name: str, index: int) -> Task:
    product = EXAMPLE_PRODUCTS[name]
    return Task(render_normal(name, 70 + index, 128), product.item, product.anomalies[index % 3], seed=index)


def test_it_is_offered_and_small() -> None:
    assert POLICIES[TrainedPolicy.name] is TrainedPolicy
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 10 * 2**20
    assert (SHIPPED / "README.md").is_file()


@pytest.mark.parametrize("name", list(EXAMPLE_PRODUCTS))
def test_it_brings_every_rendered_product_to_a_pass(name: str) -> None:
    result = AgentLoop(TrainedPolicy(), BACKENDS).synthesize(task(name, 1))
    assert result.stop in (Stop.PASSED, Stop.BUDGET) and result.trajectory.attempts


@pytest.mark.parametrize("threshold", [2.0, 5.0, 7.0])
def test_it_keeps_to_the_protocol_at_any_threshold(threshold: float) -> None:
    errors = []
    loop = AgentLoop(TrainedPolicy(), BACKENDS, 3, threshold)
    for index, name in enumerate(EXAMPLE_PRODUCTS):
        result = loop.synthesize(
            task(name, index), lambda event: errors.append(event.observation) if event.error else None
        )
        assert result.stop in (Stop.PASSED, Stop.BUDGET)
    assert not errors


@pytest.mark.parametrize(("budget", "threshold"), [(1, 5.0), (2, 8.0), (5, 9.0), (4, 10.0)])
def test_at_a_budget_that_it_was_not_trained_on_it_asks_for_no_more(budget: int, threshold: float) -> None:
    errors = []
    loop = AgentLoop(TrainedPolicy(), BACKENDS, budget, threshold)
    for index, name in enumerate(EXAMPLE_PRODUCTS):
        result = loop.synthesize(
            task(name, index), lambda event: errors.append(event.observation) if event.error else None
        )
        assert 1 <= len(result.trajectory.attempts) <= budget and result.verdict is not None
    assert not errors


def test_with_editors_that_have_a_bent_it_ends_more_often_than_it_begins_with_a_pass() -> None:
    source, first, final = RenderedTasks(unseen=True, seed=3), 0, 0
    for index in range(24):
        assignment = source.draw(index)
        backends = replace(BACKENDS, image_generator=UnfaithfulEditor(assignment.bias))
        result = AgentLoop(TrainedPolicy(), backends).synthesize(assignment.task)
        verdict = result.trajectory.attempts[0].verdict
        first += verdict is not None and verdict.passed
        final += result.passed
    assert final >= first + 4


def test_the_same_conversation_gives_the_same_turn_in_any_order() -> None:
    one, other = TrainedPolicy(temperature=0.8), TrainedPolicy(temperature=0.8)
    tasks = [task("hex_nut", index) for index in range(3)]
    forward = [AgentLoop(one, BACKENDS).synthesize(each).trajectory.messages for each in tasks]
    backward = [AgentLoop(other, BACKENDS).synthesize(each).trajectory.messages for each in reversed(tasks)]
    assert forward == backward[::-1]


def test_a_folder_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"config\.json: cannot be read"):
        TrainedPolicy(tmp_path)
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((SHIPPED / name).read_bytes())
    with pytest.raises(InputError, match=r"tokenizer\.json: cannot be read"):
        TrainedPolicy(tmp_path)
