"""What a person asks for in Korean, Chinese, Japanese, German or Spanish, as English words that the grammar reads.

No sentence is translated: words are replaced, by the tables in languages/, as the grammar takes them out by their kind. Only
what says where needs its order, "near the" before the part, and gets it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..core.errors import InputError
from ..core.json_reading import read_json
from ..core.task import MAX_MEANING
from . import attribute_words as words
from .families import derived
from .naming import lowered, singular, stemmed

_FOLDER = Path(__file__).parent / "languages"
#: Their codes: those that are written without blanks, and those with words of Latin letters.
UNSPACED, SPACED = ("ko", "zh", "ja"), ("de", "es")
_KANA, _HANGUL, _HAN = (re.compile(f"[{letters}]") for letters in ("぀-ヿ", "가-힣", "㐀-鿿"))
# A word, a number, or a single other character.
_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
# What German and Spanish words end in beside their stems, the longest first; the joints within German compounds.
_ENDINGS = {"de": ("en", "er", "es", "em", "e", "n", "s"), "es": ("es", "as", "os", "a", "s")}
_JOINTS = ("", "s", "n", "en", "es", "e")
_PLURALS = {"de": ("n", "en", "e"), "es": ("s", "es", "os", "as")}
# The shortest word that is taken for a part of a compound, and for its last part behind a word that nobody knows.
_SHORTEST_PART, _SHORTEST_HEAD = 3, 5
# A longer one is no word, whose parts would take long to try.
_LONGEST_WORD = 40
# English words without which no English phrase of some length is.
_ENGLISH = frozenset(("the", "of", "on", "with", "and", "near", "from", "to", "at", "by", "is", "its", "this", "that"))
# Names of defects that have no plural.
_ADJECTIVES = frozenset(
    (
        "torn",
        "bent",
        "broken",
        "rusty",
        "burnt",
        "worn",
        "missing",
        "wet",
        "uneven",
        "dirty",
        "rough",
        "cut",
        "broken off",
    )
)
_NUMBERS = frozenset((*words.COUNTS, *words.ORDINALS, "both"))
# A number in digits with the counter of things behind it says how many, also behind the things' name.
_COUNTED = re.compile(r"(1[0-2]|[1-9])(?!\d) ?(?:개|줄|곳|군데|本|個|つ|か所|箇所|ケ所|个|条|道|处|块|根)")


@dataclass(frozen=True)
class Language:
    """A table of languages/. words: phrase -> English; a phrase of an unspaced language has no blanks. nouns: those of them that
    name a defect or a part. behind: words that stand behind the part that they put a defect to -> what stands before it in
    English. weak: such words that say it only behind a part. particles: what says nothing behind another word. english: words
    of the language that are English ones, too."""

    code: str
    words: dict[str, str]
    nouns: frozenset[str]
    parts: frozenset[str]
    behind: dict[str, str]
    weak: frozenset[str]
    particles: frozenset[str]
    english: frozenset[str]
    longest: int


@cache
def language(code: str) -> Language:
    """The table of a language of UNSPACED or SPACED."""
    table = read_json((_FOLDER / f"{code}.json").read_text(encoding="utf-8"))
    spelled = _spelled if code in SPACED else _unspaced
    parts, defects, others = (
        {spelled(phrase): english for phrase, english in table[kind].items()} for kind in ("parts", "defects", "words")
    )
    known = {**others, **parts, **defects}
    return Language(
        code,
        known,
        frozenset(parts) | frozenset(defects),
        frozenset(parts),
        {spelled(phrase): english for phrase, english in table.get("behind", {}).items()},
        frozenset(table.get("weak", ())),
        frozenset(map(spelled, table.get("particles", ()))),
        frozenset(map(spelled, table.get("english", ()))),
        max(len(phrase.split()) if code in SPACED else len(phrase) for phrase in known),
    )


def translated(text: str) -> str:
    """English words for a text in one of the five languages; the text itself for any other. Raises InputError for one longer than
    MAX_MEANING."""
    if len(text) > MAX_MEANING:
        raise InputError(
            f"anomaly type {text[:20]!r}... has {len(text)} characters, but {MAX_MEANING} is the most: name the defect alone"
        )
    plain = unicodedata.normalize("NFKC", text)
    if _HANGUL.search(plain):
        return _unspaced_text(plain, language("ko"))
    if _KANA.search(plain):
        return _unspaced_text(plain, language("ja"))
    if _HAN.search(plain):
        both = [_unspaced_text(plain, language(code)) for code in ("zh", "ja")]
        # The one that leaves fewer characters; Chinese where both leave as many.
        return min(both, key=lambda english: len(_HAN.findall(english)))
    return _spaced_text(plain)


# --- Korean, Chinese, Japanese -------------------------------------------------------------------------------------------


def _unspaced(phrase: str) -> str:
    return "".join(unicodedata.normalize("NFKC", phrase).split())


def _unspaced_text(text: str, table: Language) -> str:
    text = " ".join(lowered(text).split())
    out: list[str] = []
    kinds: list[str] = []
    start, matched = 0, False
    while start < len(text):
        if text[start] == " ":
            matched, start = False, start + 1
            continue
        counted = None if start and text[start - 1].isdigit() else _COUNTED.match(text, start)
        if counted:
            out.append(_number_word(int(counted[1])))
            kinds.append("word")
            matched, start = True, counted.end()
            continue
        end, found = _longest(text, start, table, matched)
        if found is None:
            # What is unknown stays together as it is written.
            if kinds and kinds[-1] == "unknown" and text[start - 1] != " ":
                out[-1] += text[start]
            else:
                out.append(text[start])
                kinds.append("unknown")
            matched, start = text[start].isdigit(), start + 1
            continue
        kind, english = found
        if kind in ("behind", "weak"):
            _put_before(out, kinds, english, kind)
        elif english:
            out.append(english)
            kinds.append(kind)
        matched, start = True, end
    return " ".join(out) if any(kind != "unknown" for kind in kinds) else text


@cache
def _number_word(number: int) -> str:
    return next(word for word, count in words.COUNTS.items() if count == (number, number) and word.isalpha())


def _longest(text: str, start: int, table: Language, matched: bool) -> tuple[int, tuple[str, str] | None]:
    """(end, (kind, English)) of the longest phrase that begins at a character; matched: one ends just before it."""
    key, ends = "", []
    for end in range(start, len(text)):
        if text[end] != " ":
            key += text[end]
            ends.append(end + 1)
        if len(ends) == table.longest:
            break
    for length in range(len(ends), 0, -1):
        phrase, end = key[:length], ends[length - 1]
        if phrase in table.behind:
            return end, ("weak" if phrase in table.weak else "behind", table.behind[phrase])
        if phrase in table.words and (length > 1 or table.code != "ko" or _is_word(text, start, end, table, matched)):
            return end, ("part" if phrase in table.parts else "word", table.words[phrase])
        if phrase in table.particles and matched:
            return end, ("particle", "")
    return start, None


def _is_word(text: str, start: int, end: int, table: Language, matched: bool) -> bool:
    """Whether a single Korean syllable is a word: others have it as a part of theirs."""
    if not (matched or start == 0 or not _HANGUL.match(text[start - 1])):
        return False
    rest = text[end : end + table.longest].partition(" ")[0]
    rest = rest[: next((index for index, letter in enumerate(rest) if not _HANGUL.match(letter)), len(rest))]
    return not rest or rest in table.particles or rest in table.behind or table.words.get(rest) == "and"


def _put_before(out: list[str], kinds: list[str], english: str, kind: str) -> None:
    """Puts "near the" before the part that was said last, with its number."""
    if kind == "weak" and (not kinds or kinds[-1] != "part"):
        return
    at = max(len(out) - 1, 0)
    while at > 0 and (out[at - 1] in _NUMBERS or out[at - 1].isdigit()):
        at -= 1
    out.insert(at, english)
    kinds.insert(at, "word")


# --- German, Spanish -----------------------------------------------------------------------------------------------------


def _spelled(phrase: str) -> str:
    """In lower case, German umlauts as two letters, without other accents."""
    for letter, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("Ä", "ae"), ("Ö", "oe"), ("Ü", "ue")):
        phrase = phrase.replace(letter, letters)
    plain = unicodedata.normalize("NFD", phrase.lower())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@derived()
def _english_words() -> frozenset[str]:
    """Every word that the English grammar and lexicon know."""
    tables: Sequence[Iterator[str] | Sequence[str]] = (
        [
            word
            for table in (words.SIZES, words.LENGTHS, words.BREADTHS, words.SEVERITIES, words.SOFTNESS)
            for word, _ in table
        ],
        [
            word
            for table in (words.COLOURS, words.TONES, words.COUNTS, words.ANGLES, words.DIRECTIONS)
            for word in table
        ],
        [word for table in (words.WIDTHS, words.SHAPES, words.RELIEFS, words.GLOSSES, words.PARTS) for word in table],
        [*words.RELATIONS, *words.ORDINALS, *words.ROWS, *words.COLUMNS],
        [word for phrase in stemmed() for word in phrase],
    )
    return _ENGLISH.union(single for table in tables for phrase in table for single in phrase.split())


def _spaced_text(text: str) -> str:
    pieces = _PIECE.findall(text)
    spelled = [_spelled(piece) for piece in pieces]
    # A letter with an accent is no English one.
    accented = frozenset(word for word, piece in zip(spelled, pieces, strict=True) if not piece.isascii())
    sure, doubtful, code = max(
        ((*_evidence(spelled, language(code), accented), code) for code in SPACED),
        key=lambda told: (told[0], len(told[1])),
    )
    table = language(code)
    english = sum(word in _english_words() and not _read(word, table) for word in spelled)
    all_of_it = sure > english or (sure == 0 and english == 0 and not any(_is_english(word) for word in doubtful))
    if not sure and not (doubtful and all_of_it):
        return text
    out, at = [], 0
    while at < len(pieces):
        length, found = _phrase(spelled, at, table)
        if found is not None and (all_of_it or length > 1 or not _is_doubtful(spelled[at], table, accented)):
            out.append(found)
            at += length
        else:
            out.append(pieces[at])
            at += 1
    return " ".join(piece for piece in out if piece)


def _evidence(spelled: list[str], table: Language, accented: frozenset[str]) -> tuple[int, list[str]]:
    """(how many words are the language's and no English ones, those that are both)."""
    sure, doubtful, at = 0, [], 0
    while at < len(spelled):
        length, found = _phrase(spelled, at, table)
        if found is not None and (length > 1 or not _is_doubtful(spelled[at], table, accented)):
            sure += length
        elif found:
            doubtful.append(spelled[at])
        at += max(length, 1)
    return sure, doubtful


def _is_doubtful(word: str, table: Language, accented: frozenset[str]) -> bool:
    return word not in accented and (word in table.english or _is_english(word))


def _is_english(word: str) -> bool:
    return word in _english_words() or singular(word) in _english_words()


def _phrase(spelled: list[str], at: int, table: Language) -> tuple[int, str | None]:
    """(words, English) of the longest phrase that begins with a word; (0, None) for none."""
    for length in range(min(table.longest, len(spelled) - at), 1, -1):
        phrase = " ".join(spelled[at : at + length])
        bare = next((phrase.removesuffix(ending) for ending in _ENDINGS[table.code] if phrase.endswith(ending)), phrase)
        for known in (phrase, bare) if table.code == "de" else (phrase,):
            if known in table.words:
                return length, table.words[known]
    found = _read(spelled[at], table)
    return (0, None) if found is None else (1, found)


def _read(word: str, table: Language) -> str | None:
    """English for a word, whatever it ends in; "" for one that says nothing."""
    if word in table.particles:
        return ""
    stem = _stem(word, table)
    if stem is not None:
        return _in_number(word, stem, table)
    return _compound(word, table) if table.code == "de" else None


def _stem(word: str, table: Language) -> str | None:
    """The table's word that an inflected one is a form of."""
    if word in table.words:
        return word
    bares = [word.removesuffix(ending) for ending in _ENDINGS[table.code] if word.endswith(ending)]
    vowel = "o" if table.code == "es" else "e"
    stems = [
        stem for bare in bares if len(bare) >= _SHORTEST_PART for stem in (bare, bare + vowel) if stem in table.words
    ]
    # Of "poros" it is "poro", not "por".
    return max(stems, key=len, default=None)


def _in_number(word: str, stem: str, table: Language) -> str:
    """English for a word, in the plural where it is one."""
    english = table.words[stem]
    many = any(word == stem + ending or word == stem[:-1] + ending for ending in _PLURALS[table.code]) and word != stem
    if not many or stem not in table.nouns or english.endswith(("s", "ed")) or english in _ADJECTIVES:
        return english
    return f"{english}es" if english.endswith(("ch", "sh", "x")) else f"{english}s"


def _compound(word: str, table: Language) -> str | None:
    """A German compound by its parts, "rostfleck" -> "rust spot"; by its last part where the first says nothing to anybody."""
    if len(word) > _LONGEST_WORD:
        return None
    for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        last = _stem(word[cut:], table)
        if last is None or len(last) < _SHORTEST_PART:
            continue
        first = next(
            (word[: cut - len(joint)] for joint in _JOINTS
             if word[:cut].endswith(joint) and word[: cut - len(joint)] in table.words),
            None,
        )  # fmt: skip
        if first is None and _stem(word[:cut], table) is not None:
            first = _stem(word[:cut], table)
        if first is not None:
            return f"{table.words[first]} {_in_number(word[cut:], last, table)}".strip()
    for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_HEAD + 1):
        last = _stem(word[cut:], table)
        if last is not None and last in table.nouns and len(last) >= _SHORTEST_HEAD:
            return _in_number(word[cut:], last, table)
    return None
