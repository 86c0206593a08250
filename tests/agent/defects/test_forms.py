"""Forms within a family: a piece that broke off, wear, several defects in one picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.describing import resolve
from anomaly_agent.agent.defects.naming import default_types
from anomaly_agent.agent.products.catalogue import render_foreground, render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.prompt_generation import ScenePromptGenerator

SIDE = 160


def make(image: np.ndarray, anomaly: str, seed: int, **options):
    scene, task = analyze_scene(image), Task(image, "part", anomaly, seed=seed, **options)
    return ProceduralGenerator().edit(task, scene, ScenePromptGenerator().plan(task, scene), seed)


# What was rendered: objects far from their background's colour.
@pytest.mark.parametrize("name", ["biscuit", "hex_nut", "washer"])
def test_where_a_piece_broke_off_the_background_shows(name: str) -> None:
    shown, former = [], []
    for seed in range(16):
        image, product = render_normal(name, seed, SIDE), render_foreground(name, seed, SIDE)
        made = make(image, "broken", seed, size=(0.3, 0.5))
        # The light falls unevenly: the colours are those around the place.
        around = cv2.dilate(made.mask.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
        around &= cv2.dilate(made.mask.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
        colours = [np.median(image[area & around], axis=0) for area in (~product, product)]
        inside = made.mask & product
        for pixels, shares in ((made.image[inside], shown), (image[inside], former)):
            behind, matter = (np.linalg.norm(pixels - colour, axis=1) for colour in colours)
            shares.append(float(np.mean(behind < matter)))
    assert min(shown) > 0.5 and np.mean(shown) > 0.7, shown
    assert np.mean(shown) > np.mean(former) + 0.4, former


def elongation(mask: np.ndarray) -> float:
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    _, sides, _ = cv2.minAreaRect(max(outlines, key=len))
    return max(sides) / max(min(sides), 1.0)


def test_dull_matter_loses_a_piece_or_gapes() -> None:
    ratios = []
    for seed in range(24):
        image, product = render_normal("biscuit", seed, SIDE), render_foreground("biscuit", seed, SIDE)
        ratios.append(elongation(make(image, "broken", seed, size=(0.4, 0.6)).mask & product))
    # Of pieces alone the longest was 3.5 times as long as wide.
    assert sum(ratio > 4 for ratio in ratios) >= 5 and sum(ratio < 3.5 for ratio in ratios) >= 5, sorted(ratios)


def test_smooth_matter_breaks_in_facets() -> None:
    """Not in crumbs: its fracture face has little more fine detail than its surface."""
    found = []
    for seed in range(6):
        image = render_normal("painted_metal", seed, 256)
        made = make(image, "chip", seed, size=(0.3, 0.35), severity=(0.7, 0.7))
        inner = cv2.erode(made.mask.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        pictures = [picture.astype(np.float32) for picture in (made.image, image)]
        fine = [np.abs(picture - cv2.GaussianBlur(picture, (0, 0), 1.5))[inner] for picture in pictures]
        found.append(float(np.median(fine[0]) / max(np.median(fine[1]), 0.5)))
    assert np.mean(found) < 3, found


def test_a_crack_runs_on_beyond_a_surface_but_not_beyond_a_product() -> None:
    def cracks(name: str) -> list[np.ndarray]:
        return [make(render_normal(name, seed, SIDE), "crack", seed).mask for seed in range(16)]

    lengths = [np.hypot(*(np.ptp(axis) for axis in np.nonzero(mask))) / SIDE for mask in cracks("concrete")]
    assert max(lengths) > 0.65 and min(lengths) < 0.35
    touching = [any(side.any() for side in (mask[0], mask[-1], mask[:, 0], mask[:, -1])) for mask in cracks("concrete")]
    assert sum(touching) >= 4
    for seed, mask in enumerate(cracks("biscuit")):
        assert not (mask & ~analyze_scene(render_normal("biscuit", seed, SIDE)).foreground).any()


def test_irregularities_take_as_much_of_a_small_product_s_picture_as_of_a_surface_s() -> None:
    shares = {}
    for name in ("concrete", "biscuit", "hex_nut"):
        masks = [make(render_normal(name, seed, SIDE), "irregularity", seed).mask for seed in range(20)]
        shares[name] = float(np.mean(masks))
    assert 0.02 < shares["concrete"] < 0.09
    assert all(0.5 < shares[name] / shares["concrete"] < 2.0 for name in ("biscuit", "hex_nut")), shares


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


def test_irregularities_are_islands_all_over_and_not_drawn_unasked() -> None:
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
    assert resolve("unknown defect").family == "irregularity"
    assert "irregularity" not in default_types()


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
            mask = ProceduralGenerator().edit(task, scene, prompt, seed).mask.astype(np.uint8)
            counts.append(cv2.connectedComponents(cv2.dilate(mask, np.ones((5, 5), np.uint8)))[0] - 1)
        # Two may fall on one place.
        assert max(counts) == most and counts.count(most) >= 3 and min(counts) >= most - 1, counts
