"""Forms within a family: a piece that broke off, wear, several defects in one picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.defects.families import FAMILIES, IRREGULARITY, forms_of, resolve
from anomaly_agent.agent.demo.normals import render_foreground, render_normal
from anomaly_agent.agent.imaging.scene import analyze_scene
from anomaly_agent.agent.task import Task
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.prompt_generation import ScenePromptGenerator

SIDE = 160


def make(image: np.ndarray, anomaly: str, seed: int, **options):
    scene, task = analyze_scene(image), Task(image, "part", anomaly, seed=seed, **options)
    return ProceduralGenerator().generate(task, scene, ScenePromptGenerator().generate(task, scene), seed)


# What was rendered: objects far from their background's colour.
@pytest.mark.parametrize("name", ["biscuit", "hex_nut", "washer"])
def test_where_a_piece_broke_off_the_background_shows(name: str) -> None:
    shown, former = [], []
    for seed in range(4):
        image, product = render_normal(name, seed, SIDE), render_foreground(name, seed, SIDE)
        made = make(image, "broken", seed, size=(0.3, 0.5))
        inner = cv2.erode(product.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        colours = [np.median(image[area], axis=0) for area in (~product, inner)]
        inside = made.mask & product
        for pixels, shares in ((made.image[inside], shown), (image[inside], former)):
            behind, matter = (np.linalg.norm(pixels - colour, axis=1) for colour in colours)
            shares.append(float(np.mean(behind < matter)))
    assert min(shown) > 0.5 and np.mean(shown) > 0.7, shown
    assert np.mean(shown) > np.mean(former) + 0.4, former


@pytest.mark.parametrize("name", ["concrete", "leather", "painted_metal", "brushed_steel"])
def test_wear_is_one_compact_patch_of_nearly_the_surface_s_own_tone(name: str) -> None:
    image = render_normal(name, 1, SIDE)
    for seed in range(5):
        made = make(image, "worn", seed, severity=(0.5, 0.5))
        shift = made.image[made.mask].astype(float).mean() - image[made.mask].astype(float).mean()
        assert 2 < abs(shift) < 48
        _, _, stats, _ = cv2.connectedComponentsWithStats(made.mask.astype(np.uint8))
        pieces = stats[1:, cv2.CC_STAT_AREA]
        assert pieces.max() > 0.97 * pieces.sum()
        outline, _ = cv2.findContours(made.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        assert made.mask.sum() > 0.8 * cv2.contourArea(cv2.convexHull(np.vstack(outline)))


def test_irregularities_are_islands_all_over_and_of_no_family_s_forms() -> None:
    shares, pieces = [], []
    for seed in range(8):
        image = render_normal("concrete", seed, SIDE)
        made = make(image, "irregularity", seed)
        count, _, stats, _ = cv2.connectedComponentsWithStats(made.mask.astype(np.uint8))
        shares.append(float(made.mask.mean()))
        pieces.append(count - 1)
        assert (made.image != image).any(axis=2)[made.mask].mean() > 0.95
        assert stats[1:, cv2.CC_STAT_AREA].max() < 0.1 * SIDE**2
    # Thresholds leave 1 to 14 % of the field they spread over.
    assert 0.005 < np.mean(shares) < 0.15 and np.median(pieces) >= 4, (shares, pieces)
    assert resolve("unknown defect").variant == IRREGULARITY
    assert IRREGULARITY not in {form for family in FAMILIES for form in forms_of(family)}


@pytest.mark.parametrize("name", ["concrete", "painted_metal"])
def test_as_many_defects_as_the_task_asks_for_spread_over_the_product(name: str) -> None:
    image = render_normal(name, 1, 192)
    counts, apart = [], []
    for seed in range(5):
        for defects in ((4, 4), (1, 1)):
            mask = make(image, "hole", seed, defects=defects).mask.astype(np.uint8)
            # A hole's own rim may be broken; holes are further apart.
            count, _, _, centres = cv2.connectedComponentsWithStats(cv2.dilate(mask, np.ones((5, 5), np.uint8)))
            if defects == (1, 1):
                assert count - 1 == 1
                continue
            counts.append(count - 1)
            steps = centres[1:, None] - centres[None, 1:]
            apart.append(np.linalg.norm(steps, axis=2).max())
    assert min(counts) >= 3 and max(counts) <= 4 and counts.count(4) >= 3, counts
    # Half the picture's side, where all in one place would lie within two holes' sizes.
    assert min(apart) > 0.5 * 192, apart


def test_defects_of_one_picture_are_of_several_sizes() -> None:
    mask = make(render_normal("concrete", 1, 192), "hole", 0, defects=(4, 4), size=(0.05, 0.15)).mask
    areas = np.sort(cv2.connectedComponentsWithStats(mask.astype(np.uint8))[2][1:, cv2.CC_STAT_AREA])
    assert areas[-1] > 1.3 * areas[0]


def test_the_prompt_s_own_count_is_moved_into_the_task_s_range() -> None:
    image = render_normal("concrete", 1, 192)
    scene = analyze_scene(image)
    for prompt, most in (("Add 9 tiny, severe holes.", 2), ("Add a tiny, severe hole.", 3)):
        task, counts = Task(image, "part", "hole", defects=(most, most)), []
        for seed in range(6):
            mask = ProceduralGenerator().generate(task, scene, prompt, seed).mask.astype(np.uint8)
            counts.append(cv2.connectedComponents(cv2.dilate(mask, np.ones((5, 5), np.uint8)))[0] - 1)
        # Two may fall on one place.
        assert max(counts) == most and counts.count(most) >= 3 and min(counts) >= most - 1, counts
