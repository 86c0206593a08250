"""Words of a text as the search compares them, and the correction of misspelled ones."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection

from ...defects.naming import singular
from .synonyms import PHRASES, SPELLINGS

# More of a query than this is ignored, so that no text costs more than it is worth.
_MOST_CHARACTERS, _MOST_WORDS = 400, 24
_WORD = re.compile(r"[^\W\d_]+|\d+")
_CUTOFF = 0.82


def words(text: str) -> list[str]:
    """Lower-case words and numbers ("pcb1": pcb, 1), in American spelling, in the singular."""
    plain = unicodedata.normalize("NFKC", text[:_MOST_CHARACTERS]).lower()
    found = [SPELLINGS.get(stem, stem) for stem in map(singular, _WORD.findall(plain)[:_MOST_WORDS])]
    joined = f" {' '.join(found)} "
    for phrase, single in PHRASES.items():
        joined = joined.replace(f" {phrase} ", f" {single} ")
    return joined.split()


def exact(text: str) -> str:
    """Letters and digits only, plurals kept: what two spellings of one name ("Metal nut", "metal_nut") share."""
    plain = unicodedata.normalize("NFKC", text[:_MOST_CHARACTERS]).lower()
    return "".join(SPELLINGS.get(word, word) for word in _WORD.findall(plain))


def corrected(word: str, vocabulary: Collection[str]) -> str:
    """The closest word of the vocabulary with the same first letter, or the word itself where none is close."""
    if len(word) < 4 or word.isdigit() or word in vocabulary:
        return word
    near = [known for known in vocabulary if known[0] == word[0] and abs(len(known) - len(word)) <= 2]
    letters = sorted(word)
    for known in near:
        if sorted(known) == letters:
            return known
    close = difflib.get_close_matches(word, sorted(near), n=1, cutoff=_CUTOFF)
    return close[0] if close else word
