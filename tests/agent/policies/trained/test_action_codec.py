"""The small policy's action codec, written out and read back."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_agent.agent.core.protocol import format_answer, format_call, parse_turn
from anomaly_agent.agent.defects.edit import Edit
from anomaly_agent.agent.defects.prompt_text import read_prompt, write_prompt
from anomaly_agent.agent.policies.prompt_state import PromptState
from anomaly_agent.agent.policies.trained import vocabulary as w
from anomaly_agent.agent.policies.trained.action_codec import (
    change_prompt,
    changes_between,
    compress,
    describe_plan,
    expand,
    is_explained,
)

EDIT = Edit("crack", box=(0.3, 0.4, 0.5, 0.6), size=0.2, severity=0.5, tone="dark", angle=20, softness=0.2, count=2)
PROMPT = write_prompt(EDIT, "hex nut", "crack")
STATE = PromptState("hex nut", "crack", PROMPT, knowledge="A dark jagged line.")


def changed(changes: str) -> Edit:
    return read_prompt(change_prompt(changes, STATE), "crack")[0]


def test_a_prompt_with_no_change_stays_word_for_word() -> None:
    assert change_prompt(" plan", STATE) == PROMPT
    assert change_prompt(" plan nonsense size size+ dark+2", STATE) == PROMPT


def test_each_change_does_what_it_says() -> None:
    assert changed("size+2").size == pytest.approx(0.2 * 1.35**2, abs=0.01)
    assert changed("size-3").size == pytest.approx(0.2 / 1.35**3, abs=0.01)
    assert changed("severity+3").severity == pytest.approx(0.8)
    assert changed("severity+8").severity == 1.0
    assert changed("soft+2").softness == pytest.approx(0.6)
    assert changed("x+2").box == pytest.approx((0.467, 0.4, 0.667, 0.6), abs=0.002)
    assert changed("y-1").box == pytest.approx((0.3, 0.317, 0.5, 0.517), abs=0.002)
    assert changed("bright").tone == "bright"
    assert changed("one").count in (None, 1)
    assert changed("turned").angle == pytest.approx(65)


def test_a_box_is_not_moved_out_of_the_image() -> None:
    assert changed("x+6").box == pytest.approx((0.8, 0.4, 1.0, 0.6), abs=0.002)
    assert changed("y-6").box == pytest.approx((0.3, 0.0, 0.5, 0.2), abs=0.002)


def test_knowledge_is_told_once_it_was_looked_up_and_stays() -> None:
    assert not is_explained(change_prompt("explained", PromptState("hex nut", "crack", PROMPT)))
    told = change_prompt("explained", STATE)
    assert told.endswith("A dark jagged line.")
    again = change_prompt("size+1", PromptState("hex nut", "crack", told))
    assert again.endswith("A dark jagged line.") and is_explained(again)


@given(st.integers(-4, 4), st.integers(-4, 4), st.integers(-1, 3), st.integers(-3, 3), st.integers(-3, 3))
def test_changes_read_back_are_those_that_were_made(size: int, severity: int, soft: int, x: int, y: int) -> None:
    counts = {"size": size, "severity": severity, "soft": soft, "x": x, "y": y}
    changes = "".join(w.step(name, count) for name, count in counts.items() if count)
    assert changes_between(STATE, change_prompt(changes, STATE)) == changes


TURNS = [
    format_call("I look at the product first.", "prompt_gen", image=1, item="hex nut", anomaly_type="crack"),
    format_call("It is too small. I change the prompt.", "image_gen", image=1, prompt=change_prompt("size+2", STATE)),
    format_call("I have it judged.", "quality_eval", original=1, edited=3, item="hex nut", anomaly_type="crack"),
    format_call("I look up how it should look.", "knowledge_retrieval", item="hex nut", anomaly_type="crack"),
    format_call("It passes, so I make the mask.", "mask_gen", original=1, edited=3),
    format_answer("The mask is made.", image=3, passed=True, summary="crack on hex nut: passed"),
]


@pytest.mark.parametrize("turn", TURNS)
def test_a_turn_of_the_protocol_survives_the_shorthand(turn: str) -> None:
    short = compress(turn, STATE)
    assert "hex nut" not in short
    assert parse_turn(expand(short, STATE)) == parse_turn(turn)


@pytest.mark.parametrize("turn", TURNS)
def test_the_shorthand_is_made_of_the_vocabulary_alone(turn: str) -> None:
    assert w.UNKNOWN not in cut(compress(turn, STATE))


def test_a_plan_is_made_of_the_vocabulary_alone() -> None:
    for size, severity, tone, count in itertools.product((0.01, 0.2, 1.5), (0.0, 0.5, 1.0), (None, "dark"), (1, 3, 12)):
        edit = Edit("dent", size=size, severity=severity, tone=tone, count=count)
        assert w.UNKNOWN not in cut(f" {describe_plan(edit)}")


@pytest.mark.parametrize("text", ["", "no call", "<tool_call>{", "<answer>[]</answer>", "<answer>{}</answer>"])
def test_what_cannot_be_read_is_left_for_the_loop_to_refuse(text: str) -> None:
    assert expand(text, STATE) == text
    compress(text, STATE)


def test_levels_follow_their_ratios() -> None:
    assert [w.size_level(size) for size in (0.001, 0.02, 0.027, 0.2, 1.5, 9.0)] == [0, 0, 1, 8, 14, 15]
    assert [w.strength_level(seen) for seen in (0.0, 0.1, 1.0, 50.0)] == [0, 0, 5, 9]


def cut(text: str) -> list[str]:
    """The text in tokens, the longest first at each place."""
    vocabulary = sorted(w.vocabulary(), key=len, reverse=True)
    tokens = []
    while text:
        token = next((token for token in vocabulary if text.startswith(token)), None)
        tokens.append(token or w.UNKNOWN)
        text = text[len(token) if token else 1 :]
    return tokens
