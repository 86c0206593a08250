"""Prompt paragraphs: writing an edit in words, and reading any such paragraph, also one that a person wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ..core.task import MAX_MEANING, MAX_NAME
from . import attribute_words as words
from .attribute_reader import (
    read_angle,
    read_box,
    read_cell,
    read_colour,
    read_count,
    read_manner,
    read_place,
    read_severity,
    read_size,
    read_softness,
)
from .describing import describe
from .description import Asked
from .description_text import colour_of, first_word, plural, relation_text
from .edit import INSISTABLE, Box, Edit
from .families import FAMILIES, derived
from .locatives import Locative, take_locatives
from .naming import DefectType, find_types, known_types, lowered

#: Longest prompt that is read; the rest is ignored, so that no text costs more than it is worth.
MAX_CHARACTERS = 4000

#: Leads the knowledge that a prompt tells.
_EXPLAINED = "Such a defect looks like this: "
_UNCHANGED = "Keep the lighting, the texture and everything outside this area exactly unchanged."


def write_prompt(
    edit: Edit | Sequence[Edit], item: str, anomaly: str, note: str = "", bounds: Box = (0.0, 0.0, 1.0, 1.0)
) -> str:
    """One local-edit paragraph: where, what, shape, texture, contrast, extent, what stays; of each edit, where there are several.

    note: a sentence about the surface (texture, light) to blend with. bounds: the product's bounding box, in fractions
    of the image. `read_prompt` reads every field back.
    """
    edits = (edit,) if isinstance(edit, Edit) else edit
    sentences = [sentence for one in edits for sentence in _sentences(one, item, anomaly, bounds)]
    if note:
        sentences.append(note)
    sentences.append(_UNCHANGED)
    return " ".join(sentences)


def _sentences(edit: Edit, item: str, anomaly: str, bounds: Box) -> list[str]:
    family = FAMILIES[edit.family]
    what = f"{_what(edit, family.noun_of(edit.variant))} ({anomaly.replace('_', ' ').strip()})"
    sentences = [f"{_where(edit, item, bounds)}, add {what}: {family.look}."]
    extent = []
    if edit.size is not None:
        extent.append(f"about {100 * edit.size:.0f}% of the product across")
    if edit.severity is not None:
        extent.append(_nearest(words.SEVERITIES, edit.severity) + f" (severity {edit.severity:.2f})")
    if edit.softness is not None:
        extent.append(f"with a {_nearest(words.SOFTNESS, edit.softness)} edge (softness {edit.softness:.2f})")
    if edit.angle is not None:
        extent.append(f"running at {edit.angle % 180:.0f} degrees")
    extent += _manner(edit)
    if extent:
        sentences.append(f"It is {', '.join(extent)}.")
    if edit.insisted:
        sentences.append(f"{_INSIST} {', '.join(edit.insisted)}.")
    return sentences


def _manner(edit: Edit) -> list[str]:
    """What has no number, in words that are read back."""
    told = [
        None if edit.width is None else first_word(words.WIDTHS, edit.width),
        None if edit.direction is None else first_word(words.DIRECTIONS, edit.direction),
        None if edit.shape is None else first_word(words.SHAPES, edit.shape),
        edit.relief,
        edit.gloss,
        "with a halo" if edit.halo else None,
        None if edit.relation is None else relation_text(edit.relation, edit.part, edit.part_number),
    ]
    return [word for word in told if word]


def read_prompt(
    text: str,
    anomaly: str,
    bounds: Box = (0.0, 0.0, 1.0, 1.0),
    size: tuple[int, int] | None = None,
    item: str = "",
) -> list[Edit]:
    """The edits that a paragraph asks for, one or more; never raises for any text.

    anomaly: the task's type, the authority for the family where the text names none or several. bounds: the product's
    bounding box in fractions of the image, for words such as "upper left". size: (height, width) px, for boxes in px. item:
    the product's name, which is no order where write_prompt puts it: "top cover" is no place.
    """
    return list(_read(text[:MAX_CHARACTERS], anomaly, bounds, size, item[:MAX_NAME]))


def note_of(text: str, anomaly: str, bounds: Box = (0.0, 0.0, 1.0, 1.0), size: tuple[int, int] | None = None) -> str:
    """The sentences of a prompt that say nothing of the defect itself, such as what it must blend with: word for word, each
    once, as a rewritten prompt keeps them. "" where there are none.
    """
    text = _short_blanks(split_explanation(text[:MAX_CHARACTERS])[0])
    leads = _leads(lowered(text), anomaly)
    if leads:
        cuts = zip([0, *(lead.end for lead in leads)], [*(lead.start for lead in leads), len(text)], strict=True)
        before, *after = (_UNBROKEN_END.split(text[start:end]) for start, end in cuts)
    else:
        first, *others = _UNBROKEN_END.split(text)
        before, after = [first], [others]
    # What asks for the defect stands in the new prompt's own first sentence.
    sentences = [sentence for sentence in before if not find_types(sentence)] + [one for part in after for one in part]
    plain = dict.fromkeys(" ".join(sentence.split()) for sentence in sentences)
    return " ".join(sentence for sentence in plain if sentence and _is_note(sentence, anomaly, bounds, size))


def _is_note(sentence: str, anomaly: str, bounds: Box, size: tuple[int, int] | None) -> bool:
    """Whether a sentence gives no order, nor says what every prompt ends with."""
    edit = read_prompt(sentence, anomaly, bounds, size)[0]
    lower = sentence.lower()
    return edit == Edit(edit.family, edit.variant) and not (_STAYS.search(lower) and _ALL_ELSE.search(lower))


def explain(prompt: str, knowledge: str) -> str:
    """The prompt with what was looked up told behind it; what it told before goes."""
    return f"{split_explanation(prompt)[0]} {_EXPLAINED}{knowledge}"


def split_explanation(prompt: str) -> tuple[str, str]:
    """(the prompt itself, what it tells of the knowledge looked up); "" where it tells none."""
    itself, _, told = prompt.partition(_EXPLAINED)
    return itself.rstrip() if told else prompt, told


def _short_blanks(text: str) -> str:
    """Each run of white space as one blank, as a line's end, or as two for an empty line. No expression below meets a longer
    run, so that none has many ways to share one out between its parts."""
    return _BLANKS.sub(lambda run: "\n\n" if run[0].count("\n") > 1 else "\n" if "\n" in run[0] else " ", text)


# Planner, generator and policy read the same paragraph one after the other.
@derived(256)
def _read(text: str, anomaly: str, bounds: Box, size: tuple[int, int] | None, item: str) -> tuple[Edit, ...]:
    asked = describe(anomaly[:MAX_MEANING])
    text = _short_blanks(text)
    # A paragraph that stands there twice asks for nothing more.
    parts = _parts(text, anomaly)
    read = (_edit(part, anomaly, asked.first, bounds, size, item, len(parts) > 1) for part in parts)
    edits = list(dict.fromkeys(read))
    if len(edits) == 1:
        # A paragraph about one defect leaves it to the task which others there are.
        edits += [
            Edit(other.family, other.form, box=edits[0].box, severity=edits[0].severity)
            for other in asked.defects[1:]
            if (other.family, other.form) != (edits[0].family, edits[0].variant)
        ]
    return tuple(edits)


def _parts(text: str, anomaly: str) -> list[str]:
    """A text about several defects, cut where the next one's sentence begins."""
    starts = [lead.start for lead in _leads(lowered(text), anomaly)]
    cuts = [0, *starts[1:], len(text)]
    return [text[start:end] for start, end in pairwise(cuts)]


def _told(text: str, anomaly: str) -> DefectType | None:
    """The defect that a sentence of write_prompt's adds: its noun comes last."""
    text = lowered(text)
    for lead in _leads(text, anomaly):
        found = find_types(text[lead.add : lead.typed])
        return found[-1][2] if found else None
    return None


def _edit(
    text: str, anomaly: str, wanted: Asked, bounds: Box, size: tuple[int, int] | None, item: str, several: bool
) -> Edit:
    """What one defect's part of a prompt asks for. several: the prompt has more such parts."""
    lower = _kept_sentences(_without_look(lowered(text), anomaly, item))
    named = [defect for _, _, defect in find_types(lower)]
    own = next((defect for defect in named if defect.family == wanted.family), None)
    told = _told(text, anomaly) if several else None
    defect = told or own or (named[0] if named else None)
    family = wanted.family if defect is None else defect.family
    variant = None if defect is None else defect.variant
    manner, lower = _read_manner(lower, family)
    insisted = _INSISTED.search(lower)
    if insisted:
        lower = lower[: insisted.start()] + lower[insisted.end() :]
    numbers = read_box(lower, size)
    box = numbers or read_cell(lower, bounds)
    colour, tone = read_colour(lower)
    return Edit(
        family=family,
        variant=variant or (wanted.form if family == wanted.family else None),
        box=box,
        place=read_place(lower, numbers is not None),
        size=read_size(lower, size),
        severity=read_severity(lower),
        tone=tone,
        colour=colour,
        angle=read_angle(lower),
        softness=read_softness(lower),
        count=read_count(lower),
        insisted=tuple(name for name in INSISTABLE if insisted and name in insisted[1].split(", ")),
        **manner,
    )


def _read_manner(text: str, family: str) -> tuple[dict[str, Any], str]:
    """(what sentences on the defect itself say without a number, as Edit has it, the text without the words for it)."""
    kept: list[str] = []
    found: dict[str, Any] = {}
    for sentence in _SENTENCE_END.split(text):
        if _ITSELF.match(sentence) or any(defect.family == family for _, _, defect in find_types(sentence)):
            rest, places = take_locatives(" ".join(sentence.split()))
            said = read_manner(rest, places, FAMILIES[family].is_line)
            found = {**said, **found}
            taken = [place for place in places if place.relation or place.direction not in (None, "diagonal")]
            kept.append(_without(" ".join(sentence.split()), taken))
        else:
            kept.append(sentence)
    return found, " ".join(kept)


def _without(sentence: str, places: Sequence[Locative]) -> str:
    for place in sorted(places, key=lambda place: -place.start):
        sentence = f"{sentence[: place.start]} {sentence[place.end :]}"
    return sentence


def _where(edit: Edit, item: str, bounds: Box) -> str:
    product = item.replace("_", " ").strip()
    place = f", {words.PLACES[edit.place][0]}" if edit.place else ""
    if edit.box is None:
        return f"On the {product}{place}"
    x0, y0, x1, y1 = edit.box
    u = ((x0 + x1) / 2 - bounds[0]) / max(bounds[2] - bounds[0], 1e-6)
    v = ((y0 + y1) / 2 - bounds[1]) / max(bounds[3] - bounds[1], 1e-6)
    row = ("upper", "middle", "lower")[min(2, max(0, int(3 * v)))]
    column = ("left", "center", "right")[min(2, max(0, int(3 * u)))]
    field = "center" if (row, column) == ("middle", "center") else f"{row} {column}"
    return f"In the {field} of the {product}{place}, inside the box ({x0:.3f}, {y0:.3f}, {x1:.3f}, {y1:.3f})"


def _what(edit: Edit, noun: str) -> str:
    adjectives = []
    if edit.size is not None:
        adjectives.append(_nearest(words.SIZES, edit.size))
    if (colour := colour_of(edit.colour)) is not None:
        adjectives.append(colour)
    if edit.tone is not None:
        adjectives.append("darker" if edit.tone == "dark" else "brighter")
    count = edit.count or 1
    lead = "a single" if count == 1 else str(count)
    return " ".join([lead, ", ".join(adjectives), noun if count == 1 else plural(noun)]).replace("  ", " ")


def _nearest(table: tuple[tuple[str, float], ...], value: float) -> str:
    return min(table, key=lambda entry: abs(entry[1] - value))[0]


_INSIST = "Above all, mind its"
_INSISTED = re.compile(rf"{_INSIST.lower()} ([a-z, ]{{1,120}})\.?")
# A sentence that goes on about the defect.
_ITSELF = re.compile(r"\s{0,2}(?:it|they|this|these|each) ")
_BLANKS = re.compile(r"\s+")
_STAYS = re.compile(
    r"\b(?:unchanged|keep|keeps|kept|remain|remains|preserve|preserved|untouched|do not|don't|must not|"
    r"should not|without (?:any )?other|no other|intact|unaltered|everything else|all else)\b"
)


# Of these sentences, those that say what every prompt ends with.
_ALL_ELSE = re.compile(r"\b(?:everything|all else|the rest|all other)\b")

# Where a sentence ends: not behind "e.g.", nor within "No. 5".
_STOP = r"(?<=[.!?;])(?<!\be\.g\.)(?<!\bi\.e\.)(?!(?<=\b[Nn]o\.)\s{1,2}\d)\s{1,2}"
_SENTENCE_END = re.compile(_STOP + r"|\n{1,2}")
# The same where a person's editor may have broken the lines: only a line that does not go on in lower case is a new sentence.
_UNBROKEN_END = re.compile(_STOP + r"|\n(?![a-z\s])|\n\n")
_LOOK_END = re.compile(_STOP + r"|\n\n")
# The sentence that write_prompt begins with: its first words, those before what is to be added, and the type in brackets.
_HEAD = re.compile(r"(?:\A|[.!?;:\n])[\s*>\"'(-]{0,80}(?=(?:on|in)\s{1,2}the\s)")
_ADD = re.compile(r",\s{1,2}add\s")
_KNOWN = rf"([^()]{{0,{MAX_NAME}}})"


class _Lead(NamedTuple):
    """Where in a text stands a sentence that write_prompt begins with. add: the end of what it says of place and product.
    typed: the start of the type in brackets. look: the start of what it says of the look. end: of the sentence."""

    start: int
    add: int
    typed: int
    look: int
    end: int


def _leads(text: str, anomaly: str) -> list[_Lead]:
    """Such sentences in a text in lower case, in order. They are found by their form, "On/In the ..., add ... (type): ", so that
    words changed in them, beside them or in the names make no difference. The type is the task's, or another that is known."""
    own = r"\s{1,2}".join(map(re.escape, lowered(anomaly).replace("_", " ").split()))
    found: list[_Lead] = []
    done = 0
    for typed in re.finditer(rf"\((?:{own}|{_KNOWN})\):\s{{1,2}}", text):
        name = typed[1]
        if typed.start() < done or (name is not None and " ".join(name.replace("_", " ").split()) not in known_types()):
            continue
        add = _last(_ADD, text, done, typed.start())
        head = add and _last(_HEAD, text, done, add.start())
        if add and head:
            end = _LOOK_END.search(text, typed.end())
            done = end.start() if end else len(text)
            found.append(_Lead(head.end(), add.start(), typed.start(), typed.end(), done))
    return found


def _last(pattern: re.Pattern[str], text: str, start: int, end: int) -> re.Match[str] | None:
    return next(reversed(list(pattern.finditer(text, start, end))), None)


def _without_look(text: str, anomaly: str, item: str) -> str:
    """Without what says how every such defect looks: it says nothing about this one. It is found by its place in the sentence
    that write_prompt begins with, so that a word changed in it gives no order either; elsewhere by its words. The product's
    name goes from that sentence, too.
    """
    name = r"\s{1,2}".join(map(re.escape, lowered(item).replace("_", " ").split()))
    kept, done = [], 0
    for lead in _leads(text, anomaly):
        where = text[lead.start : lead.add]
        if name:
            where = re.sub(rf"\bthe\s{{1,2}}{name}(?=\s{{0,2}}(?:,|\Z))", "the product", where, count=1)
        # The type in brackets says it in the task's words, which are no order of the prompt's.
        what = text[lead.add : lead.typed]
        kept += [text[done : lead.start], where, what.rstrip(), " ."]
        done = lead.end
    text = "".join([*kept, text[done:]])
    for family in FAMILIES.values():
        text = text.replace(family.look.lower(), "")
    return text


def _kept_sentences(text: str) -> str:
    """Without the sentences that say what stays: their words are not about the defect."""
    return " ".join(sentence for sentence in _SENTENCE_END.split(text) if not _STAYS.search(sentence))
