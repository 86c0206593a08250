"""The knowledge base: SQLite full-text search with BM25 ranking, tolerant of spelling and synonyms."""

from __future__ import annotations

import difflib
import re
import sqlite3
import threading
from functools import lru_cache
from pathlib import Path

from ...defects.families import FAMILIES, resolve
from ...errors import UnknownAnomalyError
from ..interfaces import Passage
from .loading import Entry, load_folder

_PACKAGED = Path(__file__).parent / "packaged"
# Weights of the columns item, anomaly, synonyms, family and text in BM25.
_WEIGHTS = (6.0, 8.0, 4.0, 3.0, 1.0)
# What an exact item, an exact defect and a user's own passage add to the rank, in units of BM25.
_EXACT_ITEM, _EXACT_ANOMALY, _USER = 20.0, 12.0, 4.0

_SYNONYMS: dict[str, tuple[str, ...]] = {
    "pcb": ("printed", "circuit", "board"),
    "nick": ("chip",),
    "blowhole": ("pore", "hole"),
    "pore": ("hole",),
    "pinhole": ("hole",),
    "rust": ("corrosion",),
    "fibre": ("thread", "fiber"),
    "fiber": ("thread",),
    "hair": ("thread",),
    "smear": ("stain", "contamination"),
    "stain": ("contamination",),
    "dirt": ("contamination",),
    "colour": ("color",),
    "discolouration": ("discoloration",),
    "grey": ("gray",),
    "steel": ("metal",),
    "iron": ("metal",),
    "aluminium": ("metal",),
    "aluminum": ("metal",),
    "brass": ("metal",),
    "copper": ("metal",),
    "porcelain": ("ceramic",),
    "tile": ("ceramic",),
    "tyre": ("rubber",),
    "cloth": ("textile",),
    "fabric": ("textile",),
    "concrete": ("stone",),
    "road": ("stone", "asphalt"),
    "cookie": ("food",),
    "biscuit": ("food",),
    "bread": ("food",),
    "cardboard": ("paper",),
    "painted": ("paint",),
    "lacquer": ("paint",),
}


class KnowledgeBase:
    """Passages on how defects look. Safe to use from several threads; an instance belongs to one process."""

    def __init__(self, entries: list[Entry]) -> None:
        self._lock = threading.Lock()
        self._entries = list(entries)
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.execute(
            "CREATE VIRTUAL TABLE passages USING fts5(item, anomaly, synonyms, family, text, tokenize='porter unicode61')"
        )
        rows = [(_plain(e.item), _plain(e.anomaly), _plain(e.synonyms), _family(e.anomaly), e.text) for e in entries]
        self._connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?)", rows)
        self._vocabulary = sorted({word for row in rows for word in " ".join(row[:4]).split()})
        self._known = set(self._vocabulary)

    @classmethod
    def packaged(cls, *folders: Path) -> KnowledgeBase:
        """The packaged passages and those of users' folders. Raises InputError for a folder that cannot be read."""
        entries = list(_packaged_entries())
        for folder in folders:
            entries += load_folder(Path(folder))
        return cls(entries)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All passages as written."""
        return tuple(self._entries)

    def search(self, item: str, anomaly: str, limit: int = 3) -> list[Passage]:
        """Passages on a defect of an item, best first: the very pair, then the item or its material with such a defect.

        A passage that matches only the item, or only common words of its text, is left out; so the list may be empty.
        """
        item_words, anomaly_words = self._words(item), self._words(anomaly)
        family = _family(anomaly)
        wanted = [*item_words, *anomaly_words, *family.split()]
        if not wanted:
            return []
        # Quoted, so that no character of a user's text is an operator of the query language.
        query = " OR ".join(f'"{word}"' for word in dict.fromkeys(wanted))
        weights = ", ".join(str(weight) for weight in _WEIGHTS)
        with self._lock:
            rows = self._connection.execute(
                f"SELECT rowid, -bm25(passages, {weights}) FROM passages WHERE passages MATCH ? ORDER BY 2 DESC LIMIT 60",
                (query,),
            ).fetchall()
        item_set, anomaly_set = set(item_words), set(anomaly_words)
        ranked = []
        for rowid, score in rows:
            entry = self._entries[rowid - 1]
            own_item = set(_plain(entry.item).split())
            own_anomaly = set(f"{_plain(entry.anomaly)} {_plain(entry.synonyms)}".split())
            exact = _plain(entry.anomaly) == _plain(anomaly)
            related = exact or bool(anomaly_set & own_anomaly) or _family(entry.anomaly) == family != ""
            if not related or not (item_set & own_item):
                continue
            rank = score + _EXACT_ITEM * (_plain(entry.item) == _plain(item)) + _EXACT_ANOMALY * exact + _USER * entry.user
            ranked.append(Passage(entry.text, entry.source, f"{entry.item}: {entry.anomaly}", round(float(rank), 3)))
        ranked.sort(key=lambda passage: (-passage.rank, passage.source))
        return ranked[:limit]

    def _words(self, text: str) -> list[str]:
        """Words of a query: corrected where misspelled, with synonyms."""
        found: list[str] = []
        for word in _plain(text).split():
            known = word if word in self._known or word in _SYNONYMS else self._corrected(word)
            found += [known, *_SYNONYMS.get(known, ())]
        return list(dict.fromkeys(found))

    def _corrected(self, word: str) -> str:
        if len(word) < 4:
            return word
        close = difflib.get_close_matches(word, self._vocabulary, n=1, cutoff=0.78)
        return close[0] if close else word


@lru_cache(maxsize=1)
def _packaged_entries() -> tuple[Entry, ...]:
    return tuple(load_folder(_PACKAGED, user=False))


def _plain(text: str) -> str:
    """Lower-case words of letters and digits, plurals cut."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return " ".join(w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith(("ss", "us")) else w for w in words)


@lru_cache(maxsize=2048)
def _family(anomaly: str) -> str:
    """The defect family's name, "" where the text maps to none."""
    try:
        return FAMILIES[resolve(anomaly).family].name
    except UnknownAnomalyError:
        return ""
