"""The baseline with no loop: one fixed prompt, one attempt, judged afterwards."""

from __future__ import annotations

from ....agent.core.protocol import (
    Judged,
    MadeImage,
    Refused,
    format_answer,
    format_call,
    parse_turn,
    read_observation,
    read_task,
)
from ....agent.core.trajectory import Trajectory


class FixedPolicy:
    """image_gen with a template that looks at nothing, quality_eval, then mask_gen or the answer. It never tries again, so
    that it measures what one prompt of the editor gives; leaving prompt_gen out breaks the transition table on purpose.
    """

    name = "fixed"

    def next_turn(self, conversation: Trajectory) -> str:
        """See Policy."""
        messages = conversation.messages
        task = read_task(messages[1]["content"][1]["text"])
        item, anomaly = task.item, task.anomaly
        assistant = [message for message in messages if message["role"] == "assistant"]
        if not assistant:
            prompt = f"Add a {anomaly} to the {item}. Keep everything else unchanged."
            return format_call("", "image_gen", image=1, prompt=prompt)
        call = parse_turn(assistant[-1]["content"][-1]["text"]).call
        said = next(message for message in reversed(messages) if message["role"] == "tool")["content"][-1]["text"]
        observation = read_observation(call.name if call else "", said)
        if call is None or isinstance(observation, Refused):
            return format_answer("", image=1, passed=False, summary=said)
        if isinstance(observation, MadeImage):
            edited = observation.image
            return format_call("", "quality_eval", original=1, edited=edited, item=item, anomaly_type=anomaly)
        number = call.arguments["edited"]
        if not isinstance(observation, Judged):
            return format_answer("", image=number, passed=True, summary=f"{anomaly} on {item}")
        if observation.passed:
            return format_call("", "mask_gen", original=1, edited=number)
        return format_answer("", image=number, passed=False, summary="the one attempt did not pass")
