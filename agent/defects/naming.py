"""The twelve defect families, and how an anomaly type in free text finds its own.

One table serves the planner, the parser, the renderers and the critic.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from ..core.errors import UnknownAnomalyError


@dataclass(frozen=True)
class Family:
    """What is common to a family's defects.

    name: its key. noun: as a prompt says it. look: shape and texture in words. size: plausible range of Edit.size.
    tone: the usual change of lightness, None where either occurs. place: where on the product it prefers to be.
    many: how many usually appear together (least, most).
    """

    name: str
    noun: str
    look: str
    size: tuple[float, float]
    tone: str | None = None
    place: str | None = None
    many: tuple[int, int] = (1, 1)


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            "scratch",
            "scratch",
            "a thin, nearly straight groove with tapered ends and a fine bright rim towards the light",
            (0.15, 0.6),
            None,
            None,
            (1, 3),
        ),
        Family(
            "crack",
            "crack",
            "a thin, dark, irregular fracture line that wanders and branches, of uneven width",
            (0.25, 0.8),
            "dark",
        ),
        Family(
            "dent",
            "dent",
            "a smooth hollow, shaded on the side towards the light and brighter on the far side",
            (0.12, 0.3),
            None,
        ),
        Family(
            "hole",
            "hole",
            "a dark cavity with an irregular rim, a shadow inside and a thin highlight on the rim",
            (0.04, 0.14),
            "dark",
            None,
            (1, 2),
        ),
        Family(
            "chip",
            "chip",
            "a broken-out piece with an angular outline, exposing a rough fracture surface",
            (0.12, 0.36),
            None,
            "edge",
        ),
        Family(
            "contamination",
            "stain",
            "an irregular blotch of foreign matter, uneven in density, with a soft, slightly darker border",
            (0.1, 0.3),
            None,
            None,
            (1, 2),
        ),
        Family(
            "discoloration",
            "discolored area",
            "a patch where the tone drifts gradually while the surface texture continues",
            (0.25, 0.7),
            None,
        ),
        Family(
            "thread",
            "thread",
            "a single thin curved fiber lying on the surface, casting a fine shadow",
            (0.25, 0.6),
            None,
        ),
        Family(
            "cut",
            "cut",
            "a clean, narrow slit that gapes in the middle, dark inside, with slightly raised lips",
            (0.15, 0.45),
            "dark",
        ),
        Family(
            "bend",
            "deformation",
            "a part of the product itself that is pushed out of place, its lines continuing distorted",
            (0.2, 0.45),
            None,
        ),
        Family(
            "corrosion",
            "corroded patch",
            "a rough, pitted patch with a ragged outline and grainy, uneven tone",
            (0.12, 0.4),
            "dark",
        ),
        Family(
            "print",
            "print defect",
            "a local fault of the printed or repeated pattern: strokes missing, smeared, doubled or bridged",
            (0.08, 0.25),
            None,
        ),
    )
}


@dataclass(frozen=True)
class DefectKind:
    """What an anomaly type means to the renderers: family, form within it, further families for combined types, and the tone
    of the matter that it names, "bright" or "dark"."""

    family: str
    variant: str | None = None
    also: tuple[str, ...] = ()
    tone: str | None = None


# Phrase -> kind. A phrase is matched as whole words, longest first, after normalization (lower case, stems of plurals).
# Sources of the types: MVTec AD (Bergmann et al., CVPR 2019) and VisA (Zou et al., ECCV 2022); the rest is usage.
_PHRASES: dict[str, dict[str, tuple[str, ...]]] = {
    "scratch": {
        "": ("scratch", "scratch head", "scratch neck", "scrape", "scuff", "score mark", "gouge", "groove", "abrasion",
             "thread side", "thread top", "scratched", "drag mark", "tool mark", "wear mark", "line mark", "line defect",
             "weld line"),
    },
    "crack": {
        "": ("crack", "cracked", "cracking", "fissure", "fracture", "fractured", "split", "hairline", "crazing",
             "middle breakage", "breakage down the middle", "craze", "microcrack", "cold shut"),
    },
    "dent": {
        "dent": ("dent", "dented", "ding", "depression", "poke", "poked", "poke insulation", "indentation", "pressed",
                 "impression", "squeeze", "squeezed", "crush", "crushed", "impact", "sink mark", "fold", "crease",
                 "wrinkle", "damaged case", "undercut"),
        "bump": ("bump", "bulge", "blister", "bubble", "swelling", "protrusion", "raised", "lump", "extra wax",
                 "air bubble", "extra wax in candle", "flash", "sag"),
    },
    "hole": {
        "": ("hole", "small hole", "pinhole", "pin hole", "pore", "porosity", "blowhole", "blow hole", "void", "cavity",
             "puncture", "perforation", "pit", "crater", "worm hole", "moth hole"),
    },
    "chip": {
        "": ("chip", "chipped", "small chip around edge", "chip around edge and corner", "spall", "spalling", "nick",
             "notch", "mousebite", "mouse bite", "broken teeth", "missing cable", "missing wire", "cut lead",
             "manipulated front", "defective", "damage", "damaged", "damaged corner of packaging", "edge damage",
             "corner damage", "fray", "frayed", "flaking", "peeling", "delamination"),
        "break": ("broken", "broken large", "broken small", "break", "breakage", "broken off", "broken piece",
                  "missing part", "missing piece", "missing chunk", "chunk", "chunk of wax missing",
                  "chunk of gum missing", "corner missing", "corner or edge breakage", "missing", "bitten", "bite"),
    },
    "contamination": {
        "": ("contamination", "contaminated", "stain", "stained", "spot", "smear", "smudge", "blotch", "residue", "glue",
             "glue strip", "liquid", "leak", "leakage", "spill", "drip", "splash", "paint", "ink", "grease", "oil",
             "adhesive", "fingerprint", "water mark", "watermark", "mud", "melt", "wax melded out of the candle",
             "different colour spot", "different color spot", "color spot", "colour spot", "gray stroke", "grey stroke",
             "soiling", "gum", "slime", "mold", "mould", "droplet", "solder splash", "water", "wax", "resin", "milk", "chalk",
             "overflow"),
        "debris": ("metal contamination", "debris", "particle", "foreign particle", "foreign particals",
                   "foreign particals on candle", "foreign body", "foreign object", "foreign matter", "dirt", "dust",
                   "grain", "sand", "crumb", "inclusion", "chip residue", "swarf", "stuck together", "fryum stuck together",
                   "extra", "copper", "spurious copper", "dirty", "slag", "fragment"),
        "deposit": ("deposit", "splatter", "spatter", "buildup", "encrustation", "limescale", "efflorescence",
                    "soot", "slurry", "overspray", "dust layer"),
        "irregularity": ("irregularity", "unknown defect", "unspecified defect", "texture anomaly"),
    },
    "discoloration": {
        "": ("discoloration", "discolouration", "discolor", "discolour", "discolored", "discoloured", "color", "colour",
             "uneven", "uneven shade", "shade", "shading", "fade", "faded", "fading", "burn", "burnt", "burned", "scorch",
             "scorched", "yellowing", "tarnish", "similar colour spot", "same colour spot", "similar color spot",
             "same color spot", "pill type", "bleached", "darkening", "overheated", "moisture", "wet", "mura", "bruise",
             "dark area", "black core", "dark streak", "light streak", "knot"),
    },
    "thread": {
        "": ("thread", "fiber", "fibre", "hair", "lint", "yarn", "filament", "string", "strand", "loose thread", "fuzz",
             "pilling"),
    },
    "cut": {
        "": ("cut", "cut inner insulation", "cut outer insulation", "tear", "torn", "rip", "ripped", "slit", "slash",
             "incision", "fabric border", "fabric interior", "laceration", "rupture", "gash"),
    },
    "bend": {
        "": ("bend", "bent", "bent wire", "bent lead", "deformation", "deformed", "deform", "warp", "warped", "twist",
             "twisted", "misshape", "misshapen", "kink", "buckle", "split teeth", "squeezed teeth", "weird candle wick",
             "distortion", "distorted", "bowed", "loose wire"),
        "shift": ("misplaced", "misplacement", "misaligned", "misalignment", "displaced", "displacement", "shifted",
                  "wrong place", "cable swap", "swap", "offset", "flip", "flipped", "rotated", "slipped"),
    },
    "corrosion": {
        "": ("corrosion", "corroded", "rust", "rusty", "rusted", "rough", "roughness", "oxidation", "oxidized", "oxide",
             "pitting", "pitted", "erosion", "eroded", "verdigris", "patina", "scale", "rot", "decay", "orange peel"),
        "wear": ("worn", "wear", "worn patch", "worn surface", "worn coating", "uneven finish", "uneven surface",
                 "matte patch", "matt patch", "polished patch", "dull patch", "bare patch", "etched",
                 "coating missing", "missing coating"),
    },
    "print": {
        "": ("print", "faulty imprint", "imprint", "misprint", "print defect", "printing defect", "pattern defect",
             "pattern", "label defect", "faulty print", "smeared print", "blurred print", "weave defect", "mispick",
             "bleeding"),
        "missing": ("open", "open circuit", "missing print", "faded print", "missing stroke", "broken trace",
                    "missing thread", "missing pattern", "gap", "interruption", "missing dot"),
        "extra": ("short", "short circuit", "spur", "bridge", "bridging", "extra print", "ghost", "double print",
                  "overprint", "solder bridge", "burr"),
    },
}  # fmt: skip

# What matter looks like on most surfaces: films that scatter the light, and such as wet or colour what is below them.
_TONES = {
    **dict.fromkeys(
        ("glue", "glue strip", "adhesive", "resin", "wax", "milk", "chalk", "limescale", "efflorescence"), "bright"
    ),
    **dict.fromkeys(("oil", "grease", "ink", "mud", "water", "moisture", "wet", "soot"), "dark"),
}

_KINDS: dict[str, DefectKind] = {
    phrase: DefectKind(family, variant or None, tone=_TONES.get(phrase))
    for family, variants in _PHRASES.items()
    for variant, phrases in variants.items()
    for phrase in phrases
}
_KINDS["combined"] = DefectKind("scratch", None, ("contamination",))
_KINDS["combined defect"] = _KINDS["combined"]
_KINDS["multiple defect"] = _KINDS["combined"]

#: Variant, and type, of what is not of a known kind: for detectors, which are to find that too.
IRREGULARITY = "irregularity"

# A variant's own range of Edit.size, where it is not its family's, and tones that its family's does not hold for.
_VARIANT_SIZES = {"deposit": (0.15, 0.6), "irregularity": (0.4, 1.3), "break": (0.2, 0.8), "wear": (0.15, 0.6)}
_ANY_TONE = frozenset({"wear"})
# Edit.size of the longest crack in a picture that the product fills.
_BEYOND_FRAME = 1.4


def sizes_of(kind: DefectKind, fills_frame: bool = False) -> tuple[float, float]:
    """The plausible range of Edit.size. fills_frame: the product does, so that a crack can run on beyond the picture."""
    least, most = _VARIANT_SIZES.get(kind.variant or "", FAMILIES[kind.family].size)
    return least, _BEYOND_FRAME if fills_frame and kind.family == "crack" else most


def tone_of(kind: DefectKind) -> str | None:
    """The usual change of lightness, None where either occurs."""
    return kind.tone or (None if kind.variant in _ANY_TONE else FAMILIES[kind.family].tone)


def forms_of(family: str) -> tuple[str, ...]:
    """A type for each form that a family's defects take: "dent" and "bump" of "dent". Irregularities are of no family."""
    return tuple(phrases[0] for variant, phrases in _PHRASES[family].items() if variant != IRREGULARITY)


def is_irregularity(anomaly: str) -> bool:
    """Whether an anomaly type in free text, known or not, names irregularities."""
    try:
        return resolve(anomaly).variant == IRREGULARITY
    except UnknownAnomalyError:
        return False


def mask_margin_of(anomaly: str, margin: float) -> float:
    """How far the mask of an anomaly type in free text is grown where margin is what others' are: half as far for
    irregularities, whose islands have an outline of their own that people would follow more closely."""
    return 0.5 * margin if is_irregularity(anomaly) else margin


#: Anomaly types of MVTec AD, by object.
MVTEC_AD: dict[str, tuple[str, ...]] = {
    "bottle": ("broken_large", "broken_small", "contamination"),
    "cable": ("bent_wire", "cable_swap", "combined", "cut_inner_insulation", "cut_outer_insulation", "missing_cable",
              "missing_wire", "poke_insulation"),
    "capsule": ("crack", "faulty_imprint", "poke", "scratch", "squeeze"),
    "carpet": ("color", "cut", "hole", "metal_contamination", "thread"),
    "grid": ("bent", "broken", "glue", "metal_contamination", "thread"),
    "hazelnut": ("crack", "cut", "hole", "print"),
    "leather": ("color", "cut", "fold", "glue", "poke"),
    "metal_nut": ("bent", "color", "flip", "scratch"),
    "pill": ("color", "combined", "contamination", "crack", "faulty_imprint", "pill_type", "scratch"),
    "screw": ("manipulated_front", "scratch_head", "scratch_neck", "thread_side", "thread_top"),
    "tile": ("crack", "glue_strip", "gray_stroke", "oil", "rough"),
    "toothbrush": ("defective",),
    "transistor": ("bent_lead", "cut_lead", "damaged_case", "misplaced"),
    "wood": ("color", "combined", "hole", "liquid", "scratch"),
    "zipper": ("broken_teeth", "combined", "fabric_border", "fabric_interior", "rough", "split_teeth",
               "squeezed_teeth"),
}  # fmt: skip


def known_types() -> tuple[str, ...]:
    """Every phrase that names an anomaly type, sorted."""
    return tuple(sorted(_KINDS))


@lru_cache(maxsize=1024)
def resolve(anomaly: str) -> DefectKind:
    """The kind that an anomaly type in free text names: "scratch_head", "Rust stains", "Haarriss"-like typos aside.

    The longest known phrase in the text wins, the later one among equals ("metal scratch": scratch). A misspelled word
    is corrected when one known word is close. Raises UnknownAnomalyError, naming the nearest types, when none fits.
    """
    words = [_stem(word) for word in re.findall(r"[a-z]+", anomaly.lower())]
    found = _longest(words)
    if found is None:
        found = _longest([_corrected(word) for word in words])
    if found is None:
        nearest = difflib.get_close_matches(" ".join(words), _KINDS, n=4, cutoff=0.3)
        hint = ", ".join(nearest or sorted(FAMILIES))
        raise UnknownAnomalyError(f"anomaly type {anomaly!r} maps to no defect family; nearest known types: {hint}")
    # "Ink stain" is a stain, of ink.
    tones = {_TONES[word] for word in words if word in _TONES and _KINDS[word].family == found.family}
    return replace(found, tone=tones.pop()) if found.tone is None and len(tones) == 1 else found


def find_kinds(text: str) -> list[tuple[int, str, DefectKind]]:
    """(character position, phrase, kind) of every defect phrase in a text, in order, longest first where they overlap."""
    taken: list[tuple[int, int]] = []
    found = []
    # In lower case throughout: the same without regard to case takes five times as long. Only of one letter is it longer.
    text = text.replace("\u0130", "I").lower()
    for pattern, by_phrase in _patterns():
        for match in pattern.finditer(text):
            if all(match.end() <= start or match.start() >= end for start, end in taken):
                taken.append(match.span())
                words = match.group().replace("_", " ").replace("-", " ").split()
                phrase = _nearest_phrase(words, by_phrase)
                found.append((match.start(), phrase, by_phrase[phrase]))
    return sorted(found, key=lambda entry: entry[0])


def _nearest_phrase(words: list[str], by_phrase: dict[str, DefectKind]) -> str:
    """The phrase that words with plural endings stand for."""
    for cut in (lambda word: word, _stem, lambda word: word.removesuffix("s"), lambda word: word.removesuffix("es")):
        phrase = " ".join(cut(word) for word in words)
        if phrase in by_phrase:
            return phrase
    # A mixture of endings: each word of a phrase begins one of the words found.
    return next(p for p in by_phrase if all(w.startswith(part) for w, part in zip(words, p.split(), strict=True)))


@lru_cache(maxsize=1)
def _stemmed() -> dict[tuple[str, ...], DefectKind]:
    return {tuple(_stem(word) for word in phrase.split()): kind for phrase, kind in _KINDS.items()}


# "es" only where it makes the plural, so that "gapes" is not "gap".
_PLURAL = {"h": "(?:es|s)?", "x": "(?:es)?", "s": "(?:es)?"}


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], dict[str, DefectKind]]]:
    """One expression for each number of words in a phrase, longest first."""
    lengths: dict[int, dict[str, DefectKind]] = {}
    for words, kind in _stemmed().items():
        lengths.setdefault(len(words), {})[" ".join(words)] = kind
    compiled = []
    for length in sorted(lengths, reverse=True):
        # By first letter, so that few of them are tried at each word.
        rests: dict[str, list[str]] = {}
        for phrase in sorted(lengths[length], key=len, reverse=True):
            spelled = r"[\s_-]+".join(re.escape(word) + _PLURAL.get(word[-1:], "s?") for word in phrase.split())
            rests.setdefault(spelled[0], []).append(spelled[1:])
        alternatives = "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in rests.items())
        compiled.append((re.compile(rf"(?<![a-z])(?:{alternatives})(?![a-z])"), lengths[length]))
    return compiled


def _longest(words: list[str]) -> DefectKind | None:
    stemmed = _stemmed()
    for length in range(min(len(words), 6), 0, -1):
        for start in range(len(words) - length, -1, -1):
            kind = stemmed.get(tuple(words[start : start + length]))
            if kind is not None:
                return kind
    return None


def _corrected(word: str) -> str:
    if len(word) < 4:
        return word
    vocabulary = sorted({single for words in _stemmed() for single in words})
    close = difflib.get_close_matches(word, vocabulary, n=1, cutoff=0.82)
    return close[0] if close else word


def _stem(word: str) -> str:
    """Without a plural ending; nothing cleverer, so that "thread" and "threaded" stay apart."""
    if len(word) > 4 and word.endswith(("shes", "ches", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
