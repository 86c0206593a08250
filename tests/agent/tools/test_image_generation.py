"""The rendered defects: exact masks, untouched surroundings, and prompts that are obeyed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.edit import Edit
from anomaly_agent.agent.defects.families import FAMILIES
from anomaly_agent.agent.defects.naming import default_families
from anomaly_agent.agent.defects.prompt_text import write_prompt
from anomaly_agent.agent.imaging.channels import without_colours
from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.image_generation.procedural import mask_margin
from anomaly_agent.agent.tools.prompt_generation import ScenePromptGenerator

FAMILY_NAMES = default_families()
EVERY_FAMILY = tuple(FAMILIES)
LUMA = np.array([0.299, 0.587, 0.114])


def _generate(image, edit, seed=0, region=None, prompt=None):
    task = Task(image, "part", edit.family, region)
    return ProceduralGenerator().edit(
        task, analyze_scene(image), prompt or write_prompt(edit, "part", edit.family), seed
    )


def _near(mask: np.ndarray) -> np.ndarray:
    margin = mask_margin(mask.shape)
    return cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) <= margin


@st.composite
def normals(draw) -> np.ndarray:
    """A rendered normal of any aspect, in colour or grey."""
    image = render_normal(draw(st.sampled_from(sorted(EXAMPLE_PRODUCTS))), draw(st.integers(0, 5)), 128)
    height, width = draw(st.sampled_from([(64, 64), (96, 96), (128, 128), (64, 160), (150, 70), (128, 97)]))
    image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    if draw(st.booleans()):
        image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    return np.ascontiguousarray(image)


def _half(image: np.ndarray, side: int) -> np.ndarray:
    region = np.zeros(image.shape[:2], bool)
    height, width = region.shape
    part = [(slice(0, height // 2), slice(None)), (slice(None), slice(width // 2, None)),
            (slice(height // 4, -(height // 4)), slice(width // 4, -(width // 4)))][side]  # fmt: skip
    region[part] = True
    return region


@pytest.mark.parametrize("family", EVERY_FAMILY)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_every_edit_is_local_exact_and_repeatable(family, data):
    image = data.draw(normals())
    before = image.copy()
    seed = data.draw(st.integers(0, 2**32 - 1))
    edit = Edit(
        family,
        size=data.draw(st.none() | st.sampled_from([0.02, 0.1, 0.25, 0.5, 1.0, 1.5])),
        severity=data.draw(st.none() | st.sampled_from([0.3, 0.6, 1.0])),
        tone=data.draw(st.none() | st.sampled_from(["dark", "bright"])),
        place=data.draw(st.none() | st.sampled_from(["edge", "centre"])),
        angle=data.draw(st.none() | st.sampled_from([0.0, 90.0, 135.0])),
        count=data.draw(st.sampled_from([1, 1, 3])),
    )
    region = _half(image, data.draw(st.sampled_from([0, 1, 2]))) if data.draw(st.booleans()) else None
    try:
        made = _generate(image, edit, seed, region)
    except InputError as error:
        # Too faint or too small to show on this surface: refused in words.
        assert "no visible" in str(error)
        # What moves the product's own structure shows nothing in a small plain place, however severe it is.
        small = (edit.size or 1) <= 0.1 if FAMILIES[family].needs_structure else (edit.size or 1) < 0.1
        assert small or (edit.severity or 0.35) < 0.7 or edit.tone is not None or region is not None
        return
    assert made.image.shape == image.shape
    assert made.image.dtype == np.uint8
    assert made.mask.shape == image.shape[:2]
    assert made.mask.dtype == bool
    assert made.mask.any()
    assert np.array_equal(image, before)
    changed = (made.image != image).any(axis=2)
    assert not (changed & ~_near(made.mask)).any()
    # And the mask marks nothing else: it is changed nearly throughout, and all of it is beside a changed pixel.
    assert (changed & made.mask).sum() > 0.7 * made.mask.sum()
    assert not (made.mask & (cv2.dilate(changed.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0)).any()
    if region is not None:
        assert not (made.mask & ~region).any()
        assert not (changed & ~region).any()
    if np.ptp(image, axis=2).max() == 0:
        assert np.ptp(made.image, axis=2).max() == 0
    again = _generate(image, edit, seed, region)
    assert np.array_equal(again.image, made.image)
    assert np.array_equal(again.mask, made.mask)


@pytest.mark.parametrize("family", EVERY_FAMILY)
@pytest.mark.parametrize("name", ["concrete", "hex_nut"])
def test_another_seed_gives_another_image(family, name):
    image = render_normal(name, 1, 128)
    edit = Edit(family, severity=0.7)
    made = [_generate(image, edit, seed).image for seed in range(3)]
    assert not np.array_equal(made[0], made[1])
    assert not np.array_equal(made[1], made[2])


@pytest.mark.parametrize("family", EVERY_FAMILY)
@pytest.mark.parametrize("name", sorted(EXAMPLE_PRODUCTS))
def test_the_default_defect_shows_on_every_product(family, name):
    image = render_normal(name, 2, 128)
    made = _generate(image, Edit(family, severity=0.7), 1)
    difference = np.abs(made.image.astype(float) - image).max(axis=2)[made.mask]
    assert np.percentile(difference, 90) > 5


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_smallest_and_long_pictures(family):
    for size in ((64, 64), (400, 1500), (1500, 400)):
        image = cv2.resize(render_normal("painted_metal", 4, 256), size, interpolation=cv2.INTER_CUBIC)
        made = _generate(image, Edit(family, severity=0.8), 2)
        assert made.mask.any()
        assert made.image.shape == image.shape
        assert not ((made.image != image).any(axis=2) & ~_near(made.mask)).any()


def _bilevel() -> np.ndarray:
    grid = np.zeros((128, 128), np.uint8)
    grid[8::24] = grid[9::24] = grid[10::24] = grid[11::24] = 255
    grid[:, 8::24] = grid[:, 9::24] = grid[:, 10::24] = grid[:, 11::24] = 255
    return np.repeat(grid[..., None], 3, axis=2)


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_two_tone_picture_stays_bilevel(family, seed):
    image = _bilevel()
    assert analyze_scene(image).bilevel
    made = _generate(image, Edit(family, severity=0.7), seed)
    assert set(np.unique(made.image)) <= {0, 255}
    assert made.mask.any()


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("form", ["fractions", "pixels", "grid"])
def test_a_box_in_the_prompt_is_obeyed(family, form):
    image = render_normal("concrete", 3, 160)
    for number, (x, y) in enumerate([(0.1, 0.6), (0.55, 0.15), (0.4, 0.4)]):
        box = (x, y, x + 0.3, y + 0.3)
        scale = {"fractions": 1, "pixels": 160, "grid": 1000}[form]
        written = ", ".join(f"{value * scale:.3f}" if form == "fractions" else f"{value * scale:.0f}" for value in box)
        prompt = f"Inside [{written}] add a severe {FAMILIES[family].noun}, 12% of the product across."
        made = _generate(image, Edit(family), number, prompt=prompt)
        rows, columns = np.nonzero(made.mask)
        slack = 0.06
        assert box[0] - slack <= columns.mean() / 160 <= box[2] + slack
        assert box[1] - slack <= rows.mean() / 160 <= box[3] + slack


@pytest.mark.parametrize("family", ["contamination", "hole", "dent"])
def test_count_makes_several_pieces(family):
    image = render_normal("painted_metal", 1, 160)
    pieces = []
    for count in (1, 5):
        found = []
        for seed in range(4):
            made = _generate(image, Edit(family, size=0.06, severity=0.8, count=count), seed)
            joined = cv2.dilate(made.mask.astype(np.uint8), np.ones((7, 7), np.uint8))
            found.append(cv2.connectedComponents(joined)[0] - 1)
        pieces.append(np.mean(found))
    assert pieces[1] >= pieces[0] + 2


@pytest.mark.parametrize("family", ["contamination", "discoloration", "thread", "corrosion", "scratch"])
def test_dark_and_bright_are_told_apart(family):
    image = np.full((128, 128, 3), 128, np.uint8)
    image = np.clip(image + np.random.default_rng(0).normal(0, 2, image.shape), 0, 255).astype(np.uint8)
    for seed in range(4):
        for tone, sign in (("dark", -1), ("bright", 1)):
            made = _generate(image, Edit(family, size=0.3, severity=0.8, tone=tone), seed)
            change = ((made.image.astype(float) - image) @ LUMA)[made.mask].mean()
            assert sign * change > 2, (seed, tone, change)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_size_words_order_the_areas(family):
    image = render_normal("concrete", 2, 160)
    noun = FAMILIES[family].noun
    areas = [
        np.mean(
            [
                _generate(image, Edit(family), seed, prompt=f"Add a {word} severe {noun}.").mask.mean()
                for seed in range(5)
            ]
        )
        for word in ("small", "large", "huge")
    ]
    assert areas[0] < areas[1] < areas[2]


def test_a_colour_in_the_prompt_is_used():
    image = render_normal("concrete", 2, 128)
    made = _generate(image, Edit("contamination"), 3, prompt="Add a large, severe red stain.")
    shift = (made.image.astype(float) - image)[made.mask].mean(axis=0)
    assert shift[0] > shift[1] + 8
    assert shift[0] > shift[2] + 8


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("direction", [(1, 0), (0, 1), (0.7, 0.7)])
def test_no_edge_of_the_window_shows(seed, direction):
    y, x = np.mgrid[0:160, 0:160] / 160
    ramp = 70 + 90 * (direction[0] * x + direction[1] * y)
    image = np.repeat(np.rint(ramp)[..., None], 3, axis=2).astype(np.uint8)
    made = _generate(image, Edit("contamination", severity=0.5, size=0.25), seed)
    change = made.image.astype(float)[..., 0] - image[..., 0]
    border = _near(made.mask) & (cv2.erode(_near(made.mask).astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
    assert np.abs(change[border]).max() <= 2


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_a_tiny_region_is_filled_or_refused_in_words(family):
    image = render_normal("concrete", 1, 96)
    region = np.zeros((96, 96), bool)
    region[40:43, 50:53] = True
    try:
        made = _generate(image, Edit(family, severity=1.0), 0, region)
    except InputError as error:
        assert "region" in str(error)
    else:
        assert not (made.mask & ~region).any()


@pytest.mark.parametrize("anomaly", ["rust", "red paint stain", "coffee stain", "burn", "blue thread"])
def test_a_picture_without_colours_stays_one(anomaly):
    """Its camera sees none, whatever the prompt says."""
    image = without_colours(render_normal("hex_nut", 3, 160))
    scene = analyze_scene(image)
    for seed in range(4):
        task = Task(image, "steel nut", anomaly, seed=seed)
        prompt = ScenePromptGenerator().plan(task, scene) + " It is bright orange-red."
        made = ProceduralGenerator().edit(task, scene, prompt, seed).image
        assert (made[..., :1] == made).all() and (made != image).any()
