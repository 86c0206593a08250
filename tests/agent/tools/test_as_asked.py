"""What is drawn keeps what was asked of its extent, number, place and strength: measured on rendered products."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.prompt_generation import ScenePromptGenerator

SIDE = 256
PRODUCTS = ("wood", "leather", "tablet")


def make(text: str, product: str, seed: int):
    """(normal image, what was made of it, its scene)."""
    image = render_normal(product, seed, SIDE)
    scene, task = analyze_scene(image), Task(image, product, text, seed=seed)
    return image, ProceduralGenerator().edit(task, scene, ScenePromptGenerator().plan(task, scene), seed), scene


def extent(mask: np.ndarray) -> float:
    """The longest distance within a mask, px."""
    points = np.argwhere(mask).astype(np.float32)
    hull = cv2.convexHull(points)[:, 0]
    return float(np.hypot(*(hull[:, None] - hull[None]).transpose(2, 0, 1)).max())


# The limits are those between which people use a word: a large mark is no less than a fifth of the product.
@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("tiny hole", 0.0, 0.13), ("enormous stain", 0.42, 9.0), ("large hole", 0.2, 9.0), ("gigantic bump", 0.42, 9.0),
        ("long scratch", 0.4, 9.0), ("brief scratch", 0.0, 0.33), ("crack, about half as long as the part", 0.33, 0.7),
    ],
)  # fmt: skip
def test_an_extent_is_as_asked(text: str, least: float, most: float) -> None:
    for number, product in enumerate(PRODUCTS):
        for seed in (number, number + 7):
            _, made, scene = make(text, product, seed)
            assert least <= extent(made.mask) / scene.product_size <= most, (product, seed)


@pytest.mark.parametrize("text", ["four scratches", "three vertical cuts", "two large stains"])
def test_so_many_are_apart(text: str) -> None:
    asked, kept = {"four": 4, "three": 3, "two": 2}[text.split(maxsplit=1)[0]], []
    for number, product in enumerate(PRODUCTS):
        for seed in (number, number + 7):
            _, made, _ = make(text, product, seed)
            near = cv2.dilate(made.mask.astype(np.uint8), np.ones((5, 5), np.uint8))
            count, labels = cv2.connectedComponents(near)
            areas = np.bincount(labels[made.mask], minlength=count)[1:]
            kept.append(int(np.count_nonzero(areas > 0.12 * areas.max())) == asked)
    assert np.mean(kept) > 0.8, kept


def test_what_is_severe_is_plainer_than_what_is_faint() -> None:
    def change(text: str, product: str, seed: int) -> float:
        image, made, _ = make(text, product, seed)
        before, after = (cv2.cvtColor(one, cv2.COLOR_RGB2LAB).astype(np.float32) for one in (image, made.image))
        return float(np.median(np.linalg.norm(after - before, axis=2)[made.mask]))

    for family in ("stain", "dent", "scratch", "particle"):
        for seed, product in enumerate(PRODUCTS):
            assert change(f"severe {family}", product, seed) > 1.3 * change(f"faint {family}", product, seed)


def board(plane: bool) -> np.ndarray:
    """Dark copper on light ground, (256, 256, 3): two traces, or a plane with a slot in it."""
    grey = np.full((SIDE, SIDE), 255, np.uint8)
    if plane:
        grey[:] = 0
        grey[:, 60:80] = 255
    else:
        grey[60:74] = grey[150:164] = 0
    return np.repeat(grey[..., None], 3, axis=2)


@pytest.mark.parametrize("plane", [False, True])
@pytest.mark.parametrize("text", ["open circuit", "cut through a trace", "crack through a trace"])
def test_copper_is_cut_right_through(text: str, plane: bool) -> None:
    image = board(plane)
    before = cv2.connectedComponents((image[..., 0] < 128).astype(np.uint8))[0]
    for seed in range(4):
        scene, task = analyze_scene(image), Task(image, "board", text, seed=seed)
        made = ProceduralGenerator().edit(task, scene, ScenePromptGenerator().plan(task, scene), seed)
        assert cv2.connectedComponents((made.image[..., 0] < 128).astype(np.uint8))[0] > before, seed


def test_spurious_copper_touches_no_trace_and_a_pinhole_no_ground() -> None:
    image = board(False)
    dark = image[..., 0] < 128
    for seed in range(4):
        for text, around in (("spurious copper", ~dark), ("pinhole in a trace", dark)):
            scene, task = analyze_scene(image), Task(image, "board", text, seed=seed)
            made = ProceduralGenerator().edit(task, scene, ScenePromptGenerator().plan(task, scene), seed)
            grown = cv2.dilate(made.mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            assert made.mask.any() and around[grown].all(), (text, seed)
