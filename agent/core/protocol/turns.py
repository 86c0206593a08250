"""The format of a policy's turn: reasoning, then one tool call or the answer; written and taken apart."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from ..errors import InputError
from ..json_reading import read_json
from ..task import MAX_PROMPT, check_text
from ..text import whole_text
from .schema import PARAMETERS, TOOL_NAMES

# Corners of a polygon in a call: more would be no place that a model means.
_MOST_CORNERS = 64
# Calls in one thought that are tried, from its end.
_MOST_THOUGHT_OF = 16


class CutOff(str):
    """A model's turn that ended because a limit was met, not because it was done. limit: MAX_NEW_TOKENS or TIME_LIMIT."""

    limit: str

    def __new__(cls, text: str, limit: str) -> CutOff:
        """text: what there is of the turn."""
        turn = super().__new__(cls, text)
        turn.limit = limit
        return turn


#: What ends a turn early, as a user raises it.
MAX_NEW_TOKENS, TIME_LIMIT = "max_new_tokens (--max-new-tokens)", "time_limit (--time-limit)"


@dataclass(frozen=True)
class ToolCall:
    """A call as the policy wrote it, checked against the schema."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class ParsedTurn:
    """A policy's text taken apart. Exactly one of call, answer and error is set."""

    reasoning: str = ""
    call: ToolCall | None = None
    answer: dict[str, Any] | None = None
    error: str | None = None


_THINK = re.compile(r"<think(?:ing)?>(.*?)(?:</think(?:ing)?>|\Z)", re.DOTALL)
_CALL = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_THOUGHT_ENDS = re.compile(r"</think(?:ing)?>")
_ANSWER = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.DOTALL)


def parse_turn(text: str) -> ParsedTurn:
    """Takes a policy's turn apart; never raises, whatever the text. What is wrong comes back in `error`, in one line.

    Where nothing after the reasoning is a call or an answer, the last whole one in the reasoning counts: some models never
    leave it, and some servers take all that they write for it.
    """
    reasoning, rest = _split_reasoning(text)
    turn = _parse_said(reasoning, rest)
    if turn is None:
        turn = _parse_thought(reasoning)
    if turn is None:
        turn = ParsedTurn(reasoning, error=_nothing_said(text, reasoning, rest))
    if turn.error is not None and isinstance(text, CutOff):
        return replace(turn, error=f"{turn.error}; the turn was cut off by {text.limit}: write less, or raise that")
    return turn


def _parse_said(reasoning: str, rest: str) -> ParsedTurn | None:
    """What a model says after thinking; None where there is neither a call nor an answer."""
    calls = _CALL.findall(rest)
    if len(calls) > 1:
        return ParsedTurn(reasoning, error=f"{len(calls)} tool calls in one turn; write one")
    if calls:
        return _parse_call(reasoning, calls[0])
    answers = _ANSWER.findall(rest)
    return _parse_answer(reasoning, answers[-1]) if answers else None


def _parse_thought(reasoning: str) -> ParsedTurn | None:
    """The last call in the reasoning that can be read, else the last answer; None where there is none."""
    for pattern, parse in ((_CALL, _parse_call), (_ANSWER, _parse_answer)):
        for body in reversed(pattern.findall(reasoning)[-_MOST_THOUGHT_OF:]):
            turn = parse(reasoning, body)
            if turn.error is None:
                return turn
    return None


def _nothing_said(text: str, reasoning: str, rest: str) -> str:
    if reasoning and not rest.strip() and not _THOUGHT_ENDS.search(text):
        hint = "" if isinstance(text, CutOff) else f", or raise {MAX_NEW_TOKENS}"
        return f"the thought never ends (no </think>), and holds no <tool_call>; think less, then write one{hint}"
    return "no <tool_call> and no <answer> in this turn; write one of them"


def without_reasoning(text: str) -> str:
    """What a model says after thinking."""
    return _split_reasoning(text)[1].strip()


def without_fence(text: str) -> str:
    """A model's JSON without the code fence that it may stand in."""
    return text.strip().removeprefix("```").removeprefix("json").removesuffix("```")


def _split_reasoning(text: str) -> tuple[str, str]:
    reasoning = "\n".join(match.group(1).strip() for match in _THINK.finditer(text))
    # A thinking model's template opens the tag itself: then the text starts inside it.
    if not reasoning and re.search(r"</think(?:ing)?>", text):
        reasoning, text = re.split(r"</think(?:ing)?>", text, maxsplit=1)
    return reasoning, _THINK.sub("", text)


def _parse_answer(reasoning: str, body: str) -> ParsedTurn:
    value, problem = _parse_object(body)
    if problem is not None:
        return ParsedTurn(reasoning, error=f"the <answer> {problem}")
    return ParsedTurn(reasoning, answer=value)


def _parse_call(reasoning: str, body: str) -> ParsedTurn:
    value, problem = _parse_object(body)
    if problem is not None:
        return ParsedTurn(reasoning, error=f"the <tool_call> {problem}")
    name, arguments = value.get("name"), value.get("arguments", {})
    if not isinstance(name, str) or name not in PARAMETERS:
        known = ", ".join(TOOL_NAMES)
        return ParsedTurn(reasoning, error=f"no tool named {str(name)[:60]!r}; the tools are {known}")
    if not isinstance(arguments, dict):
        return ParsedTurn(reasoning, error=f"{name}: arguments must be a JSON object")
    problem = _check_arguments(arguments, PARAMETERS[name])
    if problem is not None:
        return ParsedTurn(reasoning, error=f"{name}: {problem}")
    return ParsedTurn(reasoning, call=ToolCall(name, arguments))


def _parse_object(body: str) -> tuple[Any, str | None]:
    """(value, None), or (None, what is wrong with it)."""
    try:
        # Models write line breaks inside strings.
        value = whole_text(read_json(without_fence(body), strict=False))
    except json.JSONDecodeError as error:
        return None, f"is not valid JSON ({error.msg} at character {error.pos})"
    except ValueError as error:  # nested too deep, or an integer of thousands of digits
        return None, f"cannot be read as JSON ({error})"
    return (value, None) if isinstance(value, dict) else (None, "must be a JSON object")


def _check_arguments(arguments: dict[str, Any], schema: dict[str, Any]) -> str | None:
    properties = schema["properties"]
    missing = [name for name in schema["required"] if name not in arguments]
    if missing:
        return f"missing argument {', '.join(missing)}"
    unknown = [str(name)[:40] for name in arguments if name not in properties]
    if unknown:
        return f"unknown argument {', '.join(unknown)}; it takes {', '.join(properties)}"
    for name, value in arguments.items():
        kind = properties[name]["type"]
        if kind == "integer" and (isinstance(value, bool) or not isinstance(value, int)):
            return f"{name} must be a whole number, got {str(value)[:40]!r}"
        if kind == "string" and not (isinstance(value, str) and value.strip()):
            return f"{name} must be a non-empty text"
        if kind == "string" and (problem := _text_problem(name, value)):
            return problem
        if kind == "array" and not (_is_box(value) or _is_polygon(value)):
            return f"{name} must be a box [left, top, right, bottom] or a polygon [[x, y], ...], all within 0-1"
    return None


def _text_problem(name: str, text: str) -> str | None:
    try:
        check_text(text, MAX_PROMPT, name)
    except InputError as error:
        return str(error)
    return None


def _is_box(value: Any) -> bool:
    return _are_fractions(value, 4) and value[0] < value[2] and value[1] < value[3]


def _is_polygon(value: Any) -> bool:
    return isinstance(value, list) and 3 <= len(value) <= _MOST_CORNERS and all(_are_fractions(p, 2) for p in value)


def _are_fractions(value: Any, count: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == count
        and all(isinstance(v, int | float) and not isinstance(v, bool) and 0 <= v <= 1 for v in value)
    )


def format_call(reasoning: str, name: str, **arguments: Any) -> str:
    """A turn with a tool call, as a policy writes it."""
    return f"<think>{reasoning}</think>\n<tool_call>{_dump({'name': name, 'arguments': arguments})}</tool_call>"


def format_answer(reasoning: str, **answer: Any) -> str:
    """A last turn, as a policy writes it."""
    return f"<think>{reasoning}</think>\n<answer>{_dump(answer)}</answer>"


def _dump(value: dict[str, Any]) -> str:
    """JSON in which no text can close or open a tag of the turn."""
    return json.dumps(value).replace("<", "\\u003c")
