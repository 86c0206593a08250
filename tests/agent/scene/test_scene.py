"""The scene: product, light, tones and noise of a normal picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_foreground, render_normal
from anomaly_agent.agent.scene.scene import allowed_area, analyze_scene

OBJECTS = [name for name, product in EXAMPLE_PRODUCTS.items() if product.category == "object"]
SURFACES = [name for name, product in EXAMPLE_PRODUCTS.items() if product.category != "object"]


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("size", [160, 256])
def test_objects_are_told_from_the_background(name, size):
    overlaps = []
    for seed in range(5):
        scene = analyze_scene(render_normal(name, seed, size))
        known = render_foreground(name, seed, size)
        assert scene.category == "object", seed
        overlaps.append((scene.foreground & known).sum() / (scene.foreground | known).sum())
    assert np.mean(overlaps) > 0.85, overlaps
    assert min(overlaps) > 0.7, overlaps


@pytest.mark.parametrize("name", SURFACES)
def test_surfaces_fill_the_frame(name):
    filling = []
    for seed in range(5):
        scene = analyze_scene(render_normal(name, seed, 160))
        filling.append(scene.category == "texture")
        if filling[-1]:
            assert scene.foreground.all()
            assert scene.bounding_box == (0, 0, 1, 1)
    # A single tile between joints can be taken for an object on a ground.
    assert sum(filling) >= (4 if name == "ceramic_tiles" else 5)


@pytest.mark.parametrize("degrees", range(0, 360, 45))
def test_the_light_comes_from_the_bright_side(degrees):
    towards = np.array([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))])
    y, x = np.mgrid[0:128, 0:128] / 128 - 0.5
    ramp = 128 + 110 * (towards[0] * x + towards[1] * y)
    noisy = ramp + np.random.default_rng(degrees).normal(0, 2, ramp.shape)
    image = np.repeat(np.clip(noisy, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    scene = analyze_scene(image)
    assert np.dot(scene.light, towards) > 0.95
    assert scene.light_confidence > 0.7


@pytest.mark.parametrize("deviation", [1.5, 3.0, 6.0, 12.0])
@pytest.mark.parametrize("name", ["flat", "ramp"])
def test_noise_is_estimated(deviation, name):
    ramp = np.full((160, 160), 128.0) if name == "flat" else np.tile(np.linspace(60, 190, 160), (160, 1))
    noise = np.random.default_rng(1).normal(0, deviation, ramp.shape)
    image = np.repeat(np.clip(np.rint(ramp + noise), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    assert analyze_scene(image).noise == pytest.approx(deviation, rel=0.3)


def test_two_tones_are_recognised():
    drawn = np.zeros((128, 128, 3), np.uint8)
    cv2.circle(drawn, (64, 64), 40, (255, 255, 255), -1)
    assert analyze_scene(drawn).bilevel
    assert not any(analyze_scene(render_normal(name, 1, 128)).bilevel for name in EXAMPLE_PRODUCTS)


@given(
    height=st.integers(64, 200), width=st.integers(64, 200), seed=st.integers(0, 99),
    kind=st.sampled_from(["noise", "flat", "black", "white", "blocks"]),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_any_picture_has_a_sound_scene(height, width, seed, kind):
    rng = np.random.default_rng(seed)
    image = {
        "noise": lambda: rng.integers(0, 256, (height, width, 3)),
        "flat": lambda: np.full((height, width, 3), rng.integers(0, 256)),
        "black": lambda: np.zeros((height, width, 3)),
        "white": lambda: np.full((height, width, 3), 255),
        "blocks": lambda: cv2.resize(
            rng.integers(0, 256, (4, 4, 3)).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST
        ),
    }[kind]().astype(np.uint8)
    scene = analyze_scene(image)
    assert scene.category in ("object", "texture")
    assert scene.foreground.shape == (height, width)
    assert scene.foreground.any()
    assert np.hypot(*scene.light) == pytest.approx(1, abs=0.02)
    assert np.isfinite([scene.noise, scene.blur, scene.contrast, scene.roughness, scene.gloss, *scene.mean_rgb]).all()
    x0, y0, x1, y1 = scene.bounding_box
    assert 0 <= x0 < x1 <= 1
    assert 0 <= y0 < y1 <= 1
    assert allowed_area(scene, None).any()
    region = np.zeros((height, width), bool)
    region[-1, -1] = True
    assert np.array_equal(allowed_area(scene, region), region)


def beside_each_other(name: str, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`count` like products on one backdrop, (256, 256, 3) uint8, and where they are, (256, 256) bool."""
    rng = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(count)))
    cell = 256 // columns
    product = render_normal(name, seed, cell).astype(float)
    mask = render_foreground(name, seed, cell)
    image = np.full((256, 256, 3), np.median(product[~mask], axis=0))
    known = np.zeros((256, 256), bool)
    own = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.7)[..., None]
    for place in rng.permutation(columns**2)[:count]:
        turns = int(rng.integers(4))
        part = np.s_[place // columns * cell :, place % columns * cell :]
        inside = image[part][:cell, :cell]
        inside[:] = inside * (1 - np.rot90(own, turns)) + np.rot90(product, turns) * np.rot90(own, turns)
        known[part][:cell, :cell] |= np.rot90(mask, turns)
    return np.clip(image + rng.normal(0, 1.5, image.shape), 0, 255).astype(np.uint8), known


@pytest.mark.parametrize("count", [3, 4, 9, 16])
@pytest.mark.parametrize("name", ["biscuit", "bottle_base", "hex_nut", "tablet"])
def test_several_products_beside_each_other_are_products(name, count):
    overlaps = []
    for seed in range(3):
        image, known = beside_each_other(name, count, seed)
        scene = analyze_scene(image)
        assert scene.category == "object" and scene.products == count, seed
        # A defect's size goes by one of them.
        assert scene.product_size == pytest.approx(np.sqrt(known.sum() / count), rel=0.12)
        overlaps.append((scene.foreground & known).sum() / (scene.foreground | known).sum())
    assert min(overlaps) > 0.75, overlaps


def marked(where: np.ndarray, colour: tuple[int, int, int], ground: tuple[int, int, int]) -> np.ndarray:
    """A ground of one colour, of another where an (H, W) bool mask says so, with a little sensor noise."""
    noise = np.random.default_rng(0).normal(0, 2, (*where.shape, 1))
    return (np.where(where[..., None], colour, ground) + noise).clip(0, 255).astype(np.uint8)


def test_a_pattern_is_no_crowd_of_products():
    """Holes in a sheet run on beyond the picture; parts on a board have tracks between them."""
    y, x = np.mgrid[:256, :256]
    for period, offset in ((40, 5), (52, 30), (30, 12)):
        holes = np.hypot((x + offset) % period - period / 2, (y + 2 * offset) % period - period / 2) < 0.3 * period
        assert analyze_scene(marked(holes, (40, 40, 45), (170, 172, 175))).category == "texture", period
    dots = (np.hypot(x % 42 - 24, y % 42 - 24) < 7) & (x < 240) & (y < 240)  # too small for products, all of them whole
    assert analyze_scene(marked(dots, (80, 80, 85), (150, 150, 150))).category == "texture"
    for seed in (1, 10, 13, 18, 20, 23):
        assert analyze_scene(render_normal("circuit_board", seed, 256)).category == "texture", seed


@pytest.mark.parametrize("seed", [3, 5, 6, 7])
def test_joints_between_tiles_are_no_product(seed):
    """Their net reaches the picture's border on every side; the tiles fill the frame."""
    assert analyze_scene(render_normal("ceramic_tiles", seed, 256)).foreground.all()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["biscuit", "hex_nut", "washer"])
def test_deep_shade_beside_a_product_is_background(name, seed):
    image = render_normal(name, seed, 192)
    product = analyze_scene(image).foreground
    y, x = np.mgrid[0:192, 0:192]
    right = np.flatnonzero(product.any(axis=0))[-1]
    # Down to an eighth of the light, softly, up to the product's right side, which it leaves as it is.
    shade = 1 - 0.88 * np.exp(-(((x - right - 10) / 23) ** 2) - ((y - 67) / 48) ** 2)
    own = cv2.GaussianBlur(product.astype(np.float32), (0, 0), 0.7)
    shaded = image * (own + (1 - own) * shade)[..., None]
    found = analyze_scene(np.rint(shaded).astype(np.uint8)).foreground
    assert (found & product).sum() / (found | product).sum() > 0.93


@pytest.mark.parametrize("gap", [6, 7, 8])
def test_shade_does_not_get_into_a_product_through_gaps_in_its_edges(gap):
    """A knurled grip in its own soft shadow and of its tone, told from it by dark edges alone, which break off."""
    y, x = np.mgrid[:256, :256]
    grip = (abs(x - 127) <= 98) & (abs(y - 127) <= 28)
    away = np.hypot(np.maximum(abs(x - 127) - 98, 0), np.maximum(abs(y - 127) - 28, 0))
    image = 205 - 85 * np.exp(-((away / 25) ** 2))
    along, across = (x - 29) % 14, (y - 99) % 14
    image[grip & ((along < 3) & (across >= gap) | (across < 3) & (along >= gap))] = 45
    image = cv2.GaussianBlur(image, (0, 0), 0.7) + np.random.default_rng(0).normal(0, 1, image.shape)
    scene = analyze_scene(np.repeat(np.rint(image.clip(0, 255)).astype(np.uint8)[..., None], 3, axis=2))
    assert scene.category == "object"
    assert (scene.foreground & grip).sum() / (scene.foreground | grip).sum() > 0.85


@pytest.mark.parametrize(
    ("name", "seed", "size"), [("hex_nut", 55, 512), ("washer", 2, 256), ("washer", 10, 256), ("hex_nut", 8, 256)]
)
def test_no_speck_in_a_bore_is_of_the_product(name, seed, size):
    assert cv2.connectedComponents(analyze_scene(render_normal(name, seed, size)).foreground.astype(np.uint8))[0] == 2
