"""The rendered normal products: reproducible, varied, well exposed, with exact masks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.imaging.ramps import smoothstep
from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_foreground, render_normal
from anomaly_agent.agent.products.shading import Scene, colour

NAMES = tuple(EXAMPLE_PRODUCTS)
OBJECTS = tuple(name for name, product in EXAMPLE_PRODUCTS.items() if product.category == "object")


def test_catalogue_offers_each_kind_and_describes_every_product():
    categories = [product.category for product in EXAMPLE_PRODUCTS.values()]
    assert {
        category: categories.count(category) >= 3 for category in ("texture", "object", "pattern")
    } == dict.fromkeys(categories, True)
    for name, product in EXAMPLE_PRODUCTS.items():
        assert product.name == name
        assert product.item and product.material
        assert 2 <= len(set(product.anomalies)) == len(product.anomalies) <= 3


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_picture_other_seed_other_picture(name):
    first = render_normal(name, 3)
    assert first.shape == (256, 256, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, render_normal(name, 3))
    other = render_normal(name, 4).astype(int)
    assert np.abs(other - first).mean() > 4


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [0, 7])
def test_exposure_and_detail_are_a_cameras(name, seed):
    picture = render_normal(name, seed)
    backlit = name == "bottle_base"
    seen = picture[render_foreground(name, seed)] if backlit else picture
    assert (seen == 0).mean() < 0.05
    assert (seen == 255).mean() < 0.05
    assert 40 < picture.mean() < 225
    assert picture.astype(float).std() > 6
    # No area is perfectly flat: the sensor's noise is everywhere.
    tiles = picture.astype(float).reshape(16, 16, 16, 16, 3).std(axis=(1, 3))
    assert tiles.min() > 0.3


@pytest.mark.parametrize("name", NAMES)
def test_every_size_shows_the_same_scene(name):
    medium = render_normal(name, 5).astype(np.float32)
    for size in (64, 512):
        picture = render_normal(name, 5, size)
        assert picture.shape == (size, size, 3)
        coarse = [cv2.resize(p.astype(np.float32), (16, 16), interpolation=cv2.INTER_AREA) for p in (picture, medium)]
        assert np.abs(coarse[0] - coarse[1]).mean() < 6
        overlap = _overlap(render_foreground(name, 5, size), render_foreground(name, 5))
        assert overlap > 0.93


def _overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union at 64 px."""
    small = [cv2.resize(m.astype(np.float32), (64, 64), interpolation=cv2.INTER_AREA) >= 0.5 for m in (first, second)]
    return (small[0] & small[1]).sum() / (small[0] | small[1]).sum()


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_stand_free_in_the_frame(name):
    masks = [render_foreground(name, seed) for seed in range(6)]
    for mask in masks:
        assert mask.dtype == bool
        assert mask.shape == (256, 256)
        assert 0.15 < mask.mean() < 0.8
        assert not (mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())
        count, _ = cv2.connectedComponents(mask.astype(np.uint8))
        assert count == 2
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        assert 0.4 < max(np.ptp(rows), np.ptp(columns)) / 256 < 0.9
    assert len({int(mask.sum()) for mask in masks}) == 6


@pytest.mark.parametrize("name", OBJECTS)
def test_the_mask_is_where_the_picture_shows_the_object(name):
    picture = render_normal(name, 2).astype(np.float32)
    mask = render_foreground(name, 2).astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    edge = cv2.dilate(mask, kernel) != cv2.erode(mask, kernel)
    away = cv2.dilate(mask, np.ones((21, 21), np.uint8)) == 0
    smooth = cv2.GaussianBlur(picture, (0, 0), 1.0)
    slope = np.hypot(cv2.Sobel(smooth, -1, 1, 0), cv2.Sobel(smooth, -1, 0, 1)).max(axis=2)
    assert slope[edge].mean() > 2 * slope[away].mean()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OBJECTS])
def test_textures_and_patterns_fill_the_frame(name):
    mask = render_foreground(name, 0, 64)
    assert mask.shape == (64, 64)
    assert mask.all()


@pytest.mark.parametrize("render", [render_normal, render_foreground])
def test_what_cannot_be_rendered_says_why(render):
    with pytest.raises(ValueError, match=r"brushed_steel.*ceramic_tiles"):
        render("gear", 0)
    with pytest.raises(ValueError, match="64 to 2048"):
        render("wood", 0, 32)
    with pytest.raises(ValueError, match="0 or more"):
        render("wood", -1)


def test_noise_is_centred_of_unit_size_and_longer_along_its_stretch():
    scene = Scene("test", 0, 256)
    field = scene.noise("field", 0.05, 3)
    assert abs(field.mean()) < 0.2
    assert 0.7 < field.std() < 1.3
    level = scene.noise("grain", 0.02, 2, stretch=20, angle=1e-4)
    assert np.abs(np.diff(level, axis=0)).mean() > 4 * np.abs(np.diff(level, axis=1)).mean()
    upright = scene.noise("grain", 0.02, 2, stretch=20, angle=np.pi / 2)
    assert np.abs(np.diff(upright, axis=1)).mean() > 4 * np.abs(np.diff(upright, axis=0)).mean()
    # The grain runs along the direction that Scene.turn calls u.
    angle = 0.6
    slanted = scene.noise("grain", 0.02, 2, stretch=20, angle=angle)
    down, right = np.gradient(slanted)
    along = np.abs(right * np.cos(angle) + down * np.sin(angle)).mean()
    across = np.abs(down * np.cos(angle) - right * np.sin(angle)).mean()
    assert across > 3 * along


def test_cells_are_nearest_points():
    near, far, identity = Scene("test", 0, 128).cells("cells", 0.1)
    assert (near >= 0).all()
    assert (near <= far).all()
    assert 60 < len(np.unique(identity)) < 200


def test_colour_and_smoothstep():
    assert np.allclose(colour("ffffff"), 1)
    assert np.allclose(colour("000000"), 0)
    ramp = smoothstep(np.float32([-1, 0, 0.5, 1, 2]), 0.0, 1.0)
    assert np.allclose(ramp, [0, 0, 0.5, 1, 1])
    assert np.allclose(smoothstep(np.float32([0, 1]), 1.0, 0.0), [1, 0])
