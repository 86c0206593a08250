"""Servers as they are: whatever they send, its words reach the user in one line, within the time, or its text is taken."""

from __future__ import annotations

import gzip
import itertools
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_server import STREAM, RawServer, delta, events, response, sends

from anomaly_agent.agent.core.errors import BackendError
from anomaly_agent.agent.core.protocol import CutOff, parse_turn
from anomaly_agent.agent.models.language import GenerationOptions
from anomaly_agent.agent.models.language import answer as answers
from anomaly_agent.agent.models.language.answer import Answer, BrokenAnswerError
from anomaly_agent.agent.models.language.server import ServerLanguageModel
from anomaly_agent.agent.models.language.server_words import words_in

KEY = "sk-a-key-that-nobody-may-see"
TOLD = [{"role": "user", "content": [{"type": "text", "text": "Go."}]}]
CALL = '<tool_call>{"name": "mask_gen", "arguments": {"original": 1, "edited": 2}}</tool_call>'


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    """No proxy and no pause of this machine's; the key goes to any server of these tests."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr("anomaly_agent.agent.models.language.server._FIRST_PAUSE", 0.01)
    monkeypatch.setenv("ANOMALY_AGENT_API_KEY", KEY)


def ask(server, monkeypatch, limit=20.0):
    monkeypatch.setenv("ANOMALY_AGENT_BASE_URL", server.url)
    model = ServerLanguageModel("qwen", server.url, GenerationOptions(time_limit=limit))
    return model.chat(TOLD, [], 7)


def whole(content="Fine.", **more):
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": content, **more}}]}


PAGE = "<!doctype html><html><head><title>502 Bad Gateway</title><style>p{}</style></head><body><h1>Nothing <b>here</b></h1>"

#: Name -> (response, words, requests).
ERRORS = {
    "text": (response("the model is loading", "text/plain", "400 Bad Request"), "400 Bad Request: the model is loading", 1),
    "several lines": (response("a\nb\tc\x00d\r\n", "text/plain", "400 No"), "400 Bad Request: a b c d", 1),
    "html": (response(PAGE + "<script>x()</script>", "text/html", "403 No"), "502 Bad Gateway: Nothing here; ", 1),
    "detail": (response({"detail": "Not Found"}, status="404 Not Found"), "404 Not Found: Not Found; check the model", 1),
    "detail as list": (
        response({"detail": [{"loc": ["body", "messages"], "msg": "field required", "type": "x"}]}, status="422 No"),
        "body.messages: field required",
        1,
    ),
    "error as text": (response({"error": "model 'q' not found"}, status="404 No"), "model 'q' not found", 1),
    "error as object": (response({"error": {"message": "no such", "code": 4}}, status="400 No"), "no such", 1),
    "error in an error": (response({"error": {"error": {"message": "deep"}}}, status="400 No"), ": deep", 1),
    "message": (response({"object": "error", "message": "too long", "code": 1}, status="400 No"), ": too long", 1),
    "Message": (response({"Message": "Forbidden by policy"}, status="403 No"), "Forbidden by policy", 1),
    "list": (response(["one", {"message": "two"}], status="400 No"), "one; two", 1),
    "errors": (response({"errors": [{"detail": "first"}, {"detail": "second"}]}, status="400 No"), "first; second", 1),
    "a provider's own": (
        response(
            {"error": {"message": "Provider failed", "metadata": {"raw": '{"error":{"message":"quota"}}'}}}, status="402 No"
        ),
        "Provider failed; quota",
        1,
    ),
    "JSON in a message": (response({"error": '{"message": "inner words"}'}, status="400 No"), "inner words", 1),
    "unknown shape": (response({"kode": 17}, status="400 No"), '{"kode": 17}', 1),
    "a text of JSON": (response('"just words"', status="400 No"), "just words", 1),
    "broken JSON": (response('{"error": "half', status="400 No"), '{"error": "half', 1),
    "no body": (response("", status="400 Bad Request"), "400 Bad Request: no words", 1),
    "a status of its own": (response("odd", "text/plain", "499 Odd"), "499: odd", 1),
    "latin-1": (response("nicht verf\xfcgbar".encode("latin-1"), "text/plain", "400 No"), "nicht verf\ufffdgbar", 1),
    "gzip": (
        response(gzip.compress(b'{"detail": "squeezed"}'), status="400 No", Content_Encoding="gzip"),
        "squeezed",
        1,
    ),
    "very long": (response("word " * 100_000, "text/plain", "400 No"), "word word", 1),
    "the key": (response({"error": f"bad key {KEY}"}, status="401 No"), r"bad key \[key\]; it does not take", 1),
    "cut off": (b"HTTP/1.1 400 No\r\nContent-Length: 1000\r\n\r\nonly the beginn", "only the beginn", 1),
    "busy": (response({"error": "busy"}, status="503 No"), "busy; tried 5 times", 5),
    "limited": (response({"error": "slow down"}, status="429 No", Retry_After="0"), "slow down; tried 5 times", 5),
    "broken inside": (response("Traceback: boom", "text/plain", "500 No"), "boom; tried 5 times", 5),
    "an error with 200": (response({"error": {"message": "no memory"}}), ": no memory; tried 3 times", 3),
    "a text error with 200": (response({"error": "no memory"}), ": no memory; tried 3 times", 3),
    "a detail with 200": (response({"detail": "no model"}), ": no model; tried 3 times", 3),
    "an error object with 200": (response({"object": "error", "message": "wrong"}), ": wrong; tried 3 times", 3),
    "a list with 200": (response(["unexpected"]), "could not be read: unexpected; tried 3 times", 3),
    "a page with 200": (response(PAGE, "text/html"), "could not be read: 502 Bad Gateway: Nothing here", 3),
    "text with 200": (response("Ollama is running", "text/plain"), "could not be read: Ollama is running", 3),
    "nothing with 200": (response(""), "it holds no choices", 3),
    "null with 200": (response("null"), "could not be read", 3),
    "no choices": (response({"choices": []}), "it holds no choices", 3),
    "choices of null": (response({"choices": None}), "it holds no choices", 3),
    "no choices in a stream": (events({"choices": []}, "data: [DONE]\n\n"), "it holds no choices", 3),
    "an error in a stream": (events(delta(content="So"), {"error": {"message": "lost"}}), ": lost; tried 3 times", 3),
    "an error event": (events('event: error\ndata: {"message": "gone"}\n\n'), ": gone; tried 3 times", 3),
    "an error beside a stream": (events(delta(content="So"), '\n{"error": "fell over"}\n'), ": fell over", 3),
    "no JSON in a stream": (events("data: {half\n\n"), "could not be read: {half", 3),
    "a stream that stops": (events(delta(content="So")), "its answer was cut off", 3),
    "a filter": (events(delta("content_filter", content="So")), "'content_filter'", 3),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n", "the connection broke", 5),
    "nothing at all": (b"", "the connection broke", 5),
    "brotli": (response(b"\x0b\x02\x80", Content_Encoding="br"), r"is compressed \(br\)", 3),
    "a redirect": (
        response("", status="307 No", Location=f"http://user:{KEY}@elsewhere.example:81/v2?key={KEY}"),
        r"sends on to http://elsewhere.example:81/v2 \(307\), which is not followed; give the address",
        1,
    ),
    "a redirect in a circle": (response("", status="308 No", Location="/v1/chat/completions"), "which is not followed", 1),
    "a redirect to nowhere": (response("", status="302 No"), r"sends on to no address \(302\)", 1),
    "a redirect that is none": (response("", status="301 No", Location="http://[broken"), r"sends on to no address", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_a_servers_words_reach_the_user_in_one_line(name, monkeypatch):
    sent, words, requests = ERRORS[name]
    started = time.monotonic()
    with RawServer(sends(sent)) as server, pytest.raises(BackendError, match=words) as caught:
        ask(server, monkeypatch)
    text = str(caught.value)
    assert "\n" not in text and KEY not in text and len(text) < 600 and text.startswith("qwen at 127.0.0.1:")
    assert len(server.requests) == requests and time.monotonic() - started < 20


#: Name -> (response, text).
ANSWERS = {
    "a stream": (events(delta(content="Fi"), delta("stop", content="ne."), "data: [DONE]\n\n"), "Fine."),
    "whole JSON": (response(whole()), "Fine."),
    "whole JSON over lines": (response(json.dumps(whole(), indent=2)), "Fine."),
    "whole JSON called a stream": (response(whole(), "text/event-stream"), "Fine."),
    "whole JSON in one event": (events(whole()  , "data: [DONE]\n\n"), "Fine."),
    "a line each, no events": (
        response("\n".join(json.dumps(one) for one in (delta(content="Fi"), delta("stop", content="ne.")))), "Fine.",
    ),
    "no finish_reason": (events(delta(content="Fine."), "data: [DONE]\n\n"), "Fine."),
    "no [DONE]": (events(delta(content="Fine."), delta("stop")), "Fine."),
    "delta null": (
        events({"choices": [{"delta": None}]}, delta(content="Fine."), {"choices": [{"delta": None, "finish_reason": "stop"}]}),
        "Fine.",
    ),
    "no delta": (events({"choices": [{}]}, delta("stop", content="Fine.")), "Fine."),
    "empty choices between": (events({"choices": []}, delta("stop", content="Fine."), {"choices": [], "usage": {}}), "Fine."),
    "parts": (events(delta("stop", content=[{"type": "text", "text": "Fi"}, {"type": "text", "text": "ne."}])), "Fine."),
    "whole parts": (response(whole([{"type": "text", "text": "Fine."}])), "Fine."),
    "parts as texts": (response(whole(["Fi", "ne."])), "Fine."),
    "odd parts": (response(whole([None, 3, {"type": "image"}, {"type": "text", "text": "Fine."}])), "Fine."),
    "a thinking part": (
        response(whole([{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "Fine."}])),
        "<think>Hm.</think>\nFine.",
    ),
    "reasoning_content": (events(delta(reasoning_content="Hm."), delta("stop", content="Fine.")), "<think>Hm.</think>\nFine."),
    "reasoning": (events(delta(reasoning="Hm."), delta("stop", content="Fine.")), "<think>Hm.</think>\nFine."),
    "both": (response(whole(reasoning="Hm.", reasoning_content="Hm.")), "<think>Hm.</think>\nFine."),
    "content null": (events(delta(content=None), delta("stop", content="Fine.")), "Fine."),
    "a message in a stream": (events({"choices": [{"message": {"content": "Fine."}, "finish_reason": "stop"}]}), "Fine."),
    "text": (response({"choices": [{"text": "Fine."}]}), "Fine."),
    "a refusal": (events(delta(refusal="I "), delta("stop", refusal="will not.")), "I will not."),
    "another choice": (
        events({"choices": [{"index": 1, "delta": {"content": "No."}}]}, delta("stop", content="Fine.")), "Fine.",
    ),
    "comments": (events(": ping\n\n", "event: message\nid: 4\nretry: 9\n", delta("stop", content="Fine.")), "Fine."),
    "no blank after data:": (events(f"data:{json.dumps(delta('stop', content='Fine.'))}\n\ndata:[DONE]\n\n"), "Fine."),
    "no empty lines": (
        events(*(f"data: {json.dumps(one)}\n" for one in (delta(content="Fi"), delta("stop", content="ne.")))), "Fine.",
    ),
    "carriage returns": (events(f"data: {json.dumps(delta('stop', content='Fine.'))}\r\n\r\ndata: [DONE]\r\n\r\n"), "Fine."),
    "a byte order mark": (STREAM + "\ufeffdata: ".encode() + json.dumps(delta("stop", content="Fine.")).encode(), "Fine."),
    "an event over lines": (
        events("data: {\"choices\": [{\ndata: \"delta\": {\"content\": \"Fine.\"},\ndata: \"finish_reason\": \"stop\"}]}\n\n"),
        "Fine.",
    ),
    "halves of a character": (events(delta(content="\ud83d"), delta("stop", content="\ude00.")), "\U0001f600."),
    "half a character": (events(delta("stop", content="\ud83d.")), "\ufffd."),
    "gzip": (response(gzip.compress(json.dumps(whole()).encode()), Content_Encoding="gzip"), "Fine."),
    "an empty answer": (events(delta("stop", content="")), ""),
    "a call taken out": (
        response(whole(None, tool_calls=[{"function": {"name": "mask_gen", "arguments": '{"original": 1, "edited": 2}'}}])),
        CALL,
    ),
    "a call taken out of a stream": (
        events(
            delta(tool_calls=[{"index": 0, "function": {"name": "mask_gen", "arguments": ""}}]),
            delta(tool_calls=[{"index": 0, "function": {"arguments": '{"original": 1, '}}]),
            delta("tool_calls", tool_calls=[{"index": 0, "function": {"arguments": '"edited": 2}'}}]),
        ),
        CALL,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_taken_in_every_form(name, monkeypatch):
    sent, text = ANSWERS[name]
    with RawServer(sends(sent)) as server:
        assert ask(server, monkeypatch) == text
    assert len(server.requests) == 1


def drips(first, piece, pause):
    """Sends the first bytes, then the piece for ever."""

    def reply(connection, number):
        connection.sendall(first)
        for _ in itertools.count():
            time.sleep(pause)
            connection.sendall(piece)

    return reply


def accepts_only(connection, number):
    time.sleep(60)


#: Servers that never end.
ENDLESS = {
    "an event line": drips(STREAM + b'data: {"choices": [{"delta": {"content": "', b"x", 0.05),
    "a whole answer": drips(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"choices": "', b"x", 0.05),
    "comments": drips(STREAM, b": ping\n\n", 0.05),
    "empty events": drips(STREAM, b'data: {"choices": []}\n\n', 0.05),
    "content": drips(STREAM, b'data: {"choices": [{"delta": {"content": "x"}}]}\n\n', 0.05),
    "an error's body": drips(b"HTTP/1.1 400 No\r\n\r\n", b"x", 0.05),
    "an error's body, busy": drips(b"HTTP/1.1 503 No\r\n\r\n", b"x", 0.05),
    "a header": drips(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x", 0.05),
    "headers": drips(b"HTTP/1.1 200 OK\r\n", b"X-More: y\r\n", 0.05),
    "a status line": drips(b"HTTP/1.1 200 ", b"x", 0.05),
    "nothing": accepts_only,
    "nothing after the head": drips(STREAM, b"", 30),
    "a redirect's body": drips(b"HTTP/1.1 302 No\r\nLocation: /v1\r\n\r\n", b"x", 0.05),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_ends_at_the_time_limit(name, monkeypatch):
    started = time.monotonic()
    with RawServer(ENDLESS[name]) as server, pytest.raises(BackendError, match="qwen at ") as caught:
        ask(server, monkeypatch, limit=0.8)
    assert "\n" not in str(caught.value) and time.monotonic() - started < 5 and len(server.requests) <= 2


@pytest.mark.parametrize("last", ["data: [DONE]\n\n", ""], ids=["done", "finish reason alone"])
def test_a_stream_that_stays_open_after_its_end_is_taken(last, monkeypatch):
    def reply(connection, number):
        connection.sendall(events(delta("stop", content="Fine."), last))
        time.sleep(30)

    with RawServer(reply) as server:
        assert ask(server, monkeypatch, limit=1.5) == "Fine."


@pytest.mark.parametrize(
    "piece", [b"x" * 65536, b'data: {"choices": []}\n' * 3000, b"\n" * 65536], ids=["a line", "events", "empty lines"]
)
def test_the_size_of_an_answer_is_bounded(piece, monkeypatch):
    monkeypatch.setattr(answers, "MOST_BYTES", 2**20)
    with RawServer(drips(STREAM, piece, 0)) as server, pytest.raises(BackendError, match="too long: more than 1 MB"):
        ask(server, monkeypatch)


def test_a_small_body_that_unpacks_into_a_huge_one_is_bounded(monkeypatch):
    monkeypatch.setattr(answers, "MOST_BYTES", 2**20)
    bomb = response(gzip.compress(b"x" * 2**26), Content_Encoding="gzip")
    with RawServer(sends(bomb)) as server, pytest.raises(BackendError, match="too long: more than 1 MB"):
        ask(server, monkeypatch)


def test_the_pause_that_a_server_asks_for_counts_in_the_time_limit(monkeypatch):
    busy = response({"error": "come back later"}, status="503 No", Retry_After="50")
    started = time.monotonic()
    with RawServer(sends(busy)) as server, pytest.raises(BackendError, match="come back later"):
        ask(server, monkeypatch, limit=5.0)
    assert len(server.requests) == 1 and time.monotonic() - started < 4


def test_what_came_before_the_time_was_over_is_said(monkeypatch):
    def reply(connection, number):
        if number == 0:
            connection.sendall(response({"error": "still loading"}, status="503 No"))
        else:
            time.sleep(30)

    with (
        RawServer(reply) as server,
        pytest.raises(BackendError, match=r"no answer within 1 s \(before that: .*loading"),
    ):
        ask(server, monkeypatch, limit=1.0)


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
@pytest.mark.parametrize("in_stream", [True, False])
def test_a_call_that_is_all_in_the_reasoning_counts(field, in_stream, monkeypatch):
    told = {field: f"I mask it. {CALL}"}
    sent = events(delta("stop", **told)) if in_stream else response(whole(None, **told))
    with RawServer(sends(sent)) as server:
        turn = parse_turn(ask(server, monkeypatch))
    assert turn.call is not None and turn.call.name == "mask_gen"


@pytest.mark.parametrize(
    ("told", "in_thought"),
    [
        ({"reasoning_content": "Let me think"}, True),
        ({"content": "<think>Let me think"}, True),
        ({"content": "I would call"}, False),
        ({"content": '<tool_call>{"name": "mask_g'}, False),
        ({"reasoning_content": "Hm", "content": "So"}, False),
        ({"content": ""}, False),
    ],
)
@pytest.mark.parametrize("in_stream", [True, False])
def test_the_limit_of_tokens_is_named_where_it_was_met(told, in_thought, in_stream, monkeypatch):
    stop = {"index": 0, "message": told, "finish_reason": "length"}
    sent = events(delta("length", **told)) if in_stream else response({"choices": [stop]})
    with RawServer(sends(sent)) as server:
        text = ask(server, monkeypatch)
    error = parse_turn(text).error
    assert isinstance(text, CutOff) and "cut off by max_new_tokens (--max-new-tokens)" in error and "\n" not in error
    assert ("never ends" in error) is in_thought


PIECES = st.sampled_from(
    [
        "data: ", "data:", "\n", "\r\n", "\n\n", ": ping\n", "event: error\n", "[DONE]", "{}", "[]", "null", "{", '"', "<html>",
        json.dumps(delta(content="x")), json.dumps(delta("stop")), json.dumps({"error": "e"}), json.dumps(whole()), "\ufeff",
        '{"choices": [{"delta": 3}]}', '{"choices": {"a": 1}}', '{"choices": [[1]]}', '{"choices": [{"index": 0, "delta": [1]}]}',
        '{"choices": [{"delta": {"tool_calls": [{"function": {"name": 1, "arguments": {}}}, 3]}}]}',
        '{"choices": [{"delta": {"content": {"text": "x"}}, "finish_reason": 7}]}', "[" * 3000, '{"a":' * 3000,
    ]
)  # fmt: skip


@given(text=st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=12).map("".join), cut=st.integers(1, 9))
@settings(max_examples=400, deadline=None)
def test_any_body_is_an_answer_or_one_error(text, cut):
    data = text.encode("utf-8", "replace")
    pieces = []
    answer = Answer(lambda kind, piece: pieces.append((kind, piece)))
    try:
        answer.read(data[start : start + cut] for start in range(0, len(data), cut))
    except BrokenAnswerError as error:
        assert len(str(error)) < 400 and "\n" not in str(error)
    assert all(kind in ("reasoning", "content") and isinstance(piece, str) for kind, piece in pieces)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["error", "message", "detail", "loc", "metadata", "raw", "x"]), inner, max_size=3
        ),
    ),
)


@given(
    body=st.one_of(JSON.map(json.dumps), st.text(), st.binary(), st.text().map(lambda text: f"<p>{text}</title></p>"))
)
@settings(max_examples=300, deadline=None)
def test_the_words_of_any_body_are_one_short_line(body):
    words = words_in(body)
    assert len(words) <= 300 and (words.isprintable() or not words)
