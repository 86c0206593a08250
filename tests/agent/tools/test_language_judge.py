"""The judge's answers: what is a verdict, and what is none."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.verdict import Fault, FaultKind
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.quality_evaluation import LanguageJudge
from anomaly_agent.agent.tools.quality_evaluation.language import read_verdict

GOOD = {
    "location": 4,
    "quality": 3.5,
    "faults": [{"kind": "faint", "strength": 0.3}, {"kind": "seam", "strength": 0.6, "where": "left"}],
    "review": "A  little\nfaint.",
}
# The worst first.
FAULTS = (Fault(FaultKind.SEAM, 0.6, "left"), Fault(FaultKind.FAINT, 0.3))
WORDS = {"location": 2, "quality": 1, "review": "The background is unchanged, but the scratch is barely visible."}
NORMAL = render_normal("hex_nut", 1, 256)
TASK = Task(NORMAL, "hex nut", "scratch", seed=1)


class Answers:
    """A language model that gives these answers, and notes what it was asked."""

    name = "a model"
    on_text = None

    def __init__(self, *texts):
        self.texts = list(texts)
        self.asked = []

    def chat(self, messages, images, seed):
        self.asked.append((list(messages), list(images), seed))
        return self.texts.pop(0)


@pytest.mark.parametrize("frame", ["{}", "<think>Hm {{}}.</think>\n{}", "```json\n{}\n```", "I think.</think>{}\n"])
def test_a_verdict_is_read(frame):
    verdict, problem, names_faults = read_verdict(frame.format(json.dumps(GOOD)), 7.0)
    assert problem == "" and names_faults and verdict.faults == FAULTS
    assert (verdict.location, verdict.quality, verdict.score) == (4.0, 3.5, 7.5)
    assert verdict.passed and verdict.review == "A little faint."


@pytest.mark.parametrize(
    "text",
    [
        "", "PASS", "passed: true", "9/10", "null", "[]", '"pass"', "{}", "{",
        json.dumps({**GOOD, "passed": True}), json.dumps({"score": 9, "review": "ok"}),
        json.dumps({**GOOD, "location": 5.1}), json.dumps({**GOOD, "location": -1}),
        json.dumps({**GOOD, "quality": True}), json.dumps({**GOOD, "quality": "5"}),
        json.dumps({**GOOD, "quality": None}), json.dumps({**GOOD, "review": ""}), json.dumps({**GOOD, "review": 5}),
        '{"location": NaN, "quality": 5, "review": "x"}', '{"location": Infinity, "quality": 5, "review": "x"}',
        '{"location": 1e999, "quality": 5, "review": "x"}', json.dumps({**WORDS, "score": 3}),
        f"Sure! {json.dumps(GOOD)}", f"{json.dumps(GOOD)} It passes.", f"<think>{json.dumps(GOOD)}", "[" * 100_000,
    ],
)  # fmt: skip
def test_anything_else_is_none(text):
    verdict, problem, _ = read_verdict(text)
    assert verdict is None and problem and "\n" not in problem


@given(st.text() | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(json.dumps))
@settings(max_examples=80, deadline=None)
def test_no_text_raises(text):
    verdict, problem, _ = read_verdict(text)
    assert (verdict is None) == bool(problem)


def edited(box=(120, 130, 110, 140)) -> np.ndarray:
    image = NORMAL.copy()
    image[box[0] : box[1], box[2] : box[3]] = 10
    return image


def test_the_judge_sees_both_images_and_what_changed_from_near():
    model = Answers(json.dumps(GOOD))
    LanguageJudge(model).judge(TASK, analyze_scene(NORMAL), edited())
    ((messages, images, _),) = model.asked
    assert len(images) == 4 and (images[0] == NORMAL).all() and (images[1] == edited()).all()
    assert images[2].shape == images[3].shape and images[2].size < 0.9 * NORMAL.size
    assert images[3].min() <= 10 and (images[2] != images[3]).any()
    numbers = [part["image"] for part in messages[1]["content"] if part["type"] == "image"]
    assert numbers == [1, 2, 3, 4] and "hex nut" in messages[1]["content"][-1]["text"]


def test_where_nothing_or_everything_changed_there_is_no_close_up():
    for image in (NORMAL, edited((0, 256, 0, 256))):
        model = Answers(json.dumps(GOOD))
        LanguageJudge(model).judge(TASK, analyze_scene(NORMAL), image)
        assert len(model.asked[0][1]) == 2


def test_one_repair_turn_then_it_could_not_judge():
    model = Answers("PASS", "PASS again", "never asked")
    verdict = LanguageJudge(model).judge(TASK, analyze_scene(NORMAL), edited(), 0.0)
    assert len(model.asked) == 2 and not verdict.passed and verdict.score == 0
    assert verdict.review.startswith("Could not judge: a model gave no verdict (no JSON")
    repair = model.asked[1][0][-1]["content"][0]["text"]
    assert repair.startswith("That is not the JSON object that was asked for (no JSON") and '"location": 0-5' in repair


def test_a_repaired_verdict_counts():
    verdict = LanguageJudge(Answers("Nine.", json.dumps(GOOD))).judge(TASK, analyze_scene(NORMAL), edited())
    assert verdict.score == 7.5


@pytest.mark.parametrize(
    "answer", ['["faint"]', '[{"kind": "faint"}]', '{"faults": ["faint"]}', '```json\n["faint"]\n```']
)
def test_a_judge_that_gives_words_alone_is_asked_once_for_its_faults(answer):
    model = Answers(json.dumps(WORDS), answer, "never asked")
    verdict = LanguageJudge(model).judge(TASK, analyze_scene(NORMAL), edited())
    assert len(model.asked) == 2 and verdict.score == 3.0 and verdict.review == WORDS["review"]
    assert verdict.faults == (Fault(FaultKind.FAINT),)
    asked = model.asked[1][0][-1]["content"][0]["text"]
    assert asked.startswith("Name the faults") and all(kind.value in asked for kind in FaultKind)


@pytest.mark.parametrize(
    "answer", ["It is faint.", '["ugly"]', '[{"kind": "ugly", "where": "left"}]', "{}", "[1]", "[]", "[[], {}, null]"]
)
def test_faults_that_it_cannot_name_are_none_and_cost_the_verdict_nothing(answer):
    verdict = LanguageJudge(Answers(json.dumps(WORDS), answer)).judge(TASK, analyze_scene(NORMAL), edited())
    assert verdict.score == 3.0 and verdict.faults == ()


@pytest.mark.parametrize(
    "listed",
    [
        ["faint", "ugly"], [{"kind": "faint", "where": "upper left"}], [{"kind": "faint", "strength": 10**400}],
        [{"kind": "faint", "strength": "0.8", "why": "pale"}, None, {"kind": ["faint"]}], ["faint"] + [{}] * 10**5,
        [{"kind": "faint", "strength": float("nan")}], [{"kind": "faint", "measure": {}, "resembles": 3}],
    ],
)  # fmt: skip
def test_what_is_no_fault_in_a_list_costs_itself_alone(listed):
    verdict, _, names_faults = read_verdict(json.dumps({**WORDS, "faults": listed}))
    assert names_faults and verdict.faults == (Fault(FaultKind.FAINT),)


def test_one_that_passes_in_words_alone_is_not_asked():
    model = Answers(json.dumps({**WORDS, "location": 5, "quality": 5}))
    assert LanguageJudge(model).judge(TASK, analyze_scene(NORMAL), edited()).passed and len(model.asked) == 1


FACTS = [{"name": "tone", "kept": False, "seen": "bright"}, {"name": "family", "kept": True}]


def test_the_judge_is_asked_for_each_fact_and_a_broken_one_caps_its_score():
    task = Task(NORMAL, "hex nut", "dark scratch in the upper left", seed=1)
    model = Answers(json.dumps({**GOOD, "location": 5, "quality": 5, "facts": FACTS}))
    verdict = LanguageJudge(model).judge(task, analyze_scene(NORMAL), edited())
    question = model.asked[0][0][1]["content"][-1]["text"]
    assert all(name in question for name in ("tone", "dark", "place", "upper left", "visible", "on_product"))
    assert [(fact.name, fact.kept, fact.seen) for fact in verdict.facts] == [
        ("family", True, "scratch"),
        ("tone", False, "bright"),
    ]
    assert not verdict.passed and verdict.has(FaultKind.TOO_BRIGHT)


@pytest.mark.parametrize(
    "facts",
    [None, "tone", [1, None, {}], [{"name": "tone"}], [{"name": "mood", "kept": False}], [{"name": "tone", "kept": 0}]],
)
def test_facts_that_cannot_be_read_cost_nothing_but_themselves(facts):
    task = Task(NORMAL, "hex nut", "dark scratch", seed=1)
    given = {**GOOD, "location": 4, "quality": 4, "facts": facts}
    verdict = LanguageJudge(Answers(json.dumps(given))).judge(task, analyze_scene(NORMAL), edited())
    assert verdict.score == 8.0 and verdict.facts == ()
