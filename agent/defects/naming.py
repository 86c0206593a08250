"""How an anomaly type in free text finds its defect family, and the form within it.

Phrases come from the registered families. Sources of the types: MVTec AD (Bergmann et al., CVPR 2019) and VisA (Zou et al.,
ECCV 2022); the rest is usage.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace

from ..core.errors import UnknownAnomalyError
from ..core.task import MAX_NAME
from .families import FAMILIES, derived


@dataclass(frozen=True)
class DefectType:
    """What an anomaly type means to the renderers: family, form within it, further families for combined types, and the tone
    of the matter that it names, "bright" or "dark"."""

    family: str
    variant: str | None = None
    also: tuple[str, ...] = ()
    tone: str | None = None


# Types of several families at once.
_COMBINED = dict.fromkeys(
    ("combined", "combined defect", "multiple defect"), DefectType("scratch", None, ("contamination",))
)


@derived()
def _types() -> dict[str, DefectType]:
    """Phrase -> defect. A phrase is matched as whole words, longest first, after normalization (lower case, stems of plurals)."""
    types = {
        phrase: DefectType(family.name, form.name or None, tone=_tones().get(phrase))
        for family in FAMILIES.values()
        for form in family.forms
        for phrase in form.phrases
    }
    return types | _COMBINED


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


def covers_picture(anomaly: str) -> bool:
    """Whether defects of an anomaly type in free text, known or not, lie all over a picture."""
    try:
        return FAMILIES[resolve(anomaly).family].covers_picture
    except UnknownAnomalyError:
        return False


def mask_margin_of(anomaly: str, margin: float) -> float:
    """How far the mask of an anomaly type in free text, known or not, is grown where margin is what others' are: less for
    families whose outline people would follow more closely."""
    try:
        return FAMILIES[resolve(anomaly).family].mask_margin * margin
    except UnknownAnomalyError:
        return margin


def kin_of(family: str) -> tuple[str, ...]:
    """The families that a family is akin to, the nearest first."""
    nearest = FAMILIES[family].kin
    return () if nearest is None else (nearest, *kin_of(nearest))


def known_types() -> tuple[str, ...]:
    """Every phrase that names an anomaly type, sorted."""
    return tuple(sorted(_types()))


@derived(1024)
def resolve(anomaly: str) -> DefectType:
    """The defect that an anomaly type in free text names: "scratch_head", "Rust stains", "Haarriss"-like typos aside.

    The longest known phrase in the text wins, the later one among equals ("metal scratch": scratch). A misspelled word
    is corrected when one known word is close. Raises UnknownAnomalyError, naming the nearest types, when none fits, and for a
    text longer than MAX_NAME.
    """
    if len(anomaly) > MAX_NAME:
        raise UnknownAnomalyError(
            f"anomaly type {anomaly[:20]!r}... has {len(anomaly)} characters, but {MAX_NAME} is the most: name the defect alone"
        )
    words = [singular(word) for word in re.findall(r"[a-z]+", anomaly.lower())]
    # A family's bare name is one even where no text is searched for it.
    found = DefectType(words[0]) if len(words) == 1 and words[0] in _names_alone() else _longest(words)
    if found is None:
        found = _longest([_corrected(word) for word in words])
    if found is None:
        nearest = difflib.get_close_matches(" ".join(words), _types(), n=4, cutoff=0.3)
        hint = ", ".join(nearest or sorted(FAMILIES))
        raise UnknownAnomalyError(f"anomaly type {anomaly!r} maps to no defect family; nearest known types: {hint}")
    # "Ink stain" is a stain, of ink.
    types, matter = _types(), _tones()
    tones = {matter[word] for word in words if word in matter and types[word].family == found.family}
    return replace(found, tone=tones.pop()) if found.tone is None and len(tones) == 1 else found


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
def _names_alone() -> frozenset[str]:
    return frozenset(name for name in FAMILIES if name not in _types())


@derived()
def _stemmed() -> dict[tuple[str, ...], DefectType]:
    return {tuple(singular(word) for word in phrase.split()): defect for phrase, defect in _types().items()}


# "es" only where it makes the plural, so that "gapes" is not "gap".
_PLURAL = {"h": "(?:es|s)?", "x": "(?:es)?", "s": "(?:es)?"}


@derived()
def _patterns() -> list[tuple[re.Pattern[str], dict[str, DefectType]]]:
    """One expression for each number of words in a phrase, longest first."""
    lengths: dict[int, dict[str, DefectType]] = {}
    for words, defect in _stemmed().items():
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


def _longest(words: list[str]) -> DefectType | None:
    stemmed = _stemmed()
    for length in range(min(len(words), 6), 0, -1):
        for start in range(len(words) - length, -1, -1):
            defect = stemmed.get(tuple(words[start : start + length]))
            if defect is not None:
                return defect
    return None


def _corrected(word: str) -> str:
    if len(word) < 4:
        return word
    vocabulary = sorted({single for words in _stemmed() for single in words})
    close = difflib.get_close_matches(word, vocabulary, n=1, cutoff=0.82)
    return close[0] if close else word


def singular(word: str) -> str:
    """A word without a plural ending; nothing cleverer, so that "thread" and "threaded" stay apart."""
    if len(word) > 4 and word.endswith(("shes", "ches", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
