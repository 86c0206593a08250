"""Names of folders: in every script, of one form, safe on every system; folders that exist are found whatever their name."""

import contextlib
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.names import composed, name_key
from anomaly_agent.agent.dataset.names import check_names_differ, folder_name, on_disk, place, safe_names, shortened
from anomaly_agent.agent.dataset.own_files import OwnFiles

# Thai, Hindi, Tamil, Bengali, Burmese, Khmer, Tibetan; vocalized Arabic, Persian with ZWNJ, pointed Hebrew, maqaf; Sinhala with
# ZWJ; decomposed Latin, Cyrillic, Kana and Hangul; Vietnamese; Japanese middle dot; Chinese; letters beyond the first plane.
WRITTEN = [
    "ขวดน้ำ", "बोतल", "குப்பி", "বোতল", "ပုလင်း", "ដបទឹក", "ཤེལ་དམ", "قَلَمٌ", "می\u200cخواهم", "בַּקְבּוּק", "בית־ספר",
    "ශ්\u200dරී", "क्\u200dष", "Flo\u0308te", "и\u0306од", "カ\u3099ラス", "\u1107\u1167\u11bc",
    "Chai thủy tinh", "ボトル・キャップ",
    "玻璃瓶", "𠮷野家", "\U00010400\U00010428", "Straße", "naïve café", "Åsa+1.5-b", "x\u0302", "3. Teil",
]  # fmt: skip
DISGUISED = [
    "bot\u200btle", "bot\u200dtle", "bot\u200ctle", "bottle\u200d", "\u200dbottle", "\ufeffbottle",
    "bot\u00adtle", "a\u202eb", "\u2066a\u2069",
    "a\u061cb", "a\u2060b", "a\u034fb", "a\ufe0f", "\u3164", "a\u115fb", "葛\U000e0100",
    "a\U000e0041", "می\u200c", "می\u200c\u200cخ",
]  # fmt: skip
EMOJI = ["🙂", "bottle 🍾", "1\ufe0f\u20e3", "1\u20e3", "👩\u200d🔧", "🇩🇪", "❤", "a\U0001f3fd"]
ELSEWHERE = ["a.", "a..", ".", "..", ".a", "-a", "con", "CON", "nul.txt", "Com1", "lpt9.tar.gz", "com\u00b9", "aux",
             "a/b", "a\\b", "a:b", "a*", "a?", 'a"', "a<b", "a|b",
             "a\0", "a\x07", "\ud800", "a\ue000", "", "  ", "\u0308a"]  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_every_script_names_a_folder_in_one_form(name):
    decomposed = unicodedata.normalize("NFD", name)
    slug = folder_name(name, "item")
    assert slug == folder_name(decomposed, "item") == unicodedata.normalize("NFC", name).replace(" ", "_")
    assert name_key(name) == name_key(decomposed) == name_key(slug)


@pytest.mark.parametrize("name", DISGUISED + EMOJI + ELSEWHERE)
def test_what_disguises_a_name_or_is_none_elsewhere_is_refused(name):
    with pytest.raises(InputError) as caught:
        folder_name(name, "item")
    assert str(caught.value).startswith("item ") and len(str(caught.value).splitlines()) == 1


def test_a_name_is_as_long_as_its_bytes():
    assert folder_name("ก" * 80, "item") == "ก" * 80
    for name in ("a" * 81, "\U00010400" * 61, "ก" * 81):
        with pytest.raises(InputError, match="longer than 80 characters, or 240 bytes"):
            folder_name(name, "item")
    cut = shortened("ก" * 80)
    assert len(cut) == 33 and len(f".{cut}_{cut}_12345.png.part".encode()) <= 255


@given(st.text(max_size=100) | st.sampled_from(WRITTEN + DISGUISED + EMOJI + ELSEWHERE))
def test_any_folder_gets_a_safe_name(name):
    safe = safe_names([name], "item")[name]
    assert folder_name(safe, "item") == safe
    assert len(f".{safe}.yaml.part".encode()) <= 255
    with contextlib.suppress(InputError):
        assert folder_name(name, "item") == safe  # a name that is one already stays


@given(st.lists(st.text("ab#(1) _é.", min_size=1, max_size=6), max_size=8))
def test_different_folders_get_different_names(names):
    try:
        safe = safe_names(names, "item")
    except InputError:
        return
    same = {re.sub(r"\s+", "_", composed(name.strip())) for name in names}
    assert len({name_key(one) for one in safe.values()}) == len(same)
    for name in names:
        assert folder_name(safe[name], "item") == safe[name]


@pytest.mark.parametrize(
    ("name", "safe"),
    [("bottle (1)", "bottle_1"), ("hex nut, M8", "hex_nut_M8"), ("part #3 [new]", "part_3_new"), ("🙂", "unnamed"),
     ("con", "_con"), (".hidden", "_.hidden"), ("v1.", "v1"), ("Flo\u0308te 🙂", "Flöte"), ("it's", "it_s")],
)  # fmt: skip
def test_the_rule_by_example(name, safe):
    assert safe_names([name], "item") == {name: safe}


def test_two_that_come_to_one_name_are_numbered_and_a_proper_name_stays():
    assert safe_names(["a (1)", "a #1", "a_1"], "item") == {"a_1": "a_1", "a #1": "a_1_2", "a (1)": "a_1_3"}
    assert safe_names(["Flöte", "Flo\u0308te"], "item") == {"Flöte": "Flöte", "Flo\u0308te": "Flöte"}


@pytest.mark.parametrize(
    ("first", "second"),
    [("Crack", "crack"), ("STRASSE", "straße"), ("ÖL", "o\u0308l"), ("می\u200cخ", "میخ"), ("ΣΑΣ", "σας")],
)
def test_names_that_differ_in_case_or_unseen_are_refused(first, second):
    for check in (check_names_differ, safe_names):
        with pytest.raises(InputError, match="are one name on other systems"):
            check([first, second], "type")


def test_a_folder_is_found_in_either_form(tmp_path):
    there = tmp_path / "Flo\u0308te" / "gru\u0308n"
    there.mkdir(parents=True)
    (there / "a.png").write_bytes(b"1")
    assert place(tmp_path, "Flöte", "item") == tmp_path / "Flo\u0308te"
    assert on_disk(tmp_path, "Flöte/grün/a.png").read_bytes() == b"1"
    assert on_disk(tmp_path, "Flöte/grün/é.png") == there / "é.png"
    assert place(tmp_path, "new", "item") == tmp_path / "new"
    assert place(tmp_path / "gone", "new", "item") == tmp_path / "gone/new"
    with pytest.raises(InputError, match="is one name with"):
        place(tmp_path, "flöte", "item")


@pytest.mark.parametrize("name", ["\ud800", "a/\ud800/b.png", "a\0b", "ก" * 300])
def test_what_no_disk_takes_is_not_there(tmp_path, name):
    assert on_disk(tmp_path, name) == tmp_path / name
    files = OwnFiles(tmp_path, b"{}", lambda path: on_disk(tmp_path, path))
    with pytest.raises(InputError, match="is missing or cut off, and line 1 of"):
        files.check(1, {"image": name, "mask": name, "images": []})
    files.add({"image": name, "mask": name, "images": []}, {name: b"x"})
    assert files.lost() == ["settings.json", "trajectories.jsonl", name]
