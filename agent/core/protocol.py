"""The tools' schema and the format of a turn: one source for the system prompt, the parser, training and the docs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from .verdict import MAX_PART_SCORE, PASS_THRESHOLD

# Corners of a polygon in a call: more would be no place that a model means.
_MOST_CORNERS = 64

_ITEM = {"type": "string", "description": "The product, exactly as in the task."}
_ANOMALY = {"type": "string", "description": "The anomaly type, exactly as in the task."}


def _image(description: str) -> dict[str, str]:
    return {"type": "integer", "description": description}


def _tool(name: str, description: str, optional: tuple[str, ...] = (), **properties: dict[str, Any]) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


#: The five tools of the paper (arXiv 2604.07900) in the JSON schema that chat templates take.
TOOLS: tuple[dict[str, Any], ...] = (
    _tool(
        "prompt_gen",
        "Looks at the normal image and writes the first local-edit prompt. Call it once, first.",
        image=_image("Number of the normal image: 1."),
        item=_ITEM,
        anomaly_type=_ANOMALY,
    ),
    _tool(
        "image_gen",
        "Edits the normal image by a prompt and returns the new image with its number.",
        optional=("region",),
        image=_image("Number of the normal image: always 1."),
        prompt={
            "type": "string",
            "description": "One paragraph: where, what, shape, texture, contrast, extent; and that all else stays.",
        },
        region={
            "type": "array",
            "items": {},
            "description": "Optional; where the edit may go, in fractions of the image from its upper left corner: a box "
            "[left, top, right, bottom] or a polygon [[x, y], ...].",
        },
    ),
    _tool(
        "quality_eval",
        "Scores an edited image: location 0-5, quality 0-5, and a written review.",
        original=_image("Number of the normal image: 1."),
        edited=_image("Number of the edited image."),
        item=_ITEM,
        anomaly_type=_ANOMALY,
    ),
    _tool(
        "knowledge_retrieval",
        "Looks up how such a defect looks on such a product. Meant for after a low score.",
        item=_ITEM,
        anomaly_type=_ANOMALY,
    ),
    _tool(
        "mask_gen",
        "Makes the pixel mask of the defect. Call it once, after an image has passed.",
        original=_image("Number of the normal image: 1."),
        edited=_image("Number of the edited image that passed."),
    ),
)

TOOL_NAMES: tuple[str, ...] = tuple(tool["function"]["name"] for tool in TOOLS)
_PARAMETERS = {tool["function"]["name"]: tool["function"]["parameters"] for tool in TOOLS}


@cache
def system_prompt(max_attempts: int, threshold: float = PASS_THRESHOLD) -> str:
    """What a policy is told before the task: the tools, the format, the rule for passing and the budget."""
    listed = "\n".join(json.dumps(tool) for tool in TOOLS)
    return (
        "You synthesize a realistic industrial anomaly on a normal product image, with a pixel mask.\n"
        f"# Tools\n<tools>\n{listed}\n</tools>\n"
        "# Format\nThink in <think></think>, then write one tool call:\n"
        '<tool_call>{"name": "...", "arguments": {...}}</tool_call>\n'
        "Images are numbered from 1 as they enter the conversation; image 1 is the normal image.\n"
        f"An edited image passes when location + quality (each 0-{MAX_PART_SCORE:g}) is above {threshold:g}. You have "
        f"{max_attempts} attempts with image_gen. After a low score, look up knowledge if the review calls for it and "
        "rewrite the prompt. After a pass, call mask_gen. Then finish with\n"
        '<answer>{"image": N, "passed": true or false, "summary": "..."}</answer>'
    )


def task_text(item: str, anomaly: str, has_region: bool) -> str:
    """The first user turn's text; `read_task` reads it back."""
    facts = json.dumps({"item": item, "anomaly_type": anomaly, "region": has_region}, ensure_ascii=False)
    return f"Image 1 is a normal image. Task: {facts}"


def read_task(text: str) -> tuple[str, str]:
    """(item, anomaly type) of a first user turn. Raises ValueError for any other text."""
    facts = json.loads(text.partition("Task: ")[2])
    return facts["item"], facts["anomaly_type"]


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
# Models write line breaks inside strings.
_LENIENT = json.JSONDecoder(strict=False)
_ANSWER = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.DOTALL)


def parse_turn(text: str) -> ParsedTurn:
    """Takes a policy's turn apart; never raises, whatever the text. What is wrong comes back in `error`, in one line."""
    reasoning, rest = _split_reasoning(text)
    calls = _CALL.findall(rest)
    if len(calls) > 1:
        return ParsedTurn(reasoning, error=f"{len(calls)} tool calls in one turn; write one")
    if calls:
        return _parse_call(reasoning, calls[0])
    answers = _ANSWER.findall(rest)
    if answers:
        value, problem = _parse_json(answers[-1])
        if problem is None and not isinstance(value, dict):
            problem = "must be a JSON object"
        if problem is not None:
            return ParsedTurn(reasoning, error=f"the <answer> {problem}")
        return ParsedTurn(reasoning, answer=value)
    return ParsedTurn(reasoning, error="no <tool_call> and no <answer> in this turn; write one of them")


def without_reasoning(text: str) -> str:
    """What a model says after thinking."""
    return _split_reasoning(text)[1].strip()


def _split_reasoning(text: str) -> tuple[str, str]:
    reasoning = "\n".join(match.group(1).strip() for match in _THINK.finditer(text))
    # A thinking model's template opens the tag itself: then the text starts inside it.
    if not reasoning and re.search(r"</think(?:ing)?>", text):
        reasoning, text = re.split(r"</think(?:ing)?>", text, maxsplit=1)
    return reasoning, _THINK.sub("", text)


def _parse_call(reasoning: str, body: str) -> ParsedTurn:
    value, problem = _parse_json(body)
    if problem is None and not isinstance(value, dict):
        problem = "must be a JSON object"
    if problem is not None:
        return ParsedTurn(reasoning, error=f"the <tool_call> {problem}")
    name, arguments = value.get("name"), value.get("arguments", {})
    if not isinstance(name, str) or name not in _PARAMETERS:
        known = ", ".join(TOOL_NAMES)
        return ParsedTurn(reasoning, error=f"no tool named {str(name)[:60]!r}; the tools are {known}")
    if not isinstance(arguments, dict):
        return ParsedTurn(reasoning, error=f"{name}: arguments must be a JSON object")
    problem = _check_arguments(arguments, _PARAMETERS[name])
    if problem is not None:
        return ParsedTurn(reasoning, error=f"{name}: {problem}")
    return ParsedTurn(reasoning, call=ToolCall(name, arguments))


def _parse_json(body: str) -> tuple[Any, str | None]:
    body = re.sub(r"^\s*```(?:json)?|```\s*$", "", body.strip())
    try:
        return _LENIENT.decode(body), None
    except json.JSONDecodeError as error:
        return None, f"is not valid JSON ({error.msg} at character {error.pos})"
    except (RecursionError, ValueError) as error:  # nested too deep, or an integer of thousands of digits
        return None, f"cannot be read as JSON ({type(error).__name__})"


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
        if kind == "array" and not (_is_box(value) or _is_polygon(value)):
            return f"{name} must be a box [left, top, right, bottom] or a polygon [[x, y], ...], all within 0-1"
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
