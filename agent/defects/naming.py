"""How an anomaly type in free text finds its defect family, and the form within it.

Phrases come from the registered families. Sources of the types: MVTec AD (Bergmann et al., CVPR 2019) and VisA (Zou et al.,
ECCV 2022); the rest is usage.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from .families import FAMILIES, derived


@dataclass(frozen=True)
class DefectType:
    """What an anomaly type means to the renderers: family, form within it, and the tone of the matter that it names, "bright" or
    "dark"."""

    family: str
    variant: str | None = None
    tone: str | None = None


# Types of several families at once.
_COMBINED = dict.fromkeys(("combined", "combined defect", "multiple defect"), ("scratch", "contamination"))


@derived()
def _types() -> dict[str, DefectType]:
    """Phrase -> defect. A phrase is matched as whole words, longest first, after normalization (lower case, stems of plurals)."""
    types = {
        phrase: DefectType(family.name, form.name or None, _tones().get(phrase))
        for family in FAMILIES.values()
        for form in family.forms
        for phrase in form.phrases
    }
    return types


@derived()
def _tones() -> dict[str, str]:
    """Matter -> what it looks like on most surfaces."""
    tones = {}
    for family in FAMILIES.values():
        tones.update(dict.fromkeys(family.bright_matter, "bright") | dict.fromkeys(family.dark_matter, "dark"))
    return tones


def sizes_of(defect: DefectType, fills_frame: bool = False) -> tuple[float, float]:
    """The plausible range of Edit.size. fills_frame: the product does, so that some families can run on beyond the picture."""
    family = FAMILIES[defect.family]
    least, most = family.size_of(defect.variant)
    return least, family.beyond_frame if fills_frame and family.beyond_frame is not None else most


def tone_of(defect: DefectType) -> str | None:
    """The usual change of lightness, None where either occurs."""
    return defect.tone or FAMILIES[defect.family].tone_of(defect.variant)


def forms_of(family: str) -> tuple[str, ...]:
    """A type for each form that a family's defects take: "dent" and "bump" of "dent"."""
    # A later family may have taken over some of the phrases, or all of a form's.
    own = ([phrase for phrase in form.phrases if _types()[phrase].family == family] for form in FAMILIES[family].forms)
    return tuple(phrases[0] for phrases in own if phrases)


def default_families() -> tuple[str, ...]:
    """The families that are drawn where nobody names a type."""
    return tuple(family.name for family in FAMILIES.values() if family.by_default)


def default_types() -> tuple[str, ...]:
    """A type for each form of these families."""
    return tuple(form for family in default_families() for form in forms_of(family))


def example_types() -> tuple[str, ...]:
    """A type of each family that a person would ask for by name, as they would type it."""
    return tuple(family.example for family in FAMILIES.values() if family.example)


def kin_of(family: str) -> tuple[str, ...]:
    """The families that a family is akin to, the nearest first."""
    nearest = FAMILIES[family].kin
    return () if nearest is None else (nearest, *kin_of(nearest))


def known_types() -> tuple[str, ...]:
    """Every phrase that names an anomaly type, sorted."""
    return tuple(sorted(_types()))


def lowered(text: str) -> str:
    """In lower case, character for character: of only one letter is that longer."""
    return text.replace("\u0130", "I").lower()


def find_types(text: str) -> list[tuple[int, str, DefectType]]:
    """(character position, phrase, defect) of every defect phrase in a text, in order, longest first where they overlap."""
    found = []
    # In lower case throughout: the same without regard to case takes five times as long.
    text = lowered(text)
    taken = bytearray(len(text))
    for pattern, by_phrase in _patterns():
        for match in pattern.finditer(text):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = b"\1" * len(match[0])
                words = match.group().replace("_", " ").replace("-", " ").split()
                phrase = _nearest_phrase(words, by_phrase)
                found.append((match.start(), phrase, by_phrase[phrase]))
    return sorted(found, key=lambda entry: entry[0])


def _nearest_phrase(words: list[str], by_phrase: dict[str, DefectType]) -> str:
    """The phrase that words with plural endings stand for."""
    for cut in (lambda word: word, singular, lambda word: word.removesuffix("s"), lambda word: word.removesuffix("es")):
        phrase = " ".join(cut(word) for word in words)
        if phrase in by_phrase:
            return phrase
    # A mixture of endings: each word of a phrase begins one of the words found.
    return next(p for p in by_phrase if all(w.startswith(part) for w, part in zip(words, p.split(), strict=True)))


@derived()
def names_alone() -> frozenset[str]:
    """Families whose bare name no text is searched for: alone, it is one all the same."""
    return frozenset(name for name in FAMILIES if name not in _types())


@derived()
def stemmed() -> dict[tuple[str, ...], DefectType]:
    """The words of each phrase, in the singular -> defect."""
    return {tuple(singular(word) for word in phrase.split()): defect for phrase, defect in _types().items()}


# "es" only where it makes the plural, so that "gapes" is not "gap".
_PLURAL = {"h": "(?:es|s)?", "x": "(?:es)?", "s": "(?:es)?"}


@derived()
def _patterns() -> list[tuple[re.Pattern[str], dict[str, DefectType]]]:
    """One expression for each number of words in a phrase, longest first."""
    lengths: dict[int, dict[str, DefectType]] = {}
    for words, defect in stemmed().items():
        lengths.setdefault(len(words), {})[" ".join(words)] = defect
    compiled = []
    for length in sorted(lengths, reverse=True):
        # By first letter, so that few of them are tried at each word.
        rests: dict[str, list[str]] = {}
        for phrase in sorted(lengths[length], key=len, reverse=True):
            spelled = r"[\s_-]{1,9}".join(re.escape(word) + _PLURAL.get(word[-1:], "s?") for word in phrase.split())
            rests.setdefault(spelled[0], []).append(spelled[1:])
        alternatives = "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in rests.items())
        compiled.append((re.compile(rf"(?<![a-z])(?:{alternatives})(?![a-z])"), lengths[length]))
    return compiled


def matter_tone(text: str, defect: DefectType) -> str | None:
    """What the matter that a text in lower case names usually is, "bright" or "dark": "ink stain" is a stain, of ink."""
    if defect.tone is not None:
        return defect.tone
    types, matter = _types(), _tones()
    words = [singular(word) for word in re.findall(r"[a-z]+", text)]
    tones = {matter[word] for word in words if word in matter and types[word].family == defect.family}
    return tones.pop() if len(tones) == 1 else None


def combined() -> Mapping[str, tuple[str, ...]]:
    """Types that stand for several families, in the singular."""
    return _COMBINED


def corrected(word: str) -> str:
    """A misspelled word as the one known word that is close to it, one with another ending as that word."""
    if len(word) < 4:
        return word
    # People miss the first letter least of all: a chair is no hair.
    vocabulary = sorted({single for words in stemmed() for single in words if single[0] == word[0]})
    for ending in ("ing", "ed"):  # "scorching" is a scorch, not a scoring
        stem = word.removesuffix(ending)
        for spelled in (stem, f"{stem}e", stem[:-1]):
            if stem != word and len(spelled) > 2 and spelled in vocabulary:
                return spelled
    close = difflib.get_close_matches(word, vocabulary, n=1, cutoff=0.82)
    return close[0] if close else word


def singular(word: str) -> str:
    """A word without a plural ending; nothing cleverer, so that "thread" and "threaded" stay apart."""
    if len(word) > 4 and word.endswith(("shes", "ches", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
