"""Wordings of people who look at parts all day, and what each asks for."""

from __future__ import annotations

import pytest

from anomaly_agent.agent.defects.describing import describe


def first(text):
    return describe(text).defects[0].attributes


@pytest.mark.parametrize(
    "text,attribute,value",
    [
        ("scratch running straight down", "angle", 90.0),
        ("crack pointing up", "angle", 90.0),
        ("scratch parallel to the bottom edge", "angle", 0.0),
        ("scratch from top left to bottom right", "angle", 135.0),
        ("crack rising to the right", "angle", 45.0),
        ("scratch that slopes", "direction", "diagonal"),
        ("scratch on a slant", "direction", "diagonal"),
        ("scratch that follows the grain", "direction", "along"),
        ("lengthways scratch", "direction", "along"),
        ("scratch at right angles to the fibres", "direction", "across"),
        ("cross-grain scratch", "direction", "across"),
        ("scratch clean across", "relation", "edge_to_edge"),
        ("crack straight through the part", "relation", "edge_to_edge"),
        ("crack splitting the part in two", "relation", "edge_to_edge"),
        ("scratch straight through the label", "relation", "across"),
        ("stain in the shape of a circle", "shape", "round"),
        ("oval stain", "shape", "round"),
        ("donut-like stain", "shape", "ring"),
        ("stain with a clear centre", "shape", "ring"),
        ("trickle of oil", "shape", "streak"),
        ("stain with a tail", "shape", "streak"),
        ("fine mist of oil", "shape", "spray"),
        ("crack that splits into two", "shape", "branching"),
        ("network of cracks", "shape", "branching"),
        ("star crack", "shape", "branching"),
        ("irregularly shaped stain", "shape", "patch"),
        ("puddle of oil", "shape", "patch"),
        ("a row of three small dents", "count", (3, 3)),
        ("between three and five dents", "count", (3, 5)),
        ("two to four dents", "count", (2, 4)),
        ("heaps of dents", "count", (6, 10)),
        ("dents x2", "count", (2, 2)),
        ("riddled with pinholes", "count", (6, 10)),
        ("scratch no wider than a hair", "width", "hairline"),
        ("crack that gapes", "width", "wide"),
        ("scratch as wide as a finger", "width", "wide"),
        ("stain with no clear border", "edge", "soft"),
        ("stain that peters out", "edge", "soft"),
        ("stain without sharp edges", "edge", "soft"),
        ("hard-edged stain", "edge", "sharp"),
        ("stain ending abruptly", "edge", "sharp"),
        ("stain surrounded by a lighter ring", "edge", "halo"),
        ("stain that is still wet", "gloss", "glossy"),
        ("stain that catches the light", "gloss", "glossy"),
        ("stain that has lost its shine", "gloss", "matt"),
        ("dried-out stain", "gloss", "matt"),
        ("stain standing proud of the surface", "relief", "raised"),
        ("stain sunk into the surface", "relief", "sunken"),
        ("chips along the cutting edge", "relation", "along"),
        ("scuffed along the whole rim", "part", "rim"),
        ("two scratches side by side", "place", None),
        ("streak running right down the middle", "angle", 90.0),
        ("spot gone dark", "tone", "dark"),
        ("sun-faded spot", "tone", "bright"),
    ],
)
def test_a_usual_wording_says(text, attribute, value):
    assert getattr(first(text), attribute) == value


@pytest.mark.parametrize(
    "text",
    [
        "scratch that is hard to see",
        "easily overlooked scratch",
        "a touch of rust",
        "cosmetic scratch",
        "barely visible",
    ],
)
def test_little_is_faint(text):
    assert max(first(text).severity) < 0.45


@pytest.mark.parametrize(
    "text", ["scratch that stands out", "impossible to miss scratch", "nasty scratch", "badly scratched"]
)
def test_much_is_strong(text):
    assert min(first(text).severity) > 0.6


@pytest.mark.parametrize(
    "small,large", [("dent the size of a pea", "dent the size of a fist"), ("crumb-sized hole", "palm-sized hole")]
)
def test_sizes_are_likened(small, large):
    assert max(first(small).size) < min(first(large).size)


@pytest.mark.parametrize(
    "text,families",
    [
        ("scratch as fine as a hair", ["scratch"]),
        ("wet stain", ["contamination"]),
        ("stain, yellow in colour", ["contamination"]),
        ("dent with a crack running out of it", ["dent", "crack"]),
        ("crack inside a dent", ["crack", "dent"]),
        ("hole ringed by rust", ["hole", "corrosion"]),
        ("scratch that starts at a dent", ["scratch", "dent"]),
        ("rust spot on top of a scratch", ["corrosion", "scratch"]),
        ("scratch inside the opening", ["scratch"]),
        ("two traces shorted together", ["print"]),
        ("corner bitten off", ["chip"]),
        ("edge eaten away", ["corrosion"]),
        ("torn open", ["cut"]),
        ("crater with a raised rim", ["hole"]),
        ("a cobweb of fine cracks", ["crack"]),
        ("change in colour", ["discoloration"]),
    ],
)
def test_defects_are_told_apart(text, families):
    assert [asked.family for asked in describe(text).defects] == families
