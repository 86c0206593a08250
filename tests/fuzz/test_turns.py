"""What a policy may write: taken apart without raising, and no text ends an episode with an error."""

from __future__ import annotations

import json

from fuzz_helpers import fuzz
from fuzz_mutations import JSON
from hypothesis import given
from hypothesis import strategies as st
from sandbox import bounded

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.protocol import TOOL_NAMES, parse_turn
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.products.catalogue import render_normal

IMAGE = render_normal("concrete", 0, 64)
BACKENDS = embedded_backends()
ARGUMENTS = {
    "image": st.one_of(st.integers(-1, 4), JSON),
    "original": st.one_of(st.integers(0, 3), JSON),
    "edited": st.one_of(st.integers(0, 4), JSON),
    "item": st.one_of(st.just("plate"), JSON),
    "anomaly_type": st.one_of(st.just("stain"), JSON),
    "prompt": st.one_of(st.just("Add a dark stain in the center."), st.text(max_size=80), JSON),
    "region": st.one_of(st.just([0.1, 0.2, 0.6, 0.7]), st.lists(st.floats(), max_size=5), JSON),
}
CALLS = st.builds(
    lambda name, arguments, more: json.dumps({"name": name, "arguments": arguments, **more}),
    st.one_of(st.sampled_from(TOOL_NAMES), JSON),
    st.one_of(st.fixed_dictionaries({}, optional=ARGUMENTS), JSON),
    st.dictionaries(st.text(max_size=5), JSON, max_size=1),
)
PIECES = st.one_of(
    st.sampled_from(
        ["<think>", "</think>", "<thinking>", "<tool_call>", "</tool_call>", "<answer>", "</answer>", "```json", "[" * 5000,
         "9" * 5000]
    ),
    st.text(max_size=40),
    CALLS,
)  # fmt: skip
TURNS = st.one_of(
    st.lists(PIECES, max_size=6).map("".join),
    CALLS.map(lambda call: f"<think>so</think><tool_call>{call}</tool_call>"),
    JSON.map(lambda value: f"<answer>{json.dumps(value)}</answer>"),
)


class Says:
    """A policy that says its texts, the last one for ever."""

    name = "says"

    def __init__(self, texts):
        self._texts = list(texts)

    def next_turn(self, conversation):
        return self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]


@fuzz(0.15)
@given(TURNS)
def test_turns_are_taken_apart(text):
    with bounded():
        turn = parse_turn(text)
    assert sum(part is not None for part in (turn.call, turn.answer, turn.error)) == 1
    assert turn.error is None or (turn.error and "\n" not in turn.error)


@fuzz(0.05)
@given(st.lists(TURNS, min_size=1, max_size=5))
def test_an_episode_ends(texts):
    with bounded():
        result = AgentLoop(Says(texts), BACKENDS, max_attempts=2).synthesize(Task(IMAGE, "plate", "stain"))
        paths = [f"{number}.png" for number in range(len(result.trajectory.images))]
        json.dumps(result.trajectory.to_record(paths))
    assert result.image.shape == IMAGE.shape and result.mask.shape == IMAGE.shape[:2]
