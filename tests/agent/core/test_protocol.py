"""The turn format: what is well formed parses, what is not is named, and nothing raises."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.core.protocol import (
    MAX_NEW_TOKENS,
    TIME_LIMIT,
    TOOL_NAMES,
    TOOLS,
    CutOff,
    ToolCall,
    format_answer,
    format_call,
    parse_turn,
    read_task,
    system_prompt,
    task_text,
    without_reasoning,
)

NAMES = {"item": "bottle", "anomaly_type": "scratch"}
VALID = (
    ("prompt_gen", {"image": 1, **NAMES}),
    ("image_gen", {"image": 1, "prompt": "Add a <think>scratch</think>.\nKeep the rest."}),
    ("image_gen", {"image": 1, "prompt": "Add a dent.", "region": [0.1, 0.2, 0.5, 1]}),
    ("image_gen", {"image": 1, "prompt": "Add a dent.", "region": [[0, 0], [1, 0.5], [0.3, 1.0]]}),
    ("quality_eval", {"original": 1, "edited": 2, **NAMES}),
    ("knowledge_retrieval", NAMES),
    ("mask_gen", {"original": 1, "edited": 2}),
)
PIECES = st.sampled_from(
    ["<think>", "</think>", "<thinking>", "</thinking>", "<tool_call>", "</tool_call>", "<answer>", "</answer>", "{", "}",
     "[", "]", '"', ":", ",", "name", "arguments", "image_gen", "1", "null", "NaN", "\\u12", "```json", "\n", "\x00", "é"]
)  # fmt: skip


def _check(text: str) -> None:
    turn = parse_turn(text)
    assert sum(part is not None for part in (turn.call, turn.answer, turn.error)) == 1
    assert isinstance(turn.reasoning, str)
    if turn.error is not None:
        assert turn.error
        assert "\n" not in turn.error
        assert len(turn.error) < 400
    if turn.call is not None:
        assert turn.call.name in TOOL_NAMES


@pytest.mark.parametrize("name,arguments", [call for call in VALID if "<think>" not in str(call)])
def test_calls_round_trip(name, arguments):
    turn = parse_turn(format_call("I look.", name, **arguments))
    assert turn.call == ToolCall(name, arguments)
    assert turn.reasoning == "I look."
    assert turn.answer is None
    assert turn.error is None


@given(prompt=st.text(min_size=1).filter(str.strip))
@settings(max_examples=60, deadline=None)
def test_any_prompt_text_survives_a_call(prompt):
    turn = parse_turn(format_call("Why not.", "image_gen", image=1, prompt=prompt))
    assert turn.call == ToolCall("image_gen", {"image": 1, "prompt": prompt})


@pytest.mark.parametrize("tag", ["<think>", "</think>", "<tool_call>", "</tool_call>", "<answer>", "</answer>"])
def test_a_tag_inside_a_prompt_does_not_break_the_call(tag):
    turn = parse_turn(format_call("Why not.", "image_gen", image=1, prompt=f"a {tag} b"))
    assert turn.call == ToolCall("image_gen", {"image": 1, "prompt": f"a {tag} b"})
    assert turn.reasoning == "Why not."


def test_answers_round_trip():
    turn = parse_turn(format_answer("Done.", image=2, passed=True, summary="fine"))
    assert turn.answer == {"image": 2, "passed": True, "summary": "fine"}
    assert turn.reasoning == "Done."


def test_a_text_that_starts_inside_the_thinking_tag():
    whole = format_call("I look.", "knowledge_retrieval", **NAMES)
    turn = parse_turn(whole.removeprefix("<think>"))
    assert turn.reasoning.strip() == "I look."
    assert turn.call == ToolCall("knowledge_retrieval", NAMES)


def test_a_call_considered_in_the_thoughts_is_no_call():
    body = json.dumps({"name": "mask_gen", "arguments": {"original": 1, "edited": 2}})
    call = f"<tool_call>{body}</tool_call>"
    turn = parse_turn(f"<think>Perhaps {call}? No.</think>{format_call('', 'knowledge_retrieval', **NAMES)}")
    assert turn.call == ToolCall("knowledge_retrieval", NAMES)
    assert parse_turn(f"Perhaps {call}? No.</think><answer>{{}}</answer>").answer == {}


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>\n{"name": "mask_gen", "arguments": {"original": 1, "edited": 2}}\n</tool_call>',
        '<tool_call>```json\n{"name": "mask_gen", "arguments": {"original": 1, "edited": 2}}\n```</tool_call>',
        '<thinking>x</thinking> text <tool_call>{"arguments": {"edited": 2, "original": 1}, "name": "mask_gen"}',
    ],
)
def test_usual_ways_of_writing_a_call(text):
    assert parse_turn(text).call == ToolCall("mask_gen", {"original": 1, "edited": 2})


@pytest.mark.parametrize(
    "text,said",
    [
        ("", "no <tool_call>"),
        ("I am done.", "no <tool_call>"),
        ('<tool_call>{"name": "mask_gen", "argu', "not valid JSON"),
        ("<tool_call>[1]</tool_call>", "JSON object"),
        ("<answer>true</answer>", "JSON object"),
        ('<tool_call>{"name": "paint", "arguments": {}}</tool_call>', "no tool named 'paint'"),
        ('<tool_call>{"name": ["mask_gen"], "arguments": {}}</tool_call>', "no tool named"),
        ('<tool_call>{"name": "mask_gen", "arguments": [1, 2]}</tool_call>', "arguments must be"),
        ('<tool_call>{"name": "mask_gen", "arguments": {"original": 1}}</tool_call>', "missing argument edited"),
        ('<tool_call>{"name": "mask_gen", "arguments": {"original": 1, "edited": "2"}}</tool_call>', "whole number"),
        ('<tool_call>{"name": "mask_gen", "arguments": {"original": true, "edited": 2}}</tool_call>', "whole number"),
        ('<tool_call>{"name": "mask_gen", "arguments": {"original": 1, "edited": 2, "z": 0}}</tool_call>', "unknown"),
        ('<tool_call>{"name": "image_gen", "arguments": {"image": 1, "prompt": " "}}</tool_call>', "non-empty"),
        ('<tool_call>{"name": "a"}</tool_call><tool_call>{"name": "b"}</tool_call>', "2 tool calls"),
        ("<tool_call>" + "[" * 100_000 + "</tool_call>", "JSON"),
        ("<tool_call>" + "9" * 10_000 + "</tool_call>", "JSON"),
        (
            '<tool_call>{"name": "mask_gen", "arguments": {"original": 1, "edited": ' + "9" * 9000 + "}}</tool_call>",
            "JSON",
        ),
    ],
)
def test_what_is_wrong_is_named(text, said):
    turn = parse_turn(text)
    assert turn.call is None
    assert turn.answer is None
    assert said in turn.error
    _check(text)


@given(text=st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join)))
@settings(max_examples=300, deadline=None)
def test_any_text_parses_to_exactly_one_thing(text):
    _check(text)


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_damaged_calls_never_raise(data):
    name, arguments = data.draw(st.sampled_from(VALID))
    text = format_call("Because.", name, **arguments)
    text = text[: data.draw(st.integers(0, len(text)))] if data.draw(st.booleans()) else text
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.one_of(PIECES, st.text(max_size=3))) + text[at + data.draw(st.integers(0, 3)) :]
    _check(text)


@given(
    value=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9)),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    ),
    name=st.sampled_from(TOOL_NAMES),
)
@settings(max_examples=100, deadline=None)
def test_any_json_as_call_or_answer(value, name):
    _check(f"<tool_call>{json.dumps(value)}</tool_call>")
    _check(f"<answer>{json.dumps(value)}</answer>")
    _check(f'<tool_call>{{"name": "{name}", "arguments": {json.dumps(value)}}}</tool_call>')


@given(item=st.text(min_size=1), anomaly=st.text(min_size=1), region=st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_task_reads_back(item, anomaly, region):
    assert read_task(task_text(item, anomaly, region)) == (item, anomaly, region, "")


def test_the_system_prompt_names_every_tool_and_the_budget():
    text = system_prompt(7, 6.5)
    assert all(json.dumps(tool) in text for tool in TOOLS)
    assert "7 attempts" in text
    assert "6.5" in text


@pytest.mark.parametrize(
    "region",
    [
        [], [0.1, 0.2, 0.3], [0.1, 0.2, 0.1, 0.4], [0.5, 0.2, 0.1, 0.4], [0, 0, 1, 2], [0, 0, 1, True], ["0", 0, 1, 1],
        [[0, 0], [1, 1]], [[0, 0], [1, 1], [2, 0]], [[0, 0], [1, 1], [0]], [[0, 0]] * 65, "box", {"box": 1}, 5, None,
    ],
)  # fmt: skip
def test_a_region_that_is_neither_box_nor_polygon_is_named(region):
    turn = parse_turn(format_call("", "image_gen", image=1, prompt="Add a dent.", region=region))
    assert turn.call is None and "region must be a box [left, top, right, bottom] or a polygon" in turn.error


def test_what_a_model_says_after_thinking():
    for text in ("<think>a</think> b", "a</think>\nb ", "<thinking>a</thinking>b", " b"):
        assert without_reasoning(text) == "b"
    assert without_reasoning("<think>cut off") == ""


LOOK_UP = format_call("", "knowledge_retrieval", **NAMES).partition("\n")[2]
MASK = format_call("", "mask_gen", original=1, edited=2).partition("\n")[2]
QUOTED = '<tool_call>{"name": "...", "arguments": {...}}</tool_call>'


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"<think>I mask it. {MASK}</think>", "mask_gen"),
        (f"<think>I mask it. {MASK}", "mask_gen"),
        (f"<think>I mask it. {MASK.removesuffix('</tool_call>')}", "mask_gen"),
        (f"I mask it. {MASK}</think>", "mask_gen"),
        (f"<think>First {LOOK_UP}, then {MASK}.</think>\nSo be it.", "mask_gen"),
        (f"<think>The form is {QUOTED}. {LOOK_UP} It is not {QUOTED}.</think>", "knowledge_retrieval"),
        (f"<think>{MASK}</think><think>{LOOK_UP}</think>", "knowledge_retrieval"),
        (f"<think>{MASK}</think>{LOOK_UP}", "knowledge_retrieval"),
        (f"<thinking>{MASK}</thinking>", "mask_gen"),
    ],
)
def test_a_call_in_the_thought_counts_where_nothing_else_is_one(text, name):
    turn = parse_turn(text)
    assert turn.error is None and turn.call.name == name
    _check(text)


def test_an_answer_in_the_thought_counts_after_all_calls():
    assert parse_turn('<think>Done. <answer>{"image": 2}</answer></think>').answer == {"image": 2}
    assert parse_turn(f'<think><answer>{{"image": 2}}</answer> {MASK}</think>').call.name == "mask_gen"
    assert parse_turn('<think><answer>{"image": N}</answer></think>').error is not None


@pytest.mark.parametrize("text", ["<think>I wonder", "<thinking>I wonder", "<think>I wonder <tool_call>{"])
def test_a_thought_that_never_ends_is_named(text):
    assert "the thought never ends (no </think>)" in parse_turn(text).error
    assert "raise max_new_tokens (--max-new-tokens)" in parse_turn(text).error
    assert "never ends" not in parse_turn("<think>I wonder</think>").error


@pytest.mark.parametrize("text", ["", "<think>I wonder", "So", '<tool_call>{"name": "ma', "<answer>{"])
@pytest.mark.parametrize("limit", [MAX_NEW_TOKENS, TIME_LIMIT])
def test_what_cut_a_turn_off_is_named(text, limit):
    turn = CutOff(text, limit)
    error = parse_turn(turn).error
    assert turn == text and error.endswith(f"; the turn was cut off by {limit}: write less, or raise that")
    assert "\n" not in error and error.count("max_new_tokens") == (limit == MAX_NEW_TOKENS)
    assert parse_turn(CutOff(MASK, limit)).call.name == "mask_gen"


def test_half_a_character_in_a_call_is_replaced():
    call = '<tool_call>{"name": "image_gen", "arguments": {"image": 1, "prompt": "a \\ud83d b \\ud83d\\ude00"}}</tool_call>'
    assert parse_turn(call).call.arguments["prompt"] == "a \ufffd b \U0001f600"
