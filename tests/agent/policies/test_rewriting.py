"""Rewriting: the prompt moves as the faults ask, keeps what the user said, and takes over what was looked up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.core.verdict import Fault, FaultKind
from anomaly_agent.agent.defects.edit import Edit
from anomaly_agent.agent.defects.families import FAMILIES
from anomaly_agent.agent.defects.prompt_text import read_prompt, write_prompt
from anomaly_agent.agent.policies.prompt_state import PromptState
from anomaly_agent.agent.policies.rewriting import rewrite_prompt

ALL = st.lists(st.sampled_from(FaultKind).map(Fault), max_size=4)


def rewritten(prompt: str, anomaly: str, *kinds: FaultKind, **state: object) -> str:
    given_state = PromptState("part", anomaly, prompt, **state)
    return rewrite_prompt(given_state, [Fault(kind) for kind in kinds])[0]


@given(prompt=st.text(max_size=200), faults=ALL, knowledge=st.text(max_size=200))
@settings(max_examples=40, deadline=None)
def test_any_text_is_rewritten(prompt, faults, knowledge):
    new, why = rewrite_prompt(PromptState("bottle", "crack", prompt, knowledge), faults)
    assert why
    assert read_prompt(new, "crack")[0].family in FAMILIES


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_faults_move_size_and_severity(family):
    size = FAMILIES[family].size[1]
    prompt = write_prompt(Edit(family, size=size, severity=0.5, count=1), "part", family)

    def after(kind):
        return read_prompt(rewritten(prompt, family, kind), family)[0]

    assert after(FaultKind.TOO_LARGE).size < size
    assert after(FaultKind.TOO_SMALL).size > size
    assert after(FaultKind.FAINT).severity > 0.5
    assert after(FaultKind.TOO_BRIGHT).tone == "dark"
    assert after(FaultKind.TOO_DARK).tone == "bright"
    assert (after(FaultKind.SEAM).softness or 0) > 0.3


@pytest.mark.parametrize("kind", list(FaultKind))
def test_one_fault_changes_nothing_that_is_not_its_own(kind):
    """A scratch that is too faint stays where it is, and one that is too large stays as strong."""
    before = Edit("scratch", box=(0.2, 0.3, 0.5, 0.6), size=0.3, severity=0.4, tone="dark", angle=20, count=1)
    after = read_prompt(rewritten(write_prompt(before, "part", "scratch"), "scratch", kind), "scratch")[0]
    moved = kind in (FaultKind.OFF_TARGET, FaultKind.UNLIKE)
    resized = kind in (FaultKind.TOO_SMALL, FaultKind.TOO_LARGE)
    assert (after.box == before.box) is not moved
    assert (after.severity == before.severity) is (kind not in (FaultKind.FAINT, FaultKind.UNLIKE))
    assert (after.size == before.size) is not resized
    assert (after.tone == before.tone) is (kind is not FaultKind.TOO_DARK)


@pytest.mark.parametrize(
    ("said", "box"),
    [
        ("inside [200, 220, 240, 260] px", (200 / 320, 220 / 320, 240 / 320, 260 / 320)),
        ("inside the box (0.1, 0.2, 0.4, 0.5)", (0.1, 0.2, 0.4, 0.5)),
        ("inside [400, 500, 700, 900]", (0.4, 0.5, 0.7, 0.9)),
        ("in the lower left", (0.1, 0.2 + 0.6 * 2 / 3, 0.1 + 0.8 / 3, 0.8)),
    ],
)
def test_a_box_is_kept_however_it_was_said(said, box):
    bounds, size = (0.1, 0.2, 0.9, 0.8), (320, 320)
    prompt = f"Add a dark scratch {said} of the part, 25% long."
    for kinds in ((FaultKind.FAINT,), (FaultKind.TOO_SMALL, FaultKind.SEAM), ()):
        new = rewritten(prompt, "scratch", *kinds, bounds=bounds, size=size)
        assert read_prompt(new, "scratch", bounds, size)[0].box == pytest.approx(box, abs=0.001)


def test_where_the_user_said_the_place_it_stays_whatever_is_wrong():
    prompt = "Add a scratch inside [0.1, 0.2, 0.4, 0.5], near the edge."
    state = PromptState("part", "scratch", prompt, by_user=prompt)
    for kind in FaultKind:
        edit = read_prompt(rewrite_prompt(state, [Fault(kind)])[0], "scratch")[0]
        assert edit.box == pytest.approx((0.1, 0.2, 0.4, 0.5)) and edit.place == "edge"


def test_the_note_on_the_surface_is_kept_word_for_word():
    note = "Blend it with the coarse, matt surface under light from the upper left."
    own = "Make sure that it follows the grain of the Walnut."
    edit = Edit("scratch", size=0.3, severity=0.4, count=1)
    new = rewritten(write_prompt(edit, "part", "scratch", f"{note} {own}"), "scratch", FaultKind.FAINT)
    assert f" {note} {own} Keep the lighting" in new
    assert new.count("severity") == 1 and new.count("across") == 1, "what the reader reads is written anew, once"
    again = rewritten(new, "scratch", FaultKind.TOO_SMALL)
    assert again.count(note) == again.count(own) == 1


def test_knowledge_fills_what_the_prompt_leaves_open():
    prompt = write_prompt(Edit("contamination", size=0.2, severity=0.5, count=1), "part", "stain")
    known = "Stains are dark, near the edge, with a blurred edge."
    edit = read_prompt(rewritten(prompt, "stain", FaultKind.TOO_LARGE, knowledge=known), "stain")[0]
    assert edit.tone == "dark"
    assert edit.place == "edge"
    assert edit.softness is not None


def test_knowledge_of_another_defect_is_not_taken_over():
    prompt = write_prompt(Edit("contamination", size=0.2, severity=0.5, count=1), "part", "stain")
    known = "Cracks are dark, near the edge."
    edit = read_prompt(rewritten(prompt, "stain", FaultKind.TOO_LARGE, knowledge=known), "stain")[0]
    assert edit.tone is None
    assert edit.place is None


def test_prompts_stay_of_one_length_through_many_rewritings():
    prompt = write_prompt(Edit("dent", size=0.2, severity=0.5, count=1), "part", "dent")
    for _ in range(20):
        prompt = rewritten(prompt, "dent", FaultKind.TOO_SMALL, FaultKind.FAINT, FaultKind.SEAM)
    edit = read_prompt(prompt, "dent")[0]
    assert len(prompt) < 600
    assert edit.size <= 1.5
    assert edit.severity == 1.0
