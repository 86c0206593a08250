"""Silhouettes by the edge that encloses a product: of the background's own tone, in its shadow, between other edges."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.products.catalogue import render_foreground, render_normal
from anomaly_agent.agent.scene.scene import analyze_scene


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    return float((first & second).sum() / (first | second).sum())


def finished(image: np.ndarray, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1.0, image.shape)
    return np.rint((cv2.GaussianBlur(image, (0, 0), 0.7) + noise).clip(0, 255)).astype(np.uint8)


def pale_disc(shadow: tuple[int, int], side: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """A disc nearly as bright as its table, with a darker edge and a soft shadow; and where it is."""
    y, x = np.mgrid[:side, :side]
    away = np.hypot(x - 130, y - 124)
    disc = away <= 60
    cast = (np.hypot(x - 130 - shadow[0], y - 124 - shadow[1]) <= 60).astype(np.float32)
    grey = 222 * (1 - 0.4 * cv2.GaussianBlur(cast, (0, 0), 5))
    grey[disc] = 226 - 40 * np.clip((away[disc] - 54) / 6, 0, 1)
    return finished(np.repeat(grey[..., None], 3, axis=2)), disc


@pytest.mark.parametrize("shadow", [(9, 9), (-12, 4), (0, -10)])
def test_a_product_of_the_tables_tone_is_found_without_its_shadow(shadow):
    image, disc = pale_disc(shadow)
    scene = analyze_scene(image)
    assert scene.category == "object"
    assert overlap(scene.foreground, disc) > 0.93
    grown = cv2.dilate(disc.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert not (scene.inside & ~grown).any()


def test_one_tile_among_its_like_is_no_product():
    grey = np.full((256, 256), 205.0)
    for line in (40, 215):
        grey[line : line + 5], grey[:, line : line + 5] = 120, 120
    assert analyze_scene(finished(np.repeat(grey[..., None], 3, axis=2))).category == "texture"


@pytest.mark.parametrize("name", ["tablet", "capsule"])
def test_pale_products_on_pale_tables(name):
    found = []
    for seed in (9, 16, 23, 25, 27, 31, 33):
        truth = render_foreground(name, seed, 256)
        scene = analyze_scene(render_normal(name, seed, 256))
        assert scene.category == "object", seed
        found.append(overlap(scene.foreground, truth))
    assert min(found) > 0.85 and np.mean(found) > 0.92, found


def test_an_outline_by_colour_is_moved_to_the_edge():
    y, x = np.mgrid[:256, :256]
    # Light from the product on the table beside it, as far as its colour goes by and by.
    away = np.abs(np.maximum(abs(x - 128) - 70, abs(y - 128) - 50))
    box = (abs(x - 128) <= 70) & (abs(y - 128) <= 50)
    halo = np.exp(-away / 2.5) * ~box
    image = np.full((256, 256, 3), 60.0) + halo[..., None] * np.array([60, 40, 10])
    image[box] = (np.array([210, 150, 60]) * (1 + 0.15 * np.sin(x / 3.0) * np.sin(y / 4.0))[..., None])[box]
    assert overlap(analyze_scene(finished(image)).foreground, box) > 0.96
