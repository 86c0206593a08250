"""The baseline with no loop: one fixed prompt, one attempt, judged afterwards."""

from __future__ import annotations

import json

from ....agent.core.protocol import format_answer, format_call, parse_turn, read_task
from ....agent.core.trajectory import Trajectory


class FixedPolicy:
    """image_gen with a template that looks at nothing, quality_eval, then mask_gen or the answer. It never tries again, so
    that it measures what one prompt of the editor gives; leaving prompt_gen out breaks the transition table on purpose.
    """

    name = "fixed"

    def next_turn(self, conversation: Trajectory) -> str:
        """See Policy."""
        messages = conversation.messages
        item, anomaly = read_task(messages[1]["content"][1]["text"])
        assistant = [message for message in messages if message["role"] == "assistant"]
        if not assistant:
            prompt = f"Add a {anomaly} to the {item}. Keep everything else unchanged."
            return format_call("", "image_gen", image=1, prompt=prompt)
        call = parse_turn(assistant[-1]["content"][-1]["text"]).call
        said = next(message for message in reversed(messages) if message["role"] == "tool")["content"][-1]["text"]
        if call is None or said.startswith("Error: "):
            return format_answer("", image=1, passed=False, summary=said)
        if call.name == "image_gen":
            made = messages[-1]["content"][0]["image"]
            return format_call("", "quality_eval", original=1, edited=made, item=item, anomaly_type=anomaly)
        number = call.arguments["edited"]
        if call.name == "mask_gen":
            return format_answer("", image=number, passed=True, summary=f"{anomaly} on {item}")
        if json.loads(said)["passed"]:
            return format_call("", "mask_gen", original=1, edited=number)
        return format_answer("", image=number, passed=False, summary="the one attempt did not pass")
