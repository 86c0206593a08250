"""A description in words reads back as the same description, and says how its words were taken."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.core.task import MAX_MEANING
from anomaly_agent.agent.defects import attribute_words as words
from anomaly_agent.agent.defects.attribute_reader import read_attributes
from anomaly_agent.agent.defects.describing import describe
from anomaly_agent.agent.defects.description import (
    EDGES,
    GLOSSES,
    RELIEFS,
    SHAPES,
    WIDTHS,
    Asked,
    Attributes,
    Description,
)
from anomaly_agent.agent.defects.description_text import write_description
from anomaly_agent.agent.defects.families import FAMILIES
from anomaly_agent.agent.defects.naming import find_types
from anomaly_agent.agent.defects.prompt_text import read_prompt
from anomaly_agent.agent.defects.understanding import understood


def optional(values):
    return st.none() | st.sampled_from(list(values))


@st.composite
def descriptions(draw):
    """One kind of defect with attributes as a text can say them."""
    family = draw(st.sampled_from([name for name, one in FAMILIES.items() if name != "irregularity"]))
    form = draw(st.sampled_from([one.name or None for one in FAMILIES[family].forms]))
    named = [word for word, _ in words.SIZES]
    size, severity = draw(optional(named)), draw(optional([word for word, _ in words.SEVERITIES]))
    ranges, _ = read_attributes(f"{size or ''} {severity or ''}", family, form, ())
    place = draw(optional(["edge", "centre", "corner"]))
    cells = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2), (None, 0), (None, 2), (0, None)]
    row, column = draw(st.sampled_from(cells))
    where = draw(st.sampled_from(["place", "cell", "relation", "none"]))
    part = draw(st.sampled_from(["rim", "opening", "trace", "label", "print"]))
    relation = draw(st.sampled_from(["near", "along", "across", "around", "edge_to_edge"]))
    colour = draw(optional(["red", "blue", "brown", "yellow", "green"]))
    attributes = Attributes(
        tone=None if colour else draw(optional(["dark", "bright"])),
        colour=words.COLOURS[colour] if colour else None,
        size=ranges.size,
        width=draw(optional(WIDTHS)) if FAMILIES[family].is_line else None,
        angle=draw(optional([0.0, 90.0, 30.0])),
        count=draw(optional([(1, 1), (2, 2), (3, 3), (3, 5), (2, 3), (2, 4)])),
        place=place if where == "place" else None,
        cell=(row, column) if where == "cell" else None,
        relation=relation if where == "relation" else None,
        part=part if where == "relation" and relation != "edge_to_edge" else None,
        shape=draw(optional(SHAPES)),
        edge=draw(optional(EDGES)),
        gloss=draw(optional(GLOSSES)),
        relief=draw(optional(RELIEFS)),
        severity=ranges.severity,
    )
    return Description((Asked(family, form, attributes=attributes),))


@given(descriptions())
@settings(max_examples=400, deadline=None)
def test_a_description_reads_back(description):
    text = write_description(description)
    assert len(text) <= MAX_MEANING
    read = describe(text)
    asked = description.first
    assert (read.first.family, read.first.form or "") == (asked.family, asked.form or ""), text
    assert read.first.attributes == asked.attributes, text


_NOUNS = sorted({family.noun_of(form.name or None) for family in FAMILIES.values() for form in family.forms})
_WHERE = [
    "in the upper left", "in the lower right corner", "on the left side", "in the top third", "near the edge", "in the center",
    "at a corner", "near the rim", "around the second opening", "across two traces", "along the label", "from edge to edge",
    "between two traces", "bridging two traces", "cutting the trace", "on the background",
]  # fmt: skip


def maybe(values):
    return st.just("") | st.sampled_from(list(values))


@st.composite
def texts(draw):
    """What a person may write of one kind of defect."""
    told = [
        draw(maybe(["2", "three", "several", "a few", "5 to 9", "a single", "a"])),
        draw(maybe([word for word, _ in words.SIZES + words.LENGTHS])),
        draw(maybe(words.WIDTHS)),
        draw(maybe(words.TONES)),
        # The name of these is a defect's, or a part's, too.
        draw(maybe(set(words.COLOURS) - {"rust", "rusty", "copper"})),
        draw(maybe(words.RELIEFS)),
        draw(maybe(words.GLOSSES)),
        draw(maybe(["round", "ring-shaped", "streaky", "speckled", "branching", "patchy"])),
        draw(maybe([word for word, _ in words.SEVERITIES])),
        draw(st.sampled_from([*_NOUNS, "rust", "fleck", "burr", "broken trace", "mousebite", "bleached patch"])),
        draw(maybe(["horizontal", "diagonal", "at 30 degrees", "along the grain", "crosswise"])),
        draw(maybe(["with a halo", "with soft edges"])),
        draw(maybe(_WHERE)),
        draw(maybe(["of 40%"])),
    ]
    return " ".join(word for word in told if word)


@given(st.lists(texts(), min_size=1, max_size=3), st.sampled_from([" and ", ", ", "; "]))
@settings(max_examples=400, deadline=None)
def test_what_a_text_is_understood_as_can_be_sent_back(several, between):
    read = describe(between.join(several)[:MAX_MEANING])
    sentence = write_description(read)
    assume(len(sentence) <= MAX_MEANING)
    again = describe(sentence)
    said = [(one.family, one.form or "", one.attributes) for one in read.defects]
    assert [(one.family, one.form or "", one.attributes) for one in again.defects] == said, sentence
    assert write_description(again) == sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [("light scratch in the upper right", {"cell": (0, 2), "severity": (0.18, 0.42)}),
     ("2 light brown scratches", {"count": (2, 2), "colour": (160, 120, 82)}),
     ("dark red stain", {"tone": "dark", "colour": (112, 28, 32)}), ("7 cracks of 30%", {"count": (7, 7), "size": (0.3, 0.3)})],
)  # fmt: skip
def test_a_word_is_not_taken_for_another(text, said):
    asked = describe(text).first.attributes
    # The severity of "slight", 0.3, and as much as a word leaves open.
    assert dict(asked.said()) == {
        name: pytest.approx(value) if name == "severity" else value for name, value in said.items()
    }


def test_each_defect_keeps_its_own():
    stain, scratch = describe("stain with a halo and scratch").defects
    assert (stain.attributes.edge, scratch.attributes) == ("halo", Attributes())
    assert [one.family for one in describe("short dark stain").defects] == ["contamination"]
    scratch, rust = describe("scratch; rust in the upper left").defects
    assert (scratch.attributes.cell, rust.attributes.cell) == (None, (0, 0))
    assert [one.attributes.cell for one in describe("scratch and rust in the upper left").defects] == [(0, 0), (0, 0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [("two dark scratches in the upper left", "2 dark scratches in the upper left"),
     ("scrach", "scratch; a word is read as 'scratch' misspelled"),
     ("zorblax", "no family knows 'zorblax': it is drawn as another defect, from what else the text says")],
)  # fmt: skip
def test_the_user_reads_how_it_was_taken(text, said):
    assert said in str(understood(text))


def test_what_contradicts_is_told():
    assert "contradict" in str(understood("dark bright scratch"))


def test_no_description_names_another_defect():
    for name, family in FAMILIES.items():
        for form in family.forms:
            text = write_description(Description((Asked(name, form.name or None),)))
            assume_known = find_types(text)
            assert assume_known, text


@pytest.mark.parametrize(
    "text",
    ["scratch on the background", "scratch beside the product", "scratch on the second tray", "배경에 긁힘",
     "Kratzer auf dem Hintergrund"],
)  # fmt: skip
def test_no_defect_lies_on_the_background(text):
    asked = describe(text)
    assert asked.first.attributes == Attributes() and asked.first.family == "scratch"
    assert str(understood(text)) == f"scratch; {asked.remarks[0]}" and "not on its background" in asked.remarks[0]
    edit = read_prompt(f"Add a dark {text}, {text}.", "scratch")[0]
    assert (edit.place, edit.part, edit.relation) == (None, None, None)
