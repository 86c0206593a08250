"""The knowledge base: coverage of the packaged passages, tolerance of queries, users' folders and their errors."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mvtec_ad import MVTEC_AD

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.protocol import Found, Passage, write_observation
from anomaly_agent.agent.defects.describing import resolve
from anomaly_agent.agent.defects.families import FAMILIES
from anomaly_agent.agent.defects.naming import default_families
from anomaly_agent.agent.defects.prompt_text import read_prompt
from anomaly_agent.agent.tools.knowledge_retrieval import Entry, KnowledgeBase
from anomaly_agent.agent.tools.knowledge_retrieval.loading import load_folder

VISA = {
    "candle": ("chunk of wax missing", "different colour spot", "extra wax in candle", "weird candle wick"),
    "capsules": ("bubble", "discolor", "leak", "misshape", "scratch"),
    "cashew": ("burnt", "corner or edge breakage", "middle breakage", "small holes", "stuck together"),
    "chewinggum": ("chunk of gum missing", "corner missing", "cracks", "scratches", "similar colour spot"),
    "fryum": ("burnt", "fryum stuck together", "middle breakage", "small scratches"),
    "macaroni1": ("chip around edge and corner", "different colour spot", "small cracks", "small scratches"),
    "macaroni2": ("breakage down the middle", "color spot similar to the object", "small chip around edge"),
    "pcb1": ("bent", "melt", "missing", "scratch"),
    "pcb2": ("bent", "melt", "missing", "scratch"),
    "pcb3": ("bent", "melt", "missing", "scratch"),
    "pcb4": ("burnt", "damage", "dirt", "extra", "missing", "scratch", "wrong place"),
    "pipe_fryum": ("burnt", "different colour spot", "small cracks", "stuck together"),
}
PAIRS = [(item, kind) for types in (MVTEC_AD, VISA) for item, kinds in types.items() for kind in kinds]


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    return KnowledgeBase.packaged()


@pytest.mark.parametrize(("item", "anomaly"), PAIRS)
def test_every_type_of_the_datasets_has_its_own_passage(base: KnowledgeBase, item: str, anomaly: str) -> None:
    first = base.search(item, anomaly)[0]
    assert (first.title, first.source) == (f"{item}: {anomaly}", f"packaged/{item}.md#{anomaly}")


def test_every_passage_is_found_first_by_its_own_names(base: KnowledgeBase) -> None:
    for entry in base.entries:
        assert base.search(entry.item, entry.anomaly)[0].text == entry.text


def test_passages_are_distinct_short_paragraphs(base: KnowledgeBase) -> None:
    texts = [entry.text for entry in base.entries]
    assert len(set(texts)) == len(texts) == len({entry.source for entry in base.entries})
    assert min(map(len, texts)) >= 100
    assert max(map(len, texts)) <= 400
    assert all(2 <= text.count(". ") + 1 <= 3 and text.endswith(".") and "\n" not in text for text in texts)


def test_generic_passages_cover_every_family(base: KnowledgeBase) -> None:
    for family in default_families():
        assert any(entry.anomaly == family and not entry.user for entry in base.entries)


def test_passages_can_be_read_as_prompts(base: KnowledgeBase) -> None:
    """A policy takes place, tone and edge over from a passage, so its words are those that the prompt reader knows."""
    edits = [
        (read_prompt(entry.text, entry.anomaly)[0], resolve(entry.anomaly).family)
        for entry in base.entries
        if entry.anomaly in FAMILIES or entry.item in MVTEC_AD
    ]
    assert sum(edit.family == family for edit, family in edits) > 0.95 * len(edits)
    assert sum(edit.softness is not None for edit, _ in edits) > 0.7 * len(edits)
    assert sum(edit.size is not None for edit, _ in edits) > 0.9 * len(edits)


@pytest.mark.parametrize(
    ("item", "anomaly", "title"),
    [
        ("botle", "contaminaton", "bottle: contamination"),
        ("Bottle", "Broken Large", "bottle: broken_large"),
        ("cabel", "misssing wire", "cable: missing_wire"),
        ("carpet", "fibres", "carpet: thread"),
        ("carpet", "hair", "carpet: thread"),
        ("chewing gum", "crack", "chewinggum: cracks"),
        ("hazelnuts", "cracked", "hazelnut: crack"),
        ("tile", "grey_stroke", "tile: gray_stroke"),
        ("leather", "colour", "leather: color"),
        ("metal nut", "scraches", "metal_nut: scratch"),
        ("zipper", "broken tooth", "zipper: broken_teeth"),
        ("tooth brush", "defect", "toothbrush: defective"),
        ("capsule", "scratch", "capsule: scratch"),
        ("capsules", "scratch", "capsules: scratch"),
        ("pcb 1", "melted", "pcb1: melt"),
        ("printed circuit board", "mouse bite", "printed circuit board: chip"),
        ("steel plate", "rust", "metal: corrosion"),
        ("screw", "rusty", "metal: corrosion"),
        ("aluminium sheet", "nick", "metal: chip"),
        ("ceramic mug", "blow hole", "ceramic: hole"),
        ("rubber seal", "tear", "rubber: cut"),
        ("window", "discolouration", "glass: discoloration"),
        ("cookie", "hole", "food: hole"),
        ("asphalt", "crack", "stone: crack"),
        ("cotton cloth", "smear", "textile: contamination"),
        ("painted panel", "peeling", "painted surface: chip"),
        ("cashew nut", "burn", "cashew: burnt"),
    ],
)
def test_spelling_synonyms_and_materials(base: KnowledgeBase, item: str, anomaly: str, title: str) -> None:
    assert base.search(item, anomaly)[0].title == title


def test_order_is_pair_then_near_item_then_material(base: KnowledgeBase) -> None:
    found = base.search("capsules", "scratch")
    assert [passage.title for passage in found] == ["capsules: scratch", "capsule: scratch", "plastic: scratch"]
    assert [passage.rank for passage in found] == sorted((passage.rank for passage in found), reverse=True)
    assert base.search("capsules", "scratch", limit=1) == found[:1]
    assert base.search("capsules", "scratch", limit=0) == []


@pytest.mark.parametrize(
    ("item", "anomaly"),
    [("unicorn", "teleportation"), ("bottle", "teleportation"), ("unicorn", "scratch"), ("", ""), ("bottle", ""),
     ("", "scratch"), ("_", "!"), ("table", "scratch")],
)  # fmt: skip
def test_nothing_found_is_said_plainly(base: KnowledgeBase, item: str, anomaly: str) -> None:
    found = base.search(item, anomaly)
    assert found == []
    text = write_observation(Found(tuple(found), item, anomaly))
    assert "Nothing found" in text
    assert repr(item) in text
    assert repr(anomaly) in text


def test_the_text_names_the_source_of_every_passage(base: KnowledgeBase) -> None:
    found = base.search("bottle", "broken_large")
    lines = write_observation(Found(tuple(found), "bottle", "broken_large")).split("\n")
    assert lines == [f"[{passage.source}] {passage.text}" for passage in found]


HOSTILE = ['"', "'; DROP TABLE passages; --", "a AND OR NOT NEAR(", "item:*", "^ - + {x} : (", "\x00\ud800",
           '"" OR "a*"', "scratch" * 50_000, "a " * 50_000, "½²", "كرسي 椅子", "NOT"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_queries(base: KnowledgeBase, text: str) -> None:
    for item, anomaly in ((text, text), ("bottle", text), (text, "scratch")):
        assert all(isinstance(passage, Passage) for passage in base.search(item, anomaly))


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=40) | st.sampled_from(("bottle", "metal")),
    st.text(max_size=40) | st.sampled_from(("hole", "dent")),
)
def test_any_text_is_a_query(item: str, anomaly: str) -> None:
    found = SHARED.search(item, anomaly)
    assert len(found) <= 3
    assert write_observation(Found(tuple(found), item, anomaly))


SHARED = KnowledgeBase.packaged()


def test_threads_share_a_base(base: KnowledgeBase) -> None:
    expected = {pair: base.search(*pair) for pair in PAIRS}
    wrong: list[tuple[str, str]] = []

    def work() -> None:
        wrong.extend(pair for pair in PAIRS if base.search(*pair) != expected[pair])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_import_opens_no_file() -> None:
    code = (
        "import sqlite3, anomaly_agent.agent.tools.knowledge_retrieval.base as base; "
        "assert base._packaged_entries.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def _folder(path: Path, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return path


def test_users_markdown_outranks_the_packaged_passage(tmp_path: Path) -> None:
    text = "# bottle\n\n## broken_large\nAlso called: smashed mouth\n\nOurs: an\narc.\n\n## frost\nIcy film.\n"
    base = KnowledgeBase.packaged(_folder(tmp_path, mine__md=text))
    first, second = base.search("bottle", "broken_large")[:2]
    assert (first.text, first.source) == ("Ours: an arc.", "mine.md#broken_large")
    assert second.source == "packaged/bottle.md#broken_large"
    assert first.rank > second.rank
    assert base.search("bottle", "smashed mouth")[0].source == "mine.md#broken_large"
    assert base.search("bottles", "frosts")[0].text == "Icy film."


def test_users_json_and_several_folders(tmp_path: Path) -> None:
    records = [
        {"item": "widget", "anomaly": "glitch", "text": "Flickers.", "synonyms": ["hiccup"]},
        {"item": "椅子", "anomaly": "Kratzer", "text": "Dünn und hell."},
    ]
    one = _folder(tmp_path / "one", a__json=json.dumps(records))
    two = _folder(tmp_path / "two", b__md="\ufeff# gizmo\n## scratch\nThin.\n")
    base = KnowledgeBase.packaged(one, two)
    assert base.search("widgets", "hiccup")[0].source == "a.json#glitch"
    assert base.search("wiget", "glitch")[0].text == "Flickers."
    assert base.search("椅子", "kratzer")[0].text == "Dünn und hell."
    assert base.search("Gizmo", "scratches")[0].text == "Thin."


def test_how_often_a_defect_occurs_is_read(tmp_path: Path) -> None:
    text = "# cup\n## crack\nOccurs: often\nThin.\n## dent\nOccurs: Seldom.\nFlat.\n## hole\nDark.\n# jar\n## crack\nFine.\n"
    records = [
        {"item": "cup", "anomaly": "stain", "text": "Brown.", "occurs": "Often"},
        {"item": "cup", "anomaly": "chip", "text": "Sharp.", "occurs": "seldom"},
        {"item": "cup", "anomaly": "scratch", "text": "Long."},
    ]
    entries = load_folder(_folder(tmp_path, a__md=text, b__json=json.dumps(records)))
    assert {(entry.item, entry.anomaly) for entry in entries if entry.often} == {("cup", "crack"), ("cup", "stain")}
    assert len(entries) == 7 and entries[0].text == "Thin."


def test_from_passages_holds_nothing_else() -> None:
    base = KnowledgeBase.from_passages([Entry("disc", "warp", "Wavy.", "notes")])
    assert [passage.source for passage in base.search("disc", "warp")] == ["notes"]
    assert base.search("bottle", "broken_large") == []
    assert KnowledgeBase.from_passages([]).search("bottle", "hole") == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.md", "## scratch\nText.\n", "a.md:1: "),
        ("a.md", "# cup\nHello.\n", "a.md:2: "),
        ("a.md", "# cup\n## scratch\n\n## dent\nText.\n", "a.md:2: no text below"),
        ("a.md", "# cup\n##\nText.\n", "a.md:2: empty heading"),
        ("a.md", "", "a.md: no passage"),
        ("a.json", "[{,]", "a.json:1: not valid JSON"),
        ("a.json", '[\n{"item": "cup"\n"anomaly": 1}]', "a.json:3: not valid JSON"),
        ("a.json", "{}", "a.json: not a list"),
        ("a.json", "[]", "a.json: no passage"),
        ("a.json", "[3]", "a.json: record 1 is not an object"),
        ("a.json", '[{"item": "cup", "anomaly": " ", "text": "x"}]', "a.json: record 1 has no anomaly"),
        ("a.json", '[{"item": "cup", "anomaly": "dent", "text": "x", "synonyms": [1]}]', "record 1: synonyms"),
        ("a.json", '[{"item": "cup", "anomaly": "dent", "text": "\\ud800"}]', "record 1 holds half a character"),
        ("a.md", "# cup\n## dent\nOccurs: daily\nFlat.\n", "a.md:3: occurs 'daily'; write 'often' or 'seldom'"),
        ("a.json", '[{"item": "cup", "anomaly": "dent", "text": "x", "occurs": 3}]', "a.json: record 1: occurs '3'"),
        ("a.json", "[" * 100_000, "nested more than 64 deep"),
        ("a.json", "[" + "9" * 10_000 + "]", "a.json: "),
    ],
)
def test_malformed_files_are_named(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        KnowledgeBase.packaged(tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unusable_folders_and_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such knowledge folder"):
        KnowledgeBase.packaged(tmp_path / "absent")
    with pytest.raises(InputError, match=r"no \.md or \.json file"):
        KnowledgeBase.packaged(tmp_path)
    path = tmp_path / "a.md"
    path.write_bytes(b"# caf\xe9\n## dent\nText.")
    with pytest.raises(InputError, match=r"a\.md: not UTF-8"):
        KnowledgeBase.packaged(tmp_path)
    path.write_text("# cup\n## dent\n" + "x" * 5_000_001)
    with pytest.raises(InputError, match=r"a\.md: larger than 5 MB"):
        KnowledgeBase.packaged(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match=r"a\.md: cannot be read"):
        KnowledgeBase.packaged(tmp_path)
