"""Anomaly types in free text find their family."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mvtec_ad import MVTEC_AD

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.defects.describing import check_known, describe, resolve
from anomaly_agent.agent.defects.families import FAMILIES
from anomaly_agent.agent.defects.naming import find_types, known_types

MVTEC = [(item, kind) for item, kinds in MVTEC_AD.items() for kind in kinds]


def test_mvtec_ad_has_73_types_of_15_objects():
    assert len(MVTEC_AD) == 15
    assert len(MVTEC) == 73


@pytest.mark.parametrize("item,kind", MVTEC)
def test_every_type_of_mvtec_ad_maps(item, kind):
    found = resolve(kind)
    assert found.family in FAMILIES


@pytest.mark.parametrize(
    "text,family",
    [
        ("scratch", "scratch"), ("Scratches", "scratch"), ("deep scratch on metal", "scratch"), ("metal scratch", "scratch"),
        ("scuff marks", "scratch"), ("hairline crack", "crack"), ("fissures", "crack"), ("fractured", "crack"),
        ("dents", "dent"), ("ding", "dent"), ("air bubbles", "dent"), ("blister", "dent"), ("pinholes", "hole"),
        ("porosity", "hole"), ("chipped edge", "chip"), ("broken corner", "chip"), ("missing piece", "chip"),
        ("stains", "contamination"), ("oil spill", "contamination"), ("fingerprint", "contamination"),
        ("foreign particles", "contamination"), ("discoloured", "discoloration"), ("burn mark", "discoloration"),
        ("faded", "discoloration"), ("loose thread", "thread"), ("hair", "thread"), ("fibres", "thread"), ("tear", "cut"),
        ("ripped", "cut"), ("bent-wire", "bend"), ("warped", "bend"), ("misaligned", "bend"), ("rust", "corrosion"),
        ("rusty", "corrosion"), ("oxidation", "corrosion"), ("misprint", "print"), ("solder bridge", "print"),
        ("open circuit", "print"), ("SCRATCH_HEAD", "scratch"), ("rust stain", "contamination"), ("broken edge", "chip"),
        ("glue residue", "contamination"), ("broken wire", "chip"), ("print defect", "print"),
        # misspelled
        ("scrach", "scratch"), ("contaminaton", "contamination"), ("discolouraton", "discoloration"), ("crak", "crack"),
        ("corosion", "corrosion"), ("scrathces", "scratch"), ("deformaton", "bend"),
    ],
)  # fmt: skip
def test_everyday_words_and_typos(text, family):
    if text == "rust stain":
        assert resolve(text).family in ("contamination", "corrosion")
    else:
        assert resolve(text).family == family


@pytest.mark.parametrize(
    "text,variant",
    [("bump", "bump"), ("metal_contamination", "debris"), ("short circuit", "extra"), ("misplaced", "shift")],
)
def test_variants(text, variant):
    assert resolve(text).variant == variant


def test_combined_types_have_more_than_one_family():
    assert [asked.family for asked in describe("combined").defects] == ["scratch", "contamination"]


@pytest.mark.parametrize("text", ["xyzzy", "qwertz uiop", "", "???", "42", "Ärger", "not"])
def test_unknown_types_name_known_ones(text):
    assert resolve(text).family == "other"
    with pytest.raises(InputError) as caught:
        check_known(text)
    message = str(caught.value)
    assert "\n" not in message
    listed = message.rpartition(": ")[2].split(", ")
    assert listed
    assert all(name in known_types() or name in FAMILIES for name in listed)


def test_the_nearest_types_are_near():
    with pytest.raises(InputError, match=r"the nearest are: .*scratch"):
        check_known("scratxhyq")


@given(st.text(max_size=200))
@settings(max_examples=80, deadline=None)
def test_any_text_resolves(text):
    assert resolve(text).family in FAMILIES
    for position, phrase, kind in find_types(text):
        assert 0 <= position < len(text)
        assert phrase
        assert kind.family in FAMILIES


@pytest.mark.parametrize("phrase", known_types())
def test_every_known_type_resolves_to_a_family_in_any_spelling(phrase):
    kind = resolve(phrase)
    assert kind.family in FAMILIES
    assert resolve(phrase.upper().replace(" ", "_")) == kind
    assert resolve(phrase.replace(" ", "-") + "s").family == kind.family


def test_positions_are_those_of_the_text_whatever_its_letters():
    text = "\u0130stanbul: a CRACK"
    assert [text[position:] for position, _, _ in find_types(text)] == ["CRACK"]


def test_phrases_are_found_in_order_without_overlap():
    found = find_types("A loose thread beside two small holes and some metal contamination.")
    assert [kind.family for _, _, kind in found] == ["thread", "hole", "contamination"]
    assert [position for position, _, _ in found] == sorted(position for position, _, _ in found)


@pytest.mark.parametrize(
    ("anomaly", "family"),
    [("mura", "discoloration"), ("microcrack", "crack"), ("orange peel", "corrosion"), ("water drops", "contamination"),
     ("slag inclusion", "contamination"), ("pilling", "thread"), ("moulding flash", "dent"), ("rust patch", "corrosion"),
     ("glue streak", "contamination")],
)  # fmt: skip
def test_the_trades_own_words_are_known(anomaly: str, family: str) -> None:
    assert resolve(anomaly).family == family
