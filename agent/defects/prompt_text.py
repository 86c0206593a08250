"""Prompt paragraphs: writing an edit in words, and reading any such paragraph, also one that a person wrote."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from ..core.task import MAX_NAME
from ..imaging.channels import luma_of
from . import prompt_words as words
from .edit import Box, Edit
from .families import FAMILIES, derived
from .naming import find_types, known_types, lowered, resolve

#: Longest prompt that is read; the rest is ignored, so that no text costs more than it is worth.
MAX_CHARACTERS = 4000

#: Leads the knowledge that a prompt tells.
_EXPLAINED = "Such a defect looks like this: "
_UNCHANGED = "Keep the lighting, the texture and everything outside this area exactly unchanged."


def write_prompt(edit: Edit, item: str, anomaly: str, note: str = "", bounds: Box = (0.0, 0.0, 1.0, 1.0)) -> str:
    """One local-edit paragraph: where, what, shape, texture, contrast, extent, what stays.

    note: a sentence about the surface (texture, light) to blend with. bounds: the product's bounding box, in fractions
    of the image. `read_prompt` reads every field back.
    """
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
    if extent:
        sentences.append(f"It is {', '.join(extent)}.")
    if note:
        sentences.append(note)
    sentences.append(_UNCHANGED)
    return " ".join(sentences)


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
    Raises UnknownAnomalyError for the anomaly only.
    """
    return list(_read(text[:MAX_CHARACTERS], anomaly, bounds, size, item[:MAX_NAME]))


def note_of(text: str, anomaly: str, bounds: Box = (0.0, 0.0, 1.0, 1.0), size: tuple[int, int] | None = None) -> str:
    """The sentences of a prompt that say nothing of the defect itself, such as what it must blend with: word for word, each
    once, as a rewritten prompt keeps them. "" where there are none. Raises UnknownAnomalyError for the anomaly only.
    """
    resolve(anomaly)
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
    wanted = resolve(anomaly)
    lower = _kept_sentences(_short_blanks(_without_look(lowered(_short_blanks(text)), anomaly, item)))
    named = [defect for _, _, defect in find_types(lower)]
    own = next((defect for defect in named if defect.family == wanted.family), None)
    defect = own or (named[0] if named else wanted)
    variant = defect.variant or (wanted.variant if defect.family == wanted.family else None)
    numbers = _read_box(lower, size)
    box = numbers or _read_cell(lower, bounds)
    colour, tone = _read_colour(lower)
    edit = Edit(
        family=defect.family,
        variant=variant,
        box=box,
        place=_read_place(lower, numbers is not None),
        size=_read_size(lower, size),
        severity=_read_severity(lower),
        tone=tone,
        colour=colour,
        angle=_read_angle(lower),
        softness=_read_softness(lower),
        count=_read_count(lower),
    )
    further = [family for family in wanted.also if family != edit.family]
    return (edit, *(Edit(family=family, box=box, severity=edit.severity) for family in further))


def _where(edit: Edit, item: str, bounds: Box) -> str:
    product = item.replace("_", " ").strip()
    # Not "near the center": that would be read as a part of the product too.
    place = {"edge": ", near the edge", "centre": ", away from the edge"}.get(edit.place or "", "")
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
    if edit.colour is not None:
        adjectives.append(min(words.COLOURS, key=lambda name: math.dist(words.COLOURS[name], edit.colour or (0, 0, 0))))
    if edit.tone is not None:
        adjectives.append("darker" if edit.tone == "dark" else "brighter")
    count = edit.count or 1
    plural = noun if noun.endswith("s") else f"{noun}es" if noun.endswith(("ch", "sh", "x")) else f"{noun}s"
    lead = "a single" if count == 1 else str(count)
    return " ".join([lead, ", ".join(adjectives), noun if count == 1 else plural]).replace("  ", " ")


def _nearest(table: tuple[tuple[str, float], ...], value: float) -> str:
    return min(table, key=lambda entry: abs(entry[1] - value))[0]


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
    look: the start of what it says of the look. end: of the sentence."""

    start: int
    add: int
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
            found.append(_Lead(head.end(), add.start(), typed.end(), done))
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
        kept += [text[done : lead.start], where, text[lead.add : lead.look].rstrip(), " ."]
        done = lead.end
    text = "".join([*kept, text[done:]])
    for family in FAMILIES.values():
        text = text.replace(family.look.lower(), "")
    return text


def _kept_sentences(text: str) -> str:
    """Without the sentences that say what stays: their words are not about the defect."""
    return " ".join(sentence for sentence in _SENTENCE_END.split(text) if not _STAYS.search(sentence))


def _table_pattern(entries: list[str]) -> re.Pattern[str]:
    ordered = sorted(entries, key=len, reverse=True)
    return re.compile(r"(?<![\w-])(?:" + "|".join(re.escape(entry) for entry in ordered) + r")(?:ly)?(?![\w-])")


_SIZE = (_table_pattern([word for word, _ in words.SIZES + words.LENGTHS]), dict(words.SIZES + words.LENGTHS))
_SEVERITY = (_table_pattern([word for word, _ in words.SEVERITIES]), dict(words.SEVERITIES))
_SOFT = dict(words.SOFTNESS)
_SOFT_EDGE = re.compile(
    r"(?<![\w-])("
    + "|".join(re.escape(word) for word, _ in sorted(words.SOFTNESS, key=lambda entry: -len(entry[0])))
    + r")(?:ly|,| and \w{1,40})?[\s-]{1,9}(?:\w{1,40} ){0,2}(?:edge|edges|edged|border|borders|outline|boundary|transition|rim)\b"
)
_COLOUR = _table_pattern(list(words.COLOURS))
_TONE = _table_pattern(list(words.TONES))
_COUNT = _table_pattern(list(words.COUNTS))
_ANGLE = _table_pattern(list(words.ANGLES))
# Digits behind the point: as many as any number has that a person or a program writes.
_FRACTION = r"(?:\.\d{1,20})?"
_DEGREES = re.compile(rf"(-?\d{{1,3}}{_FRACTION})\s{{0,2}}(?:°|deg)")
_PERCENT = re.compile(rf"(\d{{1,3}}{_FRACTION})\s{{0,2}}(?:%|percent)")
_PIXELS = re.compile(rf"(\d{{1,4}}{_FRACTION})\s{{0,2}}(?:px|pixels?)\b")
_NUMBER = rf"(-?\d{{1,5}}{_FRACTION})\s{{0,2}}%?"
_BOX = re.compile(r"[\[(<{]?\s{0,2}" + r"\s{0,2}[,;\s]\s{0,2}".join([_NUMBER] * 4) + r"\s{0,2}[\])>}]?")
_DIGIT_COUNT = re.compile(
    r"\b(?:add|with|show|draw|put|place|of|has|have)\s{1,2}(\d{1,2})\s{1,2}(?!%|percent|px|pixel|degree|°)[a-z]"
)
_CELL = re.compile(
    r"\b(upper|top|lower|bottom|middle|center|centre|central)(?:[\s-]{1,9}(left|right|center|middle))?"
    r"(?:[\s-]{1,9}(?:hand|side|corner|half|part|third|quarter|area|region|section))?\b"
    r"|\b(left|right)[\s-]{0,9}(?:hand|side|half|part|edge|of|third|area)\b"
)
_EDGE = _table_pattern(list(words.PLACES["edge"]))
_CENTRE = _table_pattern(list(words.PLACES["centre"]))
# "Light from the upper left" says where the lamp is, not the defect.
_OF_LIGHT = re.compile(r"\b(?:light|lit|lighting|lamp|illumination|illuminated|shadows?|highlights?)\b[\w\s-]{0,30}$")
# A colour in "on the white plate" is the product's, not the defect's.
_OF_PRODUCT = re.compile(
    r"\b(?:on|of|from|against|in|across|over|into|under)\s{1,2}(?:the|a|an|its|this)\s{1,2}(?:[\w-]{1,40}\s{1,2})?$"
)


def _read_word(text: str, table: tuple[re.Pattern[str], dict[str, float]]) -> float | None:
    match = table[0].search(text)
    if match is None:
        return None
    word = match.group()
    return table[1].get(word, table[1].get(word.removesuffix("ly")))


def _read_number(text: str, before: str, most: float) -> float | None:
    match = re.search(rf"{before}(\d{_FRACTION})", text)
    return min(max(float(match.group(1)), 0.0), most) if match else None


def _read_severity(text: str) -> float | None:
    number = _read_number(text, r"severity\D{0,4}", 1.0)
    # "A slightly soft edge" says nothing of the strength.
    return number if number is not None else _read_word(_SOFT_EDGE.sub(" ", text), _SEVERITY)


def _read_softness(text: str) -> float | None:
    number = _read_number(text, r"softness\D{0,4}", 1.0)
    if number is not None:
        return number
    match = _SOFT_EDGE.search(text)
    return _SOFT[match.group(1)] if match else None


def _read_size(text: str, size: tuple[int, int] | None) -> float | None:
    percent = _PERCENT.search(_BOX.sub(" ", text))
    if percent:
        return min(max(float(percent.group(1)) / 100, 0.01), 1.5)
    pixels = _PIXELS.search(text)
    if pixels and size is not None:
        return min(max(float(pixels.group(1)) / math.sqrt(size[0] * size[1]), 0.01), 1.5)
    return _read_word(text, _SIZE)


def _read_angle(text: str) -> float | None:
    degrees = _DEGREES.search(text)
    if degrees:
        return float(degrees.group(1)) % 180
    match = _ANGLE.search(text)
    return words.ANGLES.get(match.group()) if match else None


def _read_count(text: str) -> int | None:
    digits = _DIGIT_COUNT.search(text)
    if digits:
        return min(max(int(digits.group(1)), 1), 12)
    match = _COUNT.search(text)
    return words.COUNTS[match.group()] if match and match.group() in words.COUNTS else None


def _read_colour(text: str) -> tuple[tuple[int, int, int] | None, str | None]:
    colour = None
    for match in _COLOUR.finditer(text):
        if not _OF_PRODUCT.search(text[max(0, match.start() - 40) : match.start()]):
            colour = colour or words.COLOURS.get(match.group())
            if not match.group().startswith("rust"):  # "rust" names the defect rather: another colour word rules
                colour = words.COLOURS.get(match.group())
                break
    tone = None
    # The "dark" of "dark brown" is the colour's.
    text = re.sub(r"\b(?:dark|light) brown\b", "brown", text)
    for match in _TONE.finditer(text):
        if not _OF_PRODUCT.search(text[max(0, match.start() - 40) : match.start()]):
            tone = words.TONES.get(match.group())
            break
    if colour is not None and tone is None:
        tone = "dark" if luma_of(colour) < 60 else "bright" if luma_of(colour) > 215 else None
    return colour, tone


def _read_place(text: str, boxed: bool) -> str | None:
    # "In the middle left", or "in the center of" beside a box in numbers, names a part of the product, not a place.
    text = re.sub(
        r"\bin the (?:middle|center|centre)(?=\s{1,2}(?:left|right)\b" + (r"|\s{1,2}of\b)" if boxed else ")"), " ", text
    )
    edge, centre = _EDGE.search(text), _CENTRE.search(text)
    if edge and (not centre or edge.start() < centre.start()):
        return "edge"
    return "centre" if centre else None


def _read_box(text: str, size: tuple[int, int] | None) -> Box | None:
    """Four numbers in a row: fractions, per cent, px of the image, or the 0-1000 grid of vision-language models."""
    for match in _BOX.finditer(text):
        values = [float(number) for number in match.groups()]
        if min(values) < 0 or values[2] <= values[0] or values[3] <= values[1]:
            continue
        if max(values) <= 1.0:
            scale_x = scale_y = 1.0
        elif "%" in match.group() and max(values) <= 100:
            scale_x = scale_y = 100.0
        elif size is not None and values[2] <= size[1] and values[3] <= size[0]:
            scale_x, scale_y = float(size[1]), float(size[0])
        elif max(values) <= 1000:
            scale_x = scale_y = 1000.0
        else:
            continue
        return (values[0] / scale_x, values[1] / scale_y, values[2] / scale_x, values[3] / scale_y)
    return None


def _read_cell(text: str, bounds: Box) -> Box | None:
    """Location words as a cell of the product's bounding box: a ninth, a third, or a half."""
    for match in _CELL.finditer(text):
        if _OF_LIGHT.search(text[max(0, match.start() - 45) : match.start()]):
            continue
        first, second, side = match.groups()
        row = words.ROWS.get(first) if first else None
        column = words.COLUMNS.get(second or side or "")
        if first in ("center", "centre", "middle", "central") and column is None:
            column = 1
        x0, x1 = (column / 3, (column + 1) / 3) if column is not None else (0.0, 1.0)
        y0, y1 = (row / 3, (row + 1) / 3) if row is not None else (0.0, 1.0)
        width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
        return (bounds[0] + x0 * width, bounds[1] + y0 * height, bounds[0] + x1 * width, bounds[1] + y1 * height)
    return None
