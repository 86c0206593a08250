"""What a text says of a defect, apart from its family: read here alone, for descriptions and prompts alike."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from ..core.task import COUNTS, SIZES
from ..imaging.channels import luma_of
from . import attribute_words as words
from .description import Attributes, Range
from .edit import Box
from .families import FAMILIES
from .locatives import OF_LIGHT, TAKEN, Locative, any_of
from .wordings import usual_words

_T = TypeVar("_T")

# A word for a size or a strength spans this factor, and this much, about its own.
_SPAN, _REACH = 1.35, 0.12
# Whatever the family, nobody calls less huge or large, nor more tiny.
_HUGE, _LARGE, _TINY = 0.65, 0.36, 0.08
# So many can be counted, each for itself.
_FEW = 6


def plain_words(text: str) -> str:
    """A text in lower case with one word for each phrase of several that says how an edge is: other words in these phrases name
    places and defects elsewhere, "a dark core and a pale rim", "fading out". What has become of a trace stands before it, and a
    colour without what it is likened to: "lipstick-pink"."""
    text = usual_words(text)
    text = _HALO_PHRASE.sub(lambda match: "dark halo" if match[0].startswith("dark core") else "halo", text)
    text = _BECAME.sub(lambda match: f"{_missing_or_broken(match['became'])} trace", text)
    text = _BEFORE_TRACE.sub(lambda match: f"{_missing_or_broken(match['became'])} trace", text)
    text = _LIKENED.sub(lambda match: match[0] if match[0] in words.COLOURS else match["colour"], text)
    return _SOFT_PHRASE.sub(lambda match: "crisp" if (_meaning(_SOFT, match[0]) or 0.0) < 0.35 else "diffuse", text)


def _missing_or_broken(became: str) -> str:
    return "missing" if became in ("missing", "gone", "absent", "lost") else "broken"


def read_attributes(
    text: str, family: str, form: str | None, places: tuple[Locative, ...]
) -> tuple[Attributes, tuple[str, ...]]:
    """(what a text in lower case says of a defect of this family, what in it contradicts itself). places: what locatives.py took
    out of it."""
    text = _NEGATED.sub(_taken, text)
    colour, tone = read_colour(text)
    # The "deep" of "deep red" says nothing of depth.
    text = _SHADE.sub(_taken, text)
    line = FAMILIES[family].is_line
    if tone is None and colour is None and not line and _LIGHT.search(text):
        tone = "bright"
    shape, relief, gloss, width = (_word_of(table, text) for table in (_SHAPE, _RELIEF, _GLOSS, _WIDTH))
    count = read_counts(_BRANCHES.sub(_taken, text))
    if shape == "spray" and count is not None and count[1] <= _FEW and _DROPS.search(text):
        shape = None  # "three drops" are three defects, no spray
    if shape is None and not line and _LONG.search(text):
        shape = "streak"
    severity = read_severity(text)
    if severity is None and line and _LIGHT.search(text):
        severity = 0.3  # a light scratch is a slight one
    attributes = Attributes(
        tone=tone,
        colour=colour,
        size=_size_range(text, family, form),
        width=("hairline" if _HAIRLINE.search(text) else width) if line else None,
        angle=read_angle(text),
        count=count,
        shape=shape,
        edge=_edge(text),
        gloss=gloss,
        relief=relief,
        severity=None if severity is None else severity_range(severity),
    )
    on, remarks = [place for place in places if not place.off_product], _contradictions(text)
    if len(on) < len(places):
        remarks += ("a defect lies on the product, not on its background: it is drawn on the product",)
    unit = _UNIT.search(text)
    if unit is not None:
        remarks += (
            f"'{unit[0]}' has no meaning without the picture's scale: say the size as a share of the product, or in px",
        )
    return _placed(attributes, on), remarks


def read_manner(text: str, places: tuple[Locative, ...], is_line: bool) -> dict[str, Any]:
    """What Edit has of a text without a number, by field. places: what locatives.py took out of it. is_line: of the family."""
    found: dict[str, Any] = {
        "width": _word_of(_WIDTH, text) if is_line else None,
        "shape": _word_of(_SHAPE, text),
        "relief": _word_of(_RELIEF, text),
        "gloss": _word_of(_GLOSS, text),
        "halo": True if _HALO.search(text) else None,
        "direction": next((place.direction for place in places if place.direction not in (None, "diagonal")), None),
    }
    related = next((place for place in places if place.relation and not place.off_product), None)
    if related is not None:
        found |= {"relation": related.relation, "part": related.part, "part_number": related.part_number}
    return {name: value for name, value in found.items() if value is not None}


def _size_range(text: str, family: str, form: str | None) -> Range | None:
    percent = _PERCENT.search(text)
    if percent:
        exact = min(max(float(percent[1]) / 100, SIZES[0]), SIZES[1])
        return (exact, exact)
    part = _FRACTION_OF.search(text)
    if part:
        exact = words.FRACTIONS[part["share"]]
        return (exact, exact)
    said = _word_of(_SIZE, text)
    if said is None and not FAMILIES[family].is_line:
        said = _word_of(_BREADTH, text)
    if said is None:
        return None
    middle = sized(said, family, form)
    return (max(middle / _SPAN, SIZES[0]), min(middle * _SPAN, SIZES[1]))


def sized(said: float, family: str, form: str | None) -> float:
    """What a word for a size, as words.SIZES has it, means of a family: a large hole is smaller than a large crack."""
    low, high = FAMILIES[family].size_of(form)
    third = (high / low) ** (1 / 3)
    if said >= 0.55:
        return max(min(max(said, high), 2.0 * high), _HUGE)
    if said >= 0.3:
        return max(min(max(said, high / third), 2.2 * high), _LARGE)
    if said <= 0.08:
        return min(max(min(said, low), 0.4 * low), _TINY)
    if said <= 0.16:
        return max(min(said, low * third), 0.5 * low)
    return math.sqrt(low * high)


def severity_range(severity: float) -> Range:
    """What a word for a strength, as words.SEVERITIES has it, leaves open."""
    return (max(0.0, severity - _REACH), min(1.0, severity + _REACH))


def _edge(text: str) -> str | None:
    if _HALO.search(text):
        return "halo"
    softness = read_softness(text)
    if softness is None:  # "a soft stain" has a soft edge
        softness = _word_of(_SOFT_ALONE, text)
    return None if softness is None else "sharp" if softness < 0.35 else "soft"


def _placed(attributes: Attributes, places: Sequence[Locative]) -> Attributes:
    """With what the places say; the first of a kind rules."""
    found: dict[str, object] = {}
    for place in places:
        # A relation and its part belong together.
        if place.relation and "relation" not in found and "part" not in found:
            found |= {"relation": place.relation, "part": place.part, "part_number": place.part_number}
        if place.place and "place" not in found:
            found["place"] = place.place
        if place.cell and "cell" not in found:
            found["cell"] = place.cell
        if place.direction and attributes.angle is None:
            found.setdefault("direction", place.direction)
        if place.angle is not None and attributes.angle is None:
            found.setdefault("angle", place.angle)
    return attributes.with_(**{name: value for name, value in found.items() if value is not None})


def _contradictions(text: str) -> tuple[str, ...]:
    """A line for each pair of words that cannot both be."""
    lines = []
    for name, table in (
        ("direction", _ANGLE_WORDS),
        ("relief", _RELIEF),
        ("gloss", _GLOSS),
        ("width", _WIDTH_SIDES),
        ("size", _SIZE_SIDES),
    ):
        pattern, meanings = table
        named: dict[object, str] = {}
        for match in pattern.finditer(text):
            named.setdefault(_meaning(meanings, match[0]), match[0])
        if len(named) > 1:
            first, second = list(named.values())[:2]
            lines.append(f"'{first}' and '{second}' contradict each other ({name}): '{first}' is drawn")
    tones = {_meaning(words.TONES, match[0]): match[0] for match in reversed(list(_TONE.finditer(text)))}
    if len(tones) > 1:
        first, second = tones.values()
        lines.append(f"'{second}' and '{first}' contradict each other (tone): '{second}' is drawn")
    return tuple(lines)


def _table_pattern(entries: Iterable[str]) -> re.Pattern[str]:
    """Of the entries, longest first, with a hyphen or a blank between their words, and as adverbs."""
    spelled = any_of(entries).replace("\\ ", "[ -]").replace("\\-", "[ -]")
    return re.compile(rf"(?<![\w-])(?:{spelled})(?:ly)?(?![\w-])")


def _meaning(table: Mapping[str, _T], found: str) -> _T | None:
    """What words that a pattern of the table found mean, however they are joined."""
    for spelled in (found, found.removesuffix("ly")):
        if spelled in table:
            return table[spelled]
    joined = _joined(found)
    return next((value for word, value in table.items() if _joined(word) in (joined, joined.removesuffix("ly"))), None)


def _taken(match: re.Match[str]) -> str:
    return TAKEN * len(match[0])


def _joined(words: str) -> str:
    return words.replace("-", " ")


_SIZE = (_table_pattern([word for word, _ in words.SIZES + words.LENGTHS]), dict(words.SIZES + words.LENGTHS))
_BREADTH = (_table_pattern([word for word, _ in words.BREADTHS]), dict(words.BREADTHS))
_SIZE_SIDES = (_SIZE[0], {word: size < 0.2 for word, size in _SIZE[1].items()})
_SEVERITY = (_table_pattern([word for word, _ in words.SEVERITIES]), dict(words.SEVERITIES))
_SOFT = dict(words.SOFTNESS)
_SOFT_EDGE = re.compile(
    rf"(?<![\w-])({any_of(_SOFT)})"
    r"(?:ly|,| and \w{1,40})?[\s-]{1,9}(?:\w{1,40} ){0,2}(?:edge|edges|edged|border|borders|outline|boundary|transition|rim)\b"
)
_SOFT_ALONE = (_table_pattern([*_SOFT, "blurry", "fuzzy", "hazy"]), {**_SOFT, "blurry": 0.8, "fuzzy": 0.8, "hazy": 0.9})
_COLOUR = _table_pattern(words.COLOURS)
_LIKENED = re.compile(
    rf"(?<![\w-])[a-z]{{3,15}}-(?P<colour>{any_of(name for name in words.COLOURS if name.isalpha())})(?![\w-])"
)
# "A track is completely missing", "an interrupted conductor": lines, leads and wires may be of other things.
_TRACES = any_of(
    name for name, part in words.PARTS.items() if part == "trace" and re.search("trace|track|conduct|copper ", name)
)
_STATE = r"(?P<became>missing|gone|absent|lost|broken|interrupted|severed|cut|open)"
_BECAME = re.compile(
    rf"(?<![\w-])(?:{_TRACES}) (?:(?:is|are|was|has|been|all|\w{{2,15}}ly) ){{1,3}}{_STATE}(?: (?:away|through))?(?![\w-])"
)
_BEFORE_TRACE = re.compile(rf"(?<![\w-]){_STATE} (?:{_TRACES})(?![\w-])")
_MATTER = _table_pattern(words.MATTER)
_TONE = _table_pattern(words.TONES)
_COUNT = _table_pattern(words.COUNTS)
_ANGLE_WORDS = (_table_pattern(words.ANGLES), words.ANGLES)
_SHAPE, _RELIEF, _GLOSS, _WIDTH = (
    (_table_pattern(table), table) for table in (words.SHAPES, words.RELIEFS, words.GLOSSES, words.WIDTHS)
)
# A hairline is thin, too.
_WIDTH_SIDES = (_WIDTH[0], {word: width == "wide" for word, width in words.WIDTHS.items()})
_HAIRLINE = _table_pattern([word for word, width in words.WIDTHS.items() if width == "hairline"])
_DIAGONAL = _table_pattern([word for word, meaning in words.DIRECTIONS.items() if meaning == "diagonal"])
# "Light" alone: a tone of areas, and a strength of lines.
_LIGHT = re.compile(r"(?<![\w-])light(?![\w-]| from| comes| brown)")
_HALO = _table_pattern(list(words.HALOES))
_LONG = _table_pattern([word for word, length in words.LENGTHS if length > 0.3])
_SHADE = _table_pattern([name for name in words.COLOURS if re.search("[ -]", name)])
_SOFT_PHRASE = _table_pattern([word for word in _SOFT if " " in word and word not in ("slightly soft",)])
_HALO_PHRASE = _table_pattern([word for word in words.HALOES if " " in word])
# What a crack has several of is no crack of its own.
_BRANCHES = re.compile(r"(?:[\w-]{1,20} ){0,2}(?:side )?(?:branches|arms|forks|prongs|legs|tips)(?![\w-])")
_DROPS = re.compile(r"(?<![\w-])(?:drops|droplets|dots|specks|speckles|splashes|flecks|sprinkles)(?![\w-])")
# "Without a halo", "not glossy" ask for nothing.
_NEGATED = re.compile(r"(?<![\w-])(?:without|not|no) (?:a |an |any )?(?!gloss\b|far\b)[\w-]{1,30}(?! of)(?![\w-])")
_FRACTION_OF = re.compile(
    rf"(?<![\w-])(?P<share>{any_of(words.FRACTIONS)})(?: of)?"
    rf"(?: as (?:long|wide|large|big|broad|high|tall) as(?: \w{{1,20}}){{1,4}}"
    rf"|(?: the| its| a)?(?: full| entire| whole| total)?(?: product's| part's)?"
    rf" (?:length|width|height|size|diameter|breadth)(?![\w-])"
    rf"|(?: the| its| a)(?: full| entire| whole| total)? (?:{any_of(words.WHOLES)})(?![\w-]))"
)
# Digits behind the point: as many as any number has that a person or a program writes.
_FRACTION = r"(?:\.\d{1,20})?"
_DEGREES = re.compile(rf"(-?\d{{1,3}}{_FRACTION})\s{{0,2}}(?:°|deg)")
_PERCENT = re.compile(rf"(\d{{1,3}}{_FRACTION})\s{{0,2}}(?:%|percent)")
_UNIT = re.compile(
    rf"\d{{1,5}}{_FRACTION} ?(?:mm|cm|µm|um|microns?|millimet(?:er|re)s?|centimet(?:er|re)s?|inch(?:es)?)\b"
)
_PIXELS = re.compile(rf"(\d{{1,4}}{_FRACTION})\s{{0,2}}(?:px|pixels?)\b")
_NUMBER = rf"(-?\d{{1,5}}{_FRACTION})\s{{0,2}}%?"
_BOX = re.compile(r"[\[(<{]?\s{0,2}" + r"\s{0,2}[,;\s]\s{0,2}".join([_NUMBER] * 4) + r"\s{0,2}[\])>}]?")
_LEADING_COUNT = re.compile(r"(?<![\w.,-])(\d{1,2})(?: ?x)? (?!%|percent|px|pixel|mm|cm|deg|°)[a-z\0]")
_COUNT_RANGE = re.compile(r"(?<![\w.,-])(\d{1,2}) ?(?:to|or|-) ?(\d{1,2}) (?!%|percent|px|pixel|mm|cm|deg|°)[a-z\0]")
_DIGIT_COUNT = re.compile(
    r"\b(?:add|with|show|draw|put|place|of|has|have)\s{1,2}(\d{1,2})\s{1,2}(?!%|percent|px|pixel|degree|°)[a-z]"
)
_CELL = re.compile(
    r"\b(upper|top|lower|bottom|middle|center|centre|central)(?:[\s-]{1,9}(left|right|center|middle))?"
    r"(?:[\s-]{1,9}(?:hand|side|corner|half|part|third|quarter|area|region|section))?\b"
    r"|\b(left|right)[\s-]{0,9}(?:hand|side|half|part|edge|of|third|area)\b"
)
_PLACES = {place: _table_pattern(list(phrases)) for place, phrases in words.PLACES.items()}
# A colour in "on the white plate" is the product's, not the defect's.
_OF_PRODUCT = re.compile(
    r"\b(?:on|of|from|against|in|across|over|into|under)\s{1,2}(?:the|a|an|its|this)\s{1,2}(?:[\w-]{1,40}\s{1,2})?$"
)


def _read_number(text: str, before: str, most: float) -> float | None:
    match = re.search(rf"{before}(\d{_FRACTION})", text)
    return min(max(float(match.group(1)), 0.0), most) if match else None


def read_severity(text: str) -> float | None:
    """0-1, see Edit.severity."""
    number = _read_number(text, r"severity\D{0,4}", 1.0)
    # "A slightly soft edge", "deep red" and "extremely thin" say nothing of the strength.
    for pattern in (_SOFT_EDGE, _SHADE, _SIZE[0], _WIDTH[0]):
        text = pattern.sub(" ", text)
    return number if number is not None else _word_of(_SEVERITY, text)


def read_softness(text: str) -> float | None:
    """0-1, see Edit.softness."""
    number = _read_number(text, r"softness\D{0,4}", 1.0)
    if number is not None:
        return number
    match = _SOFT_EDGE.search(text)
    return _SOFT[match.group(1)] if match else None


def read_size(text: str, size: tuple[int, int] | None) -> float | None:
    """See Edit.size. size: (height, width) px, for lengths in px."""
    percent = _PERCENT.search(_BOX.sub(" ", text))
    if percent:
        return min(max(float(percent.group(1)) / 100, 0.01), 1.5)
    pixels = _PIXELS.search(text)
    if pixels and size is not None:
        return min(max(float(pixels.group(1)) / math.sqrt(size[0] * size[1]), 0.01), 1.5)
    return _word_of(_SIZE, text)


def read_angle(text: str) -> float | None:
    """Degrees, 0-180, anticlockwise from the horizontal."""
    degrees = _DEGREES.search(text)
    if degrees:
        return float(degrees[1]) % 180
    angle = _word_of(_ANGLE_WORDS, text)
    return 45.0 if angle is None and _DIAGONAL.search(text) else angle


def read_count(text: str) -> int | None:
    """How many a prompt asks for, 1-12; a number counts only where a verb stands before it."""
    digits = _DIGIT_COUNT.search(text)
    if digits:
        return min(max(int(digits[1]), 1), COUNTS[1])
    found = _word_of((_COUNT, words.COUNTS), text)
    return None if found is None else (found[0] + found[1]) // 2


def read_counts(text: str) -> tuple[int, int] | None:
    """(least, most), 1-12, that a description asks for."""
    least_and_most = _COUNT_RANGE.search(text)
    if least_and_most:
        least, most = sorted(min(max(int(number), 1), COUNTS[1]) for number in least_and_most.groups())
        return (least, most)
    digits = _LEADING_COUNT.search(text)
    if digits:
        number = min(max(int(digits[1]), 1), COUNTS[1])
        return (number, number)
    return _word_of((_COUNT, words.COUNTS), text)


def _word_of(table: tuple[re.Pattern[str], Mapping[str, _T]], text: str) -> _T | None:
    """What the first word of a table in a text means."""
    match = table[0].search(text)
    return None if match is None else _meaning(table[1], match[0])


def read_colour(text: str) -> tuple[tuple[int, int, int] | None, str | None]:
    """(colour, tone), see Edit."""
    named = [match[0] for match in _COLOUR.finditer(text) if not _is_of_product(text, match)]
    # "Rust" names the defect rather: another colour word rules.
    name = next((word for word in named if not word.startswith("rust")), named[0] if named else "")
    colour = _meaning(words.COLOURS, name) if name else None
    # The "dark" of "dark brown" is the colour's.
    rest = _COLOUR.sub(lambda match: match[0] if match[0] in words.TONES else TAKEN * len(match[0]), text)
    tones = (_meaning(words.TONES, match[0]) for match in _TONE.finditer(rest) if not _is_of_product(rest, match))
    tone = next(tones, None)
    if colour is None:
        matter = next((match[0] for match in _MATTER.finditer(text) if not _is_of_product(text, match)), None)
        own = None if matter is None else _meaning(words.MATTER, matter)
        # A pale coffee stain has not coffee's own colour.
        if own is not None and (tone is None or tone_of(own) in (None, tone)):
            colour = own
    if colour is not None and tone is None:
        tone = tone_of(colour)
    return colour, tone


def tone_of(colour: tuple[int, int, int]) -> str | None:
    """The tone that a colour, RGB, has on most surfaces: "dark", "bright", or None for one between."""
    light = luma_of(colour)
    return "dark" if light < 60 else "bright" if light > 215 else None


def _is_of_product(text: str, match: re.Match[str]) -> bool:
    """Whether a word says how the product is, "on the white plate"."""
    return bool(_OF_PRODUCT.search(text[max(0, match.start() - 40) : match.start()]))


def read_place(text: str, boxed: bool) -> str | None:
    """One of description.PLACES, or None. boxed: the text has a box in numbers, too."""
    # "In the middle left", or "in the center of" beside a box in numbers, names a part of the product, not a place.
    text = re.sub(
        r"\bin the (?:middle|center|centre)(?=\s{1,2}(?:left|right)\b" + (r"|\s{1,2}of\b)" if boxed else ")"), " ", text
    )
    found = [(match.start(), place) for place, pattern in _PLACES.items() if (match := pattern.search(text))]
    return min(found)[1] if found else None


def read_box(text: str, size: tuple[int, int] | None) -> Box | None:
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


def read_cell(text: str, bounds: Box) -> Box | None:
    """Location words as a cell of the product's bounding box: a ninth, a third, or a half."""
    for match in _CELL.finditer(text):
        if OF_LIGHT.search(text[max(0, match.start() - 45) : match.start()]):
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
