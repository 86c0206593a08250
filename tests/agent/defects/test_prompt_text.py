"""Prompt paragraphs: written and read back, by a person's hand, and any text at all."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.defects import attribute_words as words
from anomaly_agent.agent.defects.edit import Edit
from anomaly_agent.agent.defects.families import FAMILIES
from anomaly_agent.agent.defects.prompt_text import note_of, read_prompt, write_prompt

VARIANTS = {"dent": ("dent", "bump"), "contamination": (None, "debris"), "bend": (None, "shift"),
            "print": (None, "missing", "extra")}  # fmt: skip
TYPES = {"bump": "bump", "debris": "debris", "shift": "misplaced", "missing": "missing print", "extra": "extra print"}
FRACTION = st.floats(0, 0.9).map(lambda value: round(value, 3))


@st.composite
def edits(draw) -> Edit:
    family = draw(st.sampled_from(sorted(FAMILIES)))
    x, y = draw(FRACTION), draw(FRACTION)
    box = (x, y, round(min(1.0, x + draw(st.floats(0.02, 0.5))), 3), round(min(1.0, y + draw(st.floats(0.02, 0.5))), 3))

    def maybe(strategy):
        return draw(st.none() | strategy)

    return Edit(
        family=family,
        variant=draw(st.sampled_from(VARIANTS.get(family, (None,)))),
        box=maybe(st.just(box)),
        place=maybe(st.sampled_from(["edge", "centre"])),
        size=maybe(st.integers(1, 150).map(lambda percent: percent / 100)),
        severity=maybe(st.integers(0, 100).map(lambda percent: percent / 100)),
        tone=maybe(st.sampled_from(["dark", "bright"])),
        colour=maybe(st.sampled_from(sorted(set(words.COLOURS.values())))),
        angle=maybe(st.integers(0, 179).map(float)),
        softness=maybe(st.integers(0, 100).map(lambda percent: percent / 100)),
        count=draw(st.integers(1, 12)),
    )


NOTES = st.sampled_from(["", "Blend it with the smooth, matt surface under light from the upper left."])


@given(edit=edits(), item=st.sampled_from(["metal_nut", "bottle", "ceramic plate"]), note=NOTES)
@settings(max_examples=150, deadline=None)
def test_every_field_reads_back(edit, item, note):
    anomaly = TYPES.get(edit.variant, edit.family)
    text = write_prompt(edit, item, anomaly, note)
    back = read_prompt(text, anomaly)[0]
    assert back.family == edit.family, text
    assert back.variant == edit.variant, text
    if edit.box is None:
        assert back.box is None, text
    else:
        assert back.box == pytest.approx(edit.box, abs=6e-4), text
    assert back.place == edit.place, text
    assert back.count == edit.count, text
    for name in ("size", "severity", "angle", "softness"):
        value = getattr(edit, name)
        assert getattr(back, name) == (value if value is None else pytest.approx(value, abs=0.006)), (name, text)
    assert back.colour == edit.colour, text
    if edit.tone is not None or edit.colour is None:
        assert back.tone == edit.tone, text


def _middle(edit: Edit) -> tuple[float, float]:
    assert edit.box is not None
    return (edit.box[0] + edit.box[2]) / 2, (edit.box[1] + edit.box[3]) / 2


HAND_WRITTEN = [
    ("Add a thin, deep scratch running diagonally across the upper left of the metal plate. Keep everything else unchanged.",
     "scratch", {"family": "scratch", "angle": 45.0, "severity": 0.85, "middle": (1 / 6, 1 / 6)}),
    ("In the lower right corner of the white bottle, add a small dark brown stain with blurred edges, about 8% of the "
     "bottle in size. Do not change the lighting.",
     "contamination", {"family": "contamination", "size": 0.08, "colour": words.COLOURS["dark brown"],
                       "middle": (5 / 6, 5 / 6)}),
    ("Please place three tiny pinholes in the center of the leather, each pitch black.",
     "hole", {"family": "hole", "count": 3, "size": 0.06, "colour": words.COLOURS["black"], "tone": "dark",
              "middle": (0.5, 0.5)}),
    ("Edit the region [120, 60, 240, 180] px: a faint yellowish discoloration with a soft edge. Preserve the rest.",
     "color", {"family": "discoloration", "severity": 0.2, "colour": words.COLOURS["yellowish"],
               "box": (0.3, 0.2, 0.6, 0.6)}),
    ("A single long crack runs vertically through the middle of the tile, splitting it. The background remains as it is.",
     "crack", {"family": "crack", "angle": 90.0, "count": 1, "size": 0.6, "middle": (0.5, 0.5)}),
    ("Add two red threads at 30 degrees on the bottom left side of the carpet.",
     "thread", {"family": "thread", "count": 2, "angle": 30.0, "colour": words.COLOURS["red"], "middle": (1 / 6, 5 / 6)}),
    ("Chip off a piece at the edge of the nut on the right side; the break is bright and large.",
     "broken_large", {"family": "chip", "place": "edge", "tone": "bright", "size": 0.38}),
    ("Within the box (10%, 20%, 30%, 40%) put several small rust spots, reddish-brown and clearly visible.",
     "rust", {"family": "corrosion", "box": (0.1, 0.2, 0.3, 0.4), "count": 4, "size": 0.12, "severity": 0.65,
              "colour": words.COLOURS["reddish-brown"]}),
    ("At <100, 200, 300, 400> add a dent about 40 px wide. It must not look pasted.",
     "dent", {"family": "dent", "box": (0.25, 2 / 3, 0.75, 1.0), "size": 40 / 346.41}),
    ("bbox [500, 250, 750, 1000]: a clean cut, horizontal, slightly opened.",
     "cut", {"family": "cut", "angle": 0.0, "box": (0.5, 0.25, 0.75, 1.0)}),
    ("The pin of the transistor should be severely bent to the right. All else stays.",
     "bent_lead", {"family": "bend", "severity": 0.9}),
    ("A cluster of dark foreign particles near the top of the capsule, about 3 percent of its width each.",
     "contamination", {"family": "contamination", "variant": "debris", "count": 6, "tone": "dark", "size": 0.03}),
]  # fmt: skip


@pytest.mark.parametrize("text,anomaly,expected", HAND_WRITTEN)
def test_paragraphs_as_people_write_them(text, anomaly, expected):
    size = (300, 400)
    edit = read_prompt(text, anomaly, size=size)[0]
    for name, value in expected.items():
        if name == "middle":
            assert _middle(edit) == pytest.approx(value, abs=0.02)
        elif name == "box" and "<100" in text:
            assert edit.box == pytest.approx((0.1, 0.2, 0.3, 0.4))  # 400 px is below a picture of 300: the 0-1000 grid
        elif isinstance(value, (float, tuple)):
            assert getattr(edit, name) == pytest.approx(value, abs=0.002), (name, edit)
        else:
            assert getattr(edit, name) == value, (name, edit)


def test_where_the_text_names_nothing_the_task_rules():
    edit = read_prompt("Make it look used.", "scratch")[0]
    assert edit == Edit("scratch")
    assert [edit.family for edit in read_prompt("", "combined")] == ["scratch", "contamination"]


def test_what_stays_is_not_read_as_the_defect():
    text = "Add a scratch. Keep the red logo at the upper left, the three holes and the dark border unchanged."
    assert read_prompt(text, "scratch") == [Edit("scratch")]


def test_a_colour_of_the_product_is_not_the_defects():
    assert read_prompt("Add a stain on the white plate.", "stain")[0].colour is None


@given(text=st.text(max_size=300), anomaly=st.sampled_from(sorted(FAMILIES)))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_an_edit(text, anomaly):
    _sound(text, anomaly)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_prompts_give_a_sound_edit(data):
    text = (
        write_prompt(data.draw(edits()), "bottle", "scratch")
        if data.draw(st.booleans())
        else (data.draw(st.sampled_from(HAND_WRITTEN))[0])
    )
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text)))
        junk = st.one_of(
            st.text(max_size=3), st.sampled_from(["-", "%", "99999", "0", ".", "1e9", "[1,", " nan ", "²", "٣"])
        )
        text = text[:at] + data.draw(junk) + text[at + data.draw(st.integers(0, 8)) :]
    _sound(text, data.draw(st.sampled_from(["scratch", "combined", "dent"])))


def _sound(text: str, anomaly: str) -> None:
    for edit in read_prompt(text, anomaly, size=(100, 150)):
        assert edit.family in FAMILIES
        assert edit.size is None or 0.01 <= edit.size <= 1.5
        assert edit.severity is None or 0 <= edit.severity <= 1
        assert edit.softness is None or 0 <= edit.softness <= 1
        assert edit.angle is None or 0 <= edit.angle < 180
        assert edit.count is None or 1 <= edit.count <= 12
        assert edit.tone in (None, "dark", "bright")
        if edit.box is not None:
            assert -1e-9 <= edit.box[0] < edit.box[2] <= 1 + 1e-9
            assert -1e-9 <= edit.box[1] < edit.box[3] <= 1 + 1e-9


def test_a_very_long_text_is_read_in_time():
    for text in ("1 " * 200_000, "a scratch " * 50_000, "[" * 100_000, "very " * 100_000, "0.1," * 100_000):
        assert read_prompt(text, "scratch")[0].family == "scratch"


LOOKS = (
    "a bright, slightly curved groove at the edge with tapered ends and a red rim",
    "an irregular patch of foreign matter, deep, dark, large, with a soft border",
    "two long vertical cracks near the border, severe and wide",
)


@pytest.mark.parametrize("anomaly", ["scratch", "contamination", "crack"])
@pytest.mark.parametrize("seed", range(3))
def test_the_clause_on_the_look_gives_no_order_whatever_its_words(anomaly, seed):
    edit = Edit(anomaly, box=(0.2, 0.3, 0.5, 0.6), size=0.3, severity=0.4, count=1)
    prompt = write_prompt(edit, "part", anomaly)
    look = FAMILIES[anomaly].look
    assert f": {look}." in prompt
    asked = read_prompt(prompt, anomaly)
    shuffled = " ".join(np.random.default_rng(seed).permutation(look.replace(",", "").split()))
    for other in (*LOOKS, "like a stain", shuffled):
        assert read_prompt(prompt.replace(look, other), anomaly) == asked


def test_words_beside_the_clause_count_as_before():
    prompt = write_prompt(Edit("scratch", size=0.3, severity=0.4, count=1), "part", "scratch")
    behind = prompt.replace("Keep the lighting", "It is bright red, near the edge. Keep the lighting")
    asked = read_prompt(behind, "scratch")[0]
    assert asked.colour is not None and asked.place == "edge"
    before = read_prompt(prompt.replace("a single", "a single red"), "scratch")[0]
    assert before.colour == asked.colour


@pytest.mark.parametrize(
    "text",
    [
        "Add a scratch (deep): bright red, near the edge.",
        "On the part, add a scratch (deep one): bright red, near the edge.",
        "A scratch: bright red, near the edge.",
        "On the part add this: a bright red scratch near the edge.",
    ],
)
def test_a_persons_own_colon_hides_nothing(text):
    edit = read_prompt(text, "scratch")[0]
    assert edit.colour is not None and edit.place == "edge"


CLAUSE = Edit("scratch", box=(0.2, 0.3, 0.5, 0.6), size=0.3, severity=0.4, softness=0.4, angle=30.0, count=2)
PLAIN = Edit("scratch", count=1)
NAMES = ["cable: red", "cup, add (ice): hot", "go: on, add (x): y", "add-on board", "on the go cup", "Tray No. 5",
         "nut, e.g. M3", "box [A]", "top cover", "edge trim", "white large cable", "50% cotton cloth", "45 deg elbow",
         "keep cup", "intact seal", "central unit", "long faint strip", "item 0.1 0.2 0.5 0.6", "12 px sensor"]  # fmt: skip


@pytest.mark.parametrize("item", NAMES)
@pytest.mark.parametrize("edit", [CLAUSE, PLAIN], ids=["all", "plain"])
def test_no_name_of_a_product_is_an_order(item, edit):
    for look in (FAMILIES["scratch"].look, *LOOKS):
        prompt = write_prompt(edit, item, "scratch").replace(FAMILIES["scratch"].look, look)
        for text in (prompt, prompt.upper(), f"{prompt}\n\n{prompt}"):
            assert read_prompt(text, "scratch", item=item) == [edit]


@pytest.mark.parametrize("name", ["scratch: hard", "Scratch [x]", "A.B. scratch", "scratch No. 5", "(old) scratch (type 3)",
                                  "add-on scratch", "on the go scratch", "SCRATCH_HEAD", "scratch, add: more"])  # fmt: skip
def test_the_clause_is_found_behind_any_name_of_a_type(name):
    for edit in (CLAUSE, PLAIN):
        for look in LOOKS:
            prompt = write_prompt(edit, "part", name).replace(FAMILIES["scratch"].look, look)
            assert read_prompt(prompt, name) == [edit]


@pytest.mark.parametrize("before", ["Please make it look old. ", "Thank you!\n", "Task:\n- ", "Do this: "])
@pytest.mark.parametrize("look", [FAMILIES["scratch"].look, *LOOKS])
def test_words_before_the_clause_do_not_uncover_it(before, look):
    prompt = write_prompt(PLAIN, "part", "scratch").replace(FAMILIES["scratch"].look, look)
    assert read_prompt(before + prompt, "scratch") == [PLAIN]
    assert read_prompt(f"It is red. {before}{prompt}", "scratch")[0].colour == words.COLOURS["red"]


@pytest.mark.parametrize("width", [20, 40, 66])
def test_a_prompt_whose_lines_were_broken_reads_as_before(width):
    for edit in (CLAUSE, PLAIN):
        prompt = write_prompt(edit, "metal nut", "scratch", "Blend it with the smooth, matt surface.")
        for broken in (textwrap.fill(prompt, width), prompt.replace(" ", "\n")):
            assert read_prompt(broken, "scratch", item="metal nut") == [edit]
        assert (
            " ".join(note_of(textwrap.fill(prompt, 80), "scratch").split()) == "Blend it with the smooth, matt surface."
        )


def test_the_packs_own_words_on_the_look_are_no_order_where_a_person_took_the_type_away():
    prompt = write_prompt(PLAIN, "part", "scratch").replace(" (scratch)", "")
    assert read_prompt(prompt, "scratch") == [PLAIN]


def test_a_note_is_all_that_the_user_says_beside_the_defect():
    edit = write_prompt(CLAUSE, "part", "scratch")
    own = [
        "The picture shows brushed steel, e.g. Of the grade No. 5.",
        "Do not touch the label.",
        "It came from the new line.",
    ]
    assert note_of(f"{own[0]} {edit} {own[1]} {own[2]}", "scratch") == " ".join(own)
    assert note_of(f"{edit} {own[1]}\n{edit} {own[1]}", "scratch") == own[1]
    assert note_of(
        f"{own[0]} Add a long scratch near the edge. {own[1]} Leave everything else unchanged.", "scratch"
    ) == (f"{own[0]} {own[1]}")
    assert note_of("Add a scratch here.", "scratch") == note_of(edit, "scratch") == ""
