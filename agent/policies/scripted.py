"""The scripted policy: plays the paper's algorithm (arXiv 2604.07900) with nothing learned."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..core.protocol import (
    Found,
    Judged,
    MadeImage,
    Observation,
    Planned,
    Refusal,
    Refused,
    TaskText,
    ToolCall,
    format_answer,
    format_call,
    parse_turn,
    read_observation,
    read_task,
    write_observation,
)
from ..core.trajectory import Trajectory
from ..core.verdict import Fault, FaultKind
from ..scene.scene import analyze_scene
from .prompt_state import PromptState, missed_fields
from .rewriting import rewrite_prompt

# What is asked for anew where a renderer said that nothing would show.
_NOT_VISIBLE = (Fault(FaultKind.TOO_SMALL), Fault(FaultKind.FAINT))


@dataclass
class _Step:
    """A turn of the conversation, taken apart where it is looked at. text, answer: the policy's, and the tool's, None while
    there is none. by_user: whether its prompt is in the user's own words."""

    text: str
    by_user: bool
    answer: str | None = None

    @cached_property
    def call(self) -> ToolCall | None:
        """None for a turn that calls nothing."""
        return parse_turn(self.text).call

    @cached_property
    def observation(self) -> Observation | None:
        """What came of it."""
        return None if self.answer is None else read_observation(self.call.name if self.call else "", self.answer)


class ScriptedPolicy:
    """prompt_gen; then image_gen and quality_eval until a pass or the budget's end, with one look at the knowledge base
    after a low score; then mask_gen and the answer."""

    name = "scripted"

    def next_turn(self, conversation: Trajectory) -> str:
        """The next turn, from the messages and the first image."""
        task = read_task(conversation.messages[1]["content"][1]["text"])
        names = {"item": task.item, "anomaly_type": task.anomaly}
        steps = _steps(conversation)
        if not steps:
            return format_call(f"I look at the {task.item} first.", "prompt_gen", image=1, **names)
        call, said = steps[-1].call, steps[-1].observation
        if call is None or said is None or isinstance(said, Refused):
            return self._refused(conversation, steps, task)
        if isinstance(said, Planned):
            return format_call("I render the planned defect.", "image_gen", image=1, prompt=said.prompt)
        if isinstance(said, MadeImage):
            return format_call("I have it judged.", "quality_eval", original=1, edited=said.image, **names)
        if isinstance(said, Judged):
            return self._after_verdict(conversation, steps, said, task)
        if isinstance(said, Found):
            knowledge = said.passages[0].text if said.passages else ""
            return self._rewritten(conversation, steps, task, knowledge)
        summary = f"{task.anomaly} on {task.item}. {write_observation(said)}"
        return format_answer("The mask is made.", image=call.arguments["edited"], passed=True, summary=summary)

    def _refused(self, conversation: Trajectory, steps: list[_Step], task: TaskText) -> str:
        """An image that was refused is asked for again, once in a row, and not when the budget is spent."""
        call, said = steps[-1].call, steps[-1].observation
        refused_before = len(steps) > 1 and isinstance(steps[-2].observation, Refused)
        spent = isinstance(said, Refused) and said.code is Refusal.BUDGET_SPENT
        if call is not None and call.name == "image_gen" and not spent and not refused_before:
            state = _state(conversation, steps, task, call.arguments["prompt"])
            prompt, changes = rewrite_prompt(state, _NOT_VISIBLE)
            return format_call(f"It could not be rendered, so I {changes}.", "image_gen", image=1, prompt=prompt)
        reason = "no usable turn" if said is None else write_observation(said)
        return format_answer(f"I cannot go on: {reason}", image=1, passed=False, summary=reason)

    def _after_verdict(self, conversation: Trajectory, steps: list[_Step], verdict: Judged, task: TaskText) -> str:
        if verdict.passed:
            reasoning = f"Score {verdict.score}: it passes, so I make the mask."
            return format_call(reasoning, "mask_gen", original=1, edited=verdict.image)
        made = [step.observation for step in steps if isinstance(step.observation, MadeImage)]
        if made[-1].attempt >= made[-1].budget:
            summary = f"no attempt passed; last review: {verdict.review}"
            return format_answer("The budget is spent.", image=verdict.image, passed=False, summary=summary)
        if not any(isinstance(step.observation, Found) for step in steps):
            reasoning = f"Score {verdict.score}: {verdict.review} I look up how it should look."
            return format_call(reasoning, "knowledge_retrieval", item=task.item, anomaly_type=task.anomaly)
        return self._rewritten(conversation, steps, task, "")

    def _rewritten(self, conversation: Trajectory, steps: list[_Step], task: TaskText, knowledge: str) -> str:
        prompt = next(step.call.arguments["prompt"] for step in reversed(steps) if _draws(step) and step.call)
        verdict = next(step.observation for step in reversed(steps) if isinstance(step.observation, Judged))
        state = _state(conversation, steps, task, prompt, knowledge, missed_fields(verdict.faults))
        rewritten, changes = rewrite_prompt(state, verdict.faults)
        reasoning = f"The review says: {verdict.review} So I {changes}."
        return format_call(reasoning, "image_gen", image=1, prompt=rewritten)


def _steps(conversation: Trajectory) -> list[_Step]:
    """The turns that stand, with what came of them."""
    steps: list[_Step] = []
    for message in conversation.messages:
        text, by_user = message["content"][-1]["text"], message.get("author") == "user"
        if message["role"] == "assistant":
            steps.append(_Step(text, by_user))
        elif message["role"] == "tool" and steps:
            steps[-1].answer = text
            steps[-1].by_user = by_user or steps[-1].by_user
    return steps


def _draws(step: _Step) -> bool:
    return step.call is not None and step.call.name == "image_gen"


def _state(
    conversation: Trajectory,
    steps: list[_Step],
    task: TaskText,
    prompt: str,
    knowledge: str = "",
    missed: tuple[str, ...] = (),
) -> PromptState:
    image = conversation.images[0]
    scene = conversation.scene or analyze_scene(image)
    by_user = _users_prompt(steps)
    size = image.shape[:2]
    return PromptState(
        task.item,
        task.anomaly,
        prompt,
        knowledge,
        by_user=by_user,
        bounds=scene.bounding_box,
        size=size,
        missed=missed,
        meaning=task.meaning,
    )


def _users_prompt(steps: list[_Step]) -> str:
    """What the user said last; "" where every prompt is the planner's or the policy's."""
    for step in reversed(steps):
        if step.by_user and _draws(step) and step.call is not None:
            return str(step.call.arguments["prompt"])
        if step.by_user and isinstance(step.observation, Planned):
            return step.observation.prompt
    return ""
