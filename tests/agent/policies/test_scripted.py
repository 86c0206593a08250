"""The scripted policy reads nothing but the conversation."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.core.protocol import format_call, parse_turn, task_text
from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.policies.scripted import ScriptedPolicy


@pytest.fixture
def conversation():
    conversation = Trajectory()
    conversation.add_text("system", "")
    conversation.add_image(np.zeros((64, 64, 3), np.uint8), task_text('a "bottle"', "crack", False))
    return conversation


def _say(conversation, observation):
    text = ScriptedPolicy().next_turn(conversation)
    conversation.add_text("assistant", text)
    conversation.add_text("tool", observation)
    return parse_turn(text)


def test_it_starts_with_the_prompt_and_renders_it_word_for_word(conversation):
    call = _say(conversation, "Add a crack.").call
    assert call.name == "prompt_gen"
    assert call.arguments == {"image": 1, "item": 'a "bottle"', "anomaly_type": "crack"}
    call = _say(conversation, "Attempt 1 of 3: made image 2.").call
    assert call.name == "image_gen"
    assert call.arguments["prompt"] == "Add a crack."
    assert _say(conversation, "").call.arguments["edited"] == 2


def test_an_error_ends_it_in_words(conversation):
    _say(conversation, "Error: no room")
    turn = parse_turn(ScriptedPolicy().next_turn(conversation))
    assert turn.answer["passed"] is False
    assert "no room" in turn.answer["summary"]


def test_another_policys_unreadable_turn_before_it_ends_it(conversation):
    conversation.add_text("assistant", "???")
    conversation.add_text("tool", "Error: no call")
    assert parse_turn(ScriptedPolicy().next_turn(conversation)).answer is not None


def test_the_same_conversation_gives_the_same_turn(conversation):
    conversation.add_text("assistant", format_call("", "prompt_gen", image=1, item='a "bottle"', anomaly_type="crack"))
    conversation.add_text("tool", "Add a crack.")
    assert ScriptedPolicy().next_turn(conversation) == ScriptedPolicy().next_turn(conversation)
