"""The tools' schema, and what a policy is told before its first turn; each text is read back here alone."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, NamedTuple

from ..json_reading import read_json
from ..verdict import MAX_PART_SCORE, PASS_THRESHOLD

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
#: Tool -> the JSON schema of its arguments.
PARAMETERS: dict[str, dict[str, Any]] = {tool["function"]["name"]: tool["function"]["parameters"] for tool in TOOLS}


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


_THRESHOLD = re.compile(r"is above (\d+(?:\.\d+)?)\. You have")


def read_threshold(text: str) -> float:
    """The score that must be passed, by a text of system_prompt's; PASS_THRESHOLD where a text names none."""
    found = _THRESHOLD.search(text)
    return float(found[1]) if found else PASS_THRESHOLD


class TaskText(NamedTuple):
    """The first user turn: the task's names, whether the user drew a region, and Task.meaning."""

    item: str
    anomaly: str
    has_region: bool
    meaning: str = ""


def task_text(item: str, anomaly: str, has_region: bool, meaning: str = "") -> str:
    """The first user turn's text; `read_task` reads it back."""
    facts: dict[str, object] = {"item": item, "anomaly_type": anomaly, "region": has_region}
    if meaning:
        facts["meaning"] = meaning
    return f"Image 1 is a normal image. Task: {json.dumps(facts, ensure_ascii=False)}"


def read_task(text: str) -> TaskText:
    """What a first user turn says. Raises ValueError for any other text."""
    facts = read_json(text.partition("Task: ")[2])
    if not isinstance(facts, dict) or not {"item", "anomaly_type"} <= set(facts):
        raise ValueError("no task with an item and an anomaly type")
    meaning = facts.get("meaning")
    return TaskText(
        facts["item"], facts["anomaly_type"], bool(facts.get("region")), meaning if isinstance(meaning, str) else ""
    )


def image_text(number: int) -> str:
    """What stands beside an edited image in the conversation."""
    return f"Image {number}, the edited image."
