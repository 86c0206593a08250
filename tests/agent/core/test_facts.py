"""Facts as data: written, read, and in a verdict."""

from __future__ import annotations

import json

import pytest

from anomaly_agent.agent.core.protocol import read_observation, write_observation
from anomaly_agent.agent.core.protocol.observations import judged
from anomaly_agent.agent.core.verdict import FACTS, Fact, Fault, FaultKind, Verdict
from anomaly_agent.agent.policies.trained.vocabulary import FAULTS, fault_words, vocabulary
from anomaly_agent.agent.tools.quality_evaluation.facts.faults import fault_of
from anomaly_agent.agent.tools.quality_evaluation.say_fact import say_fact

SOME = (
    Fact("tone", "dark", "bright", False, 0.9, "scratch"),
    Fact("count", (3, 3), 1, False, 0.8, "hole"),
    Fact("direction", 45.0, 88.0, False, 1.0),
    Fact("place", "upper left", "upper left", True, 0.1, "stain"),
)


@pytest.mark.parametrize("fact", SOME)
def test_a_fact_is_read_back(fact):
    assert Fact.from_json(json.loads(json.dumps(fact.to_json()))) == fact


@pytest.mark.parametrize(
    "value",
    [None, [], "tone", {}, {**SOME[0].to_json(), "name": "mood"}, {**SOME[0].to_json(), "kept": 1},
     {**SOME[0].to_json(), "strength": 2}, {**SOME[0].to_json(), "strength": 10**400},
     {**SOME[0].to_json(), "seen": {}}, {**SOME[0].to_json(), "seen": [[1]]}, {**SOME[0].to_json(), "seen": "x" * 10**5},
     {**SOME[0].to_json(), "asked": 10**400}, {**SOME[0].to_json(), "family": 3}],
)  # fmt: skip
def test_what_is_no_fact_is_refused_in_a_line(value):
    with pytest.raises(ValueError) as refused:
        Fact.from_json(value)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400


def test_an_observation_carries_them_and_old_ones_have_none():
    verdict = Verdict(1.0, 1.5, "Not as asked.", 5.0, (), SOME)
    written = write_observation(judged(2, verdict))
    assert read_observation("quality_eval", written).facts == SOME
    old = {name: value for name, value in json.loads(written).items() if name != "facts"}
    assert read_observation("quality_eval", json.dumps(old)).facts == ()


@pytest.mark.parametrize("score,threshold,passed", [(10, 10, True), (9.9, 10, False), (5, 5, False), (5.1, 5, True)])
def test_the_full_score_passes_any_threshold(score, threshold, passed):
    assert Verdict(score / 2, score / 2, "x", threshold).passed is passed


@pytest.mark.parametrize("name", FACTS)
def test_each_broken_fact_is_a_fault_and_has_a_sentence(name):
    fault = fault_of(Fact(name, (1.0, 2.0), 0.5, False, 0.7, "scratch"))
    assert fault.measure == name and fault.strength == 0.7
    assert say_fact(Fact(name, "dark", "bright", False, 0.7, "scratch")).endswith(".")


def test_a_count_is_said_plainly():
    assert say_fact(SOME[1]) == "Count: asked for 3, seen: 1."


def test_the_small_policy_is_told_of_new_kinds_by_its_own_words():
    words = {kind: fault_words([Fault(kind)]) for kind in FaultKind}
    assert all(len(word) == 1 and f" {word[0]}" in vocabulary() for word in words.values())
    assert words[FaultKind.WRONG_PLACE] == ["astray"] and words[FaultKind.WRONG_COUNT] == ["unlike"]
    assert all(words[kind] == [word] for kind, word in FAULTS.items())
