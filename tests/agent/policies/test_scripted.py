"""The scripted policy reads the conversation's facts, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.core.protocol import (
    Found,
    MadeImage,
    Passage,
    Refusal,
    Refused,
    format_call,
    judged,
    parse_turn,
    task_text,
    write_observation,
)
from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.core.verdict import Fault, FaultKind, Verdict
from anomaly_agent.agent.defects.prompt_text import read_prompt
from anomaly_agent.agent.policies.scripted import ScriptedPolicy

ITEM = 'a "bottle"'
PLAN = "Add a crack inside the box (0.2, 0.3, 0.5, 0.6), about 30% of the product across, severity 0.4."


@pytest.fixture
def conversation():
    conversation = Trajectory()
    conversation.add_text("system", "")
    conversation.add_image(np.zeros((64, 64, 3), np.uint8), task_text(ITEM, "crack", False))
    return conversation


def _say(conversation, observation):
    text = ScriptedPolicy().next_turn(conversation)
    conversation.add_text("assistant", text)
    conversation.add_text("tool", observation if isinstance(observation, str) else write_observation(observation))
    return parse_turn(text)


def after(conversation, review: str, *faults: Fault):
    """The edit that the script asks for after a failed verdict."""
    _say(conversation, PLAN)
    _say(conversation, MadeImage(1, 3, 2))
    _say(conversation, judged(2, Verdict(1, 1, review, 5.0, faults)))
    _say(conversation, Found((), ITEM, "crack"))
    call = parse_turn(ScriptedPolicy().next_turn(conversation)).call
    assert call.name == "image_gen"
    return read_prompt(call.arguments["prompt"], "crack")[0]


def test_it_starts_with_the_prompt_and_renders_it_word_for_word(conversation):
    call = _say(conversation, "Add a crack.").call
    assert call.name == "prompt_gen"
    assert call.arguments == {"image": 1, "item": 'a "bottle"', "anomaly_type": "crack"}
    call = _say(conversation, MadeImage(1, 3, 2)).call
    assert call.name == "image_gen"
    assert call.arguments["prompt"] == "Add a crack."
    assert parse_turn(ScriptedPolicy().next_turn(conversation)).call.arguments["edited"] == 2


@pytest.mark.parametrize(
    ("review", "kind"),
    [
        ("The background is unchanged, but the scratch is barely visible.", FaultKind.FAINT),
        ("Barely visible; the rest of the picture is untouched.", FaultKind.FAINT),
        ("It looks like a real crack, only too faint.", FaultKind.FAINT),
        ("Not too large and not too small, but pasted.", FaultKind.SEAM),
        ("Its shape and place on the background are right, yet too dark, not too bright.", FaultKind.TOO_DARK),
    ],
)
def test_a_reviews_words_move_nothing(conversation, review, kind):
    edit = after(conversation, review, Fault(kind))
    assert edit.box == pytest.approx((0.2, 0.3, 0.5, 0.6)) and edit.size == pytest.approx(0.3)
    assert (edit.severity > 0.4) is (kind is FaultKind.FAINT)
    assert (edit.softness is not None) is (kind is FaultKind.SEAM)
    assert edit.tone == ("bright" if kind is FaultKind.TOO_DARK else None)


def test_faults_move_it_without_any_words(conversation):
    edit = after(conversation, "", Fault(FaultKind.TOO_LARGE), Fault(FaultKind.OFF_TARGET))
    assert edit.size < 0.3 and edit.box is None and edit.place == "centre"


def test_knowledge_is_looked_up_once(conversation):
    _say(conversation, PLAN)
    _say(conversation, MadeImage(1, 3, 2))
    _say(conversation, judged(2, Verdict(1, 1, "", 5.0, (Fault(FaultKind.FAINT),))))
    assert _say(conversation, Found((Passage("Cracks are dark.", "a", "", 0.0),))).call.name == "knowledge_retrieval"
    assert read_prompt(_say(conversation, MadeImage(2, 3, 3)).call.arguments["prompt"], "crack")[0].tone == "dark"
    _say(conversation, judged(3, Verdict(1, 1, "", 5.0, (Fault(FaultKind.FAINT),))))
    assert parse_turn(ScriptedPolicy().next_turn(conversation)).call.name == "image_gen"


def test_what_would_not_show_is_asked_for_larger_and_stronger_once(conversation):
    _say(conversation, PLAN)
    refused = Refused(Refusal.NOT_VISIBLE, "nothing would show")
    _say(conversation, refused)
    call = _say(conversation, refused).call
    edit = read_prompt(call.arguments["prompt"], "crack")[0]
    assert edit.size > 0.3 and edit.severity > 0.4
    assert parse_turn(ScriptedPolicy().next_turn(conversation)).answer["passed"] is False


def test_a_spent_budget_ends_it_and_the_words_budget_do_not(conversation):
    _say(conversation, PLAN)
    _say(conversation, Refused(Refusal.NOT_VISIBLE, "no visible crack on the budget tile"))
    assert parse_turn(ScriptedPolicy().next_turn(conversation)).call.name == "image_gen"
    _say(conversation, Refused(Refusal.BUDGET_SPENT, "no more"))
    assert parse_turn(ScriptedPolicy().next_turn(conversation)).answer is not None


def test_an_error_ends_it_in_words(conversation):
    _say(conversation, Refused(Refusal.WRONG_NAME, "no room"))
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
