"""A description in words that read back as the same description."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from . import attribute_words as words
from .attribute_reader import read_colour, severity_range, sized
from .description import Asked, Attributes, Description
from .families import FAMILIES, derived
from .naming import singular

_ROWS, _COLUMNS = ("upper", "middle", "lower"), ("left", "center", "right")
_OF_ROW = ("top", "middle", "bottom")
#: A relation to a part, as a text says it; "{part}" is the part, "{parts}" several.
RELATIONS: dict[str, str] = {
    "near": "near the {part}",
    "along": "along the {part}",
    "across": "across the {part}",
    "around": "around the {part}",
    "between": "between the {parts}",
    "edge_to_edge": "from edge to edge",
    "bridge": "bridging two {parts}",
    "cut": "cutting the {part}",
    "bite": "biting into the {part}",
    "spur": "growing from the {part}",
    "missing": "taking away the {part}",
}
_TABLES: dict[str, frozenset[str]] = {
    "size": frozenset(word for word, _ in words.SIZES + words.LENGTHS),
    "tone": frozenset(words.TONES),
    "colour": frozenset(words.COLOURS | words.MATTER),
    "width": frozenset(words.WIDTHS),
    "shape": frozenset(words.SHAPES),
    "relief": frozenset(words.RELIEFS),
    "gloss": frozenset(words.GLOSSES),
}
# "Raised" names a bump, too.
_RELIEF_WORDS = {"raised": "protruding", "sunken": "sunken"}
_PLACES = {
    "edge": "near the edge",
    "centre": "in the center",
    "corner": "at a corner",
}


def write_description(description: Description) -> str:
    """One line; `describe` reads it back, remarks aside."""
    placed = {_is_placed(asked.attributes) for asked in description.defects}
    # "Scratch and rust in the upper left" puts both there.
    return ("; " if len(placed) > 1 else " and ").join(_defect(asked) for asked in description.defects)


def _is_placed(said: Attributes) -> bool:
    """Whether words behind a defect's name say where it is or how it lies."""
    return any(value is not None for value in (said.direction, said.relation, said.cell, said.place))


def _defect(asked: Asked) -> str:
    said = asked.attributes
    noun = _noun(asked)
    before = [_count(said.count), _size(said, asked), said.width and first_word(words.WIDTHS, said.width)]
    before += [
        _colour(said),
        _RELIEF_WORDS.get(said.relief or ""),
        said.gloss,
    ]
    before += [said.shape and first_word(words.SHAPES, said.shape)]
    before += [_severity(said), f"{said.edge}-edged" if said.edge in ("sharp", "soft") else None]
    many = said.count is not None and said.count[1] > 1
    told = " ".join([*(word for word in before if word), plural(noun) if many else noun])
    return " ".join([told, *_behind(said)])


def _noun(asked: Asked) -> str:
    form = FAMILIES[asked.family].form(asked.form)
    implied = [phrase for relation, told in form.relations if relation == asked.attributes.relation for phrase in told]
    if implied:
        return next((phrase for phrase in implied if not _PARTICIPLE.search(phrase)), implied[0])
    if asked.family == "other":
        return "unclassified defect"
    # The user's own word, where it means the same.
    spoken = asked.words.replace("_", " ")
    spoken = spoken if spoken in form.phrases else " ".join(map(singular, spoken.split()))
    said = asked.attributes.with_(relation=None, part=None, part_number=None)
    many = said.count is not None and said.count[1] > 1
    # "Specks" says a shape, "speck" none.
    repeats = any(
        getattr(said, name) is not None or name not in _told_by(spoken)
        for name in _told_by(plural(spoken) if many else spoken)
    )
    # A short circuit that bridges nothing is extra print.
    implying = {phrase for _, phrases in form.relations for phrase in phrases}
    plain = [
        phrase
        for phrase in (FAMILIES[asked.family].noun_of(asked.form), *form.phrases)
        if phrase in form.phrases and phrase not in implying and not (_told_by(phrase) or _PARTICIPLE.search(phrase))
    ]
    usual = plain[0] if plain else form.phrases[0]
    counted = not many or not _PARTICIPLE.search(spoken)
    return spoken if spoken in form.phrases and spoken not in implying and counted and not repeats else usual


# Names that have no plural: "caved in", "worn", "cracked".
_PARTICIPLE = re.compile(r"(?:ed|en|worn|torn|bent| (?:in|off|out|away|through|up|together))\Z")


def _told_by(phrase: str) -> frozenset[str]:
    """The attributes that a defect's name tells beside the family: "small hole" a size, "dark streak" a tone and a shape."""
    return frozenset(name for name, table in _TABLES.items() if any(word in table for word in phrase.split()))


def _behind(said: Attributes) -> list[str]:
    behind = []
    if said.size is not None and said.size[0] == said.size[1]:
        behind.append(f"of {100 * said.size[0]:.0f}%")
    if said.angle is not None:
        behind.append({0.0: "horizontal", 90.0: "vertical"}.get(said.angle, f"at {said.angle:.0f} degrees"))
    if said.direction is not None:
        behind.append(first_word(words.DIRECTIONS, said.direction))
    if said.edge == "halo":
        behind.append("with a halo")
    if said.relation is not None:
        behind.append(relation_text(said.relation, said.part, said.part_number))
    if said.cell is not None:
        in_corner = said.place == "corner" and said.cell[0] in (0, 2) and said.cell[1] in (0, 2)
        behind.append(_cell(said.cell, in_corner))
        if in_corner:
            return behind
    if said.place is not None:
        behind.append(_PLACES[said.place])
    return behind


def relation_text(relation: str, part: str | None, number: int | None) -> str:
    """How a defect lies to a part, in words that are read back."""
    named, numbered = part or "trace", "" if number is None else f" {number}"
    return RELATIONS[relation].format(part=f"{named}{numbered}", parts=f"{named}s{numbered}")


def _colour(said: Attributes) -> str | None:
    """Colour and tone, but for a tone that the colour's name says."""
    named = colour_of(said.colour)
    if named is None or said.tone is None or read_colour(named)[1] == said.tone:
        return named or said.tone
    # "Dark brown" is another colour than brown.
    both = f"{said.tone} {named}"
    return both if read_colour(both) == (said.colour, said.tone) else f"{named} {said.tone}"


def colour_of(colour: tuple[int, int, int] | None) -> str | None:
    """The name of a colour, or of the matter that has it."""
    if colour is None:
        return None
    named = _colour_names()
    return min(named, key=lambda name: math.dist(named[name], colour))


@derived(1)
def _colour_names() -> dict[str, tuple[int, int, int]]:
    """Names of colours, and of matter, that are no defect's name, too, as "rust" and "soot" are."""
    defects = {phrase for family in FAMILIES.values() for form in family.forms for phrase in form.phrases} | {"rusty"}
    return {name: rgb for name, rgb in (words.COLOURS | words.MATTER).items() if name not in defects}


def first_word(table: Mapping[str, Any], meaning: Any) -> str:
    """The word that a writer uses for what a table's words mean."""
    return next(word for word, value in table.items() if value == meaning)


def plural(noun: str) -> str:
    """Of a noun in the singular."""
    return noun if noun.endswith("s") else f"{noun}es" if noun.endswith(("ch", "sh", "x")) else f"{noun}s"


def _count(count: tuple[int, int] | None) -> str | None:
    if count is None:
        return None
    if count[0] == count[1]:
        return str(count[0])
    return next((word for word, value in words.COUNTS.items() if value == count), f"{count[0]} to {count[1]}")


def _size(said: Attributes, asked: Asked) -> str | None:
    if said.size is None or said.size[0] == said.size[1]:
        return None
    middle = math.sqrt(said.size[0] * said.size[1])
    table = words.SIZES + words.LENGTHS
    return min(table, key=lambda entry: abs(math.log(sized(entry[1], asked.family, asked.form) / middle)))[0]


def _severity(said: Attributes) -> str | None:
    if said.severity is None:
        return None
    least, most = said.severity

    def distance(entry: tuple[str, float]) -> float:
        low, high = severity_range(entry[1])
        return abs(low - least) + abs(high - most)

    return min(words.SEVERITIES, key=distance)[0]


def _cell(cell: tuple[int | None, int | None], corner: bool) -> str:
    row, column = cell
    noun = " corner" if corner else ""
    if row is None:
        return f"on the {_COLUMNS[column or 0]} side"
    if column is None:
        return f"in the {_OF_ROW[row]} third"
    return f"in the {_ROWS[row]} {_COLUMNS[column]}{noun}"
