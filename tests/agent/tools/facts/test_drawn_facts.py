"""Each fact of drawn changes whose truth is known, kept and broken, at several sizes."""

from __future__ import annotations

import numpy as np
import pytest

SIDES = (128, 256, 1024)


def scratch(made, angle=0.0, length=0.4, centre=(0.5, 0.5), step=-60.0, px=2.0):
    """A line through its centre; degrees anticlockwise on the screen."""
    dx, dy = 0.5 * length * np.cos(np.radians(angle)), -0.5 * length * np.sin(np.radians(angle))
    return made.line((centre[0] - dx, centre[1] - dy), (centre[0] + dx, centre[1] + dy), step, px)


def blend_colour(made, colour, centre=(0.5, 0.5), radius=0.07):
    return made.spot(centre, radius, tuple(channel - 128.0 for channel in colour))


def relief_of(made, towards_light, centre=(0.5, 0.5)):
    """A bump or a dent, lit from the upper left: bright and dark halves."""
    y, x = (np.mgrid[: made.side, : made.side] + 0.5) / made.side
    x, y = x - centre[0], y - centre[1]
    height = np.exp(-(x**2 + y**2) / (2 * 0.045**2))
    slope = (-0.6 * x - 0.8 * y) * height / 0.045
    return made.blend(slope, 70.0 * towards_light)


def spray(made, specks=14):
    rng = np.random.default_rng(5)
    for _ in range(specks):
        made.spot(tuple(0.5 + rng.uniform(-0.16, 0.16, 2)), 0.012)
    return made


def branching(made):
    made.line((0.2, 0.5), (0.8, 0.5), px=2.5)
    made.line((0.45, 0.5), (0.62, 0.3), px=2.5)
    return made.line((0.55, 0.5), (0.7, 0.7), px=2.5)


CASES = [
    ("dark scratch", "tone", True, scratch),
    ("dark scratch", "tone", False, lambda d: scratch(d, step=60)),
    ("bright stain", "tone", True, lambda d: d.spot((0.5, 0.5), step=50)),
    ("bright stain", "tone", False, lambda d: d.spot((0.5, 0.5))),
    ("red stain", "colour", True, lambda d: blend_colour(d, (176, 44, 40))),
    ("red stain", "colour", False, lambda d: blend_colour(d, (50, 84, 160))),
    ("red stain", "colour", False, lambda d: blend_colour(d, (70, 70, 70))),
    ("brown stain", "colour", True, lambda d: blend_colour(d, (104, 70, 44))),
    ("black stain", "colour", True, lambda d: blend_colour(d, (30, 30, 30))),
    ("black stain", "colour", False, lambda d: blend_colour(d, (200, 200, 200))),
    ("three small holes", "count", True, lambda d: d.spot((0.3, 0.3), 0.03).spot((0.6, 0.4), 0.03).spot((0.4, 0.7), 0.025)),
    ("three small holes", "count", False, lambda d: d.spot((0.3, 0.3), 0.03)),
    ("two scratches", "count", True, lambda d: scratch(scratch(d, 20, centre=(0.5, 0.3)), 40, centre=(0.5, 0.7))),
    ("two scratches", "count", False, scratch),
    # Strands beside each other, and a line with a gap, are one scratch.
    ("one scratch", "count", True, lambda d: scratch(scratch(d, 0), 0, 0.3, (0.5, 0.52))),
    ("one scratch", "count", True, lambda d: d.line((0.2, 0.5), (0.48, 0.5)).line((0.52, 0.5), (0.8, 0.5))),
    ("one stain", "count", True, lambda d: d.spot((0.5, 0.5), 0.06).spot((0.58, 0.5), 0.008).spot((0.5, 0.42), 0.008)),
    ("horizontal crack", "direction", True, lambda d: scratch(d, 4)),
    ("horizontal crack", "direction", False, lambda d: scratch(d, 45)),
    ("vertical scratch", "direction", True, lambda d: scratch(d, 95)),
    ("vertical scratch", "direction", False, lambda d: scratch(d, 0)),
    ("diagonal scratch", "direction", True, lambda d: scratch(d, 132)),
    ("diagonal scratch", "direction", False, lambda d: scratch(d, 90)),
    ("stain in the upper left", "place", True, lambda d: d.spot((0.2, 0.25))),
    ("stain in the upper left", "place", False, lambda d: d.spot((0.8, 0.25))),
    ("stain in the upper left", "place", False, lambda d: d.spot((0.2, 0.75))),
    ("scratch at the bottom right", "place", True, lambda d: scratch(d, 30, 0.25, (0.75, 0.78))),
    ("scratch at the bottom right", "place", False, lambda d: scratch(d, 30, 0.25, (0.45, 0.4))),
    ("stain in the middle", "place", True, lambda d: d.spot((0.52, 0.47))),
    ("stain in the middle", "place", False, lambda d: d.spot((0.12, 0.47))),
    ("stain at the edge", "place", True, lambda d: d.spot((0.05, 0.5))),
    ("stain at the edge", "place", False, lambda d: d.spot((0.5, 0.5))),
    ("stain in the corner", "place", True, lambda d: d.spot((0.08, 0.9))),
    ("stain in the corner", "place", False, lambda d: d.spot((0.5, 0.9))),
    ("small hole", "size", True, lambda d: d.spot((0.5, 0.5), 0.035)),
    ("small hole", "size", False, lambda d: d.spot((0.5, 0.5), 0.12)),
    ("large stain", "size", True, lambda d: d.spot((0.5, 0.5), 0.2)),
    ("large stain", "size", False, lambda d: d.spot((0.5, 0.5), 0.04)),
    ("long scratch", "size", True, lambda d: scratch(d, 20, 0.5)),
    ("long scratch", "size", False, lambda d: scratch(d, 20, 0.12)),
    ("wide scratch", "width", False, lambda d: scratch(d, px=1.5)),
    ("wide scratch", "width", True, lambda d: scratch(d, px=9)),
    ("round stain", "shape", True, lambda d: d.spot((0.5, 0.5), 0.07)),
    ("round stain", "shape", False, lambda d: scratch(d, 10, 0.3, px=12)),
    ("ring-shaped stain", "shape", True, lambda d: d.spot((0.5, 0.5), 0.12, inner=0.09)),
    ("ring-shaped stain", "shape", False, lambda d: d.spot((0.5, 0.5), 0.12)),
    ("streak of oil", "shape", True, lambda d: scratch(d, 10, 0.5, px=8)),
    ("streak of oil", "shape", False, lambda d: d.spot((0.5, 0.5), 0.1)),
    ("spray of paint", "shape", True, spray),
    ("spray of paint", "shape", False, lambda d: d.spot((0.5, 0.5), 0.1)),
    ("branching crack", "shape", True, branching),
    ("branching crack", "shape", False, lambda d: scratch(d, 10, 0.6, px=2.5)),
    ("stain with a sharp edge", "edge", True, lambda d: d.spot((0.5, 0.5), 0.1)),
    ("stain with a sharp edge", "edge", False, lambda d: d.spot((0.5, 0.5), 0.1, soft=0.12)),
    ("stain with a soft edge", "edge", True, lambda d: d.spot((0.5, 0.5), 0.1, soft=0.12)),
    ("stain with a soft edge", "edge", False, lambda d: d.spot((0.5, 0.5), 0.1)),
    ("stain with a halo", "edge", True, lambda d: d.spot((0.5, 0.5), 0.07, -50).spot((0.5, 0.5), 0.13, -12)),
    ("stain with a halo", "edge", False, lambda d: d.spot((0.5, 0.5), 0.07, -50)),
    ("raised bump", "relief", True, lambda d: relief_of(d, 1)),
    ("raised bump", "relief", False, lambda d: relief_of(d, -1)),
    ("sunken dent", "relief", True, lambda d: relief_of(d, -1)),
    ("sunken dent", "relief", False, lambda d: relief_of(d, 1)),
    ("glossy stain", "gloss", True, lambda d: d.spot((0.5, 0.5), 0.1, -30).spot((0.48, 0.47), 0.015, 110)),
    ("glossy stain", "gloss", False, lambda d: d.spot((0.5, 0.5), 0.1, -30)),
    ("scratch", "visible", True, lambda d: scratch(d, step=-40)),
    ("scratch", "visible", False, lambda d: scratch(d, step=-9)),
    ("stain", "visible", True, lambda d: d.spot((0.5, 0.5), 0.1, -22)),
    ("stain", "visible", False, lambda d: d.spot((0.5, 0.5), 0.1, -6)),
    ("scratch", "family", True, lambda d: scratch(d, 30)),
    ("scratch", "family", False, lambda d: d.spot((0.5, 0.5), 0.1)),
    ("stain", "family", True, lambda d: d.spot((0.5, 0.5), 0.08)),
    ("stain", "family", False, lambda d: scratch(d, 30, 0.6)),
    # One in its place and a second one elsewhere is not what was asked for.
    ("stain in the upper left", "place", False, lambda d: d.spot((0.2, 0.25)).spot((0.8, 0.75))),
    ("scratch at the bottom", "place", False, lambda d: scratch(scratch(d, 20, 0.3, (0.5, 0.8)), 20, 0.3, (0.5, 0.2))),
    ("two stains in the upper left", "place", True, lambda d: d.spot((0.15, 0.25)).spot((0.35, 0.2))),
    ("tiny stain", "size", True, lambda d: d.spot((0.5, 0.5), 0.03)),
    ("tiny stain", "size", False, lambda d: d.spot((0.5, 0.5), 0.085)),
    ("huge stain", "size", True, lambda d: d.spot((0.5, 0.5), 0.3)),
    ("huge stain", "size", False, lambda d: d.spot((0.5, 0.5), 0.16)),
    ("two small stains", "size", False, lambda d: d.spot((0.25, 0.3), 0.04).spot((0.6, 0.65), 0.2)),
    ("long scratch", "size", False, lambda d: scratch(d, 20, 0.3)),
    # Small drops far apart are small.
    ("spray of small drops", "size", True, spray),
    ("wide scratch", "width", False, lambda d: scratch(d, px=3)),
    ("two bumps", "count", True, lambda d: relief_of(relief_of(d, 1, (0.36, 0.5)), 1, (0.64, 0.5))),
    ("two bumps", "count", False, lambda d: relief_of(d, 1)),
    ("two stains", "count", True, lambda d: d.spot((0.42, 0.5), 0.07).spot((0.6, 0.5), 0.07)),
    ("severe scratch", "severity", False, lambda d: scratch(d, step=-22)),
    ("severe scratch", "severity", True, lambda d: scratch(d, step=-90, px=3)),
    ("slight stain", "severity", False, lambda d: d.spot((0.5, 0.5), 0.08, -90)),
    ("slight stain", "severity", True, lambda d: d.spot((0.5, 0.5), 0.08, -18)),
    ("crack from edge to edge", "relation", True, lambda d: d.line((0.0, 0.45), (1.0, 0.55))),
    ("crack from edge to edge", "relation", False, lambda d: d.line((0.3, 0.45), (0.7, 0.55))),
]  # fmt: skip


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("text,name,kept,draw", CASES, ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_fact_is_kept_where_it_is_drawn_and_broken_where_it_is_not(drawing, text, name, kept, draw, side):
    made = draw(drawing(side))
    fact = made.fact(text, name)
    assert fact.kept is kept, fact
    if not kept:
        verdict = made.judge(text)
        assert not verdict.passed and verdict.score <= 4.0 and verdict.faults
        assert all(fact.strength > 0.5 for fact in verdict.facts if not fact.kept)


@pytest.mark.parametrize("angle", [0.0, 30.0, 45.0, 90.0, 150.0])
@pytest.mark.parametrize("turned", [0, 1])
def test_a_direction_is_measured_to_a_degree_or_two(drawing, angle, turned):
    made = scratch(drawing(turned=turned), angle, 0.5)
    fact = made.fact("horizontal scratch", "direction")
    assert abs((fact.seen - angle - 90 * turned + 90) % 180 - 90) < 2.5


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("px,kept", [(1.0, True), (2.0, True), (6.0, False)])
def test_a_hairline_is_two_px_of_any_picture(drawing, side, px, kept):
    made = scratch(drawing(side), 12, 0.5, px=px * 256 / side)
    fact = made.fact("hairline scratch", "width")
    assert fact.kept is kept, fact
    assert abs(fact.seen - px) <= 1.2


def test_of_two_defects_the_missing_one_is_noted(drawing):
    both = blend_colour(scratch(drawing(), 20, 0.4, (0.3, 0.3)), (140, 72, 36), (0.7, 0.7), 0.09).judge(
        "scratch and rust"
    )
    found = {fact.family: fact for fact in both.facts if fact.name == "family"}
    assert found["scratch"].kept and found["corrosion"].kept
    one = scratch(drawing(), 20, 0.4, (0.3, 0.3)).judge("scratch and rust")
    found = {fact.family: fact for fact in one.facts if fact.name == "family"}
    assert found["scratch"].kept and found["corrosion"].seen == "missing" and not one.passed


@pytest.mark.parametrize("side", SIDES)
def test_a_clump_of_specks_is_no_scratch(drawing, side):
    made, rng = drawing(side), np.random.default_rng(2)
    for _ in range(110):
        made.spot(tuple(0.5 + rng.uniform(-0.08, 0.08, 2)), 0.008)
    verdict = made.judge("scratch")
    assert not verdict.passed and not verdict.facts[0].kept


@pytest.mark.parametrize("text,towards", [("bump", 1), ("dent", -1)])
def test_a_relief_by_its_name_is_told_where_it_is_plainly_the_other(drawing, text, towards):
    assert all(fact.kept for fact in relief_of(drawing(), towards).judge(text).facts)
    wrong = relief_of(drawing(), -towards).judge(text)
    assert not wrong.passed and [fact.name for fact in wrong.facts if not fact.kept] == ["relief"]


def test_of_two_defects_each_gets_as_many_pieces_as_were_asked_for(drawing):
    made = relief_of(drawing(), -1, (0.3, 0.3)).spot((0.7, 0.3), 0.06).spot((0.3, 0.75), 0.06)
    verdict = made.judge("a dent with two dark stains")
    assert verdict.passed and {(fact.name, fact.seen) for fact in verdict.facts} >= {("count", 2)}


@pytest.mark.parametrize("side", SIDES)
def test_a_round_spot_has_no_straight_sides(drawing, side):
    verdict = drawing(side).spot((0.5, 0.5), 0.018).judge("small particle")
    assert verdict.passed and "straight_sides" not in {fault.measure for fault in verdict.faults}


def test_what_a_users_prompt_asks_for_is_asked_for(drawing):
    made = scratch(drawing(), 20, 0.3, (0.7, 0.75))
    prompt = "In the upper left, add two bright scratches. The light comes from the right."
    found = {fact.name: fact for fact in made.judge("scratch", prompt=prompt).facts}
    assert not found["place"].kept and not found["count"].kept and not found["tone"].kept
    # The anomaly type has the last word.
    assert {fact.name: fact.kept for fact in made.judge("one dark scratch", prompt=prompt).facts}["count"]
    assert "direction" not in found and made.judge("scratch").passed
