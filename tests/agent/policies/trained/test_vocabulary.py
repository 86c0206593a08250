"""The vocabulary, and the words by which a checkpoint is told of families, its own and others."""

from __future__ import annotations

import json

import blister
import pytest

from anomaly_agent.agent.defects.families import FAMILIES, registered
from anomaly_agent.agent.policies.trained import vocabulary as w
from anomaly_agent.agent.policies.trained.policy import SHIPPED

#: The families of 0.1, in its order.
FIRST = (
    "scratch", "crack", "dent", "hole", "chip", "contamination", "discoloration", "thread", "cut", "bend", "corrosion",
    "print",
)  # fmt: skip


def shipped_tokens() -> dict[str, int]:
    return json.loads((SHIPPED / "tokenizer.json").read_text())["model"]["vocab"]


def test_the_shipped_tokenizer_is_the_vocabulary_of_its_families() -> None:
    tokens = shipped_tokens()
    assert sorted(tokens, key=tokens.__getitem__) == w.vocabulary(FIRST)
    assert list(tokens.values()) == list(range(240))


def test_a_new_vocabulary_has_every_family_and_other() -> None:
    words = w.vocabulary()
    assert {f" {name}" for name in FAMILIES} <= set(words) and words.count(" other") == 1
    assert set(words) - set(w.vocabulary(FIRST)) == {f" {name}" for name in FAMILIES if name not in FIRST}
    with registered(blister.FAMILY):
        assert set(w.vocabulary()) - set(words) == {" blister"}


def test_words_that_are_no_families_are_not_taken_for_them() -> None:
    found = w.families_in(shipped_tokens())
    assert set(FIRST) <= found and not {"seam", "dark", "texture", "other"} & found


@pytest.mark.parametrize(
    ("known", "family", "word"),
    [
        (FIRST, "crack", "crack"), (FIRST, "irregularity", "contamination"), (FIRST, "blister", "dent"),
        ((*FIRST, "other"), "blister", "other"), (("scratch",), "blister", "blister"),
    ],
)  # fmt: skip
def test_a_family_without_a_word_is_other_or_its_kin(known: tuple[str, ...], family: str, word: str) -> None:
    with registered(blister.FAMILY):
        assert w.word_of(family, known) == word
