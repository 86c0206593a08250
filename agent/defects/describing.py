"""Reads what a person asks for: free text -> Description, by grammar and lexicon. The one place that does."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from ..core.errors import InputError
from .attribute_reader import plain_words, read_attributes
from .attribute_words import HALOES, LENGTHS
from .description import Asked, Attributes, Description
from .families import FAMILIES, derived
from .locatives import TAKEN, Locative, any_of, take_bare_parts, take_locatives
from .naming import (
    DefectType,
    combined,
    corrected,
    find_types,
    known_types,
    lowered,
    matter_tone,
    names_alone,
    singular,
    stemmed,
)
from .translation import translated

#: The family of what no family has a word for.
UNKNOWN = "other"
#: The family of an unknown mark of which the text says how it looks.
MARK = "contamination"
# Between two defects. Without one of these, two names beside each other are one defect: "paint chip", "rust spot".
_SEPARATOR = re.compile(
    r"[,;/&+.\n]| (?:and|with|plus|or|beside|besides|alongside|as well as|along with|together with|combined with|accompanied by"
    r"|near|next to|inside|within|around|beneath|underneath|touching|meeting|leading (?:in)?to|running into"
    r"|ending (?:in|at)|ends in"
    r"|(?:that )?start(?:s|ing) (?:at|from)|(?:running|coming|growing) out of|radiating from|followed by) "
)
# "With a halo" and "with a soft edge" go on about the defect before.
_GOES_ON = re.compile(
    rf" with (?:an? )?(?:[\w-]{{1,20}} ){{0,2}}(?:{any_of(HALOES)}|edges?|borders?|outlines?)(?![\w-])"
)
# Between a defect and what it is of or in: "spot of rust", "crack in the paint".
_OF, _IN = (
    re.compile(r"\A ?of (?:the |a )?\Z"),
    re.compile(r"\A[ \w-]{0,30}\b(?:in|on|from|through|under|over|of) (?:[\w-]{1,20} ){0,2}\Z"),
)
_LENGTHS = frozenset(dict(LENGTHS))
# Names with words in them that ask for no colour, size or shape.
_SAY_NO_MORE = (
    "rust", "orange peel", "short shot", "silver streak", "copper", "spurious copper", "extra copper", "excess copper",
)  # fmt: skip
# What matter that is broken out of a trace, or broken through, does to it, by family.
_OF_TRACES = {"chip": "bite", "crack": "cut", "cut": "cut"}
# Names that are adjectives, too.
_ADJECTIVES = frozenset(
    ("short", "raised", "bulged", "swollen", "blistered", "dimpled", "faded", "fading", "bleached", "burnt", "burned",
     "scorched", "charred", "singed", "whitened", "browned", "yellowed", "tarnished", "wet", "rough",
     "uneven", "dirty", "flattened", "wrinkled")
)  # fmt: skip
# Before the part that a place is named by.
_SIDES = ("left ", "right ", "upper ", "lower ", "top ", "bottom ")
# Names that say little of what a defect is: in "rust spot" it is the rust that counts.
_GENERIC = frozenset(
    (
        "spot",
        "stain",
        "blotch",
        "smear",
        "damage",
        "damaged",
        "defective",
        "color",
        "colour",
        "discoloration",
        "splash",
        "missing",
    )
)


class _Name(NamedTuple):
    """A family's name in a text, [start, end)."""

    start: int
    end: int
    phrase: str
    defect: DefectType


@derived(1024)
def describe(text: str) -> Description:
    """What a text asks for; at least one defect, whatever the words. Raises InputError for one longer than MAX_MEANING."""
    said = plain_words(" ".join(lowered(translated(text)).replace("_", " ").split()))
    whole = _named_whole(said)
    if whole is not None:
        return Description(tuple(Asked(kind.family, kind.variant, said, matter=kind.tone) for kind in whole))
    # "Middle breakage" is a type's name, not a place.
    spans = [
        (name.start, name.end)
        for name in _names(said)
        if " " in name.phrase and not said[: name.start].endswith(_SIDES)  # "upper left corner chip" is a chip
    ]
    rest, places = take_locatives(said, spans)
    taken = "known"
    names = _names(rest)
    if not names:
        spelled = re.sub(r"[a-z]+", lambda word: corrected(singular(word[0])), rest)
        names, taken = _names(spelled), "spelling"
        if not names:
            return _unknown(said, rest, places)
        rest = spelled
    segments = _segments(rest, _without_adjectives(rest, names))
    defects: list[Asked] = []
    remarks: list[str] = []
    for number, (start, end, name) in enumerate(segments):
        own = tuple(place for place in places if start <= place.start < end)
        if not own and number < len(segments) - 1 and ";" not in rest[start : segments[-1][2].start]:
            # "Scratch and rust in the upper left" puts both there.
            own = tuple(place for place in places if place.start >= segments[-1][2].end)
        asked, contradictions = _asked(rest[start:end], name, own, start, taken)
        defects.append(asked)
        remarks += contradictions
    return Description(_merged(defects), tuple(dict.fromkeys(remarks)))


def _named_whole(said: str) -> tuple[DefectType, ...] | None:
    """The families of a text that is one of their bare names, or stands for several of them."""
    words = tuple(singular(word) for word in re.findall(r"[a-z]+", said))
    if len(words) == 1 and words[0] in names_alone():
        return (DefectType(words[0]),)
    if len(words) > 1 and words in stemmed() and not any(" " in name.phrase for name in _names(said)):
        return (stemmed()[words],)
    return tuple(map(DefectType, combined().get(" ".join(words), ()))) or None


# A colour, no rust.
_RUST_COLOURED = re.compile(r"rust(?:[ -]colou?red|-(?:brown|red))")


def _names(text: str) -> list[_Name]:
    text = _RUST_COLOURED.sub(lambda match: TAKEN * len(match[0]), text)
    found = []
    for start, phrase, defect in find_types(text):
        # What was found has the phrase's words, with plural endings: up to where the last of them ends.
        spelled = re.match(r"[ _-]{1,9}".join(re.escape(word) + r"[a-z]{0,3}" for word in phrase.split()), text[start:])
        found.append(_Name(start, start + (spelled.end() if spelled else len(phrase)), phrase, defect))
    return found


def _without_adjectives(text: str, names: list[_Name]) -> list[_Name]:
    """The names without those that, behind a comma, say how the defect is that another word names: "slit, short, faded"."""
    nouns = [name for name in names if name.phrase not in _ADJECTIVES]
    if not nouns:
        return names
    return [name for name in names if name in nouns or not re.search(r"(?:,|,? and) \Z", text[: name.start])]


def _segments(text: str, names: list[_Name]) -> list[tuple[int, int, _Name]]:
    """The parts of a text that speak of one defect each, with the name that counts in each."""
    groups: list[list[_Name]] = [[names[0]]]
    cuts = [0]
    for before, name in pairwise(names):
        between = text[before.end : name.start].replace(TAKEN, " ")
        found = _SEPARATOR.finditer(text, before.end, name.start)
        separators = [one for one in found if not _GOES_ON.match(text, one.start())]
        if separators:
            cuts.append(separators[0].end())
            groups.append([name])
        elif _IN.match(between) and not (_OF.match(between) and before.phrase in _GENERIC):
            groups[-1].append(before)  # "crack in the paint" is the crack
        else:
            groups[-1].append(name)
    ends = [*cuts[1:], len(text)]
    return [(start, end, _head(group)) for start, end, group in zip(cuts, ends, groups, strict=True)]


def _head(group: list[_Name]) -> _Name:
    """The name that counts of several beside each other: the last, unless it says little. The "short" of a short stain is its
    length."""
    nouns = [name for name in group if name.phrase not in _LENGTHS] or group
    telling = [name for name in nouns if name.phrase not in _GENERIC]
    return telling[-1] if telling else nouns[-1]


def _asked(
    text: str, name: _Name, places: tuple[Locative, ...], start: int, taken: str
) -> tuple[Asked, tuple[str, ...]]:
    family, form = name.defect.family, name.defect.variant
    words = text[name.start - start : name.end - start]
    implied = _implied_relation(name)
    # The "short" of a short circuit says nothing of its size, nor does rust ask for its own colour.
    said = text.replace(words, TAKEN * len(words)) if implied or words.startswith(_SAY_NO_MORE) else text
    if all(place.off_product for place in places):
        places += take_bare_parts(said)
    attributes, remarks = read_attributes(said, family, form, places)
    if attributes.count is None and words.endswith("s") and singular(words) != words and words != name.phrase:
        attributes = attributes.with_(count=(2, 4))
    if implied is None and attributes.part == "trace" and any(place.within for place in places):
        implied = _OF_TRACES.get(family)
    if implied is not None and attributes.relation in (None, "between", "near", "across"):
        usual = "gap" if implied == "near" else "trace"
        named = None if attributes.part in ("gap", "edge") else attributes.part
        attributes = attributes.with_(relation=implied, part=named or usual)
    return Asked(family, form, words, taken, attributes, matter_tone(text, name.defect)), remarks


def _unknown(said: str, rest: str, places: tuple[Locative, ...]) -> Description:
    """What no family has a word for: a mark, drawn from what else the text says of it; where it says nothing, one of no kind."""
    attributes, remarks = read_attributes(rest, MARK, None, places or take_bare_parts(rest))
    family = UNKNOWN if attributes == Attributes() else MARK
    return Description((Asked(family, None, said, "other", attributes),), remarks)


def _implied_relation(name: _Name) -> str | None:
    """What a defect of this name does to the matter that it lies at, by the family's own word."""
    form = FAMILIES[name.defect.family].form(name.defect.variant)
    return next((relation for relation, phrases in form.relations if name.phrase in phrases), None)


def _merged(defects: list[Asked]) -> tuple[Asked, ...]:
    """Without a second of the same kind that says nothing of its own."""
    kept: list[Asked] = []
    for asked in defects:
        same = next((one for one in kept if (one.family, one.form) == (asked.family, asked.form)), None)
        if same is None:
            kept.append(asked)
        else:
            both = dict(asked.attributes.said()) | dict(same.attributes.said())
            if all(getattr(asked.attributes, name) in (None, value) for name, value in same.attributes.said()):
                if "angle" in both:  # which says more
                    both.pop("direction", None)
                kept[kept.index(same)] = replace(same, attributes=Attributes(**both))
            else:
                kept.append(asked)
    return tuple(kept)


def resolve(text: str) -> DefectType:
    """The family and form of the defect that a text names first. Raises InputError for one longer than MAX_MEANING."""
    first = describe(text).first
    return DefectType(first.family, first.form, first.matter)


def is_known(text: str) -> bool:
    """Whether a family has a word of the text."""
    return describe(text).first.taken in ("known", "spelling")


def check_known(text: str) -> None:
    """Raises InputError, naming the nearest types, where no family has a word of the text."""
    if not is_known(text):
        nearest = difflib.get_close_matches(" ".join(text.lower().split()), known_types(), n=4, cutoff=0.3)
        raise InputError(
            f"anomaly type {text!r} is in no defect family's words; the nearest are: {', '.join(nearest or FAMILIES)}"
        )


def covers_picture(anomaly: str) -> bool:
    """Whether defects of an anomaly type in free text lie all over a picture."""
    return FAMILIES[resolve(anomaly).family].covers_picture


def mask_margin_of(anomaly: str, margin: float) -> float:
    """How far the mask of an anomaly type in free text is grown where margin is what others' are: less for families whose
    outline people would follow more closely."""
    return FAMILIES[resolve(anomaly).family].mask_margin * margin
