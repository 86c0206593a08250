"""The loop: with policies that misbehave, with judges that are strict, and with the scripted policy."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.core.protocol import format_answer, format_call
from anomaly_agent.agent.core.result import Stop
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.verdict import Fault, FaultKind, Verdict
from anomaly_agent.agent.defects.prompt_text import read_prompt
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.loop.episode import MAX_ERRORS_IN_A_ROW, turn_limit
from anomaly_agent.agent.loop.toolbox import Backends
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.knowledge_retrieval import KnowledgeBase
from anomaly_agent.agent.tools.mask_generation import ChangeMaskGenerator
from anomaly_agent.agent.tools.prompt_generation import ScenePromptGenerator
from anomaly_agent.agent.tools.quality_evaluation import ComputedCritic

NAMES = {"item": "painted sheet", "anomaly_type": "contamination"}
IMAGE = render_normal("painted_metal", 2, 96)
PROMPT_GEN = format_call("", "prompt_gen", image=1, **NAMES)
EDIT = format_call("", "image_gen", image=1, prompt="Add a large dark stain.")
JUDGE = format_call("", "quality_eval", original=1, edited=2, **NAMES)
LOOK_UP = format_call("", "knowledge_retrieval", **NAMES)
MASK = format_call("", "mask_gen", original=1, edited=2)
ANSWER = format_answer("", image=2, passed=True, summary="")


class Scripted:
    """Says its texts one after another, and the last one for ever."""

    name = "texts"

    def __init__(self, *texts: str) -> None:
        self.texts = itertools.chain(texts, itertools.repeat(texts[-1]))

    def next_turn(self, conversation):
        return next(self.texts)


class StrictJudge:
    """Fails the first attempts, each with one of the faults given, with scores below the threshold; then passes."""

    def __init__(self, *faults, scores=None):
        self.faults = faults
        self.scores = scores or [2.0] * len(faults)
        self.calls = 0

    def judge(self, task, scene, image, threshold, change=None):
        self.calls += 1
        if self.calls <= len(self.faults):
            part, fault = self.scores[self.calls - 1] / 2, self.faults[self.calls - 1]
            return Verdict(part, part, "Not yet.", threshold, () if fault is None else (Fault(fault),))
        return Verdict(4.5, 4.5, "On target.", threshold)


def _backends(judge=None) -> Backends:
    return Backends(
        ScenePromptGenerator(),
        ProceduralGenerator(),
        judge or ComputedCritic(),
        KnowledgeBase.packaged(),
        ChangeMaskGenerator(),
    )


def _task(seed: int = 1, anomaly: str = "contamination") -> Task:
    return Task(IMAGE, "painted sheet", anomaly, seed=seed)


def _run(policy, judge=None, max_attempts: int = 3, task: Task | None = None):
    events = []
    loop = AgentLoop(policy, _backends(judge), max_attempts)
    result = loop.synthesize(task or _task(), events.append)
    _consistent(loop, result, events)
    return result, events


def _consistent(loop, result, events) -> None:
    made = result.trajectory.attempts
    assert len(events) <= turn_limit(loop.max_attempts)
    assert [event.turn for event in events] == list(range(1, len(events) + 1))
    assert len(made) <= loop.max_attempts
    assert result.image.shape == IMAGE.shape
    assert result.image.dtype == np.uint8
    assert result.mask.shape == IMAGE.shape[:2]
    assert result.mask.dtype == bool
    assert len(result.trajectory.images) == 1 + len(made)
    for attempt in made:
        assert result.trajectory.images[attempt.number - 1] is attempt.image
    assert (result.stop == Stop.PASSED) <= result.passed
    if made:
        assert any(result.image is attempt.image for attempt in made)
        assert result.mask.any()
        judged = [attempt.verdict.score for attempt in made if attempt.verdict]
        if judged:
            assert result.verdict.score == max(judged)
    else:
        assert result.image is IMAGE
        assert result.verdict is None
        assert not result.mask.any()
    record = result.trajectory.to_record([str(i) for i in range(len(result.trajectory.images))], stop=result.stop.value)
    assert json.loads(json.dumps(record))["stop"] == result.stop.value


@pytest.mark.parametrize(
    "texts,judge,stop",
    [
        (["hello"], None, Stop.BROKEN),
        ([""], None, Stop.BROKEN),
        ([ANSWER], None, Stop.ANSWERED),
        (["<answer>{}</answer>"], None, Stop.ANSWERED),
        ([JUDGE], None, Stop.BROKEN),
        ([MASK], None, Stop.BROKEN),
        ([PROMPT_GEN], None, Stop.BROKEN),
        ([EDIT], None, Stop.BROKEN),
        ([LOOK_UP], None, Stop.TURNS),
        ([PROMPT_GEN, EDIT, ANSWER], None, Stop.ANSWERED),
        ([EDIT, JUDGE, ANSWER], StrictJudge(), Stop.PASSED),
        ([EDIT, JUDGE, MASK, MASK, ANSWER], StrictJudge(), Stop.PASSED),
        ([EDIT, JUDGE, MASK], StrictJudge(), Stop.TURNS),
        ([EDIT, EDIT, EDIT, JUDGE, ANSWER], StrictJudge(FaultKind.UNLIKE), Stop.BUDGET),
        ([EDIT, JUDGE, ANSWER], StrictJudge(FaultKind.UNLIKE), Stop.ANSWERED),
        ([format_call("", "prompt_gen", image=1, item="shoe", anomaly_type="contamination")], None, Stop.BROKEN),
        ([format_call("", "image_gen", image=7, prompt="x")], None, Stop.BROKEN),
        (["?", EDIT, "?", "?", JUDGE, ANSWER], StrictJudge(), Stop.PASSED),
    ],
)
def test_policies_that_misbehave_end_as_they_should(texts, judge, stop):
    result, events = _run(Scripted(*texts), judge)
    assert result.stop == stop
    if stop == Stop.BROKEN:
        assert all(event.error for event in events[-MAX_ERRORS_IN_A_ROW:])


def test_endless_edits_spend_the_budget_and_no_more():
    result, events = _run(Scripted(EDIT), max_attempts=2)
    assert [event.error for event in events] == [False, False, True, True, True]
    assert len(result.trajectory.attempts) == 2
    assert not result.passed


def test_the_budget_must_allow_an_attempt():
    with pytest.raises(ValueError, match="max_attempts"):
        AgentLoop(ScriptedPolicy(), _backends(), 0)


@given(
    texts=st.lists(
        st.one_of(
            st.text(max_size=60),
            st.sampled_from([PROMPT_GEN, EDIT, JUDGE, LOOK_UP, MASK, ANSWER]),
            st.builds(
                lambda prompt: format_call("", "image_gen", image=1, prompt=prompt), st.text(min_size=1, max_size=60)
            ),
            st.builds(lambda n: format_call("", "mask_gen", original=1, edited=n), st.integers()),
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=40, deadline=None)
def test_no_text_of_a_policy_raises(texts):
    _run(Scripted(*texts), max_attempts=2)


def test_the_scripted_policy_plays_the_papers_order():
    result, events = _run(ScriptedPolicy(), StrictJudge())
    assert [event.tool for event in events] == ["prompt_gen", "image_gen", "quality_eval", "mask_gen", "answer"]
    assert result.stop == Stop.PASSED
    assert result.passed
    assert events[1].attempt is events[2].attempt is result.trajectory.attempts[0]
    assert np.array_equal(result.mask, result.trajectory.attempts[0].exact_mask)


def test_after_a_low_score_knowledge_is_looked_up_once_and_the_prompt_rewritten():
    result, events = _run(ScriptedPolicy(), StrictJudge(FaultKind.TOO_LARGE, FaultKind.TOO_LARGE))
    assert [event.tool for event in events] == [
        "prompt_gen", "image_gen", "quality_eval", "knowledge_retrieval", "image_gen", "quality_eval", "image_gen",
        "quality_eval", "mask_gen", "answer",
    ]  # fmt: skip
    assert result.stop == Stop.PASSED
    assert result.image is result.trajectory.attempts[2].image
    assert len({attempt.prompt for attempt in result.trajectory.attempts}) == 3


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "fault,changed",
    [
        (FaultKind.TOO_LARGE, lambda a, b: b.size < a.size),
        (FaultKind.TOO_SMALL, lambda a, b: b.size > a.size),
        (FaultKind.FAINT, lambda a, b: b.severity > a.severity and b.box == a.box),
        (FaultKind.TOO_BRIGHT, lambda a, b: b.tone == "dark"),
        (FaultKind.SEAM, lambda a, b: b.softness > (a.softness or 0.0)),
        (FaultKind.OFF_TARGET, lambda a, b: b.box is None),
        (None, lambda a, b: b != a),
    ],
)
def test_the_prompt_changes_as_the_fault_asks(seed, fault, changed):
    result, _ = _run(ScriptedPolicy(), StrictJudge(fault), task=_task(seed))
    first, second = (read_prompt(attempt.prompt, "contamination")[0] for attempt in result.trajectory.attempts)
    assert changed(first, second), (result.trajectory.attempts[0].prompt, result.trajectory.attempts[1].prompt)
    assert second.family == first.family == "contamination"


def test_the_best_attempt_is_kept_when_nothing_passes():
    result, _ = _run(ScriptedPolicy(), StrictJudge(*[FaultKind.TOO_LARGE] * 3, scores=(1, 3, 2)))
    assert result.stop == Stop.BUDGET
    assert not result.passed
    assert result.image is result.trajectory.attempts[1].image
    assert result.verdict.score == 3


def test_closing_the_generator_cancels():
    judge = StrictJudge()
    events = AgentLoop(ScriptedPolicy(), _backends(judge)).run(_task())
    assert next(events).tool == "prompt_gen"
    assert next(events).tool == "image_gen"
    events.close()
    assert judge.calls == 0
    assert next(events, None) is None


def test_an_observer_that_raises_cancels():
    def refuse(event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        AgentLoop(ScriptedPolicy(), _backends()).synthesize(_task(), refuse)


def test_the_same_task_gives_the_same_episode():
    (first, _), (second, _) = _run(ScriptedPolicy()), _run(ScriptedPolicy())
    assert np.array_equal(first.image, second.image)
    assert first.trajectory.messages == second.trajectory.messages


@pytest.mark.parametrize(
    ("texts", "usable"),
    [
        (["I cannot help with that."], 0),
        (["<tool_call>{not json}</tool_call>"], 0),
        (["<think>first a prompt", "", "<answer>no JSON</answer>"], 0),
        ([format_call("", "make_coffee")], 0),
        ([format_call("", "prompt_gen", image=1, item="another", anomaly_type="thing")], 3),
        (["Hello.", PROMPT_GEN, "Hello."], 1),
        ([ANSWER], 1),
        ([PROMPT_GEN, EDIT, JUDGE, MASK, ANSWER], 5),
    ],
)
def test_the_trajectory_counts_turns_that_could_be_read(texts, usable):
    result, _ = _run(Scripted(*texts), StrictJudge())
    assert result.trajectory.usable_turns == usable
    assert result.trajectory.had_usable_turn is (usable > 0)
