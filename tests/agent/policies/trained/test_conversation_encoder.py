"""What the small policy is told of a conversation, whatever the user's budget, threshold and edits are."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.protocol import (
    Refusal,
    Refused,
    format_call,
    judged,
    parse_turn,
    system_prompt,
    task_text,
    write_observation,
)
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.core.verdict import Fault, FaultKind, Verdict
from anomaly_agent.agent.loop.episode import Episode
from anomaly_agent.agent.loop.human_in_the_loop import Decision
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.policies.trained.action_codec import compress, expand
from anomaly_agent.agent.policies.trained.conversation_encoder import ConversationEncoder, tells_of_failure
from anomaly_agent.agent.products.catalogue import render_normal

BACKENDS = embedded_backends()
TASK = Task(render_normal("hex_nut", 3, 128), "hex nut", "scratch", seed=5)


#: No nut has room for them: it never passes.
TOO_MUCH = Task(TASK.image, "hex nut", "nine large cracks in the upper left", seed=5)


def played(budget: int, threshold: float, *decisions: Decision, task: Task = TASK) -> Episode:
    """An episode of the script, in which a user decides after each attempt."""
    left = list(decisions)
    episode = Episode(ScriptedPolicy(), BACKENDS, task, budget, threshold)
    for _ in episode.events(lambda _: left.pop(0) if left else Decision()):
        pass
    return episode


def told(episode: Episode) -> list[str]:
    encoder = ConversationEncoder()
    encoder.follow(episode.trajectory.messages, episode.trajectory.images)
    return [message["content"] for message in encoder.messages]


@pytest.mark.parametrize(("budget", "attempts"), [(1, [3]), (2, [1, 3]), (3, [1, 2, 3]), (5, [1, 2, 2, 2, 3])])
def test_any_budget_is_told_as_first_later_and_last_attempt(budget: int, attempts: list[int]) -> None:
    said = " ".join(told(played(budget, 5.0, task=TOO_MUCH)))
    assert [int(n) for n in re.findall(r"attempt (\d+) of 3", said)] == attempts
    assert set(re.findall(r"image (\d+)", said)) <= {"2", "3", "4"}


def test_scores_are_told_by_how_near_they_come_to_what_passes() -> None:
    # Of a picture that falls a little short, as a full score passes any threshold.
    task = replace(TASK, seed=4)
    lenient, strict = told(played(1, 5.0, task=task)), told(played(1, 10.0, task=task))
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
    encoder = ConversationEncoder()
    for index, message in enumerate(episode.trajectory.messages):
        if message["role"] == "assistant":
            short = compress(message["content"][0]["text"], encoder.state)
            again, before = (parse_turn(text) for text in (expand(short, encoder.state), message["content"][0]["text"]))
            assert (again.call is None) == (before.call is None)
            if before.call is not None and again.call is not None and before.call.name != "image_gen":
                assert again.call == before.call
        encoder.follow(episode.trajectory.messages[: index + 1], episode.trajectory.images)


def test_a_turn_that_a_user_put_aside_is_not_told() -> None:
    episode = played(3, 10.0, Decision("continue", prompt="Add a long, dark scratch in the centre, about 40% across."))
    assert any(message.get("author") == "user" for message in episode.trajectory.messages)
    said = told(episode)
    assert not any("held" in one or "edit" in one.split() for one in said)
    roles = [message["role"] for message in _encoded(episode).messages]
    assert roles[1:] == ["assistant", "tool"] * (len(roles[1:]) // 2) + ["assistant"] * (len(roles[1:]) % 2)


def test_a_user_who_tries_again_after_the_end_takes_the_end_back() -> None:
    episode = played(3, 5.0, Decision("retry", prompt="Add a faint scratch, about 20% across."))
    roles = [message["role"] for message in _encoded(episode).messages]
    assert all(first != second for first, second in itertools.pairwise(roles))


def _encoded(episode: Episode) -> ConversationEncoder:
    encoder = ConversationEncoder()
    encoder.follow(episode.trajectory.messages, episode.trajectory.images)
    return encoder


def encoded_outcome(tool: str, observation: str) -> str:
    """What the policy reads of a tool's answer to its first call."""
    conversation = Trajectory()
    conversation.add_text("system", system_prompt(3))
    conversation.add_image(TASK.image, task_text(TASK.item, TASK.anomaly, False))
    names = {"item": TASK.item, "anomaly_type": TASK.anomaly}
    arguments = {
        "image_gen": {"image": 1, "prompt": "Add a scratch."},
        "quality_eval": {"original": 1, "edited": 2, **names},
    }[tool]
    conversation.add_text("assistant", format_call("", tool, **arguments))
    conversation.add_text("tool", observation)
    encoder = ConversationEncoder()
    encoder.follow(conversation.messages, conversation.images)
    return encoder.messages[-1]["content"]


@pytest.mark.parametrize(
    ("code", "word"),
    [(Refusal.BUDGET_SPENT, " error last"), (Refusal.NOT_VISIBLE, " error faint"), (Refusal.WRONG_NAME, " error")],
)
def test_refusals_are_told_by_their_code(code: Refusal, word: str) -> None:
    message = "ask for more severity; the budget of this budget product is spent"
    assert encoded_outcome("image_gen", write_observation(Refused(code, message))) == word


def test_faults_are_told_by_their_kind_and_no_word_of_the_review_is() -> None:
    faults = (Fault(FaultKind.TOO_DARK, 0.2), Fault(FaultKind.FAINT, 0.9))
    review = "Not too large, looks like a real scratch, the background is unchanged."
    said = encoded_outcome("quality_eval", write_observation(judged(2, Verdict(1, 1, review, 5.0, faults))))
    assert said == " image 2 location 1 quality 1 failed review faint dark"
    said = encoded_outcome("quality_eval", write_observation(judged(2, Verdict(1, 1, review, 5.0))))
    assert said.endswith(" failed review unlike"), "one that fails without a fault misses the likeness"
    assert tells_of_failure(said)
    said = encoded_outcome("quality_eval", write_observation(judged(2, Verdict(5, 5, "It failed, as asked.", 5.0))))
    assert said == " image 2 location 5 quality 5 passed review fine" and not tells_of_failure(said)


def test_the_episodes_own_scene_and_measures_are_read() -> None:
    episode = played(2, 10.0)
    encoder, alone = ConversationEncoder(), ConversationEncoder()
    seen = episode.trajectory
    encoder.follow(seen.messages, seen.images, seen.scene, seen.attempts)
    alone.follow(seen.messages, seen.images)
    assert encoder.messages == alone.messages
    assert encoder.scene is seen.scene is episode.toolbox.scene
