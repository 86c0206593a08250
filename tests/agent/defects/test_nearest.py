"""What no family has a word for is taken by notes, else drawn from its attributes."""

from __future__ import annotations

import pytest

from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.describing import describe
from anomaly_agent.agent.defects.nearest import Note, meaning_of, meant
from anomaly_agent.agent.defects.word_vectors import has_vectors, nearest_word
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.tools.knowledge_retrieval import Entry, KnowledgeBase
from anomaly_agent.agent.tools.knowledge_retrieval.meaning import with_meaning

NOTES = (
    Note(("zorblax", "deep hole"), "Seen on plates."),
    Note(("other",), "A quibble is a thin dark crack near the rim."),
)


@pytest.mark.parametrize(("text", "family"), [("zorblax", "hole"), ("two dark zorblax", "hole"), ("quibble", "crack")])
def test_notes_say_what_a_word_is(text, family):
    asked = meant(text, NOTES).first
    assert (asked.family, asked.taken) == (family, "notes")
    assert describe(meaning_of(text, NOTES)).first.family == family


def test_what_else_the_text_says_is_kept():
    said = meant("two dark zorblax in the upper left", NOTES).first.attributes
    assert (said.count, said.tone, said.cell) == ((2, 2), "dark", (0, 0))


@pytest.mark.parametrize("text", ["scratch", "긁힘", "scrach"])
def test_what_is_known_needs_no_meaning(text):
    assert meaning_of(text, NOTES) == ""


def test_what_nobody_knows_is_another_defect():
    asked = meant("frobnicx", NOTES).first
    assert (asked.family, asked.taken) == ("other", "other")


def test_a_users_note_gives_a_task_its_meaning():
    image = render_normal("hex_nut", 0, 64)
    knowledge = KnowledgeBase.from_passages([Entry("nut", "zorblax", "A zorblax is a scratch.", "mine", user=True)])
    task = with_meaning(Task(image, "nut", "zorblax"), knowledge)
    assert describe(task.asked).first.family == "scratch"
    corrected = Task(image, "nut", "zorblax", meaning="3 dents")
    assert with_meaning(corrected, knowledge) is corrected


@pytest.mark.skipif(not has_vectors(), reason="needs the extra `vectors`")
def test_word_vectors_find_the_nearest_group():
    assert nearest_word("wound", (("fracture", "broken"), ("banana", "apple"))) in ("fracture", "broken")
    assert nearest_word("zorblax", (("fracture", "broken"),)) is None
