"""What a text means that no family has a word for: by notes, by word vectors, else another defect with what it says else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from . import attribute_words as words
from .describing import describe
from .description import Attributes, Description
from .description_text import write_description
from .families import FAMILIES, derived
from .naming import find_types, lowered, singular
from .translation import translated
from .word_vectors import nearest_word

# Words of a text that name nothing, beside those of attributes.
_SAYS_NOTHING = frozenset(
    ("a", "an", "the", "of", "on", "in", "at", "by", "with", "and", "or", "to", "from", "near", "mark", "marks", "spot", "area",
     "defect", "defects", "fault", "surface", "part", "product", "very", "not", "no", "some", "any", "other")
)  # fmt: skip
# Characters of a passage in which it says what the thing is.
_SAYS_WHAT = 80
# Said of a defect less than what it is.
_SAYING = (" is ", " are ", " means ", " was ", ": ", " = ")


class Note(NamedTuple):
    """What somebody wrote on a defect: its names, the first of them the heading, and the passage."""

    names: tuple[str, ...]
    passage: str


def meant(text: str, notes: Iterable[Note] = ()) -> Description:
    """What a text asks for; where no family has a word of it, by the notes, the first that says it, or by word vectors, where
    they are installed. The description says which, see Asked.taken."""
    known = describe(text)
    if known.first.taken != "other":
        return known
    said = " ".join(lowered(translated(text)).replace("_", " ").split())
    single = [word for word in said.split() if word.isalpha() and word not in _SAYS_NOTHING and not _is_attribute(word)]
    ways: tuple[tuple[str, Callable[[str], str | None]], ...] = (
        ("notes", lambda word: _by_notes(word, tuple(notes))),
        ("vectors", lambda word: nearest_word(word, single_names())),
    )
    for taken, phrase_of in ways:
        for word in dict.fromkeys([said, *reversed(single)]):
            phrase = phrase_of(word)
            if phrase is not None:
                found = describe(f" {said} ".replace(f" {word} ", f" {phrase} ", 1).strip())
                return Description(
                    tuple(replace(one, words=word, taken=taken) for one in found.defects[:1]), found.remarks
                )
    return known


def meaning_of(text: str, notes: Iterable[Note] = ()) -> str:
    """Task.meaning for an anomaly type: the canonical words of what it is taken for; "" where it says it itself."""
    description = meant(text, notes)
    return write_description(description) if description.first.taken in ("notes", "vectors") else ""


def _is_attribute(word: str) -> bool:
    """Whether a word says how a defect is, rather than what."""
    tables = (words.COLOURS, words.TONES, words.WIDTHS, words.SHAPES, words.RELIEFS, words.GLOSSES, words.COUNTS, words.ANGLES,
              words.DIRECTIONS, words.ORDINALS, words.PARTS, words.ROWS, words.COLUMNS, dict(words.SIZES), dict(words.LENGTHS),
              dict(words.SEVERITIES), dict(words.BREADTHS))  # fmt: skip
    return any(word in table for table in tables)


def _by_notes(word: str, notes: Sequence[Note]) -> str | None:
    """A family's word for what notes are on: by another name that they give it, or by what the passage says it is."""
    stem = _stem(word)
    for note in notes:
        if stem in map(_stem, note.names):
            named = [phrase for name in note.names for _, phrase, _ in find_types(name)] or _said_in(note.passage)
            if named:
                return named[0]
    for note in notes:
        passage = lowered(note.passage)
        for saying in _SAYING:
            at = passage.find(f"{word}{saying}")
            if at >= 0 and (at == 0 or not passage[at - 1].isalnum()):
                named = _said_in(passage[at + len(word) + len(saying) :][:_SAYS_WHAT])
                if named:
                    return named[0]
    return None


def _said_in(passage: str) -> list[str]:
    return [phrase for _, phrase, _ in find_types(passage[: 4 * _SAYS_WHAT])]


def _stem(name: str) -> str:
    return " ".join(singular(word) for word in lowered(name).replace("_", " ").replace("-", " ").split())


@derived()
def single_names() -> tuple[tuple[str, ...], ...]:
    """The phrases of one word that say what a defect is and nothing else, by form: to them a word can be near."""
    forms = (form.phrases for family in FAMILIES.values() for form in family.forms)
    return tuple(tuple(phrase for phrase in phrases if _says_no_more(phrase)) for phrases in forms)


def _says_no_more(phrase: str) -> bool:
    return " " not in phrase and describe(phrase).first.attributes == Attributes()
