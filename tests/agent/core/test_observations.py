"""Observations: what is written is read back as the same data, and nothing else is taken for it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_agent.agent.core.protocol import (
    Found,
    Held,
    Judged,
    MadeImage,
    Masked,
    Passage,
    Planned,
    Refusal,
    Refused,
    judged,
    read_observation,
    read_passages,
    write_observation,
)
from anomaly_agent.agent.core.verdict import PLACES, Fault, FaultKind, Verdict

NUMBER = st.integers(1, 10**6)
LINE = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=60)
FAULT = st.builds(
    Fault, st.sampled_from(FaultKind), st.integers(0, 100).map(lambda n: n / 100), st.sampled_from(("", *PLACES)),
    st.sampled_from(("", "cover")), st.sampled_from(("", "scratch")),
)  # fmt: skip
# A verdict as version 0.1 wrote it.
OLD = '{"image": 2, "location": 1.0, "quality": 0.5, "score": 1.5, "passed": false, "review": "Too small."}'
PART = st.integers(0, 500).map(lambda n: n / 100)


@given(NUMBER, PART, PART, st.text(max_size=80), st.lists(FAULT, max_size=3).map(tuple))
def test_a_verdict(image, location, quality, review, faults):
    verdict = Verdict(location, quality, review, 5.0, faults)
    read = read_observation("quality_eval", write_observation(judged(image, verdict)))
    assert read == Judged(image, location, quality, verdict.score, verdict.passed, review, faults)


@given(st.sampled_from(Refusal), st.text(max_size=80), st.sampled_from(("", "prompt_gen", "image_gen", "quality_eval")))
def test_a_refusal_keeps_its_code_whatever_its_words(code, message, tool):
    assert read_observation(tool, write_observation(Refused(code, message))) == Refused(code, message)


@given(NUMBER, NUMBER, NUMBER)
def test_a_made_image(attempt, budget, image):
    made = MadeImage(attempt, budget, image)
    assert read_observation("image_gen", write_observation(made)) == made


@given(NUMBER, st.integers(1, 10000), st.tuples(NUMBER, NUMBER, NUMBER, NUMBER))
def test_a_mask(image, share, box):
    mask = Masked(image, share / 10000, box)
    read = read_observation("mask_gen", write_observation(mask))
    assert read == Masked(image, pytest.approx(mask.share), box)
    assert read_observation("mask_gen", write_observation(Masked(image, 0.0, None))) == Masked(image, 0.0, None)


@given(st.lists(st.tuples(LINE, st.from_regex(r"[a-z]+\.md#[a-z]+", fullmatch=True)), max_size=3))
def test_knowledge(entries):
    kept = [(text.strip(), source) for text, source in entries if text.strip()]
    passages = tuple(Passage(text, source, "", 0.0) for text, source in kept)
    found = read_observation("knowledge_retrieval", write_observation(Found(passages, "nut", "crack")))
    assert [(one.text, one.source) for one in found.passages] == kept


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Thin,\nlong\n\n[and] dark", "a.md#crack"), ("Thin] and [long", "notes [old] of 2020.md#a] crack"),
        ("Nothing found on 'nut' of 'crack'.", ""), ("Nothing found on the nut yet.", "mine.md#crack"),
        ("[deep] ones", ""), ("two  spaces\ttab", "a.md#crack"),
    ],
)  # fmt: skip
def test_knowledge_of_any_form_stays_one_passage(text, source):
    empty = Passage(" ", "empty.md#crack", "", 0.0)
    found = Found((empty, Passage(text, source, "", 0.0), empty), "nut", "crack")
    (read,) = read_observation("knowledge_retrieval", write_observation(found)).passages
    assert read.text == text.replace("\n\n", " ").replace("\n", " ")


@pytest.mark.parametrize("name", ["crack", "O'Neill's \"crack\"", "a crack\n[x] y", "crack's", 'the "crack"'])
def test_nothing_found_is_no_passage_but_words_like_it_are(name):
    assert read_observation("knowledge_retrieval", write_observation(Found((), name, name))) == Found(())
    assert [one.text for one in read_passages("Nothing found on the rim so far: cracks run across.")] == [
        "Nothing found on the rim so far: cracks run across."
    ]


@given(st.text(max_size=200))
def test_a_plan_is_the_paragraph_itself(prompt):
    assert read_observation("prompt_gen", write_observation(Planned(prompt))) == Planned(prompt)
    if prompt[:1] not in ("E", "H", "P"):
        assert write_observation(Planned(prompt)) == prompt


@pytest.mark.parametrize(
    "prompt", ["Error [budget_spent]: x", "Error: a scratch", write_observation(Held()), "Prompt: a", ""]
)
def test_a_plan_in_the_words_of_another_observation_is_a_plan(prompt):
    assert read_observation("prompt_gen", write_observation(Planned(prompt))) == Planned(prompt)


def test_held():
    assert read_observation("image_gen", write_observation(Held())) == Held()


def test_what_language_models_read_stays_readable():
    assert write_observation(MadeImage(1, 3, 2)) == "Attempt 1 of 3: made image 2."
    assert (
        write_observation(Refused(Refusal.BUDGET_SPENT, "the budget is spent"))
        == "Error [budget_spent]: the budget is spent"
    )
    said = json.loads(write_observation(judged(2, Verdict(1, 1, "Too faint.", 5.0, (Fault(FaultKind.FAINT, 0.75),)))))
    assert said == {
        "image": 2, "location": 1, "quality": 1, "score": 2, "passed": False,
        "faults": [{"kind": "faint", "strength": 0.75}], "review": "Too faint.",
    }  # fmt: skip


def test_what_version_0_1_recorded_is_read():
    for tool in ("prompt_gen", "image_gen", "quality_eval", ""):
        assert read_observation(tool, "Error: no room") == Refused(Refusal.OTHER, "no room")
    assert read_observation("quality_eval", OLD) == Judged(2, 1.0, 0.5, 1.5, False, "Too small.")


@pytest.mark.parametrize("tool", ["image_gen", "quality_eval", "mask_gen", ""])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nothing.",
        "{}",
        "[]",
        "null",
        "Attempt one",
        "Mask of image 2",
        "[" * 10**5,
        OLD.replace("1.0", "null"),
        OLD.replace("2", "1e999"),
        OLD[:-1] + ', "faults": null}',
    ],
)
def test_another_text_is_none(tool, text):
    with pytest.raises(ValueError):
        read_observation(tool, text)


@pytest.mark.parametrize("value", [None, 3, "ugly", {}, {"kind": "ugly"}, {"kind": "faint", "strength": 2}, ["faint"],
                                   {"kind": "faint", "strength": "much"}, {"kind": "seam", "where": "inside"},
                                   {"kind": "seam", "where": 3}, {"kind": "faint", "strength": True}])  # fmt: skip
def test_what_is_no_fault_is_named(value):
    with pytest.raises(ValueError, match="fault"):
        Fault.from_json(value)
