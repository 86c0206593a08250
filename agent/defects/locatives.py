"""Where a text puts a defect: words such as "across two traces", "near the rim", "upper left", "from edge to edge"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from . import attribute_words as words

#: What stands where words were taken: no pattern here or elsewhere meets it.
TAKEN = "\0"


@dataclass(frozen=True)
class Locative:
    """A piece of a text, [start, end), and what it says; see description.Attributes for the rest. within: it says that the
    defect is in its part, or goes through it, and not only near."""

    start: int
    end: int
    relation: str | None = None
    part: str | None = None
    part_number: int | None = None
    place: str | None = None
    cell: tuple[int | None, int | None] | None = None
    angle: float | None = None
    direction: str | None = None
    within: bool = False

    @property
    def off_product(self) -> bool:
        """Whether it puts the defect beside the product, where none can be."""
        return words.OFF_PRODUCT in (self.place, self.part)


def any_of(phrases: Iterable[str]) -> str:
    """An expression for any of some phrases in lower case, the longest first."""
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))


# A noun phrase about a part: "the second opening", "one of the two copper traces", "the label's corner".
_ARTICLE = (
    r"(?P<article>(?:(?:the|a|an|its|this|that|one|two|both|adjacent|neighbouring|neighboring|one of the|any|other|another|outer"
    r"|inner) ){0,3})"
)
_ORDINAL = rf"(?:(?P<ordinal>{any_of(words.ORDINALS)}) )?"
_OF = r"(?:(?P<of>label|sticker|print|logo|rim)(?:'s)? )?"
_PART = rf"{_OF}(?P<part>{any_of(words.PARTS)})(?:e?s)?(?: (?:no\.? ?|number |#)?(?P<number>\d{{1,2}}))?"
_START, _END = r"(?<![\w-])", r"(?![\w-])"
# "At the edge of a trace" is at the trace.
_EDGE_OF = r"(?:(?:the|an?) (?:edge|side|border|outline|flank|end|inside|outside) of )?"
_RELATED = re.compile(rf"{_START}(?P<relation>{any_of(words.RELATIONS)}) {_EDGE_OF}{_ARTICLE}{_ORDINAL}{_PART}{_END}")
_WHOLE = rf"(?:(?:the|a|its|this|full|entire|whole) ){{0,3}}(?:[\w-]{{1,30}} )?(?:{any_of(words.WHOLES)}){_END}"
_SIDES = r"(?:edge|side|end|rim|border)"
_EDGE_TO_EDGE = re.compile(
    rf"{_START}(?:from (?:(?:one|the|an) )?{_SIDES} to (?:(?:the|an) )?(?:(?:other|opposite|another)(?: {_SIDES})?|{_SIDES}|end)"
    rf"|(?:from )?(?:edge|side|end|rim|border) to (?:edge|side|end|rim|border)"
    rf"|(?:all the|the whole|the entire) way (?:across|through|over)|right across|clear across|completely across"
    rf"|(?:all )?(?:across|spanning|crossing|over|through|along|covering) (?:the |its )?(?:full|entire|whole|complete|total)"
    rf" [\w-]{{1,30}}(?: of (?:the|its|a) [\w-]{{1,30}})?"
    rf"|(?:full|entire)[ -](?:length|width|height|breadth)|(?:the )?(?:full|entire|whole) (?:length|width|height)"
    rf"|(?:nearly |almost |about )?as (?:long|wide) as (?:the|its) (?:whole |entire )?(?:{any_of(words.WHOLES)})"
    rf"|spanning {_WHOLE}"
    rf"|across {_WHOLE}){_END}"
)
_SHARE = re.compile(rf"(?<![\w-])(?:{any_of(words.FRACTIONS)}) (?:of )?$")
_INWARD = re.compile(
    rf"{_START}from {_ARTICLE}(?P<part>rim|edge|edges|border|outline) (?:inwards?|in(?! (?:the|a)\b)){_END}"
)
_WAYS = {
    **dict.fromkeys(("left to right", "right to left"), 0.0),
    **dict.fromkeys(("top to bottom", "bottom to top"), 90.0),
    "corner to corner": 45.0,
}
_WAY = re.compile(rf"{_START}(?:from )?(?:the )?(?P<way>{any_of(_WAYS)}){_END}")
# "Along the grain" names no grain.
_DIRECTION = re.compile(rf"{_START}(?:{any_of(words.DIRECTIONS)}){_END}")
_NOUN = r"(?:hand side|hand corner|side|corner|half|part|third|quarter|area|region|section)"
_CELL = re.compile(
    rf"{_START}(?:(?:in|at|on|near|towards|to|into) )?(?:the )?(?:very )?(?:"
    r"(?P<row>upper|top|lower|bottom|middle|center|centre|central)(?:[ -](?P<column>left|right|center|middle))?"
    rf"|(?P<side>left|right)(?=[ -]{_NOUN}| of |[ ,.]*\Z)|(?<=the )(?P<plain>left|right))"
    rf"(?:[ -]{_NOUN})?{_END}"
)
# "Light from the upper left" says where the lamp is, not the defect.
OF_LIGHT = re.compile(
    r"\b(?:light(?= (?:from|is|comes|coming|falls|falling|shines|shining|source|hits|in|at|on)\b)|lit|lighting|lamp"
    r"|illumination|illuminated|shadows?|highlights?)\b[\w\s-]{0,30}$"
)
_CENTRE = re.compile(
    rf"{_START}(?:(?:near|in|at|around|towards) (?:the )?(?:very )?(?:center|centre|middle)|central|centred|centered){_END}"
    r"(?![ -](?:left|right))"
)
# "Burnt edge", "chipped corner", "rim damage": a part's name that no other word puts to use.
_BARE = re.compile(rf"{_START}{_OF}(?P<part>edge|rim|corner|border|perimeter)(?:e?s)?{_END}")
_SOFT_EDGE = re.compile(
    rf"{_START}(?:{any_of(word for word, _ in words.SOFTNESS)})(?:ly)?[ -](?:edge|border|outline|rim)(?:s|d|ed)?{_END}"
)
_WITHIN = ("in", "inside", "within", "on", "at", "through")
_DEFECTS = ("hole", "gap", "print", "imprint", "dot", "line", "pill", "text", "drill hole", "copper")
_PLACES = {"edge": "edge", "corner": "corner", words.OFF_PRODUCT: words.OFF_PRODUCT}
_OFF = re.compile(rf"{_START}(?:off|beside|next to|outside|outside of) the product{_END}")


def take_locatives(text: str, kept: Sequence[tuple[int, int]] = ()) -> tuple[str, tuple[Locative, ...]]:
    """(the text, in lower case with single blanks, with TAKEN where it says where; what it says there, in its order).

    kept: [start, end) of what is not taken, as it names a defect.
    """
    found: list[Locative] = []

    def note(match: re.Match[str], **said: Any) -> None:
        nonlocal text
        if any(match.start() < end and start < match.end() for start, end in kept):
            return
        found.append(Locative(match.start(), match.end(), **said))
        text = text[: match.start()] + TAKEN * (match.end() - match.start()) + text[match.end() :]

    for match in _DIRECTION.finditer(text):
        note(match, direction=words.DIRECTIONS[match[0]])
    for match in _EDGE_TO_EDGE.finditer(text):
        if not _SHARE.search(text[: match.start()]):  # "half as long as the part", "half the full width"
            note(match, relation="edge_to_edge")
    for match in _WAY.finditer(text):
        note(match, relation="edge_to_edge", angle=_WAYS[match["way"]])
    for match in _INWARD.finditer(text):
        note(match, relation="around", part="rim" if match["part"] == "rim" else "edge")
    for match in _OFF.finditer(text):
        note(match, place=words.OFF_PRODUCT)
    for match in _CENTRE.finditer(text):
        note(match, place="centre")
    for match in _RELATED.finditer(text):
        # "Three holes in a row": a part that is a defect's name, too, is one only behind an article.
        defect = match["part"] in _DEFECTS and not (match["article"] or match["ordinal"] or match["number"])
        if not defect and not _names_a_cell(match, text):
            note(match, **_related(match))
    for match in _CELL.finditer(text):
        if not OF_LIGHT.search(text[max(0, match.start() - 45) : match.start()]):
            note(match, **_cell(match))
    return text, tuple(sorted(found, key=lambda place: place.start))


def take_bare_parts(text: str) -> tuple[Locative, ...]:
    """Parts that a text names beside a defect, "burnt edge", in what take_locatives left of it."""
    text = _SOFT_EDGE.sub(lambda match: TAKEN * len(match[0]), text)
    found = []
    for match in _BARE.finditer(text):
        part, of = words.PARTS[match["part"]], match["of"]
        said: dict[str, Any] = (
            {} if of is None and part in _PLACES else {"relation": "near", "part": words.PARTS[of] if of else part}
        )
        found.append(
            Locative(
                match.start(), match.end(), place=_PLACES.get(part) if of is None or part == "corner" else None, **said
            )
        )
    return tuple(found)


def _names_a_cell(match: re.Match[str], text: str) -> bool:
    """Whether "on the left edge" or "at the upper corner" was found as the edge alone: the rest says more."""
    return bool(
        re.search(
            r"(?:left|right|upper|lower|top|bottom|middle) $",
            text[max(0, match.start("part") - 8) : match.start("part")],
        )
    )


def _related(match: re.Match[str]) -> dict[str, Any]:
    relation, part = words.RELATIONS[match["relation"]], words.PARTS[match["part"]]
    number = words.ORDINALS.get(match["ordinal"] or "") or (int(match["number"]) if match["number"] else None)
    of = match["of"]
    if of and part in ("edge", "corner"):  # the label's corner is where the label is
        return {
            "relation": "near",
            "part": words.PARTS[of],
            "part_number": number,
            "place": "corner" if part == "corner" else None,
        }
    if relation == "near" and part in _PLACES and number is None:
        return {"place": _PLACES[part]}
    within = match["relation"].split()[-1] in _WITHIN
    return {"relation": relation, "part": part, "part_number": number, "within": within}


def _cell(match: re.Match[str]) -> dict[str, Any]:
    row = words.ROWS.get(match["row"] or "")
    column = words.COLUMNS.get(match["column"] or match["side"] or match["plain"] or "")
    if row == 1 and column is None:
        return {"place": "centre"}
    corner = {"place": "corner"} if "corner" in match[0] and row != 1 and column in (0, 2) else {}
    return {"cell": (row, column), **corner}
