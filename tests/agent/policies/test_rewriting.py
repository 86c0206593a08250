"""Rewriting: the prompt moves as the review asks, and takes over what was looked up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.defects.edit import Edit
from anomaly_agent.agent.defects.families import FAMILIES
from anomaly_agent.agent.defects.prompt_text import read_prompt, write_prompt
from anomaly_agent.agent.policies.rewriting import rewrite_prompt


@given(prompt=st.text(max_size=200), review=st.text(max_size=200), knowledge=st.text(max_size=200))
@settings(max_examples=40, deadline=None)
def test_any_text_is_rewritten(prompt, review, knowledge):
    new, why = rewrite_prompt(prompt, review, knowledge, "bottle", "crack")
    assert why
    assert read_prompt(new, "crack")[0].family in FAMILIES


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_reviews_move_size_and_severity(family):
    prompt = write_prompt(Edit(family, size=FAMILIES[family].size[1], severity=0.5, count=1), "part", family)

    def after(review):
        return read_prompt(rewrite_prompt(prompt, review, "", "part", family)[0], family)[0]

    assert after("Too large for this defect.").size < FAMILIES[family].size[1]
    assert after("Too small for this defect.").size > FAMILIES[family].size[1]
    assert after("Barely visible.").severity > 0.5
    assert after("Make it darker.").tone == "dark"
    assert after("Make it brighter.").tone == "bright"


def test_knowledge_fills_what_the_prompt_leaves_open():
    prompt = write_prompt(Edit("contamination", size=0.2, severity=0.5, count=1), "part", "stain")
    known = "[a.md#stain] Stains are dark, near the edge, with a blurred edge."
    edit = read_prompt(rewrite_prompt(prompt, "Too large.", known, "part", "stain")[0], "stain")[0]
    assert edit.tone == "dark"
    assert edit.place == "edge"
    assert edit.softness is not None


def test_knowledge_of_another_defect_is_not_taken_over():
    prompt = write_prompt(Edit("contamination", size=0.2, severity=0.5, count=1), "part", "stain")
    known = "[a.md#crack] Cracks are dark, near the edge."
    edit = read_prompt(rewrite_prompt(prompt, "Too large.", known, "part", "stain")[0], "stain")[0]
    assert edit.tone is None
    assert edit.place is None


def test_prompts_stay_of_one_length_through_many_rewritings():
    prompt = write_prompt(Edit("dent", size=0.2, severity=0.5, count=1), "part", "dent")
    for _ in range(20):
        prompt, _ = rewrite_prompt(prompt, "Too small. Barely visible. A hard edge.", "", "part", "dent")
    edit = read_prompt(prompt, "dent")[0]
    assert len(prompt) < 600
    assert edit.size <= 1.5
    assert edit.severity == 1.0
