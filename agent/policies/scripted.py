"""The scripted policy: plays the paper's algorithm (arXiv 2604.07900) with nothing learned."""

from __future__ import annotations

import json
import re
from typing import Any

from ..core.protocol import format_answer, format_call, parse_turn, read_task
from ..core.trajectory import Trajectory
from .rewriting import rewrite_prompt

_ATTEMPT = re.compile(r"Attempt (\d+) of (\d+): made image (\d+)")


class ScriptedPolicy:
    """prompt_gen; then image_gen and quality_eval until a pass or the budget's end, with one look at the knowledge base
    after a low score; then mask_gen and the answer."""

    name = "scripted"

    def next_turn(self, conversation: Trajectory) -> str:
        """The next turn, from the messages alone."""
        messages = conversation.messages
        item, anomaly = read_task(messages[1]["content"][1]["text"])
        names = {"item": item, "anomaly_type": anomaly}
        assistant = [message for message in messages if message["role"] == "assistant"]
        if not assistant:
            return format_call(f"I look at the {item} first.", "prompt_gen", image=1, **names)
        call = parse_turn(_text(assistant[-1])).call
        said = _text(next(message for message in reversed(messages) if message["role"] == "tool"))
        refused = said.startswith("Error: ")
        if call is not None and call.name == "image_gen" and refused and self._may_retry(messages):
            asked = call.arguments["prompt"]
            prompt, changes = rewrite_prompt(asked, "Too small. Barely visible.", "", item, anomaly)
            return format_call(f"It could not be rendered, so I {changes}.", "image_gen", image=1, prompt=prompt)
        if call is None or refused:
            return format_answer(f"I cannot go on: {said}", image=1, passed=False, summary=said)
        if call.name == "prompt_gen":
            return format_call("I render the planned defect.", "image_gen", image=1, prompt=said)
        if call.name == "image_gen":
            number = int(_found(said)[3])
            return format_call("I have it judged.", "quality_eval", original=1, edited=number, **names)
        if call.name == "quality_eval":
            return self._after_verdict(messages, json.loads(said), item, anomaly)
        if call.name == "knowledge_retrieval":
            return self._rewritten(messages, said, item, anomaly)
        number = call.arguments["edited"]
        return format_answer("The mask is made.", image=number, passed=True, summary=f"{anomaly} on {item}. {said}")

    @staticmethod
    def _may_retry(messages: list[dict[str, Any]]) -> bool:
        """Whether a refused image may be asked for again: after one refusal in a row, and not when the budget is spent."""
        last = [_text(message) for message in messages if message["role"] == "tool"][-2:]
        return "budget" not in last[-1] and not all(text.startswith("Error: ") for text in last)

    def _after_verdict(self, messages: list[dict[str, Any]], verdict: dict[str, Any], item: str, anomaly: str) -> str:
        number = verdict["image"]
        if verdict["passed"]:
            reasoning = f"Score {verdict['score']}: it passes, so I make the mask."
            return format_call(reasoning, "mask_gen", original=1, edited=number)
        made = [
            match for message in messages if message["role"] == "tool" and (match := _ATTEMPT.match(_text(message)))
        ]
        if int(made[-1][1]) >= int(made[-1][2]):
            summary = f"no attempt passed; last review: {verdict['review']}"
            return format_answer("The budget is spent.", image=number, passed=False, summary=summary)
        looked_up = any('"knowledge_retrieval"' in _text(m) for m in messages if m["role"] == "assistant")
        if not looked_up:
            reasoning = f"Score {verdict['score']}: {verdict['review']} I look up how it should look."
            return format_call(reasoning, "knowledge_retrieval", item=item, anomaly_type=anomaly)
        return self._rewritten(messages, "", item, anomaly)

    def _rewritten(self, messages: list[dict[str, Any]], knowledge: str, item: str, anomaly: str) -> str:
        prompt = review = ""
        for message in messages:
            if message["role"] == "assistant":
                call = parse_turn(_text(message)).call
                if call is not None and call.name == "image_gen":
                    prompt = call.arguments["prompt"]
            elif message["role"] == "tool" and _text(message).startswith("{"):
                review = json.loads(_text(message))["review"]
        rewritten, changes = rewrite_prompt(prompt, review, knowledge, item, anomaly)
        return format_call(f"The review says: {review} So I {changes}.", "image_gen", image=1, prompt=rewritten)


def _text(message: dict[str, Any]) -> str:
    return message["content"][-1]["text"]


def _found(text: str) -> re.Match[str]:
    match = _ATTEMPT.match(text)
    if match is None:
        raise ValueError(f"not an image_gen observation: {text[:80]!r}")
    return match
