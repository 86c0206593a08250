"""Distinctness: what the product has of its own is not distinct, and a defect is the more so the stronger it is."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal
from anomaly_agent.agent.scene.conspicuity import TextureSaliency
from anomaly_agent.agent.scene.scene import analyze_scene

SIDE = 256


def plain() -> np.ndarray:
    """A grey surface with a little sensor noise."""
    grey = np.random.default_rng(0).normal(150, 2, (SIDE, SIDE, 1))
    return np.clip(np.repeat(grey, 3, axis=2), 0, 255).astype(np.uint8)


def spot(image: np.ndarray, at: tuple[int, int], change: float, radius: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """The image with a round spot, and its mask."""
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.circle(mask, at, radius, 1, -1)
    return changed(image, mask, change)


def line(image: np.ndarray, change: float) -> tuple[np.ndarray, np.ndarray]:
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.line(mask, (90, 129), (165, 150), 1, 2)
    return changed(image, mask, change)


def rough(image: np.ndarray, deviation: float) -> tuple[np.ndarray, np.ndarray]:
    """The image with a patch of more grain."""
    mask = np.zeros(image.shape[:2], bool)
    mask[100:150, 100:160] = True
    grain = np.random.default_rng(1).normal(0, deviation, (*mask.shape, 1)) * mask[..., None]
    return np.clip(image + grain, 0, 255).astype(np.uint8), mask


def changed(image: np.ndarray, mask: np.ndarray, change: float) -> tuple[np.ndarray, np.ndarray]:
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0)[..., None]
    return np.clip(image + soft * change, 0, 255).astype(np.uint8), mask > 0


def spotted() -> np.ndarray:
    """Dark spots in a grid of 42 px, all of one size and depth."""
    image = plain()
    for y in range(24, SIDE, 42):
        for x in range(24, SIDE, 42):
            image, _ = spot(image, (x, y), -70)
    return image


def saliency(image: np.ndarray) -> TextureSaliency:
    return TextureSaliency(image, analyze_scene(image))


@pytest.mark.parametrize(
    "name", sorted(name for name, product in EXAMPLE_PRODUCTS.items() if product.category != "object")
)
def test_an_unchanged_picture_has_nothing_distinct(name: str) -> None:
    image, rng = render_normal(name, 1, SIDE), np.random.default_rng(5)
    own, found = saliency(image), []
    for _ in range(20):
        mask = np.zeros((SIDE, SIDE), np.uint8)
        at, axes = rng.integers(0, SIDE, 2).tolist(), rng.integers(2, 12, 2).tolist()
        cv2.ellipse(mask, at, axes, 30, 0, 360, 1, -1)
        found.append(own.conspicuity(image, mask > 0))
    # One mark in a thousand is stronger than "the strongest", and a mask can hit it.
    assert np.median(found) <= 1.0 and np.mean(np.array(found) <= 1.25) >= 0.85
    assert own.conspicuity(image, np.ones((SIDE, SIDE), bool)) < 2


def test_an_empty_mask_is_nothing() -> None:
    assert saliency(spotted()).conspicuity(plain(), np.zeros((SIDE, SIDE), bool)) == 0.0


@pytest.mark.parametrize("surface", [plain, spotted])
@pytest.mark.parametrize(
    ("draw", "strengths"),
    [
        (lambda image, change: spot(image, (129, 129), change), (-10, -20, -40, -70, -120)),
        (line, (-10, -20, -40, -70, -120)),
        (rough, (2, 4, 8, 16, 32)),
    ],
    ids=["spot", "line", "texture"],
)
def test_stronger_is_more_distinct(surface, draw, strengths) -> None:
    image = surface()
    own = saliency(image)
    found = [own.conspicuity(*draw(image, strength)) for strength in strengths]
    assert found == sorted(set(found)), found
    assert found[-1] > 1


def test_one_more_of_the_product_s_own_spots_is_not_distinct() -> None:
    own, at = spotted(), (129, 129)
    # Like the grid's, at a place of the grid that was left free.
    free = cv2.inpaint(own, spot(own, (150, 150), 0, 14)[1].astype(np.uint8), 3, cv2.INPAINT_TELEA)
    assert saliency(free).conspicuity(*spot(free, (150, 150), -70)) < 1.15
    assert saliency(plain()).conspicuity(*spot(plain(), at, -70)) > 1.5
    # Twice as deep it stands out there too.
    assert saliency(free).conspicuity(*spot(free, (150, 150), -140)) > 1.5


@pytest.mark.parametrize("surface", [plain, spotted])
@pytest.mark.parametrize("change", [-20, -70])
def test_the_picture_s_size_changes_little(surface, change: float) -> None:
    image = surface()
    edited, mask = spot(image, (129, 129), change)
    large = [cv2.resize(one, (512, 512), interpolation=cv2.INTER_CUBIC) for one in (image, edited)]
    large_mask = cv2.resize(mask.astype(np.uint8), (512, 512), interpolation=cv2.INTER_NEAREST) > 0
    found = saliency(image).conspicuity(edited, mask)
    assert saliency(large[0]).conspicuity(large[1], large_mask) == pytest.approx(found, rel=0.1)


def test_the_same_twice() -> None:
    image = render_normal("wood", 2, SIDE)
    edited, mask = spot(image, (100, 80), -30)
    assert saliency(image).conspicuity(edited, mask) == saliency(image.copy()).conspicuity(edited, mask)


def test_a_product_as_thin_as_a_wire_and_one_that_fills_the_picture_are_measured() -> None:
    image = np.full((128, 128, 3), 200, np.uint8)
    scene = analyze_scene(image)
    thin = np.zeros((128, 128), bool)
    thin[60:73, 60:73] = True  # one pixel is left within the silhouette
    mask = np.zeros((128, 128), bool)
    mask[64:68, 64:68] = True
    dark = image.copy()
    dark[mask] = 20
    saliency = TextureSaliency(image, replace(scene, foreground=thin))
    assert saliency.conspicuity(dark, mask) > 1
    assert saliency.conspicuity(image, np.ones((128, 128), bool)) < 0.1  # nothing has changed
