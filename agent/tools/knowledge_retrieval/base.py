"""The knowledge base: SQLite full-text search with BM25 ranking, tolerant of spelling and synonyms."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...core.protocol import Passage
from ...defects.describing import resolve
from ...defects.families import changes, derived
from ...defects.naming import kin_of, known_types
from ...defects.nearest import Note
from .loading import Entry, load_folder
from .spelling import corrected, exact, words
from .synonyms import MATERIALS, WEAK, synonyms

_PACKAGED = Path(__file__).parent / "packaged"
# Weights of the columns item, anomaly, synonyms, family and text in BM25.
_WEIGHTS = (6.0, 8.0, 4.0, 3.0, 1.0)
# How well item and anomaly match (see _item_step and _anomaly_step) weighs more than any BM25 score, which adds less
# than _SCORE and decides among equals; a user's passage comes before a packaged one that matches as well.
_ITEM_STEP, _ANOMALY_STEP, _USER, _SCORE = 1000.0, 120.0, 60.0, 50.0
_MOST_CANDIDATES = 300


@dataclass(frozen=True)
class _Indexed:
    """An entry with what a query is compared to. forms: words of its heading and of each synonym."""

    entry: Entry
    item: str
    item_words: tuple[str, ...]
    anomaly: str
    forms: tuple[tuple[str, ...], ...]
    family: str


@dataclass(frozen=True)
class _Query:
    item: str
    item_words: tuple[str, ...]
    materials: frozenset[str]
    anomaly: str
    anomaly_words: tuple[str, ...]
    related: frozenset[str]
    families: tuple[str, ...]


class KnowledgeBase:
    """Passages on how defects look. Safe to use from several threads; an instance belongs to one process."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._lock = threading.Lock()
        self._entries = tuple(entries)
        self._build()

    def _build(self) -> None:
        """Indexes the entries, whose families are those that are registered now."""
        self._built_at = changes()
        self._indexed = [_index(entry) for entry in self._entries]
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.execute(
            "CREATE VIRTUAL TABLE passages "
            "USING fts5(item, anomaly, synonyms, family, text, tokenize='porter unicode61')"
        )
        self._connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?)", map(_row, self._indexed))
        self._item_words = {word for one in self._indexed for word in (*one.item_words, one.item)}
        self._item_words.update(word for names in MATERIALS.values() for word in names)
        self._anomaly_words = {word for one in self._indexed for form in one.forms for word in form}
        self._anomaly_words.update(synonyms(), (word for phrase in _families() for word in phrase))

    @classmethod
    def packaged(cls, *user_folders: Path) -> KnowledgeBase:
        """The packaged passages and those of users' folders. Raises InputError for a folder that cannot be read."""
        entries = list(_packaged_entries())
        for folder in user_folders:
            entries += load_folder(Path(folder))
        return cls(entries)

    @classmethod
    def from_passages(cls, entries: Iterable[Entry]) -> KnowledgeBase:
        """The given passages only."""
        return cls(entries)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All passages as written."""
        return self._entries

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the passages call their defects and say of them, users' first."""
        return tuple(
            Note((entry.anomaly, *(name.strip() for name in entry.synonyms.split(",") if name.strip())), entry.text)
            for entry in sorted(self._entries, key=lambda entry: not entry.user)
        )

    def search(self, item: str, anomaly: str, limit: int = 3) -> list[Passage]:
        """Passages on a defect of an item, at most limit (1 or more), best first.

        First the very pair, then such a defect on an item of a similar name, then on the item's material. A passage
        that matches only the item, or only the defect, is left out; so the list may be empty. Any text is allowed; an
        anomaly that says nothing of its kind ("defect") finds every passage on the item.
        """
        weights = ", ".join(str(weight) for weight in _WEIGHTS)
        with self._lock:
            if self._built_at != changes():
                self._connection.close()
                self._build()
            query = self._query(item, anomaly)
            expression = _expression(query)
            if not expression or limit < 1:
                return []
            rows = self._connection.execute(
                f"SELECT rowid, -bm25(passages, {weights}) AS score FROM passages WHERE passages MATCH ? "
                f"ORDER BY score DESC LIMIT {_MOST_CANDIDATES}",
                (expression,),
            ).fetchall()
        ranked = []
        for rowid, score in rows:
            one = self._indexed[rowid - 1]
            item_step, anomaly_step = _item_step(query, one), _anomaly_step(query, one)
            if item_step and anomaly_step:
                rank = _rank(item_step, anomaly_step, one.entry.user, score)
                title = f"{one.entry.item}: {one.entry.anomaly}"
                ranked.append(Passage(one.entry.text, one.entry.source, title, round(rank, 3)))
        ranked.sort(key=lambda passage: (-passage.rank, passage.source))
        return ranked[:limit]

    def _query(self, item: str, anomaly: str) -> _Query:
        item_words = tuple(corrected(word, self._item_words) for word in words(item))
        anomaly_words = tuple(corrected(word, self._anomaly_words) for word in words(anomaly))
        materials = {name for name, members in MATERIALS.items() if not set(members).isdisjoint(item_words)}
        strong = {word for word in anomaly_words if word not in WEAK}
        related = strong | {other for word in strong for other in synonyms().get(word, ())}
        return _Query(
            exact(item),
            item_words,
            frozenset(materials),
            exact(anomaly),
            anomaly_words,
            frozenset(related),
            _with_kin(_family(anomaly_words)) if strong else (),
        )


@cache
def _packaged_entries() -> tuple[Entry, ...]:
    return tuple(load_folder(_PACKAGED, user=False))


def _index(entry: Entry) -> _Indexed:
    forms = [tuple(words(form)) for form in (entry.anomaly, *filter(str.strip, entry.synonyms.split(",")))]
    family = _family(forms[0])
    return _Indexed(entry, exact(entry.item), tuple(words(entry.item)), exact(entry.anomaly), tuple(forms), family)


def _row(one: _Indexed) -> tuple[str, str, str, str, str]:
    """What the full-text table holds; names also as one word, so that "chewing gum" finds "chewinggum"."""
    heading, *synonyms = one.forms
    return (
        " ".join([*one.item_words, one.item]),
        " ".join([*heading, one.anomaly]),
        " ".join(word for form in synonyms for word in form),
        one.family,
        one.entry.text,
    )


def _expression(query: _Query) -> str:
    """The full-text query: item and defect must both match; the last part lets words in the text count for the rank.

    Every word is quoted, so that none is an operator of the query language.
    """
    items = [*query.item_words, "".join(query.item_words), query.item]
    items += [word for material in sorted(query.materials) for word in material.split()]
    anomalies = [*query.anomaly_words, "".join(query.anomaly_words), query.anomaly]
    anomalies += [*sorted(query.related), *query.families]
    either_item, either_anomaly = _either(items), _either(anomalies)
    if not either_item or not either_anomaly:
        return ""
    if not query.related:
        return f"({{item}} : ({either_item})) AND ({either_item} OR {either_anomaly})"
    return (
        f"({{item}} : ({either_item})) AND ({{anomaly synonyms family}} : ({either_anomaly})) "
        f"AND ({either_item} OR {either_anomaly})"
    )


def _either(terms: list[str]) -> str:
    return " OR ".join(f'"{term}"' for term in dict.fromkeys(terms) if term)


def _rank(item_step: int, anomaly_step: int, user: bool, score: float) -> float:
    # On the item itself, a defect that is only of the same family is worth less than the very defect on one like it.
    item = item_step / 2 if anomaly_step == 1 else float(item_step)
    return _ITEM_STEP * item + _ANOMALY_STEP * anomaly_step + _USER * user + _SCORE * score / (score + _SCORE)


def _item_step(query: _Query, one: _Indexed) -> int:
    """How well the item matches: 5 its name, 4 but for plural or spelling, 3 its name with more, 2 a word of its name,
    1 its material, 0 not at all."""
    if query.item == one.item:
        return 5
    if query.item_words == one.item_words or "".join(query.item_words) == one.item:
        return 4
    name = " ".join(one.item_words)
    if name in MATERIALS and name != "pcb":
        return int(name in query.materials)
    if set(one.item_words) <= set(query.item_words):
        return 3
    shared = set(query.item_words) & set(one.item_words)
    if any(not word.isdigit() and word not in WEAK and (word not in MATERIALS or word == "pcb") for word in shared):
        return 2
    return int(name in query.materials)


def _anomaly_step(query: _Query, one: _Indexed) -> int:
    """How well the defect matches: 6 its name, 5 but for plural or spelling, 4 a synonym, 3 a related word in its name,
    2 in a synonym, 1 its family or one that this is akin to, 0 not at all."""
    if query.anomaly == one.anomaly:
        return 6
    if query.anomaly_words == one.forms[0]:
        return 5
    joined = "".join(query.anomaly_words)
    if any(joined == "".join(form) for form in one.forms):
        return 4
    if not query.related.isdisjoint(one.forms[0]):
        return 3
    if not query.related.isdisjoint(word for form in one.forms for word in form):
        return 2
    return int(not query.related or one.family in query.families)


def _with_kin(family: str) -> tuple[str, ...]:
    return (family, *kin_of(family)) if family else ()


def _family(anomaly: tuple[str, ...]) -> str:
    """The defect family's name by the longest known phrase, the later among equals; "" where there is none."""
    families = _families()
    for length in range(min(len(anomaly), 6), 0, -1):
        for start in range(len(anomaly) - length, -1, -1):
            family = families.get(anomaly[start : start + length])
            if family is not None:
                return family
    return ""


@derived()
def _families() -> dict[tuple[str, ...], str]:
    return {tuple(words(phrase)): resolve(phrase).family for phrase in known_types()}
