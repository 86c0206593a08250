"""The words for where, how large, how strong, which colour: one table for the writer and the reader of prompts."""

from __future__ import annotations

#: Word -> Edit.size, a fraction of the product's size; the writer uses the first word of a value.
SIZES: tuple[tuple[str, float], ...] = (
    ("tiny", 0.06),
    ("minute", 0.06),
    ("microscopic", 0.04),
    ("very small", 0.06),
    ("small", 0.12),
    ("little", 0.12),
    ("medium-sized", 0.22),
    ("medium", 0.22),
    ("moderate-sized", 0.22),
    ("large", 0.38),
    ("big", 0.38),
    ("very large", 0.6),
    ("huge", 0.7),
    ("extensive", 0.6),
)

#: More words that are read as sizes; not written, as they name a shape too ("short" is also a fault of a circuit).
LENGTHS: tuple[tuple[str, float], ...] = (("short", 0.15), ("wide", 0.38), ("long", 0.45))

#: Word -> Edit.severity, 0-1.
SEVERITIES: tuple[tuple[str, float], ...] = (
    ("barely visible", 0.08),
    ("barely noticeable", 0.08),
    ("very faint", 0.08),
    ("faint", 0.2),
    ("subtle", 0.2),
    ("slight", 0.3),
    ("mild", 0.3),
    ("moderate", 0.5),
    ("noticeable", 0.55),
    ("clearly visible", 0.65),
    ("distinct", 0.65),
    ("obvious", 0.7),
    ("strong", 0.8),
    ("pronounced", 0.8),
    ("high-contrast", 0.8),
    ("severe", 0.9),
    ("deep", 0.85),
    ("gross", 1.0),
    ("extreme", 1.0),
)

#: Word -> Edit.softness, 0-1.
SOFTNESS: tuple[tuple[str, float], ...] = (
    ("crisp", 0.1),
    ("sharp", 0.15),
    ("clean", 0.2),
    ("slightly soft", 0.4),
    ("soft", 0.7),
    ("blurred", 0.8),
    ("diffuse", 0.9),
    ("gradual", 0.9),
    ("feathered", 0.8),
)

#: Word -> sRGB. Tones that say only darker or brighter are not colours: see TONES.
COLOURS: dict[str, tuple[int, int, int]] = {
    "reddish-brown": (122, 62, 38),
    "dark brown": (70, 46, 30),
    "light brown": (160, 120, 82),
    "rust": (140, 72, 36),
    "rusty": (140, 72, 36),
    "brown": (104, 70, 44),
    "tan": (190, 160, 120),
    "beige": (214, 196, 162),
    "orange": (206, 120, 44),
    "amber": (196, 134, 50),
    "yellow": (212, 186, 70),
    "yellowish": (200, 182, 110),
    "golden": (190, 150, 70),
    "red": (176, 44, 40),
    "reddish": (168, 84, 72),
    "pink": (214, 150, 150),
    "purple": (110, 64, 126),
    "blue": (50, 84, 160),
    "bluish": (110, 130, 160),
    "green": (62, 124, 70),
    "greenish": (120, 146, 110),
    "white": (238, 238, 234),
    "whitish": (222, 222, 216),
    "silver": (196, 198, 202),
    "metallic": (176, 178, 182),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "black": (22, 22, 24),
    "copper": (184, 110, 70),
}

#: Word -> Edit.tone.
TONES: dict[str, str] = {
    "dark": "dark",
    "darker": "dark",
    "darkened": "dark",
    "blackened": "dark",
    "bright": "bright",
    "brighter": "bright",
    "lighter": "bright",
    "pale": "bright",
    "paler": "bright",
    "bleached": "bright",
}

#: Word -> Edit.count.
COUNTS: dict[str, int] = {
    "a single": 1,
    "one": 1,
    "two": 2,
    "a pair of": 2,
    "a couple of": 2,
    "two or three": 3,
    "three": 3,
    "a few": 3,
    "four": 4,
    "several": 4,
    "multiple": 4,
    "five": 5,
    "a cluster of": 6,
    "many": 7,
    "numerous": 8,
}

#: Word -> Edit.angle, degrees anticlockwise from the horizontal.
ANGLES: dict[str, float] = {
    "horizontally": 0.0,
    "horizontal": 0.0,
    "vertically": 90.0,
    "vertical": 90.0,
    "from the upper left to the lower right": 135.0,
    "from upper left to lower right": 135.0,
    "from the lower left to the upper right": 45.0,
    "from lower left to upper right": 45.0,
    "diagonally": 45.0,
    "diagonal": 45.0,
}

#: Place on the product, by words; the writer uses the first.
PLACES: dict[str, tuple[str, ...]] = {
    "edge": ("near the edge", "at the edge", "along the edge", "on the edge", "rim", "the border", "outer edge",
             "its edge", "silhouette", "perimeter", "at the corner", "near the corner", "at a corner", "outline of"),
    "centre": ("near the center", "in the center", "in the middle", "at the center", "central", "near the centre",
               "in the centre", "at the centre", "interior", "away from the edge"),
}  # fmt: skip

#: Words for the nine fields of the product: row and column as thirds.
ROWS = {"upper": 0, "top": 0, "middle": 1, "center": 1, "centre": 1, "central": 1, "lower": 2, "bottom": 2}
COLUMNS = {"left": 0, "left-hand": 0, "middle": 1, "center": 1, "right": 2, "right-hand": 2}
