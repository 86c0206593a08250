"""The turn format: what is well formed parses, what is not is named, and nothing raises."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.core.protocol import (
    TOOL_NAMES,
    TOOLS,
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
    assert read_task(task_text(item, anomaly, region)) == (item, anomaly, region)


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
