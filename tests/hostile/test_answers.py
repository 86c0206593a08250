"""What models and servers may write: each turn is a call, an answer or one line of what is wrong, and nothing raises."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from bad_files import ramp
from sandbox import outcome_of, sandbox

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.protocol import CutOff, parse_turn
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.models.language.answer import Answer, BrokenAnswerError
from anomaly_agent.agent.tools.quality_evaluation.language import read_verdict

BACKENDS = embedded_backends()
PLAN = {"image": 1, "item": "plate", "anomaly_type": "scratch"}
DRAW = {"image": 1, "prompt": "Add a scratch."}


def call(arguments: object = PLAN, name: object = "prompt_gen", **more: object) -> str:
    return f"<tool_call>{json.dumps({'name': name, 'arguments': arguments, **more})}</tool_call>"


def drawn(**more: object) -> str:
    return call({**DRAW, **more}, "image_gen")


def region(value: object) -> str:
    return drawn(region=value)


#: Name -> (the turn, words of what is wrong with it).
WRONG: dict[str, tuple[str, str]] = {
    "nothing": ("", "no <tool_call>"),
    "blanks": (" \n\t ", "no <tool_call>"),
    "a refusal": ("I'm sorry, I can't help with that.", "no <tool_call>"),
    "NUL": ("\0\0\0", "no <tool_call>"),
    "half a character": ("\ud800", "no <tool_call>"),
    "a thought alone": ("<think>hm</think>", "no <tool_call>"),
    "a thought that never ends": ("<think>hm " * 3, "never ends"),
    "a thought that was cut off": (
        CutOff("<think>hm", "max_new_tokens (--max-new-tokens)"),
        "cut off by max_new_tokens",
    ),
    "a call that was cut off": (CutOff('<tool_call>{"name": "prom', "max_new_tokens (--max-new-tokens)"), "cut off by"),
    "a call in another tag": ("<function_call>{}</function_call>", "no <tool_call>"),
    "a call in a fence alone": ('```json\n{"name": "prompt_gen"}\n```', "no <tool_call>"),
    "a call in capitals": ("<TOOL_CALL>{}</TOOL_CALL>", "no <tool_call>"),
    "an empty call": ("<tool_call></tool_call>", "not valid JSON"),
    "a call of blanks": ("<tool_call>  </tool_call>", "not valid JSON"),
    "a call of text": ("<tool_call>prompt_gen(1)</tool_call>", "not valid JSON"),
    "a call in Python's form": ("<tool_call>{'name': 'prompt_gen'}</tool_call>", "not valid JSON"),
    "a call in XML": ("<tool_call><name>prompt_gen</name></tool_call>", "not valid JSON"),
    "a call with a comma at its end": ('<tool_call>{"name": "prompt_gen",}</tool_call>', "not valid JSON"),
    "a call without its last brace": (
        '<tool_call>{"name": "prompt_gen", "arguments": {}</tool_call>',
        "not valid JSON",
    ),
    "a call of two values": ("<tool_call>{} {}</tool_call>", "not valid JSON"),
    "a call that is null": ("<tool_call>null</tool_call>", "JSON object"),
    "a call that is a list": (f"<tool_call>[{json.dumps({'name': 'prompt_gen'})}]</tool_call>", "JSON object"),
    "a call that is a number": ("<tool_call>7</tool_call>", "JSON object"),
    "a call that is NaN": ("<tool_call>NaN</tool_call>", "JSON object"),
    "a call of 100000 lists": (f"<tool_call>{'[' * 100_000}</tool_call>", "JSON"),
    "a call of deep objects": (call({"a": json.loads("[" * 300 + "]" * 300)}), "nested"),
    "a call with a number of 10000 digits": (f'<tool_call>{{"name": {"9" * 10_000}}}</tool_call>', "JSON"),
    "two calls": (call() + call(), "2 tool calls"),
    "fifty calls": (call() * 50, "50 tool calls"),
    "a call within a call": (f"<tool_call>{call()}</tool_call>", "JSON"),
    "no name": ('<tool_call>{"arguments": {}}</tool_call>', "no tool named"),
    "a name that is null": (call(name=None), "no tool named"),
    "a name that is a list": (call(name=["prompt_gen"]), "no tool named"),
    "a name that is an object": (call(name={"a": 1}), "no tool named"),
    "a name of 10000 letters": (call(name="x" * 10_000), "no tool named"),
    "a name with a blank": (call(name="prompt_gen "), "no tool named"),
    "a name in capitals": (call(name="Prompt_Gen"), "no tool named"),
    "a name of Python's": (call(name="__import__"), "no tool named"),
    "a name that looks alike": (call(name="pr\u043empt_gen"), "no tool named"),
    "a name of half a character": ('<tool_call>{"name": "\\ud800"}</tool_call>', "no tool named"),
    "arguments that are null": (call(None), "arguments must be"),
    "arguments that are a list": (call([1, "plate", "scratch"]), "arguments must be"),
    "arguments that are JSON in a text": (call(json.dumps(PLAN)), "arguments must be"),
    "no arguments": (call({}), "missing argument"),
    "an argument missing": (call({"image": 1, "item": "plate"}), "missing argument anomaly_type"),
    "an argument too many": (call({**PLAN, "seed": 7}), "unknown argument seed"),
    "an argument of 10000 letters": (call({**PLAN, "x" * 10_000: 7}), "unknown argument"),
    "hundreds of arguments": (call({**PLAN, **{f"a{n}": n for n in range(60)}}), "unknown argument"),
    "an image that is a text": (call({**PLAN, "image": "1"}), "whole number"),
    "an image that is true": (call({**PLAN, "image": True}), "whole number"),
    "an image of 1.0": (call({**PLAN, "image": 1.0}), "whole number"),
    "an image of NaN": (call({**PLAN, "image": float("nan")}), "whole number"),
    "an image that is null": (call({**PLAN, "image": None}), "whole number"),
    "an item that is empty": (call({**PLAN, "item": ""}), "non-empty"),
    "an item of blanks": (call({**PLAN, "item": " \n "}), "non-empty"),
    "an item that is a list": (call({**PLAN, "item": ["plate"]}), "non-empty"),
    "an item that is a number": (call({**PLAN, "item": 7}), "non-empty"),
    "a prompt that is null": (drawn(prompt=None), "non-empty"),
    "a prompt of a million letters": (drawn(prompt="x" * 1_000_000), "shorten"),
    **{
        f"a region of {value!r}"[:70]: (region(value), "must be a box")
        for value in (
            [],
            [1],
            [0, 0, 1],
            [0, 0, 1, 1, 1],
            [0.5, 0.5, 0.5, 0.5],
            [0.6, 0.1, 0.2, 0.9],
            [-0.1, 0, 1, 1],
            [0, 0, 100, 100],
            [0, 0, 1.01, 1],
            ["0", "0", "1", "1"],
            [True, False, True, True],
            [None] * 4,
            [[0, 0], [1, 1]],
            [[0, 0, 0]] * 3,
            [[0, 0]] * 65,
            [[0, 0], [1, 0], "x"],
            "0, 0, 1, 1",
            {"left": 0},
            7,
            None,
            [float("nan")] * 4,
            [0, 0, float("inf"), 1],
            [10**400, 0, 1, 1],
            [[[0, 0]]] * 3,
        )
    },
    "an answer that is empty": ("<answer></answer>", "not valid JSON"),
    "an answer of text": ("<answer>done</answer>", "not valid JSON"),
    "an answer that is a list": ("<answer>[]</answer>", "JSON object"),
    "an answer of 100000 lists": (f"<answer>{'[' * 100_000}</answer>", "JSON"),
    "an answer that is cut off": ('<answer>{"image": 1', "not valid JSON"),
}

#: Name -> (the turn, what it is taken for: a tool's name, or "answer").
TAKEN: dict[str, tuple[str, str]] = {
    "a call without its end": ("<tool_call>" + json.dumps({"name": "prompt_gen", "arguments": PLAN}), "prompt_gen"),
    "a call in a fence": (
        f"<tool_call>```json\n{json.dumps({'name': 'prompt_gen', 'arguments': PLAN})}\n```</tool_call>",
        "prompt_gen",
    ),
    "a call behind a thought's end": ("so it is</think>" + call(), "prompt_gen"),
    "a call within a thought": (f"<think>I write {call()}", "prompt_gen"),
    "several calls within a thought": (f"<think>{call(name='nothing')} or {call()}</think>", "prompt_gen"),
    "line breaks in a text": (drawn(prompt="a\nb").replace("\\n", "\n"), "image_gen"),
    "a character in two halves": (drawn(prompt="\U0001f600"), "image_gen"),
    "half a character": (drawn(prompt="\ud800 x"), "image_gen"),
    "tags in a text": (drawn(prompt="<answer>{}</answer>").replace("<answer>", "\\u003canswer>"), "image_gen"),
    "a name twice, of which the last counts": (
        '<tool_call>{"name": "x", ' + call()[len("<tool_call>{") :],
        "prompt_gen",
    ),
    "a call and an answer": (call() + "<answer>{}</answer>", "prompt_gen"),
    "an answer of anything": ('<answer>{"image": "7", "passed": null, "x": [1e400]}</answer>', "answer"),
    "two answers, of which the last counts": ('<answer>[</answer><answer>{"image": 1}</answer>', "answer"),
    "a polygon": (region([[0, 0], [1, 0], [0, 1]]), "image_gen"),
}


class Says:
    """Writes one turn for ever."""

    name = "says"

    def __init__(self, text: str) -> None:
        self.text = text

    def next_turn(self, _: object) -> str:
        return self.text


@pytest.mark.parametrize("name", WRONG)
def test_a_turn_of_no_use_says_what_is_wrong_with_it(name: str) -> None:
    text, words = WRONG[name]
    with sandbox() as folder:
        turn = outcome_of(lambda: parse_turn(text), folder, "none").is_taken()
    assert turn.call is None and turn.answer is None
    assert words in turn.error and "\n" not in turn.error and len(turn.error) < 3000
    turn.error.encode()


@pytest.mark.parametrize("name", TAKEN)
def test_a_turn_of_an_odd_form_is_taken_for_what_it_says(name: str) -> None:
    text, wanted = TAKEN[name]
    with sandbox() as folder:
        turn = outcome_of(lambda: parse_turn(text), folder, "none").is_taken()
    assert turn.error is None and (turn.call.name if turn.call else "answer") == wanted


@pytest.mark.parametrize("name", [name for number, name in enumerate([*WRONG, *TAKEN]) if number % 6 == 0])
def test_an_episode_of_such_turns_ends_and_says_why(name: str) -> None:
    text = {**WRONG, **TAKEN}[name][0]
    with sandbox() as folder:
        task = Task(ramp(), "plate", "scratch")
        result = outcome_of(lambda: AgentLoop(Says(text), BACKENDS, 1).synthesize(task), folder, "none").is_taken()
        json.dumps(result.trajectory.to_record(["x.png"] * len(result.trajectory.images))).encode()
    assert result.mask.shape == result.image.shape[:2] and result.stop


#: A judge's answers that are no verdict.
NO_VERDICTS: dict[str, str] = {
    "nothing": "",
    "a text": "It looks good.",
    "a list": "[]",
    "null": "null",
    "100000 lists": "[" * 100_000,
    "fields missing": '{"location": 1}',
    "a field too many": '{"location": 1, "quality": 1, "review": "x", "faults": [], "pass": true}',
    "a score as a text": '{"location": "5", "quality": 1, "review": "x"}',
    "a score of true": '{"location": true, "quality": 1, "review": "x"}',
    "a score of NaN": '{"location": NaN, "quality": 1, "review": "x"}',
    "a score of infinity": '{"location": Infinity, "quality": 1, "review": "x"}',
    "a score of 1e999": '{"location": 1e999, "quality": 1, "review": "x"}',
    "a score of 6": '{"location": 6, "quality": 1, "review": "x"}',
    "a score below 0": '{"location": -0.1, "quality": 1, "review": "x"}',
    "a score of 5000 digits": '{"location": ' + "9" * 5000 + ', "quality": 1, "review": "x"}',
    "a score that is null": '{"location": null, "quality": 1, "review": "x"}',
    "a review of blanks": '{"location": 1, "quality": 1, "review": " "}',
    "a review that is a list": '{"location": 1, "quality": 1, "review": ["x"]}',
    "two verdicts": '{"location": 1, "quality": 1, "review": "x"}' * 2,
    "a verdict within words": 'Here: {"location": 1, "quality": 1, "review": "x"}',
}


@pytest.mark.parametrize("name", NO_VERDICTS)
def test_what_is_no_verdict_is_none(name: str) -> None:
    with sandbox() as folder:
        read = outcome_of(lambda: read_verdict(NO_VERDICTS[name]), folder, "none").is_taken()
    assert read.verdict is None and read.problem and "\n" not in read.problem


#: A judge's lists of faults: Name -> (the list, how many are understood).
FAULTS: dict[str, tuple[object, int]] = {
    "of a text": ("faint", 0),
    "of null": (None, 0),
    "of numbers": ([1, 2], 0),
    "of no known kind": ([{"kind": "ugly"}], 0),
    "of a kind that is a list": ([{"kind": ["faint"]}], 0),
    "of a strength of a text": ([{"kind": "faint", "strength": "much"}], 1),
    "of a strength of NaN": ([{"kind": "faint", "strength": float("nan")}], 1),
    "of a strength of 1e400": ([{"kind": "faint", "strength": 10**400}], 1),
    "of a place that is none": ([{"kind": "faint", "strength": 1, "where": "on the moon"}], 1),
    "of one good and one bad": ([{"kind": "faint", "strength": 0.5}, {"kind": 7}], 1),
    "of a thousand": ([{"kind": "faint", "strength": 0.5}] * 1000, 8),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_that_are_none_cost_a_verdict_nothing(name: str) -> None:
    value, count = FAULTS[name]
    text = json.dumps({"location": 1, "quality": 2, "review": "x", "faults": value})
    with sandbox() as folder:
        read = outcome_of(lambda: read_verdict(text), folder, "none").is_taken()
    assert read.verdict is not None and read.verdict.score == 3 and len(read.verdict.faults) == count


def event(value: object) -> bytes:
    return b"data: " + (value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n\n"


def piece(**delta: object) -> bytes:
    return event({"choices": [{"index": 0, "delta": delta}]})


END = event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
DONE = b"data: [DONE]\n\n"


def deep(levels: int) -> object:
    value: object = "x"
    for _ in range(levels):
        value = [{"type": "text", "text": value}]
    return value


#: A server's streams of no use.
BROKEN_STREAMS: dict[str, bytes] = {
    "nothing": b"",
    "new lines": b"\n" * 5000,
    "comments alone": b": ping\n\n" * 50,
    "the end alone": DONE,
    "an event of no JSON": b"data: hello\n\n",
    "an event of a list": event([1, 2]),
    "an event of null": event(None),
    "an event of a number": event(7),
    "an event of 100000 lists": event(b"[" * 100_000),
    "an event nested 900 deep": event(b'{"a":' * 900 + b"1" + b"}" * 900),
    "contents nested 300 deep": piece(content=deep(300)) + DONE,
    "a number of 100000 digits": event(b'{"choices": ' + b"9" * 100_000 + b"}"),
    "an error as a text": event({"error": "out of memory"}),
    "an error as an object": event({"error": {"message": "out of memory", "code": 500}}),
    "an error as a list": event({"error": [{"message": "out of memory"}]}),
    "an error in deep lists": event({"error": json.loads("[" * 50 + "]" * 50)}),
    "an error in detail": event({"detail": [{"msg": "no such model", "loc": ["body"]}]}),
    "an error after a piece": piece(content="a") + event({"error": {"message": "gone"}}),
    "choices of none": event({"choices": []}) + DONE,
    "choices that are null": event({"choices": None}),
    "choices of numbers": event({"choices": [1, None, "x"]}),
    "another choice alone": event({"choices": [{"index": 1, "delta": {"content": "x"}}]}),
    "cut off in a piece": piece(content="a") + b'data: {"choices": [{"ind',
    "cut off between pieces": piece(content="a"),
    "a filter's end": event({"choices": [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]}),
    "a page of HTML": b"<html><body><h1>502 Bad Gateway</h1></body></html>",
    "a line of 33 MB": b"data: " + b"x" * (33 * 2**20),
    "33 MB of lines": (b": " + b"x" * 1000 + b"\n") * 34_000,
    "zeros": b"\0" * 5000,
    "bytes of no UTF-8": b"data: \xff\xfe\xfd\n\n",
    "gzip that was not asked for": b"\x1f\x8b\x08" + b"\xa5" * 200,
}

#: Name -> (the stream, the text that it holds).
STREAMS: dict[str, tuple[bytes, str]] = {
    "plain": (piece(content="a") + piece(content="b") + END, "ab"),
    "no end but its word": (piece(content="a") + DONE, "a"),
    "a mark of byte order": (b"\xef\xbb\xbf" + piece(content="a") + DONE, "a"),
    "lines of Windows": ((piece(content="a") + DONE).replace(b"\n", b"\r\n"), "a"),
    "lines of an old Mac": ((piece(content="a") + DONE).replace(b"\n", b"\r"), "a"),
    "no empty lines between": ((piece(content="a") + piece(content="b")).replace(b"\n\n", b"\n") + DONE, "ab"),
    "no blank behind the colon": (piece(content="a").replace(b"data: ", b"data:") + DONE, "a"),
    "a whole answer": (json.dumps({"choices": [{"message": {"content": "a"}}]}).encode(), "a"),
    "a whole answer over lines": (json.dumps({"choices": [{"message": {"content": "a"}}]}, indent=2).encode(), "a"),
    "a delta that is null": (event({"choices": [{"index": 0, "delta": None}]}) + piece(content="a") + END, "a"),
    "a content that is null": (piece(content=None) + piece(content="a") + END, "a"),
    "a content of parts": (piece(content=[{"type": "text", "text": "a"}, "b", None, 7]) + END, "ab"),
    "a content that is a number": (piece(content=7) + piece(content="a") + END, "a"),
    "a role of a list": (piece(role=["x"], content="a") + END, "a"),
    "calls that are no list": (piece(content="a", tool_calls="x") + END, "a"),
    "calls of nothing": (
        piece(content="a", tool_calls=[None, 7, {}, {"function": None}, {"function": {"name": 7}}]) + END,
        "a",
    ),
    "usage alone": (piece(content="a") + END + event({"choices": [], "usage": {"total_tokens": -1}}), "a"),
    "half a character": (event(b'{"choices": [{"delta": {"content": "\\ud800"}}]}') + END, "\ud800"),
}


def chunks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), 4096):
        yield data[start : start + 4096]


def heard(data: bytes) -> tuple[str, str]:
    """(text, what is wrong) of a server's answer."""
    said: list[str] = []
    try:
        Answer(lambda kind, text: said.append(text)).read(chunks(data))
    except BrokenAnswerError as error:
        return "".join(said), str(error)
    return "".join(said), ""


@pytest.mark.parametrize("name", BROKEN_STREAMS)
def test_a_servers_answer_of_no_use_says_so_in_a_line(name: str) -> None:
    with sandbox() as folder:
        _, wrong = outcome_of(lambda: heard(BROKEN_STREAMS[name]), folder, "none").is_taken()
    assert wrong and "\n" not in wrong and len(wrong) < 1000


@pytest.mark.parametrize("name", STREAMS)
def test_a_servers_answer_of_an_odd_form_is_read(name: str) -> None:
    data, text = STREAMS[name]
    with sandbox() as folder:
        assert outcome_of(lambda: heard(data), folder, "none").is_taken() == (text, "")
