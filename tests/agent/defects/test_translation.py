"""Descriptions in Korean, Chinese, Japanese, German and Spanish; English ones stay as they are."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.defects.describing import describe, is_known
from anomaly_agent.agent.defects.naming import known_types
from anomaly_agent.agent.defects.translation import SPACED, UNSPACED, language, translated


@pytest.mark.parametrize("phrase", known_types())
def test_english_types_stay_as_they_are(phrase):
    assert translated(phrase) == phrase


@pytest.mark.parametrize(
    "text",
    ["the die mark", "rot on wood", "short circuit between two traces", "burr on the rim", "a single dark spot in the middle",
     "print", "chip", "zorblax", "no", "scratch along the grain", "two cuts in the label", "red ring around the hole"],
)  # fmt: skip
def test_english_words_that_look_like_others_stay(text):
    assert translated(text) == text


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("zwei dunkle Kratzer oben links", "two dark scratches in the upper left"),
        ("ROSTFLECK", "rust spot"), ("Haarriss", "hairline crack"), ("drei kleine Löcher", "three small holes"),
        ("drei kleine Loecher", "three small holes"), ("Kratzer und Delle", "scratch and dent"),
        ("roter Fleck am Rand", "red stain near the edge"),
        ("dos arañazos oscuros", "two dark scratches"), ("mancha roja en el borde", "red stain near the edge"),
        ("cortocircuito entre dos pistas", "short circuit between two traces"),
        ("왼쪽 위에 어두운 긁힘 2개", "two dark scratches in the upper left"), ("划痕3条", "three scratches"),
        ("어두운 긁힘 두 개", "two dark scratches"), ("두 배선 사이의 단락", "short circuit between two traces"),
        ("녹과 긁힘", "rust and scratch"), ("구멍 주위의 균열", "crack around the hole"),
        ("左上角的深色划痕", "dark scratch in the upper left corner"), ("三条划痕", "three scratches"), ("３个孔", "3 holes"),
        ("沿着边缘的裂纹", "crack along the edge"),
        ("左上の小さな穴三つ", "three small holes in the upper left"), ("錆と傷", "rust and scratch"),
        ("縁に沿った亀裂", "crack along the edge"),
    ],
)  # fmt: skip
def test_a_text_means_the_same_in_its_language(text, english):
    said, meant = describe(text), describe(english)
    assert [(one.family, one.form) for one in said.defects] == [(one.family, one.form) for one in meant.defects]
    assert [one.attributes for one in said.defects] == [one.attributes for one in meant.defects]
    assert describe(unicodedata.normalize("NFD", text)).defects == said.defects


@pytest.mark.parametrize("code", [*SPACED, *UNSPACED])
def test_every_defect_of_a_table_is_one_in_english(code):
    table = language(code)
    names = table.nouns - table.parts
    assert len(names) > 150
    for name in names:
        assert is_known(table.words[name]) or table.words[name] == "mark", name


@given(st.text(alphabet="긁힘의 이가두개左上划痕的孔傷の縁にKratzerößarañazo 3", max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_mixture_is_read(text):
    assert describe(text).defects
    assert isinstance(translated(text), str)
