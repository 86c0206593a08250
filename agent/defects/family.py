"""What a defect family must say of itself. Everything else in the pack asks it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from .drawing.bilevel import Bilevel
from .drawing.window import Renderer

#: (hard low, soft low, soft high, hard high): plausibility is 1 between the soft ends and 0 beyond the hard ones.
Range = tuple[float, float, float, float]

ANY: Range = (-1e9, -1e9, 1e9, 1e9)
SLENDER: Range = (3.0, 6.5, 1e9, 1e9)
COMPACT: Range = (-1e9, -1e9, 6.0, 14.0)
ANGULAR: Range = (-1e9, -1e9, 9.0, 18.0)
THIN: Range = (-1e9, -1e9, 0.035, 0.09)
BROAD: Range = (0.01, 0.024, 1e9, 1e9)
#: A gap or cavity is darker, or on a dark surface brighter, all over; relief has a side of each.
ONE_SIGN: Range = (-1e9, -1e9, 0.35, 0.8)
#: Where matter has gone, its texture has gone with it.
REPLACED: Range = (-1e9, -1e9, 0.35, 0.8)


@dataclass(frozen=True)
class Appearance:
    """Plausible measures of a family's change: what the critic compares a change with.

    Set from what the words mean (a crack is slender and of one tone; a stain is compact) and from the families' sizes, widened
    about twofold; not fitted to any picture.

    slenderness: length of one piece over its mean width. width: mean width over the product's size. extent: longest
    extent of a piece over the product's size. cover: changed share of the product. darkening: mean signed change over
    mean absolute change, -1 all darker to 1 all brighter. edge_sharpness: how suddenly the change rises at its border, 0
    gradual to 1 within the lens blur. texture: share of the surface's fine texture that continues, 0-1. mixed: how
    evenly both signs occur, 0-1.
    """

    slenderness: Range = ANY
    width: Range = ANY
    extent: Range = ANY
    cover: Range = ANY
    darkening: Range = ANY
    edge_sharpness: Range = ANY
    texture: Range = ANY
    mixed: Range = ANY


class Silhouette(Enum):
    """The shape of a defect's outline. A person can take families of one shape for each other from the change alone."""

    LINE = "line"
    COMPACT = "compact"
    AREA = "area"


@dataclass(frozen=True)
class Form:
    """A form that a family's defects take. What is None is as the family says.

    name: "" for the plain form; it is Edit.variant and DefectType.variant. phrases: its names in free text, in lower case and
    the singular, the usual one first; they are matched as whole words. noun: as a prompt says it, with one of the phrases in
    it. size: plausible range of Edit.size. tone: usual change of lightness, "dark" or "bright", "either" where both occur.
    always_at_place: it is nowhere else than at the family's place. relations: what those of some phrases do to the matter that
    they lie at, (one of description.RELATIONS, phrases): a short circuit bridges. shows_background: its tone is that of what lies
    behind the product. bilevel, render: as in Family.
    """

    name: str = ""
    phrases: tuple[str, ...] = ()
    noun: str | None = None
    size: tuple[float, float] | None = None
    tone: str | None = None
    always_at_place: bool = False
    relations: tuple[tuple[str, tuple[str, ...]], ...] = ()
    shows_background: bool = False
    bilevel: Bilevel | None = None
    render: Renderer | None = None


@dataclass(frozen=True)
class Family:
    """What is common to a family's defects. Raises ValueError, naming the field, where these do not hold together.

    In words:
        name: its key. noun: as a prompt says it; one of the phrases is in it. look: shape and texture, as a prompt says them.
        example: an anomaly type of it as a person would type it, for the nodes' help; "" where nobody asks for it so.
        forms: at least one; the first is meant where none is named.
        bright_matter, dark_matter: phrases of matter that is usually brighter or darker than what it lies on.
        search_words: groups of words that find each other in the knowledge base; lower case, American, singular.
    In numbers:
        size: plausible range of Edit.size. beyond_frame: the largest size where the product fills the picture, so that the
        defect can run on beyond it; None where it cannot. many: how many usually appear together, (least, most).
        tone: usual change of lightness, "dark" or "bright"; None where either occurs.
        place: where on the product it prefers to be, "edge" or "centre"; None where it has no preference.
        mask_margin: factor of the margin by which a mask is grown to what a person would outline.
    Drawn:
        render: draws one. silhouette: shape of its outline. bilevel: how it looks in a thresholded picture.
        soft_edge: the planner chooses how soft its edge is. seeks_low_activity: the planner prefers calm grid cells, where
        it shows. stays_dark: it is darker even than a dark surface. inside_one_tone: in a thresholded picture it lies away
        from outlines. covers_picture: it lies all over the picture, so that its window is all of it. moves_outline: it can push
        matter out over the product's outline. breaks_outline: it takes the outline along. Others keep within it.
    Occurring:
        by_default: it is among the types that are drawn where nobody names one. common: many products have it, whatever they
        are made of. needs_shades: a thresholded picture cannot show it. needs_structure: a plain surface cannot have it.
    Judged and learned:
        appearance: plausible measures; None where it has no shape of its own and is judged as its kin is.
        confused_with: the family that an unfaithful editor draws in its place, of another shape; None where it is never
        confused. kin: an older family as which a trained policy is told of it whose vocabulary has no word for it; None: it is
        told of an unknown one.
    """

    name: str
    noun: str
    look: str
    example: str
    forms: tuple[Form, ...]
    size: tuple[float, float]
    render: Renderer
    silhouette: Silhouette
    appearance: Appearance | None
    bright_matter: tuple[str, ...] = ()
    dark_matter: tuple[str, ...] = ()
    search_words: tuple[tuple[str, ...], ...] = ()
    beyond_frame: float | None = None
    many: tuple[int, int] = (1, 1)
    tone: str | None = None
    place: str | None = None
    mask_margin: float = 1.0
    bilevel: Bilevel = Bilevel.SOLID
    soft_edge: bool = False
    seeks_low_activity: bool = True
    stays_dark: bool = False
    inside_one_tone: bool = False
    covers_picture: bool = False
    moves_outline: bool = False
    breaks_outline: bool = False
    by_default: bool = True
    common: bool = False
    needs_shades: bool = False
    needs_structure: bool = False
    confused_with: str | None = None
    kin: str | None = None

    def __post_init__(self) -> None:
        problem = next(self._problems(), None)
        if problem is not None:
            raise ValueError(f"family {self.name!r}: {problem}")

    def _problems(self) -> Iterator[str]:
        if not re.fullmatch(r"[a-z]+(?:_[a-z]+)*", self.name):
            yield "its name must be words in lower case, with _ between them"
        if not self.forms or not all(form.phrases for form in self.forms):
            yield "give it a form, and every form a phrase"
        if len({form.name for form in self.forms}) < len(self.forms):
            yield "two of its forms have one name"
        for form in self.forms:
            for phrase in form.phrases:
                if not re.fullmatch(r"[a-z]+(?: [a-z]+)*", phrase):
                    yield f"phrase {phrase!r} must be words in lower case, of the letters a to z"
            noun = form.noun or (self.noun if form is self.forms[0] else form.phrases[0])
            if not any(phrase in noun for phrase in form.phrases):
                yield f"noun {noun!r} must have one of its phrases in it, so that a prompt is read back"
        phrases = {phrase for form in self.forms for phrase in form.phrases}
        if not phrases.issuperset((*self.bright_matter, *self.dark_matter)):
            yield "bright_matter and dark_matter must be among its phrases"
            if not set(form.phrases).issuperset(phrase for _, phrases in form.relations for phrase in phrases):
                yield "the phrases of its relations must be among its phrases"
        for name, least, most in (("size", *self.size), *(("size", *form.size) for form in self.forms if form.size)):
            if not 0 < least < most <= 1.5:
                yield f"{name} must be (least, most) within 0-1.5, got {(least, most)}"
        if not 1 <= self.many[0] <= self.many[1] <= 12:
            yield f"many must be (least, most) within 1-12, got {self.many}"
        if self.tone not in (None, "dark", "bright") or self.place not in (None, "edge", "centre"):
            yield "tone must be dark, bright or None, place edge, centre or None"
        if self.place is None and any(form.always_at_place for form in self.forms):
            yield "a form that is always at its place needs one"
        if re.search(r"[.!?;]\s|\n", self.look):
            yield "look must be one clause, without a stop in it"
        if self.appearance is None and self.kin is None:
            yield "give it an appearance, or a kin that it is judged as"

    @property
    def is_line(self) -> bool:
        """Whether it is a line: it needs less room across, and may be longer than the picture."""
        return self.silhouette is Silhouette.LINE

    def form(self, name: str | None) -> Form:
        """The form of this name, the first where it is None. Raises KeyError for a name that the family does not have."""
        for form in self.forms:
            if name is None or form.name == name:
                return form
        raise KeyError(f"family {self.name!r} has no form {name!r}")

    def noun_of(self, form: str | None) -> str:
        """As a prompt says a form of this name."""
        return self.form(form).noun or self.noun

    def size_of(self, form: str | None) -> tuple[float, float]:
        """The plausible range of Edit.size of a form of this name."""
        return self.form(form).size or self.size

    def tone_of(self, form: str | None) -> str | None:
        """The usual change of lightness of a form of this name, None where either occurs."""
        tone = self.form(form).tone or self.tone
        return None if tone == "either" else tone

    def bilevel_of(self, form: str | None) -> Bilevel:
        """How a form of this name looks in a thresholded picture."""
        return self.form(form).bilevel or self.bilevel

    def render_of(self, form: str | None) -> Renderer:
        """What draws a form of this name."""
        return self.form(form).render or self.render
