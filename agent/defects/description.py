"""What a person asks for, as data: the families that their words name, and what they say of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

#: (least, most).
Range = tuple[float, float]
#: A third of the product's bounding box: row and column, 0-2 from the top and the left; None for all of them.
Cell = tuple[int | None, int | None]

TONES = ("dark", "bright")
WIDTHS = ("hairline", "thin", "wide")
#: Directions that only a picture can tell: of the product's long axis, or else of its texture.
DIRECTIONS = ("diagonal", "along", "across")
#: On the product: no description has a place off it.
PLACES = ("edge", "centre", "corner")
#: What a product can be made of, as agent/scene names it.
PARTS = ("rim", "edge", "corner", "opening", "trace", "gap", "print", "label", "unit")
#: How a defect lies to a part, or to the product. cut, bite, bridge, spur and missing are done to traces and other matter.
RELATIONS = ("near", "along", "across", "around", "between", "edge_to_edge", "bridge", "cut", "bite", "spur", "missing")
SHAPES = ("round", "ring", "streak", "spray", "branching", "patch")
EDGES = ("sharp", "soft", "halo")
GLOSSES = ("glossy", "matt")
RELIEFS = ("raised", "sunken")


@dataclass(frozen=True)
class Attributes:
    """What a text says of one kind of defect, apart from its family. None: nothing.

    tone: one of TONES. colour: sRGB 0-255, as attribute_words.COLOURS has it. size: longest extent, a share of the product's
    size. width: one of WIDTHS; a hairline is one or two px of the picture at hand. angle: degrees, 0 = horizontal,
    anticlockwise on the screen. direction: one of DIRECTIONS. count: (least, most). place: one of PLACES. cell: see Cell.
    relation: one of RELATIONS, to the part; part: one of PARTS, part_number: from 1, in reading order. shape: one of SHAPES.
    edge: one of EDGES. gloss: one of GLOSSES. relief: one of RELIEFS. severity: 0-1, least and most.
    """

    tone: str | None = None
    colour: tuple[int, int, int] | None = None
    size: Range | None = None
    width: str | None = None
    angle: float | None = None
    direction: str | None = None
    count: tuple[int, int] | None = None
    place: str | None = None
    cell: Cell | None = None
    relation: str | None = None
    part: str | None = None
    part_number: int | None = None
    shape: str | None = None
    edge: str | None = None
    gloss: str | None = None
    relief: str | None = None
    severity: Range | None = None

    def with_(self, **changes: Any) -> Attributes:
        """A copy with some of them replaced."""
        return replace(self, **changes)

    def said(self) -> Iterator[tuple[str, Any]]:
        """(name, value) of what the text says."""
        for field in fields(self):
            if (value := getattr(self, field.name)) is not None:
                yield field.name, value


@dataclass(frozen=True)
class Asked:
    """One kind of defect that a text asks for.

    family: a registered family's name. form: the name of a form of it, None where the text names none. words: those that name
    it, as the text has them. taken: how the words were taken for the family, one of TAKEN. matter: what the matter that it names
    usually is, "bright" or "dark", None where it names none.
    """

    family: str
    form: str | None = None
    words: str = ""
    taken: str = "known"
    attributes: Attributes = Attributes()
    matter: str | None = None


#: How words are taken for a family: it has them; they are misspelled; by the user's notes or the knowledge base; by word
#: vectors; or none has them, so that what they say else is drawn.
TAKEN = ("known", "spelling", "notes", "vectors", "other")


@dataclass(frozen=True)
class Description:
    """What a text asks for. defects: at least one, in the text's order. remarks: one line each on words that contradict each
    other or that nobody could take."""

    defects: tuple[Asked, ...]
    remarks: tuple[str, ...] = ()

    def to_json(self) -> list[dict[str, Any]]:
        """What is asked of each kind of defect, for a record: family, form, words, how they were taken, and the attributes."""
        return [
            {
                "family": asked.family,
                "form": asked.form,
                "words": asked.words,
                "taken": asked.taken,
                **{name: list(value) if isinstance(value, tuple) else value for name, value in asked.attributes.said()},
            }
            for asked in self.defects
        ]

    @property
    def first(self) -> Asked:
        """The defect that is named first, which rules where one family alone is told."""
        return self.defects[0]

    def of(self, family: str) -> Asked | None:
        """What is asked of a family, None where it is not among these."""
        return next((asked for asked in self.defects if asked.family == family), None)
