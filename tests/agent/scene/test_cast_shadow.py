"""The light by the shadow that an object casts, of drawn shadows and of rendered products whose lamp is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.scene.cast_shadow import cast_shadow
from anomaly_agent.agent.scene.scene import analyze_scene


def _apart(first, second) -> float:
    """Degrees between two vectors."""
    cosine = np.dot(first, second) / (np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _disc(side: int, centre, radius: float) -> np.ndarray:
    return cv2.circle(
        np.zeros((side, side), np.float32), tuple(round(side * v) for v in centre), round(side * radius), 1.0, -1
    )


def _lit(angle: float, ground: float, product: float, ramp: float, hole: bool = False):
    """A disc with light from an angle, degrees clockwise from the right: grey picture and silhouette."""
    side = 256
    away = -0.05 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    shadow = cv2.GaussianBlur(_disc(side, 0.5 + away, 0.27), (0, 0), 8)
    cover = _disc(side, (0.5, 0.5), 0.27) - (_disc(side, (0.5, 0.5), 0.12) if hole else 0)
    table = ground * (1 - 0.35 * shadow) + ramp * np.linspace(-1, 1, side)[None]
    picture = table * (1 - cover) + product * cover + np.random.default_rng(1).normal(0, 3, (side, side))
    return picture.astype(np.float32), cover > 0.5


@pytest.mark.parametrize("angle", [0, 50, 140, 215, 300])
@pytest.mark.parametrize("ground,product,ramp,hole", [(180, 90, 0, False), (60, 150, 0, True), (120, 40, 12, False)])
def test_the_light_comes_from_where_no_shadow_lies(angle, ground, product, ramp, hole):
    found = cast_shadow(*_lit(angle, ground, product, ramp, hole))
    assert found is not None
    towards, depth = found
    assert _apart(towards, (np.cos(np.radians(angle)), np.sin(np.radians(angle)))) < 15
    assert depth > 0.03 and abs(np.hypot(*towards) - 1) < 1e-6


def test_an_object_that_fills_the_picture_shows_no_ground():
    assert cast_shadow(np.full((64, 64), 90, np.float32), np.ones((64, 64), bool)) is None


def test_a_scene_takes_its_light_from_the_shadow():
    picture, cover = _lit(50, 60, 170, 0)
    scene = analyze_scene(np.clip(picture, 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2))
    assert scene.category == "object" and np.mean(scene.foreground != cover) < 0.05
    assert _apart(scene.light, (np.cos(np.radians(50)), np.sin(np.radians(50)))) < 15 and scene.light_confidence > 0.3
