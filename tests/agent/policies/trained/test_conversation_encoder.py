"""What the small policy is told of a conversation, whatever the user's budget, threshold and edits are."""

from __future__ import annotations

import itertools
import re

import pytest

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.protocol import parse_turn
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.loop.episode import Episode
from anomaly_agent.agent.loop.human_in_the_loop import Decision
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.policies.trained.action_codec import compress, expand
from anomaly_agent.agent.policies.trained.conversation_encoder import View
from anomaly_agent.agent.products.catalogue import render_normal

BACKENDS = embedded_backends()
TASK = Task(render_normal("hex_nut", 3, 128), "hex nut", "scratch", seed=5)


def played(budget: int, threshold: float, *decisions: Decision) -> Episode:
    """An episode of the script, in which a user decides after each attempt."""
    left = list(decisions)
    episode = Episode(ScriptedPolicy(), BACKENDS, TASK, budget, threshold)
    for _ in episode.events(lambda _: left.pop(0) if left else Decision()):
        pass
    return episode


def told(episode: Episode) -> list[str]:
    view = View()
    view.follow(episode.trajectory.messages, episode.trajectory.images)
    return [message["content"] for message in view.messages]


@pytest.mark.parametrize(("budget", "attempts"), [(1, [3]), (2, [1, 3]), (3, [1, 2, 3]), (5, [1, 2, 2, 2, 3])])
def test_any_budget_is_told_as_first_later_and_last_attempt(budget: int, attempts: list[int]) -> None:
    said = " ".join(told(played(budget, 10.0)))
    assert [int(n) for n in re.findall(r"attempt (\d+) of 3", said)] == attempts
    assert set(re.findall(r"image (\d+)", said)) <= {"2", "3", "4"}


def test_scores_are_told_by_how_near_they_come_to_what_passes() -> None:
    lenient, strict = told(played(1, 5.0)), told(played(1, 10.0))
    assert lenient[0] == strict[0] and "threshold 5" in strict[0]
    verdict = re.compile(r"location (\d) quality (\d) (passed|failed) review (\w+)")
    ((location, quality, passed, _),) = verdict.findall(" ".join(lenient))
    ((low, lower, failed, fault),) = verdict.findall(" ".join(strict))
    assert (passed, failed) == ("passed", "failed") and fault != "fine"
    assert (int(low), int(lower)) == (
        pytest.approx(int(location) / 2, abs=0.5),
        pytest.approx(int(quality) / 2, abs=0.5),
    )


def test_every_turn_is_written_out_again_as_it_was() -> None:
    episode = played(5, 10.0)
    view = View()
    for index, message in enumerate(episode.trajectory.messages):
        if message["role"] == "assistant":
            short = compress(message["content"][0]["text"], view.stands)
            again, before = (parse_turn(text) for text in (expand(short, view.stands), message["content"][0]["text"]))
            assert (again.call is None) == (before.call is None)
            if before.call is not None and again.call is not None and before.call.name != "image_gen":
                assert again.call == before.call
        view.follow(episode.trajectory.messages[: index + 1], episode.trajectory.images)


def test_a_turn_that_a_user_put_aside_is_not_told() -> None:
    episode = played(3, 10.0, Decision("continue", prompt="Add a long, dark scratch in the centre, about 40% across."))
    assert any(message.get("author") == "user" for message in episode.trajectory.messages)
    said = told(episode)
    assert not any("held" in one or "edit" in one.split() for one in said)
    roles = [message["role"] for message in _view(episode).messages]
    assert roles[1:] == ["assistant", "tool"] * (len(roles[1:]) // 2) + ["assistant"] * (len(roles[1:]) % 2)


def test_a_user_who_tries_again_after_the_end_takes_the_end_back() -> None:
    episode = played(3, 5.0, Decision("retry", prompt="Add a faint scratch, about 20% across."))
    roles = [message["role"] for message in _view(episode).messages]
    assert all(first != second for first, second in itertools.pairwise(roles))


def _view(episode: Episode) -> View:
    view = View()
    view.follow(episode.trajectory.messages, episode.trajectory.images)
    return view
