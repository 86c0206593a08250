"""The parts of a product, against drawn products whose parts are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal
from anomaly_agent.agent.scene.overlay import draw_parts
from anomaly_agent.agent.scene.parts import PART_NAMES
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.scene.words import say_parts, say_scene, say_shared

from .drawn_parts import (
    canvas,
    centre,
    finish,
    labelled_plate,
    noise,
    overlap,
    parts_of,
    plate,
    printed_plate,
    ring,
    stripes,
    turned_rectangle,
)

SIZES = [64, 160, 256, 700]


def off(first, second):
    """Between two directions, degrees."""
    return abs((first - second + 90) % 180 - 90)


@pytest.mark.parametrize("side", SIZES)
def test_a_ring_has_a_rim_around_and_within_and_an_opening(side):
    parts = parts_of(ring(side))
    assert set(parts.names) - {"centre"} == {"rim", "edge", "opening", "background"}
    assert len(parts.named("opening")) == len(parts.named("rim")) == 1
    height, width = parts.shape
    y, x = np.mgrid[0:height, 0:width] + 0.5
    radius = np.hypot(x - 128 / 256 * width, y - 120 / 256 * height) * 256 / width
    assert overlap(parts.mask("opening"), radius < 40) > (0.7 if side == 64 else 0.85)
    rim = parts.mask("rim")
    assert rim[(radius > 85) & (radius < 88)].mean() > 0.95
    assert rim[(radius > 42) & (radius < 45)].mean() > 0.9
    assert not rim[(radius > 60) & (radius < 70)].any()
    assert not (parts.mask("background") & (parts.mask("opening") | rim)).any()
    assert parts.axis is None
    assert parts.symmetry is None


@pytest.mark.parametrize("side", [128, 256, 700])
@pytest.mark.parametrize("hole", [(225, 225, 225), (25, 25, 28)])
def test_bores_of_a_plate_are_openings_in_reading_order(side, hole):
    parts = parts_of(plate(side, radius=19, hole=hole))
    found = parts.named("opening")
    assert [part.number for part in found] == [1, 2]
    for part, x in zip(found, (90, 170), strict=True):
        assert centre(part.mask) == pytest.approx([x / 256, 0.5], abs=0.02)
        assert part.mask.sum() == pytest.approx(np.pi * (19 / 256 * parts.shape[1]) ** 2, rel=0.3)
    assert np.array_equal(parts.mask("opening"), found[0].mask | found[1].mask)
    assert np.array_equal(parts.mask("opening", 2), found[1].mask)
    assert parts.mask("opening", 3) is None
    assert parts.axis == pytest.approx(0, abs=2) or parts.axis == pytest.approx(180, abs=2)


@pytest.mark.parametrize("degrees", [0, 30, 77, 120])
@pytest.mark.parametrize("side", [128, 256, 700])
def test_a_turned_rectangle_has_four_corners_an_axis_and_symmetry(degrees, side):
    image, corners = turned_rectangle(degrees, side=side)
    parts = parts_of(image)
    found = [centre(part.mask) for part in parts.named("corner")]
    assert len(found) == 4
    for corner in corners:
        away = np.hypot(*(np.array(found) - (corner + 0.5) / side).T)
        # A corner's area reaches 0.15 of the size from it, all of it inward.
        assert sorted(away)[0] < 0.06 < sorted(away)[1]
    assert off(parts.axis, degrees) < 2
    assert off(parts.symmetry, degrees) <= 3
    assert parts.texture_direction is None


def test_a_disc_and_an_octagon_have_no_corners_and_a_triangle_three():
    for count, known in ((3, 3), (4, 4), (8, 0), (60, 0)):
        image = canvas(256, 40)
        turns = np.arange(count) * 2 * np.pi / count + 0.2
        points = 128 + 90 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        cv2.fillConvexPoly(image, np.rint(points).astype(np.int32), (200, 190, 180), cv2.LINE_AA)
        assert len(parts_of(finish(image)).named("corner")) == known, count


@pytest.mark.parametrize("degrees", [0, 20, 45, 90, 135, 170])
@pytest.mark.parametrize("side", SIZES)
def test_stripes_have_their_direction(degrees, side):
    parts = parts_of(stripes(degrees, side))
    assert off(parts.texture_direction, degrees) < 3
    assert 0 <= parts.texture_direction < 180
    assert parts.axis is None


@pytest.mark.parametrize("side", SIZES)
def test_noise_has_an_edge_corners_and_a_centre_alone(side):
    parts = parts_of(noise(side))
    assert parts.names == ("edge", "corner", "centre")
    assert parts.texture_direction is None
    assert parts.symmetry is None
    assert [tuple(np.round(centre(part.mask))) for part in parts.named("corner")] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    edge = parts.mask("edge")
    assert edge[0].all() and edge[:, -1].all()
    assert not (edge & parts.mask("centre")).any()
    assert centre(parts.mask("centre")) == pytest.approx([0.5, 0.5], abs=0.02)


def test_print_is_found_and_noise_on_a_plate_is_none():
    image, box = printed_plate()
    parts = parts_of(image)
    assert len(parts.named("print")) == 1
    x0, y0, x1, y1 = (value / 256 for value in box)
    found = parts.named("print")[0].box
    assert found == pytest.approx((x0, y0, x1, y1), abs=0.05)
    assert not parts.named("label")
    assert not parts.named("opening")
    assert "print" not in parts_of(printed_plate(ink=(190, 185, 175))[0]).names


def test_a_label_is_a_rectangle_of_another_tone():
    image, box = labelled_plate()
    parts = parts_of(image)
    assert len(parts.named("label")) == 1
    assert parts.named("label")[0].box == pytest.approx([value / 256 for value in box], abs=0.03)
    assert not parts.named("print")


def test_several_products_are_units():
    image = canvas(256, 30)
    places = [(60, 60), (190, 60), (60, 190), (190, 190)]
    for place in places:
        cv2.circle(image, place, 38, (200, 180, 150), -1)
    parts = parts_of(finish(image))
    found = np.array([256 * centre(part.mask) for part in parts.named("unit")])
    assert found == pytest.approx(np.array(places), abs=2)
    assert len(parts.named("rim")) == 4


def test_cells_of_a_pattern_are_units():
    y, x = np.mgrid[0:256, 0:256]
    waves = 128 + 35 * np.cos(2 * np.pi * x / 40) + 35 * np.cos(2 * np.pi * y / 60)
    image = np.repeat(np.rint(waves).astype(np.uint8)[..., None], 3, axis=2)
    units = parts_of(finish(image)).named("unit")
    assert len(units) >= 12
    for unit in units:
        assert unit.mask.sum() == pytest.approx(40 * 60, rel=0.1)
        assert waves[unit.mask].mean() == pytest.approx(128, abs=4)
    assert not np.sum([unit.mask for unit in units], axis=0).max() > 1


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("name", ["ring", "plate", "rectangle", "print", "stripes"])
def test_parts_turn_with_the_picture(turns, name):
    image = {
        "ring": ring,
        "plate": lambda: plate(radius=19),
        "rectangle": lambda: turned_rectangle(30)[0],
        "print": lambda: printed_plate()[0],
        "stripes": lambda: stripes(20),
    }[name]()
    before, after = parts_of(image), parts_of(np.rot90(image, turns))
    assert before.names == after.names
    for one in before.names:
        assert len(before.named(one)) == len(after.named(one))
        assert overlap(np.rot90(before.mask(one), turns), after.mask(one)) > 0.9, one
    for degrees, turned in (
        (before.axis, after.axis),
        (before.symmetry, after.symmetry),
        (before.texture_direction, after.texture_direction),
    ):
        assert (degrees is None) == (turned is None)
        assert degrees is None or off(degrees + 90 * turns, turned) < 3


@pytest.mark.parametrize("name", EXAMPLE_PRODUCTS)
def test_rendered_products_have_what_they_have(name):
    for seed in range(3):
        image = render_normal(name, seed)
        scene = analyze_scene(image)
        names = scene.parts.names
        assert set(names) <= set(PART_NAMES)
        assert not {"label", "trace", "gap"} & set(names)
        assert ("opening" in names) == (name in ("washer", "hex_nut")), seed
        if name in ("washer", "tablet", "bottle_base", "biscuit"):
            assert "corner" not in names
        if name in ("capsule",):
            assert scene.parts.axis is not None
        if name in ("brushed_steel", "wood"):
            assert scene.parts.texture_direction is not None
        if name in ("concrete", "leather", "painted_metal"):
            assert scene.parts.texture_direction is None
        assert parts_are_sound(scene)


def parts_are_sound(scene):
    numbers = {}
    for part in scene.parts.parts:
        numbers.setdefault(part.name, []).append(part.number)
        assert part.mask.shape == scene.parts.shape
        assert part.mask.dtype == bool
        assert part.mask.any()
        rows, columns = np.nonzero(part.mask)
        height, width = part.mask.shape
        known = columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height
        assert part.box == pytest.approx(known)
    return all(found == list(range(1, len(found) + 1)) for found in numbers.values())


@pytest.mark.parametrize("shape", [(64, 64), (64, 300), (300, 64), (1200, 900)])
@pytest.mark.parametrize("kind", ["random", "flat", "blocks", "half"])
def test_any_picture_has_sound_parts_twice_the_same(shape, kind):
    rng = np.random.default_rng(1)
    image = {
        "random": lambda: rng.integers(0, 256, (*shape, 3)),
        "flat": lambda: np.full((*shape, 3), 77),
        "blocks": lambda: np.kron(rng.integers(0, 256, (shape[0] // 4, shape[1] // 4, 3)), np.ones((4, 4, 1))),
        "half": lambda: np.where(np.arange(shape[1])[None, :, None] * np.ones((*shape, 3)) < shape[1] / 2, 0, 255),
    }[kind]().astype(np.uint8)
    scene, again = analyze_scene(image), analyze_scene(image)
    assert parts_are_sound(scene)
    assert [part.box for part in scene.parts.parts] == [part.box for part in again.parts.parts]
    assert (scene.parts.axis, scene.parts.texture_direction) == (again.parts.axis, again.parts.texture_direction)
    drawn = draw_parts(image, scene)
    assert max(drawn.shape[:2]) == max(768, *shape)
    assert drawn.dtype == np.uint8
    assert say_scene(scene)


def test_the_overlay_leaves_most_of_the_picture_and_draws_outlines():
    image = plate(800, radius=19)
    drawn = draw_parts(image, analyze_scene(image))
    changed = (drawn != image).any(axis=2)
    assert drawn.shape == image.shape
    assert 0.01 < changed.mean() < 0.3
    assert changed[400, 800 * 109 // 256 - 12 : 800 * 109 // 256 + 12].any()  # the first bore's outline


def test_parts_are_said_in_words():
    two, one = parts_of(plate(radius=19)), parts_of(ring())
    assert say_parts(two) == (
        "parts: rim, edge, corners 1-4, centre, openings 1-2, background; long axis 0 degrees; mirrored about 0 degrees"
    )
    assert say_parts(one) == "parts: rim, edge, opening, background; long axis none"
    assert say_shared([one, two]) == "rim, edge, openings, background"
    assert say_shared([two, two]) == "rim, edge, corners 1-4, centre, openings 1-2, background"
    assert "object on a background" in say_scene(analyze_scene(ring()))
